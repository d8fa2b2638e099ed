using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages.Explorer;

/// <summary>Both chains side by side, and a search over blocks, transactions, addresses and swaps.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class IndexModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    private const int PerChain = 20;
    private const int MostFound = 20;
    private const int LongestSearch = 100;

    /// <summary>The newest blocks of each chain.</summary>
    public IReadOnlyList<(ChainTip Tip, Page<BlockSummary> Blocks)> Lists { get; private set; } = [];

    /// <summary>The newest Bitcoin blocks that the sharechain found.</summary>
    public FoundBlocks Found { get; private set; } = null!;

    /// <summary>What is searched: a height, an id or its beginning, an address, a swap.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    /// <summary>What the search found, where that is several things.</summary>
    public IReadOnlyList<SearchHit> Hits { get; private set; } = [];

    /// <summary>Whether a search found nothing.</summary>
    public bool NotFoundAnything { get; private set; }

    /// <summary>GET: goes straight to what the search names when only one thing is meant.</summary>
    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        if (Q?.Trim() is { Length: > 0 and <= LongestSearch } q)
        {
            Hits = await Reader.SearchAsync(q, cancel);
            if (Hits is [var only]) return Redirect(PathOf(only));
            NotFoundAnything = Hits.Count == 0;
        }
        Found = await Reader.FoundAsync(Instrument.Id, MostFound, cancel);
        Lists =
        [
            (Chains.Sharechain, await Reader.BlocksAsync(Instrument.Id, ChainName.Sharechain, PerChain, null, cancel)),
            (Chains.Mainchain, await Reader.BlocksAsync(Instrument.Id, ChainName.Mainchain, PerChain, null, cancel)),
        ];
        return Page();
    }

    /// <summary>Where a page shows what was found: of another instrument's chain that names the instrument.</summary>
    public string PathOf(SearchHit hit)
    {
        ArgumentNullException.ThrowIfNull(hit);
        var path = ExplorerText.Path(hit);
        if (IsAbout(hit)) return Link(path);
        return MarketLinks.Of(path, Instruments.FirstOrDefault(one => one.Id == hit.Instrument) is { } other
            ? ParameterOf(other)
            : hit.Instrument);
    }

    // The mainchain is everybody's, and so is a swap's page; instruments of one sharechain share its pages.
    private bool IsAbout(SearchHit hit) =>
        hit.Chain is null || ExplorerText.ChainOf(hit) == ChainName.Mainchain || hit.Chain == Instrument.Sharechain;
}
