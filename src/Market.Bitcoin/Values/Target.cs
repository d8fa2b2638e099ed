using System.Numerics;

namespace Market.Bitcoin;

/// <summary>
/// A proof-of-work target in Bitcoin's compact form ("bits"): one byte of exponent, three of signed mantissa.
/// </summary>
/// <param name="Bits">The compact form as it stands in a header.</param>
public readonly record struct CompactTarget(uint Bits)
{
    /// <summary>Expands the compact form as Bitcoin Core's arith_uint256::SetCompact does.</summary>
    /// <param name="target">The target; nought where the form is not valid.</param>
    /// <returns>False where the form is negative, nought or overflows 256 bits.</returns>
    public bool TryExpand(out U256 target)
    {
        var exponent = (int)(Bits >> 24);
        var mantissa = Bits & 0x007fffff;
        target = exponent <= 3
            ? new U256(mantissa >> (8 * (3 - exponent)))
            : new U256(mantissa) << (8 * (exponent - 3));
        var negative = mantissa != 0 && (Bits & 0x00800000) != 0;
        var overflow = mantissa != 0
            && (exponent > 34 || (mantissa > 0xff && exponent > 33) || (mantissa > 0xffff && exponent > 32));
        if (!negative && !overflow && !target.IsZero)
        {
            return true;
        }

        target = default;
        return false;
    }

    /// <summary>The compact form of a target, losing all but its top 23 bits (arith_uint256::GetCompact).</summary>
    public static CompactTarget FromTarget(U256 target)
    {
        var size = (target.BitLength + 7) / 8;
        Span<byte> bytes = stackalloc byte[32];
        var shifted = size <= 3 ? target << (8 * (3 - size)) : target >> (8 * (size - 3));
        shifted.WriteLittleEndian(bytes);
        var mantissa = BitConverter.ToUInt32(bytes);
        if ((mantissa & 0x00800000) != 0)
        {
            mantissa >>= 8;
            size++;
        }

        return new CompactTarget(mantissa | ((uint)size << 24));
    }

    /// <summary>
    /// Expected hashes to meet the target: 2^256 / (target + 1); nought for a form that is not valid.
    /// </summary>
    public U256 Work()
    {
        if (!TryExpand(out var target))
        {
            return U256.Zero;
        }

        return U256.FromBigInteger((BigInteger.One << 256) / (target.ToBigInteger() + 1) is var work
            && work < BigInteger.One << 256 ? work : (BigInteger.One << 256) - 1);
    }

    /// <summary>True where the hash, read as a little-endian number, is at or below the target.</summary>
    public bool IsMetBy(Hash256 hash) => TryExpand(out var target) && hash.ToU256() <= target;

    /// <summary>Eight hexadecimal digits.</summary>
    public override string ToString() => Bits.ToString("x8", null);
}
