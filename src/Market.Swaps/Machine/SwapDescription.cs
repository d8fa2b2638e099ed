using System.Globalization;

namespace Market.Swaps;

/// <summary>Who makes the next step happen.</summary>
public enum NextActor
{
    /// <summary>Nobody: it has ended.</summary>
    Nobody,

    /// <summary>The initiator.</summary>
    Initiator,

    /// <summary>The participant.</summary>
    Participant,

    /// <summary>Both parties.</summary>
    Both,

    /// <summary>The chains: blocks are waited for.</summary>
    Miners,
}

/// <summary>A swap's state for a person: who acts next, by when, how far it is, and what happens if nobody
/// acts.</summary>
/// <param name="Headline">A few words.</param>
/// <param name="Sentence">What is happening.</param>
/// <param name="Actor">Who acts next.</param>
/// <param name="By">Until when, Unix seconds; null where there is no limit.</param>
/// <param name="Chain">The chain whose median time or blocks decide.</param>
/// <param name="Have">Confirmations there are.</param>
/// <param name="Need">Confirmations wanted; 0 where none are waited for.</param>
/// <param name="IfNobodyActs">What happens if nobody acts; empty where that changes nothing.</param>
public sealed record SwapDescription(
    string Headline,
    string Sentence,
    NextActor Actor,
    long? By,
    SwapChain? Chain,
    int Have,
    int Need,
    string IfNobodyActs)
{
    /// <summary>Describes a swap.</summary>
    /// <param name="swap">The swap.</param>
    /// <param name="tips">The chains and the clock.</param>
    /// <param name="reader">The party that reads; null for anybody else.</param>
    public static SwapDescription Of(Swap swap, SwapTips tips, Role? reader = null) =>
        new SwapWords(swap, tips, reader).Describe();
}

/// <summary>Finds the words.</summary>
internal sealed class SwapWords(Swap swap, SwapTips tips, Role? reader)
{
    private readonly Deadlines _deadlines = swap.Deadlines ?? default;

    private string First => Party(Role.Initiator);

    private string Second => Party(Role.Participant);

    private string FirstGoods => Goods(Role.Initiator);

    private string SecondGoods => Goods(Role.Participant);

    public SwapDescription Describe() => swap.Phase switch
    {
        SwapPhase.Matched => Matched(),
        SwapPhase.InitiatorLocking => InitiatorLocking(),
        SwapPhase.InitiatorLocked => InitiatorLocked(),
        SwapPhase.ParticipantLocking => ParticipantLocking(),
        SwapPhase.ParticipantLocked => ParticipantLocked(),
        SwapPhase.Revealed => Revealed(),
        SwapPhase.Claimed => Claimed(),
        SwapPhase.Settled => End(
            "Settled",
            $"{Capital(Owner(Role.Initiator))} {FirstGoods} and {Owner(Role.Participant)} {SecondGoods} "
            + "have changed hands for good."),
        SwapPhase.Refunding => Refunding(),
        SwapPhase.InitiatorRefunded => PartlyRefunded(Role.Initiator),
        SwapPhase.ParticipantRefunded => PartlyRefunded(Role.Participant),
        SwapPhase.Refunded => End("Refunded", "Both parties have back what they locked. " + Why()),
        SwapPhase.Expired => End("Expired", "It ended before anything was locked; nothing was lost. " + Why()),
        _ => Faulted(),
    };

    private SwapDescription Matched()
    {
        var (actor, who) = (swap.InitiatorKeys, swap.ParticipantKeys) switch
        {
            (null, null) => (NextActor.Both, "both agents"),
            (null, _) => (NextActor.Initiator, $"{First}'s agent"),
            _ => (NextActor.Participant, $"{Second}'s agent"),
        };
        var by = swap.MatchedAt + swap.Plan.KeysWithin;
        return new SwapDescription(
            "Exchanging keys",
            $"Matched. Waiting for {who} to give fresh keys, by {When(by)}.",
            actor, by, null, 0, 0,
            "If they do not come, the swap expires. Nothing is locked yet, so nothing is lost.");
    }

