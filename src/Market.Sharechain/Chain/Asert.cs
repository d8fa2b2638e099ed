using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>
/// The difficulty rule aserti3-2d in integer arithmetic: the target doubles for every half life that the chain is
/// behind its schedule, and halves for every one it is ahead.
/// </summary>
public static class Asert
{
    private const int RadixBits = 16;

    /// <summary>The bits of the block after a parent.</summary>
    /// <param name="anchor">The anchor's bits.</param>
    /// <param name="timeDelta">
    /// Seconds from the anchor's schedule start to the parent. Where the anchor is a block that has a parent, the
    /// schedule starts at that parent's time; where it has none, one spacing before its own time.
    /// </param>
    /// <param name="heightDelta">Blocks from the anchor to the parent; 0 where they are the same.</param>
    /// <param name="spacing">Seconds between blocks that are aimed at.</param>
    /// <param name="halfLife">Seconds.</param>
    /// <param name="easiest">No target is easier.</param>
    public static CompactTarget Next(
        CompactTarget anchor, long timeDelta, long heightDelta, int spacing, int halfLife, CompactTarget easiest)
    {
        if (!anchor.TryExpand(out var anchorTarget) || !easiest.TryExpand(out var easiestTarget))
        {
            throw new ArgumentException("Not a target.", nameof(anchor));
        }

        // C's division, towards nought, as in the published algorithm.
        var exponent = checked((timeDelta - spacing * (heightDelta + 1)) * (1L << RadixBits)) / halfLife;
        var shifts = (exponent >> RadixBits) - RadixBits;
        var fraction = (ulong)(exponent & ((1L << RadixBits) - 1));

        // 2^x for x in [0, 1) in 1/65536 by a cubic; the largest sum stays below 2^64.
        var factor = (1UL << RadixBits) + ((195_766_423_245_049UL * fraction + 971_821_376UL * fraction * fraction
            + 5_127UL * fraction * fraction * fraction + (1UL << 47)) >> 48);

        // A shift this far leaves nothing or passes every limit; the bound keeps the number small.
        const int far = 512;
        var product = anchorTarget.ToBigInteger() * factor;
        product = shifts < 0
            ? product >> (int)Math.Min(-shifts, far)
            : product << (int)Math.Min(shifts, far);
        return product.IsZero
            ? CompactTarget.FromTarget(new U256(1))
            : product >= easiestTarget.ToBigInteger()
                ? easiest
                : CompactTarget.FromTarget(U256.FromBigInteger(product));
    }
}
