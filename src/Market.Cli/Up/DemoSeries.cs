using Market.Chains;
using Market.Client.Api;
using Market.Contracts;

namespace Market.Cli.Up;

/// <summary>
/// Where the demo's people trade shares that expire: all in the oldest series that is listed, and in the next one shortly before
/// that
/// closes. So they meet in one book, and each series is seen to open, to be traded and to close.
/// </summary>
/// <param name="api">The market.</param>
/// <param name="sharechain">The sharechain as they see it themselves.</param>
internal sealed class DemoSeries(MarketApi api, ISharechain sharechain)
{
    // A minute of a devnet: whoever agrees on a swap in a series' last blocks may find that it does not fit any more.
    private const int LeastBlocks = 30;

    /// <summary>The id of the instrument to trade in; null while no series is listed.</summary>
    public async Task<string?> ChooseAsync(CancellationToken cancellation)
    {
        var all = await api.GetSeriesAsync(cancellation);
        var tip = await sharechain.GetTipAsync(cancellation);
        return Choose(all.Items, sharechain.Profile.Name, tip.Height);
    }

    /// <summary>The oldest listed series of a sharechain that does not close within a minute; where all do, the newest.</summary>
    /// <param name="all">Every series of the market.</param>
    /// <param name="sharechain">The sharechain's name on the network.</param>
    /// <param name="height">Its tip's.</param>
    public static string? Choose(IEnumerable<ExpirySeries> all, string sharechain, int height)
    {
        var listed = all.Where(series => series.Sharechain == sharechain && series.State == SeriesState.Listed)
            .OrderBy(series => series.Number).ToList();
        return (listed.Find(series => series.Closes is { } closes && closes.Height - height >= LeastBlocks)
            ?? listed.LastOrDefault())?.Instrument;
    }
}
