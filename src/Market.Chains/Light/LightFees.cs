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

    /// <summary>
    /// More than this, 1,000 sat/vB, no mempool has ever asked for: a source that names more has named nothing.
    /// </summary>
    public const long MostFloor = 1_000_000;

    /// <summary>
    /// What sources ask for is believed up to so many times what the best of the newest blocks paid: a mempool asks for more than
    /// the least only while blocks are full of what pays more still.
    /// </summary>
    public const int MostTimesBlocks = 4;

    private const int Soon = 2;

    /// <summary>A block's mean feerate: what the coinbase took beyond the subsidy, over the size of the others.</summary>
    public static FeeRate Of(Block block, Amount subsidy)
    {
        long size = block.Transactions.Skip(1).Sum(transaction => (long)transaction.VirtualSize);
        var taken = block.Transactions[0].Outputs.Sum(output => output.Value.Sats) - subsidy.Sats;
        return size == 0 || taken <= 0 ? new FeeRate(0) : new FeeRate((long)((Int128)taken * 1000 / size));
    }

    /// <summary>
    /// The highest of the newest blocks where it is urgent, the one in the middle where it is not; never below what half of the
    /// sources relay.
    /// </summary>
    /// <param name="newestFirst">What the newest blocks paid; 0 for one that shows no fees.</param>
    /// <param name="targetBlocks">Blocks to wait at most.</param>
    /// <param name="floors">What the sources say is the least that they relay: nobody's word alone decides.</param>
    public static FeeRate Estimate(IReadOnlyList<FeeRate> newestFirst, int targetBlocks, IReadOnlyList<FeeRate> floors)
    {
        var floor = FloorOf(newestFirst, floors);
        if (newestFirst.Count == 0)
        {
            return new FeeRate(floor);
        }

        var sorted = newestFirst.Select(rate => rate.SatsPerKvB).Order().ToList();
        return new FeeRate(Math.Max(floor, targetBlocks <= Soon ? sorted[^1] : sorted[sorted.Count / 2]));
    }

    // The lower one of the two in the middle: where two sources differ, one of them would set the fee alone.
    private static long FloorOf(IReadOnlyList<FeeRate> blocks, IReadOnlyList<FeeRate> floors)
    {
        var least = FeeRate.MinimumRelay.SatsPerKvB;
        var named = floors.Select(rate => rate.SatsPerKvB).Where(rate => rate <= MostFloor).Order().ToList();
        var floor = named.Count == 0 ? least : Math.Max(least, named[(named.Count - 1) / 2]);
        var paid = blocks.Select(rate => rate.SatsPerKvB).DefaultIfEmpty().Max();

        // By division, as a block may show any number.
        return paid > 0 && floor / MostTimesBlocks >= paid ? Math.Max(least, paid * MostTimesBlocks) : floor;
    }
}
