using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Market.Bitcoin.Encoding;

/// <summary>Why bytes could not be read.</summary>
public enum ParseError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The bytes end before the value does.</summary>
    UnexpectedEnd,

    /// <summary>A compact size is longer than it need be.</summary>
    NonCanonicalSize,

    /// <summary>A count or length is larger than what is left to read can hold.</summary>
    TooLarge,

    /// <summary>Bytes follow the value.</summary>
    TrailingBytes,

    /// <summary>A transaction carries the witness marker and no witness (BIP144).</summary>
    SuperfluousWitness,

    /// <summary>A transaction's flag byte is not known (BIP144).</summary>
    UnknownFlag,

    /// <summary>A value that this format does not allow.</summary>
    InvalidValue,
}

/// <summary>
/// Reads little-endian values from bytes, once through. The first error sticks: later reads return nought, so a
/// parser checks <see cref="Error"/> at its end. Nothing is copied, and no count is believed beyond what is left.
/// </summary>
public ref struct ByteReader
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly ReadOnlySpan<byte> _span;
    private int _position;

    /// <summary>Starts at the first byte.</summary>
    public ByteReader(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        _span = bytes.Span;
    }

    /// <summary>The first error met.</summary>
    public ParseError Error { get; private set; }

    /// <summary>True once an error was met.</summary>
    public readonly bool Failed => Error != ParseError.None;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    /// <summary>Bytes left.</summary>
    public readonly int Remaining => _span.Length - _position;

    /// <summary>Records an error, unless one is there already, and moves to the end.</summary>
    public void Fail(ParseError error)
    {
        if (Error == ParseError.None)
        {
            Error = error;
        }

        _position = _span.Length;
    }

    /// <summary>Records <see cref="ParseError.TrailingBytes"/> where bytes are left.</summary>
    public void ExpectEnd()
    {
        if (Remaining != 0)
        {
            Fail(ParseError.TrailingBytes);
        }
    }

    /// <summary>One byte.</summary>
    public byte ReadByte() => TryTake(1, out var at) ? _span[at] : (byte)0;

    /// <summary>The next byte, not taken; 0 at the end.</summary>
    public readonly byte Peek(int ahead = 0) => ahead < Remaining ? _span[_position + ahead] : (byte)0;

    /// <summary>16 bits.</summary>
    public ushort ReadUInt16() =>
        TryTake(2, out var at) ? BinaryPrimitives.ReadUInt16LittleEndian(_span[at..]) : (ushort)0;

    /// <summary>32 bits.</summary>
    public uint ReadUInt32() => TryTake(4, out var at) ? BinaryPrimitives.ReadUInt32LittleEndian(_span[at..]) : 0;

    /// <summary>Signed 32 bits.</summary>
    public int ReadInt32() => unchecked((int)ReadUInt32());

    /// <summary>64 bits.</summary>
    public ulong ReadUInt64() => TryTake(8, out var at) ? BinaryPrimitives.ReadUInt64LittleEndian(_span[at..]) : 0;

    /// <summary>Signed 64 bits.</summary>
    public long ReadInt64() => unchecked((long)ReadUInt64());

    /// <summary>32 bytes in internal order.</summary>
    public Hash256 ReadHash256() => TryTake(32, out var at) ? new Hash256(_span.Slice(at, 32)) : default;

    /// <summary>A slice of the original memory.</summary>
    public ReadOnlyMemory<byte> ReadBytes(int count)
    {
        if (count < 0)
        {
            Fail(ParseError.TooLarge);
            return default;
        }

        return TryTake(count, out var at) ? _bytes.Slice(at, count) : default;
    }

    /// <summary>A slice between two positions already read.</summary>
    public readonly ReadOnlyMemory<byte> Slice(int start, int end) => _bytes[start..end];

    /// <summary>36 bytes: the id and the index of an output.</summary>
    public OutPoint ReadOutPoint() => TryTake(OutPoint.Length, out var at)
        ? new OutPoint(
            new TxId(new Hash256(_span.Slice(at, 32))), BinaryPrimitives.ReadUInt32LittleEndian(_span[(at + 32)..]))
        : default;

    /// <summary>Bitcoin's compact size, canonical form only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadCompactSize()
    {
        var at = _position;
        if ((uint)at < (uint)_span.Length && _span[at] < 0xfd)
        {
            _position = at + 1;
            return _span[at];
        }

        return ReadLongCompactSize();
    }

    /// <summary>A count of things of which each takes at least so many bytes: never more than can follow.</summary>
    public int ReadCount(int leastBytesEach)
    {
        var count = ReadCompactSize();
        if (count > (ulong)(Remaining / Math.Max(1, leastBytesEach)))
        {
            Fail(ParseError.TooLarge);
            return 0;
        }

        return (int)count;
    }

    /// <summary>A compact size, then so many bytes, as a slice of the original memory.</summary>
    public ReadOnlyMemory<byte> ReadVarBytes()
    {
        var length = ReadCompactSize();
        if (length > (ulong)Remaining)
        {
            Fail(ParseError.TooLarge);
            return default;
        }

        var at = _position;
        _position += (int)length;
        return _bytes.Slice(at, (int)length);
    }

    private ulong ReadLongCompactSize()
    {
        ulong value = 0;
        ulong least = 0;
        switch (ReadByte())
        {
            case 0xfd:
                (value, least) = (ReadUInt16(), 0xfd);
                break;
            case 0xfe:
                (value, least) = (ReadUInt32(), 0x1_0000);
                break;
            case 0xff:
                (value, least) = (ReadUInt64(), 0x1_0000_0000);
                break;
        }

        if (!Failed && value < least)
        {
            Fail(ParseError.NonCanonicalSize);
        }

        return Failed ? 0 : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(int count, out int at)
    {
        at = _position;
        if (Remaining < count)
        {
            Fail(ParseError.UnexpectedEnd);
            return false;
        }

        _position += count;
        return true;
    }
}
