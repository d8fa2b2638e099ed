using static Market.Swaps.Vocabulary;

namespace Market.Swaps;

/// <summary>A swap's state in a few sentences, and what comes if nobody acts.</summary>
internal sealed class StateWords
{
    private readonly Swap _swap;
    private readonly SwapTips _tips;
    private readonly Vocabulary _words;
    private readonly LegWords _legs;
    private readonly string _why;
    private readonly Role? _gone;

    public StateWords(Swap swap, SwapTips tips, Role? reader)
    {
        (_swap, _tips, _words, _gone) = (swap, tips, new Vocabulary(swap, tips, reader), swap.ExpiredLeg);
        _legs = new LegWords(swap, tips, _words);
        _why = new FailureWords(swap, tips, reader, _words).Describe();
    }

    private Deadlines Deadlines => _swap.Deadlines ?? default;

    private string First => _words.Party(Role.Initiator);

    private string Second => _words.Party(Role.Participant);

    private string FirstGoods => _words.Goods(Role.Initiator);

    private string SecondGoods => _words.Goods(Role.Participant);

    private bool IsAnythingElseLocked =>
        _words.OthersLocked(Role.Initiator).Count > 0 || _words.OthersLocked(Role.Participant).Count > 0;

    /// <summary>One leg: where it is and who can still take it.</summary>
    public string Leg(Role leg) => _swap.Terms is null ? "There is no contract yet." : _legs.Describe(leg);

    /// <summary>What is happening, and what is locked besides the legs.</summary>
    public string Describe() => Join(Phase(), _legs.Others(Role.Participant), _legs.Others(Role.Initiator));

    private string Phase() => _swap.Phase switch
    {
        SwapPhase.Matched => Matched(),
        SwapPhase.InitiatorLocking => Waiting(Role.Initiator),
        SwapPhase.InitiatorLocked when _gone is not null => Waiting(Role.Initiator),
        SwapPhase.InitiatorLocked => Join(
            Seen(Role.Initiator), $"Then {Second} locks {SecondGoods}, {_words.By(Deadlines.ParticipantLockBy)}."),
        SwapPhase.ParticipantLocking => Waiting(Role.Participant),
        SwapPhase.ParticipantLocked => ParticipantLocked(),
        SwapPhase.Revealed => Revealed(),
        SwapPhase.Claimed => Claimed(),
        SwapPhase.Settled => $"Settled: {Second} has {FirstGoods} and {First} {SecondGoods}, for good.",
        SwapPhase.Refunding => Join("The swap will not complete.", _why, Legs()),
        SwapPhase.InitiatorRefunded or SwapPhase.ParticipantRefunded => Join(Legs(), _why),
        SwapPhase.Refunded => Join("Both parties have back what they locked.", _why),
        SwapPhase.Expired => Join(Expired(), _why),
        _ => Join("It did not go by the rules.", _legs.Lock(Role.Initiator), _legs.Lock(Role.Participant)),
    };

    /// <summary>What comes if nobody acts; null where it is over.</summary>
    public string? IfNobodyActs() => _swap.Phase switch
    {
        SwapPhase.Matched => "The swap expires. Nothing is locked yet and nothing is lost.",
        SwapPhase.InitiatorLocking or SwapPhase.InitiatorLocked when _gone is not null => Join(
            "The swap does not complete.", Open(Role.Participant)),
        SwapPhase.InitiatorLocking when Condition.NeverSeen(_swap, Role.Initiator) =>
            $"The swap ends. {_words.NotLocked(Role.Initiator)}",
        SwapPhase.InitiatorLocking or SwapPhase.InitiatorLocked => Join(
            $"If the lock is not deep enough {_words.By(Deadlines.ParticipantLockBy)}, {Second} does not lock.",
            Open(Role.Initiator)),
        SwapPhase.ParticipantLocking or SwapPhase.ParticipantLocked => Join(
            "The swap does not complete.", Open(Role.Participant), Open(Role.Initiator)),
        SwapPhase.Claimed when SwapWords.AreBothClaimed(_swap) => "Miners bury both claims by themselves.",
        // Until a block has a claim, a refund may be taken in its place.
        SwapPhase.Revealed or SwapPhase.Claimed => NullIfEmpty(Join(Open(Role.Initiator), Open(Role.Participant))),
        SwapPhase.Refunding or SwapPhase.InitiatorRefunded or SwapPhase.ParticipantRefunded => "It stays as it is.",
        _ => null,
    };

    /// <summary>The waiting for the keys.</summary>
    private string Matched()
    {
        var who = (_swap.InitiatorKeys, _swap.ParticipantKeys) switch
        {
            (null, null) => "both agents",
            (null, _) => First,
            _ => Second,
        };
        return $"Matched. Waiting for {who} to give fresh keys, {_words.By(_swap.MatchedAt + _swap.Plan.KeysWithin)}.";
    }

