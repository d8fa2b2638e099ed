using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains;

/// <summary>The ledger of shares as a market, a miner and an agent need it: own node, or followed over HTTP.</summary>
public interface ISharechain : IChain
{
    /// <summary>The chain's rules.</summary>
    SharechainProfile Profile { get; }

    /// <summary>A share known, whole; null where unknown, and for genesis, which has no body.</summary>
    ValueTask<ShareBlock?> GetShareAsync(ShareId id, CancellationToken cancellation = default);

    /// <summary>The height of a share on the best chain; null for any other.</summary>
    ValueTask<int?> GetHeightAsync(ShareId id, CancellationToken cancellation = default);

    /// <summary>Headers of the best chain with their proofs, as they are sent, read without the bodies behind them.</summary>
    /// <param name="after">The height to begin after.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="mostBytes">How many bytes at most; one header is answered whatever its size.</param>
    /// <param name="cancellation">Stops waiting.</param>
    ValueTask<ImmutableArray<ReadOnlyMemory<byte>>> GetHeadersAsync(
        int after, int limit, int mostBytes, CancellationToken cancellation = default);

    /// <summary>
    /// A mainchain header that the mainchain knows, or that a share refers to, on the best mainchain or not: what a
    /// newcomer needs to judge shares on blocks that lost their race. Null where unknown.
    /// </summary>
    ValueTask<BlockHeader?> GetMainHeaderAsync(BlockId id, CancellationToken cancellation = default);

    /// <summary>Work on top of both tips.</summary>
    /// <param name="miner">The script that the sharebase pays; one that a coinbase may pay.</param>
    /// <param name="cancellation">Stops waiting.</param>
    ValueTask<ShareTemplate> GetTemplateAsync(Script miner, CancellationToken cancellation = default);

    /// <summary>
    /// Offers a share. Where its work also meets the mainchain's target, and the template it was built from came from
    /// here, the mainchain block is offered to the mainchain as well. In a row of weak shares one of those is taken too.
    /// </summary>
    ValueTask<ShareResult> SubmitShareAsync(ShareBlock share, CancellationToken cancellation = default);

    /// <summary>Weak shares that wait to be named by a block, the oldest first; none in rows without them.</summary>
    ValueTask<ImmutableArray<NamedShare>> GetWeakAsync(CancellationToken cancellation = default);

    /// <summary>Offers a weak share as nodes pass it on: without its transactions, which are nobody's. Where the template that it
    /// was built from came from here, the mainchain block that it may be is offered too.</summary>
    ValueTask<ShareResult> SubmitWeakAsync(NamedShare share, CancellationToken cancellation = default);

    /// <summary>Whom the mainchain coinbase of the next share pays, and why.</summary>
    ValueTask<NextPayout> GetNextPayoutAsync(CancellationToken cancellation = default);

    /// <summary>Who takes part in the next payout, by weight.</summary>
    ValueTask<ShareHolders> GetHoldersAsync(CancellationToken cancellation = default);

    /// <summary>Whether the next share could register late work, as the rules say on top of both tips.</summary>
    /// <exception cref="NotSupportedException">The row registers none.</exception>
    ValueTask<LateStanding> CheckLateAsync(LateRegistration late, CancellationToken cancellation = default);

    /// <summary>Has the sharebases of templates of here carry late work until it is registered, or can be no more: on rows where
    /// shares change hands in whole amounts only, or not at all, no transaction could. It is forgotten when the program ends.
    /// </summary>
    /// <returns>How it stands: carried where nothing is against it, it is not registered, and the row's sharebases may.</returns>
    /// <exception cref="NotSupportedException">The row registers none, or none in its sharebases.</exception>
    ValueTask<LateStanding> CarryLateAsync(LateRegistration late, CancellationToken cancellation = default);

    /// <summary>How long outputs of a root height (<see cref="UnspentOutput.RootHeight"/>) may still be spent.</summary>
    /// <param name="root">The root height, at least 1; one above the tip's is that of a block to come.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="NotSupportedException">The row's shares never expire.</exception>
    ValueTask<ShareLife> GetLifeAsync(int root, CancellationToken cancellation = default);

    /// <summary>How long they could still be spent when a block of the best chain was its tip.</summary>
    /// <param name="root">The root height, at least 1.</param>
    /// <param name="height">The block's, at least 0.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Null where the best chain has no block so high.</returns>
    /// <exception cref="NotSupportedException">The row's shares never expire.</exception>
    ValueTask<PastLife?> GetPastLifeAsync(int root, int height, CancellationToken cancellation = default);

    /// <summary>Markets that authorities announced, as the chain's tip has them, reckoned from the mainchain block that it builds
    /// on.</summary>
    ValueTask<ShareDirectory> GetDirectoryAsync(CancellationToken cancellation = default);

    /// <summary>The mainchain blocks that shares found, the newest first, and what became of each as the mainchain here has it; at
    /// most <see cref="FoundBlock.Most"/>.</summary>
    ValueTask<ImmutableArray<FoundBlock>> GetFoundAsync(CancellationToken cancellation = default);

    /// <summary>Figures of the chain at its tip.</summary>
    ValueTask<ShareFigures> GetFiguresAsync(CancellationToken cancellation = default);
}

