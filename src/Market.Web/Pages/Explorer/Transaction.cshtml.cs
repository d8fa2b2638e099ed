using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages.Explorer;

/// <summary>One transaction.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class TransactionModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>The transaction.</summary>
    public TransactionDetail Tx { get; private set; } = null!;

    /// <summary>GET.</summary>
    public async Task<IActionResult> OnGetAsync(string? chain, string? id, CancellationToken cancel)
    {
        if (SwapText.Chain(chain ?? "") is not { } name)
            return Missing("There is no such chain", "The market has two: sharechain and mainchain.",
                "Both are in the explorer.");
        // A segment of blanks arrives as none.
        if (id is not { Length: 64 }
            || await Reader.TransactionAsync(Instrument.Id, name, id.ToLowerInvariant(), isWhole: true, cancel) is not { } tx)
            return Missing("There is no such transaction",
                $"Neither the {chain} nor the mempool of the market's node has it.",
                "If it was sent a moment ago, reload in a few seconds; if a reorganisation undid it, it is sent " +
                "again by itself.");
        Tx = tx;
        return Page();
    }
}
