using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages.Swaps;

/// <summary>One swap: its timeline, who acts next and by when, what happens if nobody does.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class DetailModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>The swap.</summary>
    public SwapDetail Swap { get; private set; } = null!;

    /// <summary>Where its proof is.</summary>
    public string ProofPath =>
        Routes.SwapProof.Replace("{id}", Uri.EscapeDataString(Swap.Summary.Id), StringComparison.Ordinal);

    /// <summary>GET.</summary>
    public async Task<IActionResult> OnGetAsync(string? id, CancellationToken cancel)
    {
        // A segment of blanks arrives as none.
        if (id is not { Length: <= 100 } || await Reader.SwapAsync(id, cancel) is not { } swap)
            return Missing("There is no such swap", "No swap was ever opened under this id.",
                "Check the id: it is printed by the market command and stands in every trade.");
        // A swap tells itself what it is about, however the reader came to it.
        if (Instruments.FirstOrDefault(one => one.Id == swap.Summary.Instrument) is { } about) Choose(about);
        Swap = swap;
        return Page();
    }
}
