using System.Buffers;
using System.Buffers.Binary;

namespace Market.Bitcoin.Encoding;

/// <summary>Writes little-endian values to a growing buffer, the mirror of <see cref="ByteReader"/>.</summary>
public sealed class ByteWriter
{
    private readonly ArrayBufferWriter<byte> _buffer;

    /// <summary>An empty writer.</summary>
    /// <param name="capacity">Bytes to have room for at first.</param>
    public ByteWriter(int capacity = 256) => _buffer = new ArrayBufferWriter<byte>(Math.Max(16, capacity));

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Bytes written so far.</summary>
    public int Length => _buffer.WrittenCount;

    /// <summary>A new array of what was written.</summary>
    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    /// <summary>One byte.</summary>
    public ByteWriter Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
        return this;
    }

    /// <summary>16 bits.</summary>
    public ByteWriter UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.GetSpan(2), value);
        _buffer.Advance(2);
        return this;
    }

    /// <summary>32 bits.</summary>
    public ByteWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
        return this;
    }

    /// <summary>Signed 32 bits.</summary>
    public ByteWriter Int32(int value) => UInt32(unchecked((uint)value));

    /// <summary>64 bits.</summary>
    public ByteWriter UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
        return this;
    }

    /// <summary>Signed 64 bits.</summary>
    public ByteWriter Int64(long value) => UInt64(unchecked((ulong)value));

    /// <summary>32 bytes in internal order.</summary>
    public ByteWriter Hash256(Hash256 value)
    {
        value.CopyTo(_buffer.GetSpan(32));
        _buffer.Advance(32);
        return this;
    }

    /// <summary>Bytes as they stand.</summary>
    public ByteWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        _buffer.Write(bytes);
        return this;
    }

    /// <summary>Bitcoin's compact size.</summary>
    public ByteWriter CompactSize(ulong value) => value switch
    {
        < 0xfd => Byte((byte)value),
        <= 0xffff => Byte(0xfd).UInt16((ushort)value),
        <= 0xffff_ffff => Byte(0xfe).UInt32((uint)value),
        _ => Byte(0xff).UInt64(value),
    };

    /// <summary>A compact size, then the bytes.</summary>
    public ByteWriter VarBytes(ReadOnlySpan<byte> bytes) => CompactSize((ulong)bytes.Length).Bytes(bytes);

    /// <summary>Bytes that a compact size takes.</summary>
    public static int CompactSizeLength(ulong value) => value switch
    {
        < 0xfd => 1,
        <= 0xffff => 3,
        <= 0xffff_ffff => 5,
        _ => 9,
    };
}
