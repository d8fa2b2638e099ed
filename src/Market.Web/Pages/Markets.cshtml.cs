using Market.Contracts;

namespace Market.Web.Pages;

/// <summary>The markets that authorities announced on the instrument's sharechain.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class MarketsModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>Late blocks shown of one authority.</summary>
    public const int MostWorks = 3;

    /// <summary>What the chain says.</summary>
    public ShownDirectory Directory { get; private set; } = null!;

    /// <summary>GET.</summary>
    public async Task OnGetAsync(CancellationToken cancel) => Directory = await Reader.DirectoryAsync(Instrument.Id, cancel);

    /// <summary>How long an entry still stands, at the pace that Bitcoin aims at.</summary>
    public string LeftOf(ListedMarket market)
    {
        ArgumentNullException.ThrowIfNull(market);
        var blocks = Math.Max(0, market.Until - Directory.MainHeight);
        var left = blocks * TimeSpan.FromSeconds(Chains.Mainchain.TargetSpacing);
        return blocks == 0 ? "at the next block" : $"in about {Units.Span(left)}";
    }
}
