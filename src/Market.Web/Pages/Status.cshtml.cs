namespace Market.Web.Pages;

/// <summary>How every part of the market is doing.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class StatusModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock);
