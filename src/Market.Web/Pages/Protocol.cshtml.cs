namespace Market.Web.Pages;

/// <summary>The protocol: what a second implementation needs.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class ProtocolModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>The document as HTML.</summary>
    public string Text { get; } = Documents.ProtocolHtml;

    /// <summary>What it says is so whatever the market does.</summary>
    protected override bool IsShownAlways => true;
}
