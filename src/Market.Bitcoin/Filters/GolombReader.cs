using System.Buffers.Binary;
using System.Numerics;

namespace Market.Bitcoin;

/// <summary>
/// Reads ascending numbers that were written as Golomb-Rice codes of their differences (BIP158): each the quotient in ones and a
/// nought, then the remainder, the highest bit first.
/// </summary>
/// <param name="bytes">The codes.</param>
/// <param name="below">No number may be as large as this.</param>
internal ref struct GolombReader(ReadOnlySpan<byte> bytes, ulong below)
{
    // A window holds at least so many bits, wherever it begins within a byte.
    private const int Window = 56;
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly long _bits = bytes.Length * 8L;
    private long _at;
    private ulong _value;

    /// <summary>Bits not read yet.</summary>
    public readonly long Left => _bits - _at;

    /// <summary>True where what is left is the filling of the last byte.</summary>
    public readonly bool IsAtEnd => Left < 8 && (Left == 0 || Look() == 0);

    /// <summary>The next number; false where the bytes end within it, or it is too large.</summary>
    public bool TryRead(out ulong value)
    {
        ulong quotient = 0;
        var ones = BitOperations.LeadingZeroCount(~Look());
        while (ones >= Window && Left > 0)
        {
            quotient += Window;
            _at += Window;
            ones = BitOperations.LeadingZeroCount(~Look());
        }

        quotient += (ulong)ones;
        _at += ones + 1;
        value = _value;
        if (Left < CompactFilter.RemainderBits)
        {
            return false;
        }

        var remainder = Look() >> (64 - CompactFilter.RemainderBits);
        _at += CompactFilter.RemainderBits;
        _value += (quotient << CompactFilter.RemainderBits) + remainder;
        value = _value;
        return _value < below;
    }

    // The next bits, the first of them at the top; behind the end there are noughts.
    private readonly ulong Look()
    {
        var at = (int)Math.Min(_at >> 3, _bytes.Length);
        if (_bytes.Length - at >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(_bytes[at..]) << (int)(_at & 7);
        }

        Span<byte> last = stackalloc byte[sizeof(ulong)];
        last.Clear();
        _bytes[at..].CopyTo(last);
        return BinaryPrimitives.ReadUInt64BigEndian(last) << (int)(_at & 7);
    }
}
