using System.Globalization;

namespace Market.Swaps;

/// <summary>A swap's state as a sentence for the party that reads it, or for anybody.</summary>
public static class SwapSentence
{
    /// <summary>Says what is happening, and by when.</summary>
    /// <param name="swap">The swap.</param>
    /// <param name="tips">The chains and the clock.</param>
    /// <param name="reader">The party that reads; null for anybody else.</param>
    public static string Of(Swap swap, SwapTips tips, Role? reader = null) =>
        new SwapWords(swap, tips, reader).Describe().TrimEnd();

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

/// <summary>Finds the words.</summary>
internal sealed class SwapWords(Swap swap, SwapTips tips, Role? reader)
{
    private readonly Deadlines _deadlines = swap.Deadlines ?? default;

    private string First => Party(Role.Initiator);

    private string Second => Party(Role.Participant);

    private string FirstGoods => Goods(Role.Initiator);

    private string SecondGoods => Goods(Role.Participant);

    public string Describe() => swap.Phase switch
    {
        SwapPhase.Matched => Matched(),
        SwapPhase.InitiatorLocking => InitiatorLocking(),
        SwapPhase.InitiatorLocked =>
            $"{Capital(First)} has locked {FirstGoods}: {swap.ConfirmationsOf(Role.Initiator, tips)} of "
            + $"{swap.Plan.InitiatorConfirmations} confirmations. Then {Second} locks {SecondGoods}.",
        SwapPhase.ParticipantLocking => ParticipantLocking(),
        SwapPhase.ParticipantLocked => ParticipantLocked(),
        SwapPhase.Revealed => Revealed(),
        SwapPhase.Claimed => Claimed(),
        SwapPhase.Settled =>
            $"{Capital(Owner(Role.Initiator))} {FirstGoods} and {Owner(Role.Participant)} {SecondGoods} "
            + "have changed hands for good.",
        SwapPhase.Refunding => Refunding(),
        SwapPhase.InitiatorRefunded => PartlyRefunded(Role.Initiator),
        SwapPhase.ParticipantRefunded => PartlyRefunded(Role.Participant),
        SwapPhase.Refunded => "Both parties have back what they locked. " + Why(),
        SwapPhase.Expired => "It ended before anything was locked; nothing was lost. " + Why(),
        _ => "A leg ended in a way that parties who keep to the rules exclude. "
            + "The transactions below show what happened.",
    };

    private string Matched()
    {
        var who = (swap.InitiatorKeys, swap.ParticipantKeys) switch
        {
            (null, null) => "both agents",
            (null, _) => $"{First}'s agent",
            _ => $"{Second}'s agent",
        };
        return $"Matched. Waiting for {who} to give fresh keys, by {When(swap.MatchedAt + swap.Plan.KeysWithin)}.";
    }

    private string InitiatorLocking()
    {
        if (swap.FundingOf(Role.Initiator) is not null)
        {
            return $"{Capital(First)}'s lock is seen and waits for its first block: "
                + $"0 of {swap.Plan.InitiatorConfirmations} confirmations.";
        }

        var first = Condition.NeverSeen(swap, Role.Initiator);
        var by = first ? _deadlines.InitiatorLockBy : _deadlines.ParticipantLockBy;
        return $"Waiting for {First} to lock {FirstGoods}, by {When(by)}.";
    }

    private string ParticipantLocking() => swap.FundingOf(Role.Participant) is null
        ? $"Waiting for {Second} to lock {SecondGoods}, by {When(_deadlines.ParticipantLockBy)}."
        : $"{Capital(Second)}'s lock is seen and waits for its first block: "
            + $"0 of {swap.Plan.ParticipantConfirmations} confirmations.";

    private string ParticipantLocked()
    {
        if (!Condition.Deep(swap, Role.Initiator, tips))
        {
            var depth = swap.ConfirmationsOf(Role.Initiator, tips);
            return $"A reorganisation moved {First}'s lock: {depth} of {swap.Plan.InitiatorConfirmations} confirmations "
                + "again. Nobody reveals until it is as deep as before.";
        }

        var (have, need) = (swap.ConfirmationsOf(Role.Participant, tips), swap.Plan.ParticipantConfirmations);
        return have < need
            ? $"Both legs are locked. {Capital(Second)}'s lock has {have} of {need} confirmations; then {First} claims."
            : $"Both legs are locked deep enough. Waiting for {First} to claim {SecondGoods}, "
                + $"by {When(_deadlines.RevealBy)}.";
    }

