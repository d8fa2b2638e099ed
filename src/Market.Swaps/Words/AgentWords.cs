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

    /// <summary>Own shares are too old to be locked.</summary>
    public const string OwnWouldExpire =
        "Nothing is locked: the shares that stand behind the order may expire before the swap is over and they can be taken back.";

    /// <summary>Shares of the seller's are too old to lock BTC against.</summary>
    public const string OthersWouldExpire =
        "Nothing is locked: the seller's shares may expire before the swap is over, or it is not known here how long they live.";

    /// <summary>Own shares are of an older series than the one that was sold.</summary>
    public const string OwnAreOlder =
        "Nothing is locked: the shares that stand behind the order are older than those of the series that was sold, or it is not "
        + "known here how old they are.";

    /// <summary>Shares of the seller's are of an older series than the one that was bought.</summary>
    public const string OthersAreOlder =
        "Nothing is locked against shares of the seller's that are older than those of the series that was bought, or of which it "
        + "is not known here how old they are.";

    /// <summary>Own shares that are locked may expire.</summary>
    public const string OwnMayExpire =
        "The sharechain grows faster than was reckoned with, or Bitcoin's difficulty fell: the shares that you locked may expire "
        + "before they can be taken back. "
        + "Nothing can be done about that but to keep this agent running: what can be claimed or taken back is, at once.";

    /// <summary>Shares of the seller's that are locked may expire.</summary>
    public const string OthersMayExpire =
        "The sharechain grows faster than was reckoned with, or Bitcoin's difficulty fell: the shares that are locked for you may "
        + "expire before you can claim them. Keep this agent running: it claims them, or takes your BTC back, as soon as either "
        + "can be.";

    /// <summary>Own shares might expire before the buyer can claim them with the secret.</summary>
    public const string OwnMayExpireBeforeClaimed =
        "Nothing is claimed: your shares may expire before the buyer can claim them with the secret, or it is not known here how "
        + "long they live. It is looked at again while there is time to claim; after that you take your shares back if they "
        + "still live at their locktime, and the buyer the BTC.";

    /// <summary>Own shares are gone, and nothing is taken for them.</summary>
    public const string OwnGoneBeforeReveal =
        "Nothing is claimed: your shares have expired, and the buyer could not claim them. The buyer takes the BTC back.";

    /// <summary>Shares expired in their lock.</summary>
    public const string SharesExpired =
        "The shares of this swap have expired where they were locked: they are gone, and nobody can claim them or take them back.";

    /// <summary>A state, for the party.</summary>
    /// <param name="swap">The swap.</param>
    /// <param name="tips">The chains and the clock.</param>
    /// <param name="reader">The party.</param>
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
