namespace Market.Swaps;

/// <summary>
/// Every sentence that a person reads of a swap, on the page, in the terminal and in the streams. All are told from the chain's
/// facts: what is locked, how deep, what spends it, which times have passed.
/// </summary>
public static class SwapWords
{
    /// <summary>Says what is happening, by when, why it failed and who can still take what.</summary>
    /// <param name="swap">The swap.</param>
    /// <param name="tips">The chains and the clock.</param>
    /// <param name="reader">The party that reads; null for anybody else.</param>
    public static string Of(Swap swap, SwapTips tips, Role? reader = null) => new StateWords(swap, tips, reader).Describe();

    /// <summary>How it stands in two or three words, for tables and headings: lower case, no stop.</summary>
    /// <param name="swap">The swap.</param>
    /// <param name="tips">The chains and the clock.</param>
    public static string Label(Swap swap, SwapTips tips) => swap.Phase switch
    {
        < SwapPhase.Claimed or SwapPhase.Expired when swap.ExpiredLeg is not null => "shares expired",
        SwapPhase.Matched => "matched",
        SwapPhase.InitiatorLocking => "seller locks",
        SwapPhase.InitiatorLocked => "shares confirming",
        SwapPhase.ParticipantLocking => "buyer locks",
        SwapPhase.ParticipantLocked when Condition.Deep(swap, Role.Initiator, tips)
            && Condition.Deep(swap, Role.Participant, tips) => "seller claims",
        SwapPhase.ParticipantLocked => "locks confirming",
        SwapPhase.Revealed => "secret public",
        SwapPhase.Claimed => AreBothClaimed(swap) ? "both claimed" : "claims confirming",
        SwapPhase.Settled => "settled",
        SwapPhase.Refunding => "going back",
        SwapPhase.InitiatorRefunded => "shares taken back",
        SwapPhase.ParticipantRefunded => "BTC taken back",
        SwapPhase.Refunded => "both taken back",
        SwapPhase.Expired => "expired",
        _ => "not by the rules",
    };

    /// <summary>True where blocks have both claims: a claim in the mempool may still lose against a refund.</summary>
    internal static bool AreBothClaimed(Swap swap) => Condition.ClaimedInBlock(swap, Role.Initiator)
        && Condition.ClaimedInBlock(swap, Role.Participant);

    /// <summary>Says where one leg is, and who can still take it.</summary>
    /// <param name="swap">The swap.</param>
    /// <param name="tips">The chains and the clock.</param>
    /// <param name="leg">The role that locks it.</param>
    /// <param name="reader">The party that reads; null for anybody else.</param>
    public static string OfLeg(Swap swap, SwapTips tips, Role leg, Role? reader = null) =>
        new StateWords(swap, tips, reader).Leg(leg);

    /// <summary>The steps from the match to the end, future ones included.</summary>
    /// <param name="swap">The swap.</param>
    /// <param name="tips">The chains and the clock.</param>
    public static IReadOnlyList<TimelineStep> Steps(Swap swap, SwapTips tips) => new Timeline(swap, tips).Steps();

    /// <summary>Says what is off, and what comes of it.</summary>
    public static string Of(SwapAlarm alarm) => alarm switch
    {
        SwapAlarm.FirstLockReorganised => "A reorganisation undid the seller's lock: the buyer waits until it is back.",
        SwapAlarm.FirstLockReorganisedLate =>
            "A reorganisation undid the seller's lock after the buyer locked: nothing is revealed until it is back.",
        SwapAlarm.SecondLockReorganised => "A reorganisation undid the buyer's lock: nothing is revealed until it is back.",
        SwapAlarm.LockedEarly =>
            "The buyer's lock was seen before the seller's was deep enough: nothing is revealed until both are.",
        SwapAlarm.RevealReorganised => "A reorganisation undid the claim that showed the secret, which stays public.",
        SwapAlarm.ClaimReorganised => "A reorganisation undid a claim: it is broadcast again.",
        SwapAlarm.RefundRacesClaim => "A refund competes with a claim.",
        SwapAlarm.RevealedOutOfTurn => "The secret became public out of turn.",
        _ => "A leg ended in a way that parties who keep to the rules exclude.",
    };
}
