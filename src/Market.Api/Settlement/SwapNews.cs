using Market.Bitcoin;
using Market.Contracts;

namespace Market.Api.Settlement;

/// <summary>Something for the swap coordinator to take in.</summary>
internal abstract record SwapNews
{
    private SwapNews()
    {
    }

    /// <summary>A tip moved, or time passed.</summary>
    public sealed record Tick : SwapNews;

    /// <summary>There was more to look at of a swap than is looked at in one go: it has another turn.</summary>
    public sealed record Again(string SwapId) : SwapNews;

    /// <summary>Trades were journaled: their swaps are in the table.</summary>
    public sealed record Opened(IReadOnlyList<string> SwapIds) : SwapNews;

    /// <summary>Trades may have been journaled that nobody told of: whatever swap is in the table and not driven is taken over.
    /// </summary>
    public sealed record Restarted : SwapNews;

    /// <summary>A party gives its keys, and waits for the answer.</summary>
    public sealed record Keys(
        string SwapId, string Account, Market.Swaps.PartyKeys Given,
        TaskCompletionSource<Results.Result<SwapDetail>> Answer) : SwapNews;

    /// <summary>A party will not go on, and waits for the answer.</summary>
    public sealed record Decline(
        string SwapId, string Account, TaskCompletionSource<Results.Result<SwapDetail>> Answer) : SwapNews;

    /// <summary>Something happened to watched scripts: what, the chain's view tells.</summary>
    public sealed record Seen(ChainName Chain, IReadOnlyList<Script> Scripts) : SwapNews;
}
