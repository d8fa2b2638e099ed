using Market.Bitcoin;
using Market.Chains.Shares;

namespace Market.Chains.Light;

/// <summary>The bits that a network asks of the block after a given one (Bitcoin Core's GetNextWorkRequired).</summary>
internal static class Difficulty
{
    private const int Interval = 2_016;

    /// <summary>The required bits.</summary>
    /// <param name="network">Whose rule.</param>
    /// <param name="parent">The block built on.</param>
    /// <param name="height">Its height.</param>
    /// <param name="time">The new block's time.</param>
    /// <param name="ancestor">The parent's ancestor at a height.</param>
    public static CompactTarget After(
        NetworkProfile network, BlockHeader parent, int height, uint time, Func<int, BlockHeader> ancestor)
    {
        if (network.Difficulty == DifficultyRule.Fixed)
        {
            return network.EasiestBits;
        }

        var easy = network.Difficulty == DifficultyRule.RetargetWithEasyBlocks;
        if ((height + 1) % Interval == 0)
        {
            var first = ancestor(height + 1 - Interval);

            // BIP94: the first block's bits, since the last one's may be those of an easy block.
            return Retarget.Next(easy ? parent with { Bits = first.Bits } : parent, first, network.EasiestBits);
        }

        if (!easy)
        {
            return parent.Bits;
        }

        if (time > parent.Time + 2L * network.Spacing)
        {
            return network.EasiestBits;
        }

        // The last block that was not easy, within the period.
        var at = parent;
        for (var back = height; back % Interval != 0 && at.Bits == network.EasiestBits; back--)
        {
            at = ancestor(back - 1);
        }

        return at.Bits;
    }
}
