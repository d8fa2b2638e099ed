using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages.Explorer;

/// <summary>Who takes part in the next payout, with what chance.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class HoldersModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    private const int PerPage = 50;

    /// <summary>How many are behind the first of this page.</summary>
    [BindProperty(SupportsGet = true)]
    public string? From { get; set; }

    /// <summary>The holders.</summary>
    public ShareHolderPage Holders { get; private set; } = null!;

    /// <summary>GET.</summary>
    public async Task OnGetAsync(CancellationToken cancel) =>
        Holders = await Reader.HoldersAsync(Instrument.Id, PerPage, From, cancel);
}
