using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>Writes a script. Pushes take the shortest form (what MINIMALDATA asks for).</summary>
public sealed class ScriptBuilder
{
    private readonly ByteWriter _writer = new(64);

    /// <summary>Adds an operation.</summary>
    public ScriptBuilder Op(Opcode opcode)
    {
        _writer.Byte((byte)opcode);
        return this;
    }

    /// <summary>Pushes a number: OP_0, OP_1NEGATE, OP_1 to OP_16, or its bytes.</summary>
    public ScriptBuilder Number(long value)
    {
        if (value is >= 1 and <= 16)
        {
            return Op((Opcode)((int)Opcode.OP_1 - 1 + value));
        }

        if (value is 0 or -1)
        {
            return Op(value == 0 ? Opcode.OP_0 : Opcode.OP_1NEGATE);
        }

        Span<byte> bytes = stackalloc byte[ScriptNumber.MaxEncodedLength];
        return PushBytes(bytes[..ScriptNumber.Write(value, bytes)]);
    }

    /// <summary>Pushes data in the shortest form, which for one byte may be OP_1NEGATE or OP_1 to OP_16.</summary>
    public ScriptBuilder Push(ReadOnlySpan<byte> data) => data switch
    {
        [] => Op(Opcode.OP_0),
        [0x81] => Op(Opcode.OP_1NEGATE),
        [>= 1 and <= 16] => Op((Opcode)((int)Opcode.OP_1 - 1 + data[0])),
        _ => PushBytes(data),
    };

    /// <summary>
    /// Pushes data with its length in front, never as OP_1 to OP_16 (how key and script hashes stand).
    /// </summary>
    public ScriptBuilder PushBytes(ReadOnlySpan<byte> data)
    {
        switch (data.Length)
        {
            case < (int)Opcode.OP_PUSHDATA1:
                _writer.Byte((byte)data.Length);
                break;
            case <= byte.MaxValue:
                _writer.Byte((byte)Opcode.OP_PUSHDATA1).Byte((byte)data.Length);
                break;
            case <= ushort.MaxValue:
                _writer.Byte((byte)Opcode.OP_PUSHDATA2).UInt16((ushort)data.Length);
                break;
            default:
                _writer.Byte((byte)Opcode.OP_PUSHDATA4).UInt32((uint)data.Length);
                break;
        }

        _writer.Bytes(data);
        return this;
    }

    /// <summary>Adds the operations of another script.</summary>
    public ScriptBuilder Append(Script script)
    {
        _writer.Bytes(script.Span);
        return this;
    }

    /// <summary>The script so far.</summary>
    public Script Build() => new(_writer.ToArray());
}
