using Market.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Market.Web.Pages.Explorer;

/// <summary>One block; of a share block also whom it pays and why.</summary>
/// <param name="reader">Where the data comes from.</param>
/// <param name="clock">What ages are computed with.</param>
public sealed class BlockModel(IMarketReader reader, TimeProvider clock) : MarketPage(reader, clock)
{
    /// <summary>Transactions whose outputs are shown here; of more only the ids.</summary>
    internal const int Opened = 20;

    // All that a server remembers.
    private const int MostFound = 1_000;

    /// <summary>The block.</summary>
    public BlockDetail Block { get; private set; } = null!;

    /// <summary>What became of it as a Bitcoin block, or of the Bitcoin block that it is for; null where no share's work was enough
    /// for that, or it is not remembered.</summary>
    public FoundBlock? Found { get; private set; }

    /// <summary>An instrument of the sharechain that found it.</summary>
    public Instrument? FoundOn { get; private set; }

    /// <summary>Its first transactions.</summary>
    public IReadOnlyList<TransactionDetail> Transactions { get; private set; } = [];

    /// <summary>GET.</summary>
    public async Task<IActionResult> OnGetAsync(string? chain, string? id, CancellationToken cancel)
    {
        if (SwapText.Chain(chain ?? "") is not { } name)
            return Missing("There is no such chain", "The market has two: sharechain and mainchain.",
                "Both are in the explorer.");
        // A segment of blanks arrives as none.
        if (id is not { Length: <= 64 }
            || await Reader.BlockAsync(Instrument.Id, name, id.ToLowerInvariant(), cancel) is not { } block)
            return Missing("There is no such block", $"The {chain} has no block with this height or id.",
                "A block that was just found appears once the market's node has checked it.");
        Block = block;
        await LookForFateAsync(cancel);
        var transactions = new List<TransactionDetail>();
        foreach (var tx in block.TransactionIds.Take(Opened))
            if (await Reader.TransactionAsync(Instrument.Id, name, tx, isWhole: false, cancel) is { } detail)
                transactions.Add(detail);
        Transactions = transactions;
        return Page();
    }

    // A share is of the page's own sharechain; a Bitcoin block may be of any. Series of one sharechain found the same.
    private async Task LookForFateAsync(CancellationToken cancel)
    {
        var isShare = Block.Block.Chain == ChainName.Sharechain;
        foreach (var one in Instruments.Where(one => !isShare || one.Sharechain == Instrument.Sharechain)
            .DistinctBy(one => one.Sharechain))
        {
            var found = await Reader.FoundAsync(one.Id, MostFound, cancel);
            if (found.Items.FirstOrDefault(each => (isShare ? each.ShareId : each.Id) == Block.Block.Id) is { } fate)
            {
                (Found, FoundOn) = (fate, one);
                return;
            }
        }
    }
}
