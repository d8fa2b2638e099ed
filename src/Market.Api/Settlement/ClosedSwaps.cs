using Market.Api.Data;
using Market.Api.Results;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Settlement;

/// <summary>Summaries of closed swaps as last worded. What is said of one follows from its record and from how high both chains
/// are, and from no clock: it is read and worded anew where one of these is another. Safe from any thread.</summary>
public sealed class ClosedSwaps
{
    /// <summary>Swaps that are kept.</summary>
    public const int Most = 2_000;

    private readonly RecentValues<string, Worded> _known = new(Most);

    /// <summary>The summary of a row.</summary>
    /// <param name="row">The row; closed.</param>
    /// <param name="tips">The chains now.</param>
    /// <param name="word">Reads and words it.</param>
    public SwapSummary Of(SwapRow row, SwapTips tips, Func<SwapSummary> word)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(word);
        if (_known.TryGet(row.Id, out var known) && known.Version == row.Version && known.Share == tips.Share.Height
            && known.Coin == tips.Coin.Height)
            return known.Summary;
        var summary = word();
        _known.Put(row.Id, new Worded(row.Version, tips.Share.Height, tips.Coin.Height, summary));
        return summary;
    }

    private sealed record Worded(long Version, int Share, int Coin, SwapSummary Summary);
}
