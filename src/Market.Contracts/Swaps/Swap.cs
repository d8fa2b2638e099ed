namespace Market.Contracts;

/// <summary>Where a swap stands.</summary>
public enum SwapState
{
    /// <summary>Two orders met; keys are exchanged, nothing is locked.</summary>
    Matched,

    /// <summary>The terms are fixed; the initiator's (seller's) lock is in no block yet.</summary>
    InitiatorLocking,

    /// <summary>The initiator's lock is in a block, not yet deep enough for the participant.</summary>
    InitiatorLocked,

    /// <summary>The initiator's lock is deep enough; the participant's (buyer's) is in no block yet.</summary>
    ParticipantLocking,

    /// <summary>Both locks are in blocks; the initiator reveals once the second is deep enough.</summary>
    ParticipantLocked,

    /// <summary>The preimage is public, seen in a mempool or a block.</summary>
    Revealed,

    /// <summary>Both legs are claimed, not yet buried.</summary>
    Claimed,

    /// <summary>Both claims are buried: the end of the way of success.</summary>
    Settled,

    /// <summary>It will not complete; what is locked comes back after its locktime.</summary>
    Refunding,

    /// <summary>The initiator has its leg back.</summary>
    InitiatorRefunded,

    /// <summary>The participant has its leg back; the initiator's comes back at its own time.</summary>
    ParticipantRefunded,

    /// <summary>Both have their legs back.</summary>
    Refunded,

    /// <summary>Ended before anything was locked.</summary>
    Expired,

    /// <summary>A leg ended in a way that parties who keep to the rules exclude.</summary>
    Faulted,
}

/// <summary>How a swap stands in one word.</summary>
public enum SwapOutcome
{
    /// <summary>Still on its way.</summary>
    Moving,

    /// <summary>Both parties have what they bought.</summary>
    Settled,

    /// <summary>Everybody has back what they locked.</summary>
    Refunded,

    /// <summary>It ended before anything was locked.</summary>
    Expired,

    /// <summary>It did not go by the rules.</summary>
    Faulted,
}

/// <summary>A party of a swap by what it gives.</summary>
public enum SwapRole
{
    /// <summary>Gives shares; makes the preimage and locks first (initiator).</summary>
    Seller,

    /// <summary>Gives BTC (participant).</summary>
    Buyer,
}

/// <summary>Who must act for a swap to go on.</summary>
public enum SwapActor
{
    /// <summary>Nobody: it has ended.</summary>
    Nobody,

    /// <summary>The seller.</summary>
    Seller,

    /// <summary>The buyer.</summary>
    Buyer,

    /// <summary>Both parties.</summary>
    Both,

    /// <summary>The chains: blocks are waited for.</summary>
    Miners,
}

/// <summary>A swap in a list.</summary>
public sealed record SwapSummary
{
    /// <summary>The swap's id.</summary>
    public required string Id { get; init; }

    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>The trade that it settles.</summary>
    public required string TradeId { get; init; }

    /// <summary>Where it stands.</summary>
    public required SwapState State { get; init; }

    /// <summary>The same in two or three words for a person, as tables show it.</summary>
    public required string Label { get; init; }

    /// <summary>The same in one word.</summary>
    public required SwapOutcome Outcome { get; init; }

    /// <summary>Satoshis per whole share.</summary>
    public required Price Price { get; init; }

    /// <summary>Shares that change hands.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>Satoshis that change hands.</summary>
    public required Sats Notional { get; init; }

    /// <summary>When it was matched.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last moved.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Who acts next.</summary>
    public required SwapActor Actor { get; init; }

    /// <summary>By when they must, at the latest; absent where there is no limit.</summary>
    public SwapDeadline? Deadline { get; init; }

    /// <summary>From when on they can, at the earliest; absent where they can at once.</summary>
    public SwapDeadline? Earliest { get; init; }

    /// <summary>Steps of the timeline that are done.</summary>
    public required int StepsDone { get; init; }

    /// <summary>Steps of the timeline.</summary>
    public required int StepsTotal { get; init; }

    /// <summary>What is happening, in a sentence for a person.</summary>
    public required string Sentence { get; init; }

    /// <summary>Number of the last change; rises by one with each.</summary>
    public required long Version { get; init; }
}

/// <summary>A point in time, by the clock and by the chain that decides it.</summary>
public sealed record SwapDeadline
{
    /// <summary>By the clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The chain whose median time decides.</summary>
    public required ChainName Chain { get; init; }

    /// <summary>The height that chain should have by then, at its target spacing.</summary>
    public required long EstimatedHeight { get; init; }
}

/// <summary>Everything about one swap. Parties also see their role; nothing in it is secret.</summary>
public sealed record SwapDetail
{
    /// <summary>What the list shows.</summary>
    public required SwapSummary Summary { get; init; }

    /// <summary>The asking key's role; absent for everybody else.</summary>
    public SwapRole? Role { get; init; }

    /// <summary>Which roles have given their keys.</summary>
    public required IReadOnlyList<SwapRole> KeysGiven { get; init; }

    /// <summary>The terms; absent until both keys are there.</summary>
    public SwapTerms? Terms { get; init; }

    /// <summary>The shares' leg as the sharechain shows it.</summary>
    public required SwapLeg ShareLeg { get; init; }

    /// <summary>The bitcoins' leg as the mainchain shows it.</summary>
    public required SwapLeg CoinLeg { get; init; }

