using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>
/// A feerate from what blocks themselves show: without the coins spent, one knows of a block's fees only their sum, which its
/// coinbase takes.
/// </summary>
internal static class LightFees
{
    /// <summary>Newest blocks looked at.</summary>
    public const int Blocks = 6;

    private const int Soon = 2;

    /// <summary>A block's mean feerate: what the coinbase took beyond the subsidy, over the size of the others.</summary>
    public static FeeRate Of(Block block, Amount subsidy)
    {
        long size = block.Transactions.Skip(1).Sum(transaction => (long)transaction.VirtualSize);
        var taken = block.Transactions[0].Outputs.Sum(output => output.Value.Sats) - subsidy.Sats;
        return size == 0 || taken <= 0 ? new FeeRate(0) : new FeeRate((long)((Int128)taken * 1000 / size));
    }

    /// <summary>
    /// The highest of the newest blocks where it is urgent, the one in the middle where it is not; never below what every source
    /// relays.
    /// </summary>
    public static FeeRate Estimate(IReadOnlyList<FeeRate> newestFirst, int targetBlocks, IReadOnlyList<FeeRate> floors)
    {
        var floor = floors.Append(FeeRate.MinimumRelay).Max(rate => rate.SatsPerKvB);
        if (newestFirst.Count == 0)
        {
            return new FeeRate(floor);
        }

        var sorted = newestFirst.Select(rate => rate.SatsPerKvB).Order().ToList();
        return new FeeRate(Math.Max(floor, targetBlocks <= Soon ? sorted[^1] : sorted[sorted.Count / 2]));
    }
}