    private SwapDescription InitiatorLocking()
    {
        var need = swap.Plan.InitiatorConfirmations;
        var chain = swap.ChainOf(Role.Initiator);
        if (swap.FundingOf(Role.Initiator) is null)
        {
            var first = Condition.NeverSeen(swap, Role.Initiator);
            var by = first ? _deadlines.InitiatorLockBy : _deadlines.ParticipantLockBy;
            return new SwapDescription(
                $"Waiting for {First} to lock {FirstGoods}",
                $"Waiting for {First} to lock {FirstGoods}, by {When(by)}.",
                NextActor.Initiator, by, chain, 0, need,
                "If no lock is seen by then, the swap expires. Nothing is locked yet, so nothing is lost.");
        }

        return new SwapDescription(
            $"{Capital(FirstGoods)} on their way",
            $"{Capital(First)}'s lock is seen and waits for its first block: 0 of {need} confirmations.",
            NextActor.Miners, _deadlines.ParticipantLockBy, chain, 0, need,
            EndsUnlessDeep());
    }

    private SwapDescription InitiatorLocked()
    {
        var (have, need) = (swap.ConfirmationsOf(Role.Initiator, tips), swap.Plan.InitiatorConfirmations);
        return new SwapDescription(
            $"{Capital(FirstGoods)} locked: {have} of {need}",
            $"{Capital(First)} has locked {FirstGoods}: {have} of {need} confirmations. "
            + $"Then {Second} locks {SecondGoods}.",
            NextActor.Miners, _deadlines.ParticipantLockBy, swap.ChainOf(Role.Initiator), have, need,
            EndsUnlessDeep());
    }

    private SwapDescription ParticipantLocking()
    {
        var need = swap.Plan.ParticipantConfirmations;
        var chain = swap.ChainOf(Role.Participant);
        if (swap.FundingOf(Role.Participant) is null)
        {
            var by = _deadlines.ParticipantLockBy;
            return new SwapDescription(
                $"Waiting for {Second} to lock {SecondGoods}",
                $"Waiting for {Second} to lock {SecondGoods}, by {When(by)}.",
                NextActor.Participant, by, chain, 0, need,
                $"If nothing is seen by then, nothing is lost: {Back(Role.Initiator)}.");
        }

        return new SwapDescription(
            $"{SecondGoods} on the way",
            $"{Capital(Second)}'s lock is seen and waits for its first block: 0 of {need} confirmations.",
            NextActor.Miners, _deadlines.RevealBy, chain, 0, need, BothBack());
    }

    private SwapDescription ParticipantLocked()
    {
        var (have, need) = (swap.ConfirmationsOf(Role.Participant, tips), swap.Plan.ParticipantConfirmations);
        var chain = swap.ChainOf(Role.Participant);
        if (!Condition.Deep(swap, Role.Initiator, tips))
        {
            var depth = swap.ConfirmationsOf(Role.Initiator, tips);
            return new SwapDescription(
                "Waiting for the first lock to come back",
                $"A reorganisation moved {First}'s lock: {depth} of {swap.Plan.InitiatorConfirmations} confirmations "
                + "again. Nobody reveals until it is as deep as before.",
                NextActor.Miners, _deadlines.RevealBy, swap.ChainOf(Role.Initiator), depth,
                swap.Plan.InitiatorConfirmations, BothBack());
        }

        return have < need
            ? new SwapDescription(
                $"Both locked: {have} of {need}",
                $"Both legs are locked. {Capital(Second)}'s lock has {have} of {need} confirmations; "
                + $"then {First} claims.",
                NextActor.Miners, _deadlines.RevealBy, chain, have, need, BothBack())
            : new SwapDescription(
                $"Waiting for {First} to claim {SecondGoods}",
                $"Both legs are locked deep enough. Waiting for {First} to claim {SecondGoods}, "
                + $"by {When(_deadlines.RevealBy)}.",
                NextActor.Initiator, _deadlines.RevealBy, chain, have, need, BothBack());
    }

