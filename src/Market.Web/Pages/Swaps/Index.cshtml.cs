using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages.Swaps;

/// <summary>All swaps, newest first.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class IndexModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    private const int PerPage = 40;

    /// <summary>What is listed.</summary>
    public Page<SwapSummary> Swaps { get; private set; } = null!;

    /// <summary>Only those that stand like this.</summary>
    [BindProperty(SupportsGet = true)]
    public SwapOutcome? Outcome { get; set; }

    /// <summary>From an earlier page.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Cursor { get; set; }

    /// <summary>GET.</summary>
    public async Task OnGetAsync(CancellationToken cancel) =>
        Swaps = await Reader.SwapsAsync(
            Instrument.Id, Outcome, PerPage, Cursor is { Length: <= 200 } ? Cursor : null, cancel);
}