    /// <summary>A lock that is to come, or to confirm.</summary>
    private string Waiting(Role role)
    {
        if (_gone is { } leg)
        {
            return Join(_legs.Lock(leg), leg == role ? "The swap does not complete." : "Nobody locks against them.");
        }

        if (_swap.FundingOf(role) is not null)
        {
            return Seen(role);
        }

        var first = role == Role.Initiator && Condition.NeverSeen(_swap, role);
        var by = first ? Deadlines.InitiatorLockBy : Deadlines.ParticipantLockBy;
        return $"Waiting for {_words.Party(role)} to lock {_words.Goods(role)}{_words.AsAgreed(role)}, {_words.By(by)}.";
    }

    private string Seen(Role role)
    {
        var depth = $"{_swap.ConfirmationsOf(role, _tips)} of {_swap.Plan.ConfirmationsOf(role)} confirmations";
        return _swap.FundingOf(role) is { InBlock: true }
            ? $"{Capital(_words.Party(role))} has locked {_words.Goods(role)}: {depth}."
            : $"{Capital(_words.Owner(role))} lock is seen and waits for its first block: {depth}.";
    }

    private string ParticipantLocked()
    {
        if (_gone is { } leg)
        {
            return Join(_legs.Lock(leg), "Nobody reveals.");
        }

        if (!Condition.Deep(_swap, Role.Initiator, _tips))
        {
            return Join(
                $"A reorganisation moved {_words.Owner(Role.Initiator)} lock: "
                    + $"{_swap.ConfirmationsOf(Role.Initiator, _tips)} of {_swap.Plan.InitiatorConfirmations} confirmations again.",
                "Nobody reveals until it is as deep as before.");
        }

        return Condition.Deep(_swap, Role.Participant, _tips)
            ? $"Both legs are locked deep enough. Waiting for {First} to claim {SecondGoods}, which shows the secret, "
                + $"{_words.By(Deadlines.RevealBy)}."
            : Join(Seen(Role.Participant), $"Then {First} claims {SecondGoods}, {_words.By(Deadlines.RevealBy)}.");
    }

    private string Revealed() => Join("The secret is public.", Claim(Role.Participant), Claim(Role.Initiator));

    /// <summary>A leg after the reveal: claimed, or to be claimed before its owner can take it back as well.</summary>
    private string Claim(Role leg)
    {
        if (leg != _gone && _swap.FundingOf(leg) is { InBlock: true, Spend: null })
        {
            var (claims, owner) = (Capital(_words.Party(leg.Other())), _words.Party(leg));
            var goods = _words.Goods(leg);
            return _words.CanBeRefunded(leg)
                ? $"{claims} can claim {goods}; {owner} can take {_words.Them(leg)} back as well by now: whoever is first has "
                    + $"{_words.Them(leg)}."
                : $"{claims} can claim {goods} at once; {owner} can take {_words.Them(leg)} back as well "
                    + $"{_words.FromLocktime(leg)}.";
        }

        return _legs.Lock(leg);
    }

    private string Claimed()
    {
        string Buried(Role leg)
        {
            var need = _swap.Plan.BuriedOf(leg);
            return $"{_words.Goods(leg)} {Math.Min(_swap.SpendConfirmationsOf(leg, _tips), need)} of {need}";
        }

        return !SwapWords.AreBothClaimed(_swap)
            ? Join(_legs.Lock(Role.Participant), _legs.Lock(Role.Initiator))
            : $"Both legs are claimed. Waiting for the claims to be buried: {Buried(Role.Initiator)}, "
                + $"{Buried(Role.Participant)} confirmations.";
    }

    private string Expired() => new[] { Role.Initiator, Role.Participant }.All(role => _swap.PaymentsOf(role).IsEmpty)
        ? "It ended before anything was locked; nothing was lost."
        : _gone is { } leg ? Join("It ended.", _legs.Lock(leg))
        : IsAnythingElseLocked ? "It ended." : "It ended; nothing is locked any more.";

    /// <summary>Both legs, but for one that never was.</summary>
    private string Legs()
    {
        var legs = new[] { Role.Participant, Role.Initiator }
            .Where(leg => _swap.FundingOf(leg) is not null || !Condition.NeverSeen(_swap, leg))
            .Select(_legs.Lock).ToArray();
        return legs.Length == 0 && !IsAnythingElseLocked ? "Nothing is locked." : Join(legs);
    }

    /// <summary>How a leg that is locked goes back.</summary>
    private string? Open(Role leg) => leg != _gone && _swap.FundingOf(leg) is { InBlock: true, SpentAs: null }
        ? $"{Capital(_words.Party(leg))} can take {_words.Goods(leg)} back {_words.FromLocktime(leg)}."
        : null;

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
