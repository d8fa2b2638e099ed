using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages.Explorer;

/// <summary>One address of either chain.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class AddressModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    private const int Longest = 90;

    /// <summary>The address.</summary>
    public AddressDetail Address { get; private set; } = null!;

    /// <summary>GET.</summary>
    public async Task<IActionResult> OnGetAsync(string? chain, string? id, CancellationToken cancel)
    {
        if (SwapText.Chain(chain ?? "") is not { } name)
            return Missing("There is no such chain", "The market has two: sharechain and mainchain.",
                "Both are in the explorer.");
        if (id is not { Length: > 0 and <= Longest } || await Reader.AddressAsync(Instrument.Id, name, id, cancel) is not { } found)
            return Missing("There is no such address",
                name == ChainName.Sharechain ? $"It is none of {Instrument.Sharechain}." : "It is none of the mainchain.",
                "The search of the explorer finds the chain that an address is of.");
        Address = found;
        return Page();
    }
}
