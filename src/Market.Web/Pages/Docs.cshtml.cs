namespace Market.Web.Pages;

/// <summary>The API, rendered from the OpenAPI document that the server publishes.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class DocsModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>The document as it is shown.</summary>
    public ApiDocument Document { get; private set; } = null!;

    /// <summary>GET.</summary>
    public async Task OnGetAsync(CancellationToken cancel) =>
        Document = ApiDocument.Of(await Reader.OpenApiAsync(cancel));
}
