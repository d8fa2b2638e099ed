using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages;

/// <summary>Any address that nothing answers.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class NotFoundModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>GET.</summary>
    public IActionResult OnGet() => Missing(
        "There is no such page", "Nothing is kept at this address.", "The pages of the market are listed above.");
}
