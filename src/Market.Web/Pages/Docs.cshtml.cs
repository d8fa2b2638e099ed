using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages;

/// <summary>The API, rendered from the OpenAPI document that the server publishes: an overview with a search, and one page for each
/// group of operations.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class DocsModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    private const int LongestSearch = 100;

    /// <summary>The document as it is shown.</summary>
    public ApiDocument Document { get; private set; } = null!;

    /// <summary>The group that the page is about; null on the overview.</summary>
    public ApiGroup? Group { get; private set; }

    /// <summary>The types that the group speaks of.</summary>
    public IReadOnlyList<ApiType> Types { get; private set; } = [];

    /// <summary>What is searched.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    /// <summary>Where it was found; null where nothing is searched.</summary>
    public IReadOnlyList<ApiHit>? Hits { get; private set; }

    /// <summary>The server as examples name it.</summary>
    public string Server => $"{Request.Scheme}://{Request.Host}";

    /// <summary>GET.</summary>
    public async Task<IActionResult> OnGetAsync(string? group, CancellationToken cancel)
    {
        Document = ApiDocument.Of(await Reader.OpenApiAsync(cancel));
        if (group is not null)
        {
            Group = Document.Groups.FirstOrDefault(one => one.Slug == group);
            if (Group is null)
                return Missing(
                    "There is no such page", "The interface has no group of this name.", "All groups are listed at /docs.");
            Types = ApiSearch.TypesOf(Document, Group);
        }
        if (Q?.Trim() is { Length: > 0 and <= LongestSearch } q) Hits = ApiSearch.Find(Document, q);
        return Page();
    }
}