    /// <summary>The timeline from the match to the end, future steps included.</summary>
    public required IReadOnlyList<SwapStep> Steps { get; init; }

    /// <summary>The payment hash's preimage, once a chain has shown it.</summary>
    public string? Preimage { get; init; }
}

/// <summary>One leg as its chain shows it.</summary>
public sealed record SwapLeg
{
    /// <summary>The chain.</summary>
    public required ChainName Chain { get; init; }

    /// <summary>What is locked: base units or satoshis, decimal string.</summary>
    public required Sats Amount { get; init; }

    /// <summary>Address of the HTLC, once the terms are known.</summary>
    public string? Address { get; init; }

    /// <summary>Where it is and who can still take it, in a sentence for a person.</summary>
    public string? Sentence { get; init; }

    /// <summary>The output that locks it, "txid:index", once seen.</summary>
    public string? Funding { get; init; }

    /// <summary>Depth of the funding and what is asked for.</summary>
    public required SwapConfirmations FundingConfirmations { get; init; }

    /// <summary>The transaction that claimed it, once seen.</summary>
    public string? Claim { get; init; }

    /// <summary>The transaction that refunded it, once seen.</summary>
    public string? Refund { get; init; }

    /// <summary>Depth of the claim or refund and what counts as buried.</summary>
    public SwapConfirmations? SpendConfirmations { get; init; }
}

/// <summary>Confirmations: x of y.</summary>
public sealed record SwapConfirmations
{
    /// <summary>Blocks on top, the transaction's own included.</summary>
    public required int Have { get; init; }

    /// <summary>How many are asked for.</summary>
    public required int Need { get; init; }
}

/// <summary>How a step of the timeline stands.</summary>
public enum SwapStepState
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

/// <summary>The steps of a swap. On the way of success the first six; the others take the place of those that did not
/// happen.</summary>
public enum SwapStepKey
{
    /// <summary>Two orders met.</summary>
    Matched,

    /// <summary>The seller locked the shares.</summary>
    SharesLocked,

    /// <summary>The buyer locked the BTC.</summary>
    CoinsLocked,

    /// <summary>The seller claimed the BTC; the secret is public.</summary>
    CoinsClaimed,

    /// <summary>The buyer claimed the shares.</summary>
    SharesClaimed,

    /// <summary>Both claims are buried.</summary>
    Settled,

    /// <summary>It ended before anything was locked.</summary>
    Expired,

    /// <summary>The BTC went back to the buyer.</summary>
    CoinsRefunded,

    /// <summary>The shares went back to the seller.</summary>
    SharesRefunded,

    /// <summary>Something that the rules exclude was seen.</summary>
    Faulted,
}

/// <summary>One step of the timeline.</summary>
public sealed record SwapStep
{
    /// <summary>Which step.</summary>
    public required SwapStepKey Key { get; init; }

    /// <summary>Its title, for instance "BTC locked".</summary>
    public required string Title { get; init; }

    /// <summary>How it stands.</summary>
    public required SwapStepState State { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The chain of its transaction.</summary>
    public ChainName? Chain { get; init; }

    /// <summary>Its transaction, once seen.</summary>
    public string? TransactionId { get; init; }

    /// <summary>Depth of the transaction: x of y.</summary>
    public SwapConfirmations? Confirmations { get; init; }

    /// <summary>Who makes this step happen.</summary>
    public required SwapActor Actor { get; init; }

    /// <summary>On the current step: by when, at the latest, where there is a limit.</summary>
    public SwapDeadline? Deadline { get; init; }

    /// <summary>On the current step: from when on, at the earliest, where it cannot happen at once.</summary>
    public SwapDeadline? Earliest { get; init; }

    /// <summary>On the current step: what is being waited for, in a sentence.</summary>
    public string? Sentence { get; init; }

    /// <summary>On the current step: what happens if nobody acts.</summary>
    public string? IfNobodyActs { get; init; }
}

/// <summary>A swap's public proof: everything needed to check on both chains what happened.</summary>
public sealed record SwapProof
{
    /// <summary>The network.</summary>
    public required string Network { get; init; }

    /// <summary>The swap as it stands.</summary>
    public required SwapDetail Swap { get; init; }

    /// <summary>The record of the swap machine as it stands (JSON, docs/swap-table.md): keys, terms, locks and what spent them,
    /// phases with their times, and why it failed. Nothing in it is secret.</summary>
    public required string Record { get; init; }

    /// <summary>When both legs were first seen locked as deep as the plan asks for; absent where they never were.</summary>
    public DateTimeOffset? LockedAt { get; init; }

    /// <summary>Every event that moved it, oldest first.</summary>
    public required IReadOnlyList<SwapEventRecord> Events { get; init; }
}

/// <summary>One event in a swap's history.</summary>
public sealed record SwapEventRecord
{
    /// <summary>Its number, from 1.</summary>
    public required long Version { get; init; }

    /// <summary>When the market took it in.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The kind of event, as in the swap table.</summary>
    public required string Event { get; init; }

    /// <summary>The state before.</summary>
    public required SwapState From { get; init; }

    /// <summary>The state after.</summary>
    public required SwapState To { get; init; }

    /// <summary>The transaction that made it, where one did.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The chain of that transaction.</summary>
    public ChainName? Chain { get; init; }
}
