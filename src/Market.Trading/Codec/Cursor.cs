using System.Buffers.Binary;

namespace Market.Trading.Codec;

/// <summary>Reads little-endian numbers; after running past the end everything is 0 and <see cref="Ok"/> is false.</summary>
internal ref struct Cursor(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>False once something was read that was not there, or was refused by <see cref="Fail"/>.</summary>
    public bool Ok { get; private set; } = true;

    public readonly int Left => _rest.Length;

    public void Fail() => Ok = false;

    public byte U8() => Take(1) is [var b] ? b : (byte)0;

    public int I32() => Take(4) is { Length: 4 } b ? BinaryPrimitives.ReadInt32LittleEndian(b) : 0;

    public ulong U64() => Take(8) is { Length: 8 } b ? BinaryPrimitives.ReadUInt64LittleEndian(b) : 0;

    public long I64() => (long)U64();

    public UInt128 U128()
    {
        var low = U64();
        return new UInt128(U64(), low);
    }

    public ClientOrderId Name()
    {
        var name = Take(ClientOrderId.MaxLength);
        if (Ok && ClientOrderId.TryRead(name, out var id)) return id;
        Ok = false;
        return default;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (!Ok || _rest.Length < count)
        {
            Ok = false;
            return default;
        }
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

/// <summary>Little-endian numbers appended to bytes that grow as needed and are reused.</summary>
public sealed class RecordWriter
{
    private byte[] _bytes = new byte[4_096];

    /// <summary>The bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next change.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Starts again.</summary>
    public void Clear() => Length = 0;

    internal void U8(byte value) => Room(1)[0] = value;

    internal void I32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Room(4), value);

    internal void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Room(8), value);

    internal void I64(long value) => U64((ulong)value);

    internal void U128(UInt128 value)
    {
        U64((ulong)value);
        U64((ulong)(value >> 64));
    }

    internal void Name(in ClientOrderId id) => id.Write(Room(ClientOrderId.MaxLength));

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - Length < count) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        var room = _bytes.AsSpan(Length, count);
        Length += count;
        return room;
    }
}
