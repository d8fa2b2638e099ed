using System.Numerics;
using Market.Bitcoin;

namespace Market.Chains.Shares;

/// <summary>Bitcoin's difficulty adjustment at the end of a period of 2,016 blocks.</summary>
internal static class Retarget
{
    private const long Timespan = 14 * 24 * 60 * 60;

    /// <summary>The bits of the first block of the next period.</summary>
    /// <param name="last">The period's last block.</param>
    /// <param name="first">Its first.</param>
    /// <param name="limit">The easiest target.</param>
    public static CompactTarget Next(BlockHeader last, BlockHeader first, CompactTarget limit)
    {
        var taken = Math.Clamp((long)last.Time - first.Time, Timespan / 4, Timespan * 4);
        if (!last.Bits.TryExpand(out var old) || !limit.TryExpand(out var easiest))
        {
            return limit;
        }

        var next = old.ToBigInteger() * taken / Timespan;
        return CompactTarget.FromTarget(U256.FromBigInteger(BigInteger.Min(next, easiest.ToBigInteger())));
    }
}
