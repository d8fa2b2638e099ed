using Market.Contracts;

namespace Market.Web.Pages;

/// <summary>A pool of another kind, read from a node of it, beside the own sharechains.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class SourcesModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>What the node tells; null where none is read.</summary>
    public PoolSource? Pool { get; private set; }

    /// <summary>GET.</summary>
    public async Task OnGetAsync(CancellationToken cancel) => Pool = await Reader.P2PoolSourceAsync(cancel);
}