    private string Revealed() => Condition.ClaimSeen(swap, Role.Initiator)
        ? $"The secret is public and {Second} has claimed {FirstGoods}. "
            + $"{Capital(First)}'s claim of {SecondGoods} is on its way."
        : $"{Capital(First)} has claimed {SecondGoods}: the secret is public. {Capital(Second)} now claims "
            + $"{FirstGoods}, best before {When(_deadlines.Long)}.";

    private string Claimed()
    {
        var first = (Have: swap.SpendConfirmationsOf(Role.Initiator, tips), Need: swap.Plan.InitiatorBuried);
        var second = (Have: swap.SpendConfirmationsOf(Role.Participant, tips), Need: swap.Plan.ParticipantBuried);
        return $"Both legs are claimed. Waiting for the claims to be buried: {FirstGoods} "
            + $"{Math.Min(first.Have, first.Need)} of {first.Need}, {SecondGoods} "
            + $"{Math.Min(second.Have, second.Need)} of {second.Need} confirmations.";
    }

    private string Refunding()
    {
        var second = swap.FundingOf(Role.Participant) is { InBlock: true };
        var first = swap.FundingOf(Role.Initiator) is { InBlock: true };
        var text = (first, second) switch
        {
            (true, true) => $"{Capital(Back(Role.Participant))}; {Back(Role.Initiator)}.",
            (false, true) => $"{Capital(Back(Role.Participant))}.",
            (false, false) => "No lock is in a block; whoever sent one takes its coins back at once.",
            _ => $"{Capital(Back(Role.Initiator))}.",
        };
        return $"The swap will not complete. {text} {Why()}";
    }

    private string PartlyRefunded(Role back)
    {
        var other = back.Other();
        return swap.FundingOf(other) is { InBlock: true, SpentAs: null }
            ? $"{Capital(Party(back))} has {Goods(back)} back. {Capital(Back(other))}. {Why()}"
            : $"{Capital(Party(back))} has {Goods(back)} back; nothing else was locked. {Why()}";
    }

    private string Back(Role role)
    {
        var at = When(role == Role.Participant ? _deadlines.Short : _deadlines.Long);
        return $"{Owner(role)} {Goods(role)} {(IsShare(role) ? "come" : "comes")} back at {at} or later, by "
            + (IsShare(role) ? "themselves" : "itself");
    }

    private string Why() => swap.Failure switch
    {
        { Code: FailureCode.KeysMissing, Blamed: { } who } => $"{Capital(Party(who))}'s keys did not come in time.",
        { Code: FailureCode.KeysMissing } => "The keys did not come in time.",
        { Code: FailureCode.Declined, Blamed: { } who } => $"{Capital(Party(who))} would not go on.",
        { Code: FailureCode.InitiatorDidNotLock } => $"{Capital(First)} did not lock in time.",
        { Code: FailureCode.InitiatorLockedLate } => $"{Capital(First)}'s lock was not deep enough in time.",
        { Code: FailureCode.ParticipantDidNotLock } => $"{Capital(Second)} did not lock in time.",
        { Code: FailureCode.ParticipantLockedLate } => $"{Capital(Second)}'s lock was not deep enough in time.",
        { Code: FailureCode.NotRevealed } => $"{Capital(First)} did not claim in time.",
        { Code: FailureCode.TakenBack } => "A leg was taken back before the other was locked.",
        _ => "",
    };

    private string Party(Role role) => role == reader ? "your agent" : IsShare(role) ? "the seller" : "the buyer";

    private string Owner(Role role) => role == reader ? "your" : IsShare(role) ? "the seller's" : "the buyer's";

    private string Goods(Role role) => IsShare(role) ? "shares" : "BTC";

    private bool IsShare(Role role) => swap.ChainOf(role) == SwapChain.Share;

    private string When(long unixSeconds)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
        var away = unixSeconds - tips.Latest;
        var clock = time.ToString(Math.Abs(away) < 3600 ? "HH:mm:ss" : "HH:mm", CultureInfo.InvariantCulture);
        if (Math.Abs(away) > 20 * 3600)
        {
            clock = time.ToString("d MMM HH:mm", CultureInfo.InvariantCulture);
        }

        return away > 0 ? $"{clock} UTC (in {Span(away)})" : $"{clock} UTC";
    }

    private static string Span(long seconds) => seconds switch
    {
        < 120 => $"{seconds} s",
        < 2 * 3600 => $"{(seconds + 30) / 60} min",
        < 48 * 3600 => $"{(seconds + 1800) / 3600} h",
        _ => $"{(seconds + 43200) / 86400} days",
    };

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
