namespace Market.Swaps.Agent;

/// <summary>
/// The laws that the core keeps; each one, broken, has lost a leg. All are in force always: only the simulator takes one out, to
/// see that it is missed.
/// </summary>
[Flags]
public enum AgentLaws
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Handed out is out: what was ever given to anybody is live until its coins are spent, and buried,
    /// otherwise.</summary>
    HandedOut = 1 << 1,

    /// <summary>A claim written down is a reveal.</summary>
    WrittenIsRevealed = 1 << 2,

    /// <summary>What counts as the own lock is a transaction that the agent signed.</summary>
    OwnMeansOwn = 1 << 3,

    /// <summary>A late lock is conflicted until that is buried, whatever the mempool shows.</summary>
    LateLocksConflicted = 1 << 4,

    /// <summary>No reveal at a fee that will not confirm.</summary>
    AffordableReveal = 1 << 5,

    /// <summary>A claim is outbid at once from the locktime on, and whenever a rival is heard of.</summary>
    OutbidAtOnce = 1 << 6,

    /// <summary>One chain's trouble stops only what needs that chain.</summary>
    ChainsApart = 1 << 8,

    /// <summary>A stale chain is no chain: no lock and no reveal.</summary>
    FreshChains = 1 << 9,

    /// <summary>The participant locks only against a lock that states the swap's terms on the chain, so that the seed is
    /// enough.</summary>
    TermsOnChain = 1 << 11,

    /// <summary>Shares that expire are locked, and locked against, only while they surely outlive the swap.</summary>
    Outliving = 1 << 15,

    /// <summary>Shares that expire are locked, and locked against, only where none is older than those that were traded.</summary>
    OfSeries = 1 << 16,

    /// <summary>No reveal where the own shares are gone, or do not surely last until they can have been claimed with the
    /// secret.</summary>
    ClaimableReveal = 1 << 17,

    /// <summary>All.</summary>
    All = HandedOut | WrittenIsRevealed | OwnMeansOwn | LateLocksConflicted | AffordableReveal | OutbidAtOnce | ChainsApart
        | FreshChains | TermsOnChain | Outliving | OfSeries | ClaimableReveal,
}

/// <summary>How an agent's core decides.</summary>
public sealed record AgentPolicy
{
    /// <summary>As every agent runs.</summary>
    public static AgentPolicy Default { get; } = new();

    /// <summary>Blocks without confirmation after which a claim, refund or conflicting transaction is replaced with a higher
    /// fee.</summary>
    public int BumpAfterBlocks { get; init; } = 2;

    /// <summary>
    /// Blocks without confirmation after which an own lock is replaced with a higher fee. More than for a claim: a lock that is
    /// replaced is another output, which all who follow the swap learn anew.
    /// </summary>
    public int BumpLockAfterBlocks { get; init; } = 3;

    /// <summary>Seconds after which a broadcast that nobody answered is tried again within one block.</summary>
    public int RetrySeconds { get; init; } = 10;

    /// <summary>Seconds after which what a node took and does not show is broadcast again within one block.</summary>
    public int ResendSeconds { get; init; } = 60;

    /// <summary>The laws in force.</summary>
    public AgentLaws Laws { get; init; } = AgentLaws.All;

    internal bool Keeps(AgentLaws law) => (Laws & law) == law;
}