/// <summary>A <see cref="ShareLife"/> as it was.</summary>
/// <param name="Life">The life, with the block as the tip.</param>
/// <param name="MedianTime">The block's median time past, Unix seconds: it never goes back, and no clock was behind it.</param>
/// <param name="Id">The block.</param>
/// <param name="Parent">The one before it; zeros for genesis.</param>
public readonly record struct PastLife(ShareLife Life, long MedianTime, ShareId Id, ShareId Parent);

/// <summary>What became of a share offered.</summary>
/// <param name="Id">The share.</param>
/// <param name="Code">How it went.</param>
/// <param name="Refusal">The rule that refused or deferred it.</param>
/// <param name="Detail">More words; empty on success.</param>
/// <param name="MainBlock">The mainchain block that its work is enough for; null where it is not. Whether it became one:
/// MainResult.</param>
/// <param name="MainResult">How the mainchain took that block; null where it was not offered.</param>
public sealed record ShareResult(
    ShareId Id,
    SubmitCode Code,
    ShareRefusal Refusal = ShareRefusal.None,
    string Detail = "",
    BlockId? MainBlock = null,
    SubmitResult? MainResult = null)
{
    /// <summary>True where the mainchain took it as a block of its best chain, or has it already.</summary>
    public bool IsMainBlock => MainResult is { Code: SubmitCode.Accepted or SubmitCode.Duplicate };

    /// <summary>True where the share is now known and valid.</summary>
    public bool IsSuccess => Code <= SubmitCode.Duplicate;

    /// <summary>True for a weak share: no block of this chain, and the next ones may name it.</summary>
    public bool IsWeak { get; init; }
}

/// <summary>Whom the mainchain coinbase of the next share pays.</summary>
/// <param name="Parent">The tip that the draw is made from.</param>
/// <param name="Height">Height of the share that would pay.</param>
/// <param name="TotalUnits">Base units that take part (n); 0 where each miner is paid its own.</param>
/// <param name="Draws">One for each winner; empty while no output is mature, and in rows that pay a window and draw nobody.</param>
public sealed record NextPayout(ShareId Parent, int Height, long TotalUnits, ImmutableArray<PayoutDraw> Draws)
{
    /// <summary>
    /// In rows that pay a window whom it pays, by weight, the largest first: who would get less than dust of what the block pays
    /// falls out. Empty in other rows, and while nobody holds anything.
    /// </summary>
    public ImmutableArray<Holder> Holders { get; init; } = [];

    /// <summary>In rows that pay a window its start: what was minted below is expired. 0 in other rows.</summary>
    public int WindowStart { get; init; }
}

/// <summary>One draw.</summary>
/// <param name="Index">From 0 (k).</param>
/// <param name="Unit">The base unit drawn (q), from 0 to n - 1 in canonical order.</param>
/// <param name="Coin">The output that holds it.</param>
public sealed record PayoutDraw(int Index, long Unit, ShareCoin Coin);

/// <summary>Who takes part in the next payout.</summary>
/// <param name="Tip">The share that it is said of.</param>
/// <param name="Height">Its height.</param>
/// <param name="TotalUnits">Base units that take part (n).</param>
/// <param name="Count">Payout scripts that they are of.</param>
/// <param name="Largest">The largest of those, <see cref="Most"/> at most, the largest first.</param>
public sealed record ShareHolders(ShareId Tip, int Height, long TotalUnits, int Count, ImmutableArray<Holder> Largest)
{
    /// <summary>Holders told by name.</summary>
    public const int Most = 1_000;
}

/// <summary>The directory of markets at the tip.</summary>
/// <param name="Tip">The share that it is said of.</param>
/// <param name="Height">Its height.</param>
/// <param name="MainHeight">Height of the mainchain block that terms are reckoned from.</param>
/// <param name="Entries">Those that stand.</param>
/// <param name="Authorities">Late work whose term is not over, announced or not, in order of registration.</param>
public sealed record ShareDirectory(
    ShareId Tip, int Height, int MainHeight, ImmutableArray<DirectoryEntry> Entries, ImmutableArray<LateWork> Authorities);

/// <summary>How late work stands.</summary>
/// <param name="Refusal">Why the next share could not register it.</param>
/// <param name="Work">What it would register; null where it could not.</param>
/// <param name="Height">The height that its coinbase names; null where that is none near the tip's.</param>
/// <param name="From">Height of the mainchain's tip, from where that is seen.</param>
/// <param name="IsRegistered">True where it is registered already: it is not a second time.</param>
public sealed record LateStanding(LateRefusal Refusal, LateWork? Work, int? Height, int From, bool IsRegistered);

/// <summary>Figures of the sharechain at its tip.</summary>
/// <param name="Supply">Base units in all unspent outputs.</param>
/// <param name="MatureUnits">Base units that take part in the next draw, or are paid for in rows without one.</param>
/// <param name="Coins">How many outputs are unspent.</param>
/// <param name="NextBits">The target of the next share.</param>
/// <param name="MainHeight">Height of the mainchain block that the tip's proof builds on.</param>
public sealed record ShareFigures(Amount Supply, long MatureUnits, int Coins, CompactTarget NextBits, int MainHeight);
