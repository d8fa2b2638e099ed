using System.Buffers.Binary;
using System.Numerics;

namespace Market.Bitcoin;

/// <summary>An unsigned 256-bit number: targets and chain work. Arithmetic that leaves the range throws.</summary>
public readonly record struct U256 : IComparable<U256>
{
    private readonly UInt128 _high;
    private readonly UInt128 _low;

    /// <summary>From its two halves.</summary>
    public U256(UInt128 high, UInt128 low)
    {
        _high = high;
        _low = low;
    }

    /// <summary>From a small number.</summary>
    public U256(ulong value) : this(0, value)
    {
    }

    /// <summary>Nought.</summary>
    public static U256 Zero => default;

    /// <summary>True for nought.</summary>
    public bool IsZero => _high == 0 && _low == 0;

    /// <summary>The number of bits up to the highest set one; 0 for nought.</summary>
    public int BitLength => _high != 0
        ? 256 - (int)UInt128.LeadingZeroCount(_high)
        : 128 - (int)UInt128.LeadingZeroCount(_low);

    /// <summary>Reads 32 little-endian bytes.</summary>
    public static U256 FromLittleEndian(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]), BinaryPrimitives.ReadUInt128LittleEndian(bytes));

    /// <summary>Reads 32 big-endian bytes.</summary>
    public static U256 FromBigEndian(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));

    /// <summary>Writes 32 little-endian bytes.</summary>
    public void WriteLittleEndian(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, _low);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes[16..], _high);
    }

    /// <summary>Converts for arithmetic that has no home here.</summary>
    public BigInteger ToBigInteger() => ((BigInteger)_high << 128) | (BigInteger)_low;

    /// <summary>Converts back.</summary>
    /// <exception cref="OverflowException">The value is negative or needs more than 256 bits.</exception>
    public static U256 FromBigInteger(BigInteger value) => new(
        (UInt128)(value >> 128), (UInt128)(value & (BigInteger)UInt128.MaxValue));

    /// <summary>The nearest double, for display and estimates only.</summary>
    public double ToDouble() => (double)_high * Math.Pow(2, 128) + (double)_low;

    /// <inheritdoc/>
    public int CompareTo(U256 other) =>
        _high != other._high ? _high.CompareTo(other._high) : _low.CompareTo(other._low);

    /// <summary>64 hexadecimal digits, most significant first.</summary>
    public override string ToString() => _high.ToString("x32", null) + _low.ToString("x32", null);

    /// <summary>Sum.</summary>
    public static U256 operator +(U256 left, U256 right)
    {
        var low = unchecked(left._low + right._low);
        var carry = low < left._low ? UInt128.One : UInt128.Zero;
        return new U256(checked(checked(left._high + right._high) + carry), low);
    }

    /// <summary>Difference.</summary>
    public static U256 operator -(U256 left, U256 right)
    {
        var borrow = left._low < right._low ? UInt128.One : UInt128.Zero;
        return new U256(checked(checked(left._high - right._high) - borrow), unchecked(left._low - right._low));
    }

    /// <summary>Shift left; bits beyond 256 are lost.</summary>
    public static U256 operator <<(U256 value, int bits) => bits switch
    {
        <= 0 => value,
        >= 256 => Zero,
        >= 128 => new U256(value._low << (bits - 128), 0),
        _ => new U256((value._high << bits) | (value._low >> (128 - bits)), value._low << bits),
    };

    /// <summary>Shift right.</summary>
    public static U256 operator >>(U256 value, int bits) => bits switch
    {
        <= 0 => value,
        >= 256 => Zero,
        >= 128 => new U256(0, value._high >> (bits - 128)),
        _ => new U256(value._high >> bits, (value._low >> bits) | (value._high << (128 - bits))),
    };

    /// <summary>Less.</summary>
    public static bool operator <(U256 left, U256 right) => left.CompareTo(right) < 0;

    /// <summary>More.</summary>
    public static bool operator >(U256 left, U256 right) => left.CompareTo(right) > 0;

    /// <summary>At most.</summary>
    public static bool operator <=(U256 left, U256 right) => left.CompareTo(right) <= 0;

    /// <summary>At least.</summary>
    public static bool operator >=(U256 left, U256 right) => left.CompareTo(right) >= 0;
}
