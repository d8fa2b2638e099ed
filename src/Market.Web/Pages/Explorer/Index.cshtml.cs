using System.Globalization;
using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages.Explorer;

/// <summary>Both chains side by side, and a search over blocks and transactions.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class IndexModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    private const int PerChain = 20;

    /// <summary>The newest blocks of each chain.</summary>
    public IReadOnlyList<(ChainTip Tip, Page<BlockSummary> Blocks)> Lists { get; private set; } = [];

    /// <summary>What is searched: a height, a block or transaction id.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    /// <summary>Whether a search found nothing.</summary>
    public bool NotFoundAnything { get; private set; }

    /// <summary>GET: goes straight to what the search names when only one thing is meant.</summary>
    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        if (Q?.Trim() is { Length: > 0 and <= 80 } q)
        {
            var wanted = q.TrimStart('#').Replace(",", "", StringComparison.Ordinal).ToLowerInvariant();
            if (await FindAsync(wanted, cancel) is { } path) return Redirect(Link(path));
            NotFoundAnything = true;
        }
        Lists =
        [
            (Chains.Sharechain, await Reader.BlocksAsync(Instrument.Id, ChainName.Sharechain, PerChain, null, cancel)),
            (Chains.Mainchain, await Reader.BlocksAsync(Instrument.Id, ChainName.Mainchain, PerChain, null, cancel)),
        ];
        return Page();
    }

    private async Task<string?> FindAsync(string q, CancellationToken cancel)
    {
        var isHeight = long.TryParse(q, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        if (!isHeight && (q.Length != 64 || !q.All(char.IsAsciiHexDigitLower))) return null;
        foreach (var chain in new[] { ChainName.Sharechain, ChainName.Mainchain })
        {
            if (await Reader.BlockAsync(Instrument.Id, chain, q, cancel) is { } block)
                return $"/explorer/{SwapText.Of(chain)}/blocks/{block.Block.Id}";
            if (!isHeight && await Reader.TransactionAsync(Instrument.Id, chain, q, cancel) is { } tx)
                return SwapText.Path(chain, tx.Id);
        }
        return null;
    }
}
