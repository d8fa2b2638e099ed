using Market.Chains;

namespace Market.Client.Recovery;

/// <summary>Finds heights by time. Median times never fall along a chain, so that halving finds them.</summary>
internal static class ChainTimes
{
    /// <summary>The first height whose median time past is not below a time; the tip's where all are.</summary>
    /// <param name="chain">Which chain.</param>
    /// <param name="unixSeconds">The time.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<int> FirstHeightAsync(IChain chain, long unixSeconds, CancellationToken cancellation)
    {
        var (low, high) = (0, (await chain.GetTipAsync(cancellation).ConfigureAwait(false)).Height);
        while (low < high)
        {
            var middle = low + (high - low) / 2;

            // A block that the chain does not show counts as early enough: the search may begin too low, never too high.
            if (await MedianTimeAsync(chain, middle, cancellation).ConfigureAwait(false) is { } time && time < unixSeconds)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static async Task<long?> MedianTimeAsync(IChain chain, int height, CancellationToken cancellation)
    {
        if (chain is IMainchain mainchain)
        {
            return (await mainchain.GetHeaderAsync(height, cancellation).ConfigureAwait(false))?.MedianTimePast;
        }

        return await chain.GetBlockIdAsync(height, cancellation).ConfigureAwait(false) is { } id
            ? (await chain.GetBlockAsync(id, cancellation).ConfigureAwait(false))?.MedianTimePast
            : null;
    }
}
