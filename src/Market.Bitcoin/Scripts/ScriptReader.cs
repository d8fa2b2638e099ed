using System.Buffers.Binary;

namespace Market.Bitcoin;

/// <summary>Goes through a script one operation at a time, without copying.</summary>
public ref struct ScriptReader
{
    private readonly ReadOnlySpan<byte> _script;

    /// <summary>Starts at the first operation.</summary>
    public ScriptReader(ReadOnlySpan<byte> script) => _script = script;

    /// <summary>Where the next operation starts.</summary>
    public int Position { get; private set; }

    /// <summary>True at the end.</summary>
    public readonly bool AtEnd => Position >= _script.Length;

    /// <summary>True once a push said more bytes than there are.</summary>
    public bool Failed { get; private set; }

    /// <summary>Reads an operation and what it pushes.</summary>
    /// <param name="opcode">The operation; for direct pushes its byte is the length.</param>
    /// <param name="data">What a push holds; empty for all others (OP_1NEGATE and OP_1 to OP_16 too).</param>
    /// <returns>False at the end and for a push cut short; see <see cref="Failed"/>.</returns>
    public bool TryRead(out Opcode opcode, out ReadOnlySpan<byte> data)
    {
        data = default;
        opcode = Opcode.OP_INVALIDOPCODE;
        if (AtEnd)
        {
            return false;
        }

        opcode = (Opcode)_script[Position];
        var at = Position + 1;
        if (opcode > Opcode.OP_PUSHDATA4)
        {
            Position = at;
            return true;
        }

        var rest = _script[at..];
        var lengthBytes = opcode < Opcode.OP_PUSHDATA1 ? 0 : 1 << (opcode - Opcode.OP_PUSHDATA1);
        if (rest.Length < lengthBytes)
        {
            return Fail();
        }

        var length = lengthBytes switch
        {
            0 => (uint)opcode,
            1 => rest[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(rest),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(rest),
        };
        if (length > (uint)(rest.Length - lengthBytes))
        {
            return Fail();
        }

        data = rest.Slice(lengthBytes, (int)length);
        Position = at + lengthBytes + (int)length;
        return true;
    }

    /// <summary>Goes on from another place.</summary>
    internal void MoveTo(int position) => Position = position;

    private bool Fail()
    {
        Failed = true;
        Position = _script.Length;
        return false;
    }
}
