using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>The steps of a swap. On the way of success the first six; the others take the place of those that did not
/// happen.</summary>
public enum TimelineKey
{
    /// <summary>Two orders met.</summary>
    Matched,

    /// <summary>The shares are locked.</summary>
    SharesLocked,

    /// <summary>The BTC is locked.</summary>
    CoinsLocked,

    /// <summary>The BTC is claimed; the secret is public.</summary>
    CoinsClaimed,

    /// <summary>The shares are claimed.</summary>
    SharesClaimed,

    /// <summary>Both claims are buried.</summary>
    Settled,

    /// <summary>It ended before anything was locked.</summary>
    Expired,

    /// <summary>The BTC went back.</summary>
    CoinsRefunded,

    /// <summary>The shares went back.</summary>
    SharesRefunded,

    /// <summary>Something that the rules exclude was seen.</summary>
    Faulted,
}

/// <summary>How a step stands.</summary>
public enum TimelineState
{
    /// <summary>It happened.</summary>
    Done,

    /// <summary>It is being waited for.</summary>
    Current,

    /// <summary>It comes later.</summary>
    Future,

    /// <summary>It did not happen in time, or was undone.</summary>
    Failed,
}

/// <summary>Who makes a step happen.</summary>
public enum TimelineActor
{
    /// <summary>Nobody: it has ended.</summary>
    Nobody,

    /// <summary>Who gives shares.</summary>
    Seller,

    /// <summary>Who gives BTC.</summary>
    Buyer,

    /// <summary>Both parties.</summary>
    Both,

    /// <summary>Blocks are waited for.</summary>
    Miners,
}

/// <summary>A point in time, and the chain whose median time decides.</summary>
/// <param name="At">Unix seconds.</param>
/// <param name="Chain">The chain.</param>
public readonly record struct ChainTime(long At, SwapChain Chain);

/// <summary>One step of a swap's timeline.</summary>
public sealed record TimelineStep
{
    /// <summary>Which.</summary>
    public required TimelineKey Key { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary>How it stands.</summary>
    public required TimelineState State { get; init; }

    /// <summary>Who makes it happen.</summary>
    public required TimelineActor Actor { get; init; }

    /// <summary>When it happened, Unix seconds; null where that is not known.</summary>
    public long? Time { get; init; }

    /// <summary>The role whose leg it is about; null for none.</summary>
    public Role? Leg { get; init; }

    /// <summary>Its transaction, once seen.</summary>
    public TxId? TxId { get; init; }

    /// <summary>Depth of the transaction and what is asked for.</summary>
    public (int Have, int Need)? Confirmations { get; init; }

    /// <summary>On the current step: by when, at the latest.</summary>
    public ChainTime? Deadline { get; init; }

    /// <summary>On the current step: from when on, at the earliest.</summary>
    public ChainTime? Earliest { get; init; }

    /// <summary>On the current step, and on one that went wrong: what is happening.</summary>
    public string? Sentence { get; init; }

    /// <summary>On the current step: what comes if nobody acts.</summary>
    public string? IfNobodyActs { get; init; }
}
