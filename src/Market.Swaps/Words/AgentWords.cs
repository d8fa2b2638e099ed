using Market.Bitcoin;
using Market.Swaps.Agent;

namespace Market.Swaps;

/// <summary>What an agent says of what it does, for its owner.</summary>
public static class AgentWords
{
    /// <summary>A node keeps a late lock and refuses what spends its coins back at a higher fee.</summary>
    public const string LockKept =
        "The lock came too late. Taking its coins back at a higher fee was refused, since the node keeps the lock and does not "
        + "replace it. It is tried again with every block, by every source; name another node or peers to have it taken.";

    /// <summary>A lock of shares that the seed alone would not find the swap behind.</summary>
    public const string TermsNotStated =
        "The seller's payment does not state the swap's terms on the chain, so that the seed alone would not find the swap: it "
        + "does not count as a lock, and nothing is locked against it.";

    /// <summary>A state, for the party.</summary>
    public static string Of(Swap swap, SwapTips tips, Role reader) => SwapWords.Of(swap, tips, reader);

    /// <summary>What is off.</summary>
    public static string Of(SwapAlarm alarm) => SwapWords.Of(alarm);

    /// <summary>A transaction was taken by a node.</summary>
    public static string Broadcast(OwnTransaction sent) => $"{NameOf(sent)} {sent.TxId} broadcast.";

    /// <summary>A transaction was not taken, or nobody answered.</summary>
    public static string NotTaken(OwnTransaction sent, SendOutcome outcome, string detail) => outcome == SendOutcome.Unanswered
        ? $"{NameOf(sent)} {sent.TxId} was sent and nobody answered: it counts as sent, and is sent again. {detail}".TrimEnd()
        : $"{NameOf(sent)} {sent.TxId} was not taken ({ReasonOf(outcome)}): it is tried again. {detail}".TrimEnd();

    /// <summary>A reveal would cost too much.</summary>
    public static string TooDearToReveal(FeeRate estimate, Amount leg) =>
        $"Nothing is claimed yet: a block asks for {estimate}, which is more than half of the {leg.Sats} sat to claim. "
        + "If fees do not fall in time, what you locked can be taken back after its locktime.";

    /// <summary>Why nothing may be begun on the chains as they are; null where both are fresh.</summary>
    public static string? WhyStale(AgentSight sight) =>
        WhyStale(sight.Share, "sharechain") ?? WhyStale(sight.Coin, "Bitcoin chain");

    private static string? WhyStale(ChainSight chain, string name) =>
        chain.IsCurrent ? chain.Stale : $"the {name} does not answer.";

    private static string NameOf(OwnTransaction sent) => sent.Kind switch
    {
        OwnTransactionKind.Funding => "Lock",
        OwnTransactionKind.Claim => "Claim",
        OwnTransactionKind.Refund => "Refund",
        OwnTransactionKind.Conflict => "Taking back of a late lock",
        _ => "Payment for a waiting lock",
    };

    private static string ReasonOf(SendOutcome outcome) => outcome switch
    {
        SendOutcome.TooCheap => "its fee is too low",
        SendOutcome.Conflicts => "the node keeps another transaction that spends the same",
        SendOutcome.MissingInputs => "what it spends is unknown there, or spent",
        SendOutcome.NotFinal => "its locktime is not over on that chain",
        _ => "the node refused it",
    };
}
