namespace Market.Web.Pages;

/// <summary>How it works, with one drawing.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class HowModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock);