    private SwapDescription Revealed()
    {
        var chain = swap.ChainOf(Role.Initiator);
        return Condition.ClaimSeen(swap, Role.Initiator)
            ? new SwapDescription(
                $"Waiting for {First}'s claim",
                $"The secret is public and {Second} has claimed {FirstGoods}. "
                + $"{Capital(First)}'s claim of {SecondGoods} is on its way.",
                NextActor.Initiator, null, swap.ChainOf(Role.Participant), 0, swap.Plan.ParticipantBuried, "")
            : new SwapDescription(
                $"Waiting for {Second} to claim {FirstGoods}",
                $"{Capital(First)} has claimed {SecondGoods}: the secret is public. {Capital(Second)} now claims "
                + $"{FirstGoods}, best before {When(_deadlines.Long)}.",
                NextActor.Participant, _deadlines.Long, chain, 0, swap.Plan.InitiatorBuried,
                $"After {When(_deadlines.Long)} {First} could take {FirstGoods} back, so {Owner(Role.Participant)} "
                + "agent claims at once and raises the fee until it is in a block.");
    }

    private SwapDescription Claimed()
    {
        var first = (Have: swap.SpendConfirmationsOf(Role.Initiator, tips), Need: swap.Plan.InitiatorBuried);
        var second = (Have: swap.SpendConfirmationsOf(Role.Participant, tips), Need: swap.Plan.ParticipantBuried);
        var slower = second.Need - second.Have >= first.Need - first.Have ? Role.Participant : Role.Initiator;
        var shown = slower == Role.Participant ? second : first;
        return new SwapDescription(
            "Both claimed",
            $"Both legs are claimed. Waiting for the claims to be buried: {FirstGoods} "
            + $"{Math.Min(first.Have, first.Need)} of {first.Need}, {SecondGoods} "
            + $"{Math.Min(second.Have, second.Need)} of {second.Need} confirmations.",
            NextActor.Miners, null, swap.ChainOf(slower), shown.Have, shown.Need, "");
    }

    private SwapDescription Refunding()
    {
        var second = swap.FundingOf(Role.Participant) is { InBlock: true };
        var first = swap.FundingOf(Role.Initiator) is { InBlock: true };
        var next = second ? Role.Participant : Role.Initiator;
        var by = next == Role.Participant ? _deadlines.Short : _deadlines.Long;
        var text = (first, second) switch
        {
            (true, true) => $"{Capital(Back(Role.Participant))}; {Back(Role.Initiator)}.",
            (false, true) => $"{Capital(Back(Role.Participant))}.",
            (false, false) => "No lock is in a block; whoever sent one takes its coins back at once.",
            _ => $"{Capital(Back(Role.Initiator))}.",
        };
        return new SwapDescription(
            "Going back",
            $"The swap will not complete. {text} {Why()}".TrimEnd(),
            next == Role.Participant ? NextActor.Participant : NextActor.Initiator,
            by, swap.ChainOf(next), 0, 0,
            "Nothing is lost by waiting: what is locked stays refundable for ever.");
    }

    private SwapDescription PartlyRefunded(Role back)
    {
        var other = back.Other();
        if (swap.FundingOf(other) is not { InBlock: true, SpentAs: null })
        {
            return End("Refunded", $"{Capital(Party(back))} has {Goods(back)} back; nothing else was locked. {Why()}");
        }

        var by = other == Role.Participant ? _deadlines.Short : _deadlines.Long;
        return new SwapDescription(
            $"{Capital(Goods(back))} refunded",
            $"{Capital(Party(back))} has {Goods(back)} back. {Capital(Back(other))}. {Why()}".TrimEnd(),
            other == Role.Participant ? NextActor.Participant : NextActor.Initiator,
            by, swap.ChainOf(other), 0, 0,
            "Nothing is lost by waiting, but an agent that is offline should be started before long.");
    }

    private SwapDescription Faulted() => new(
        "Off the rules",
        "A leg ended in a way that parties who keep to the rules exclude. The transactions below show what happened.",
        swap.Closed ? NextActor.Nobody : NextActor.Both, null, null, 0, 0,
        swap.Closed ? "" : "Agents go on claiming or taking back whatever can still be saved.");

    private static SwapDescription End(string headline, string sentence) =>
        new(headline, sentence.TrimEnd(), NextActor.Nobody, null, null, 0, 0, "");

    private string EndsUnlessDeep() =>
        $"If it is not deep enough by {When(_deadlines.ParticipantLockBy)}, the swap ends and {Back(Role.Initiator)}.";

    private string BothBack() =>
        $"If nobody acts by {When(_deadlines.RevealBy)}, nothing is lost: {Back(Role.Participant)}, and "
        + $"{Back(Role.Initiator)}.";

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
