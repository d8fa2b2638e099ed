using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Sharechain;

namespace Market.Chains.Engine;

/// <summary>Where a block stands in a chain's tree.</summary>
/// <param name="Block">Id and height.</param>
/// <param name="Parent">The parent's hash; zeros for genesis.</param>
/// <param name="Time">The header's own time, Unix seconds.</param>
/// <param name="MedianTimePast">Median time of the last 11 blocks including this one, Unix seconds.</param>
/// <param name="OnBestChain">False for a block off the best chain.</param>
internal sealed record BlockPlace(BlockRef Block, Hash256 Parent, uint Time, uint MedianTimePast, bool OnBestChain);

/// <summary>A block that joined or left the best chain.</summary>
/// <param name="Block">Id and height.</param>
/// <param name="Transactions">Its transactions.</param>
internal sealed record MovedBlock(BlockRef Block, ImmutableArray<Transaction> Transactions);

/// <summary>Why a chain did not take a block, as its own rules name it.</summary>
internal abstract record CoreRefusal
{
    /// <summary>True where the block is deferred until its parent is here.</summary>
    public virtual bool IsParentUnknown => false;

    /// <summary>The rule, in words.</summary>
    public abstract string Words { get; }
}

/// <summary>A rule of Bitcoin's ledger.</summary>
internal sealed record LedgerRefusal(LedgerFailure Failure) : CoreRefusal
{
    public override bool IsParentUnknown => Failure.Error == LedgerError.ParentUnknown;

    public override string Words => Failure.ToString();
}

/// <summary>A rule of the sharechain.</summary>
internal sealed record ShareCoreRefusal(ShareVerdict Verdict) : CoreRefusal
{
    public override bool IsParentUnknown => Verdict.Refusal == ShareRefusal.ParentUnknown;

    public override string Words => Verdict.ToString();
}

/// <summary>No rule: the branch has so little work that it is not kept.</summary>
internal sealed record LightBranchRefusal : CoreRefusal
{
    public override string Words => "branch-too-light";
}

/// <summary>What a chain did with a block.</summary>
/// <param name="Code">How it went.</param>
/// <param name="Refusal">What refused or deferred it; null where nothing did.</param>
/// <param name="Disconnected">Blocks that left the best chain, newest first.</param>
/// <param name="Connected">Blocks that joined it, oldest first.</param>
internal sealed record CoreResult(
    SubmitCode Code,
    CoreRefusal? Refusal,
    ImmutableArray<MovedBlock> Disconnected,
    ImmutableArray<MovedBlock> Connected)
{
    public CoreResult(SubmitCode code, CoreRefusal? refusal = null) : this(code, refusal, [], [])
    {
    }

    /// <summary>The rule that refused or deferred it, in words; empty where none did.</summary>
    public string Detail => Refusal?.Words ?? "";

    public bool IsAccepted => Code is SubmitCode.Accepted or SubmitCode.SideChain;

    /// <summary>True where the block is deferred until its parent is here.</summary>
    public bool WaitsForParent => Code == SubmitCode.Deferred && Refusal is { IsParentUnknown: true };

    /// <summary>Outputs that expired or were frozen, which no transaction spent: what spends them must leave.</summary>
    public ImmutableArray<OutPoint> Gone { get; init; } = [];

    public bool MovesTip => !Connected.IsEmpty || !Disconnected.IsEmpty;
}

/// <summary>
/// One chain's rules, tree, state and store behind one face. <see cref="ChainNode{T}"/> has one writer at a time, who changes
/// what readers see within <see cref="Exclusively"/> alone, and lets several readers in at all other times.
/// </summary>
internal interface IChainCore<TBlock> : IDisposable
    where TBlock : class
{
    /// <summary>Runs a change while nobody reads.</summary>
    Action<Action> Exclusively { get; set; }

    /// <summary>Told of every change that is stored, within the moment that makes it seen.</summary>
    Action<CoreResult>? Changed { get; set; }

    ChainHead Head { get; }

    LedgerRules Rules { get; }

    ICoinView Coins { get; }

    /// <summary>What a transaction in the next block is checked against.</summary>
    BlockContext NextContext { get; }

    Hash256 IdOf(TBlock block);

    Hash256 ParentOf(TBlock block);

    ImmutableArray<Transaction> TransactionsOf(TBlock block);

    /// <summary>Bytes of memory that a parsed block takes, estimated (<see cref="BlockMemory"/>).</summary>
    long MemoryOf(TBlock block);

    Hash256? IdAt(int height);

    BlockPlace? Locate(Hash256 id);

    /// <summary>True where the block is known, and on the best chain.</summary>
    bool IsBest(Hash256 id);

    /// <summary>The block whole, where memory has it; null where not. Reads no store; safe for any thread at any time.</summary>
    TBlock? Remembered(Hash256 id);

    /// <summary>The block whole; null where unknown. May read the store; safe for any thread at any time.</summary>
    TBlock? Body(Hash256 id);

    /// <summary>Whether its outputs have root heights.</summary>
    bool HasRoots { get; }

    /// <summary>The root height of an unspent output; null where there is none.</summary>
    int? RootOf(OutPoint outPoint);

    /// <summary>Unspent outputs under a script, in the order they were made.</summary>
    IEnumerable<KeyValuePair<OutPoint, Coin>> CoinsOf(Script script);

    /// <summary>Checks, stores and follows a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="isWeighed">True where its branch is known by its headers to come near the tip's work.</param>
    CoreResult Submit(TBlock block, long now, bool isWeighed);

    /// <summary>Every block that opening read, in order of arrival, with its transactions' ids; empty when asked again.</summary>
    List<(Hash256 Id, ImmutableArray<TxId> Transactions)> TakeLoaded();

    /// <summary>Blocks that opening had to replay, since the last snapshot is so much older than the tip.</summary>
    int Replayed { get; }

    /// <summary>True where the store failed, and memory may differ from it: nothing more is taken.</summary>
    bool IsBroken { get; }

    /// <summary>The chain as the store has it. The store stays the same; this core is used no more.</summary>
    IChainCore<TBlock> Reopen();

    /// <summary>Writes the state at the tip, so that the next opening replays less.</summary>
    void SaveSnapshot();
}
