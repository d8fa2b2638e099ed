namespace Market.Swaps;

/// <summary>The steps of a swap from the match to its end, future ones included. A step's time is that of the phase that the step
/// itself began, and of no other.</summary>
internal sealed class Timeline
{
    private readonly Swap _swap;
    private readonly SwapTips _tips;
    private readonly StateWords _words;
    private readonly Role _shares;
    private readonly Role _coins;
    private readonly bool _failed;

    public Timeline(Swap swap, SwapTips tips)
    {
        (_swap, _tips, _words) = (swap, tips, new StateWords(swap, tips, null));
        (_shares, _coins) = (swap.RoleOn(SwapChain.Share), swap.RoleOn(SwapChain.Coin));
        _failed = swap.Phase is SwapPhase.Expired or SwapPhase.Refunding or SwapPhase.Faulted or SwapPhase.InitiatorRefunded
            or SwapPhase.ParticipantRefunded or SwapPhase.Refunded
            || (swap.Phase < SwapPhase.Claimed && swap.ExpiredLeg is not null);
    }

    private Deadlines Deadlines => _swap.Deadlines ?? default;

    /// <summary>All steps in order; at most one is the current one.</summary>
    public IReadOnlyList<TimelineStep> Steps()
    {
        var steps = _failed ? Failed() : Success();
        var current = steps.FindIndex(step => step.State == TimelineState.Current);
        for (var i = current + 1; current >= 0 && i < steps.Count; i++)
        {
            // Of several that are waited for, the first is the current one.
            steps[i] = steps[i].State == TimelineState.Current ? AsFuture(steps[i]) : steps[i];
        }

        return steps;
    }

    private static TimelineStep AsFuture(TimelineStep step) => step with
    {
        State = TimelineState.Future,
        Deadline = null,
        Earliest = null,
        Sentence = null,
        IfNobodyActs = null,
    };

    private List<TimelineStep> Success()
    {
        TimelineKey[] keys =
        [
            TimelineKey.Matched, TimelineKey.SharesLocked, TimelineKey.CoinsLocked, TimelineKey.CoinsClaimed,
            TimelineKey.SharesClaimed, TimelineKey.Settled,
        ];
        var current = Current();
        return [.. keys.Select(key => Step(key, StateOf(key, current)))];
    }

    /// <summary>The step that is waited for; null where all are done.</summary>
    private TimelineKey? Current() => _swap.Phase switch
    {
        SwapPhase.Matched => TimelineKey.Matched,
        SwapPhase.InitiatorLocking or SwapPhase.InitiatorLocked => LockOf(Role.Initiator),
        SwapPhase.ParticipantLocking => LockOf(Role.Participant),
        SwapPhase.ParticipantLocked when !Condition.Deep(_swap, Role.Initiator, _tips) => LockOf(Role.Initiator),
        SwapPhase.ParticipantLocked when !Condition.Deep(_swap, Role.Participant, _tips) => LockOf(Role.Participant),
        SwapPhase.ParticipantLocked => ClaimOf(Role.Participant),
        // A claim that no block has may still lose against a refund.
        SwapPhase.Revealed or SwapPhase.Claimed => !Condition.ClaimedInBlock(_swap, Role.Participant)
            ? ClaimOf(Role.Participant)
            : !Condition.ClaimedInBlock(_swap, Role.Initiator) ? ClaimOf(Role.Initiator) : TimelineKey.Settled,
        _ => null,
    };

    /// <summary>On the way of success: what is behind the current step has happened, but for what the chains do not show.</summary>
    private TimelineState StateOf(TimelineKey key, TimelineKey? current)
    {
        if (current is null || key == current)
        {
            return current is null ? TimelineState.Done : TimelineState.Current;
        }

        return Happened(key) ? TimelineState.Done : TimelineState.Future;
    }

    private bool Happened(TimelineKey key) => key switch
    {
        TimelineKey.Matched => _swap.Phase != SwapPhase.Matched,
        TimelineKey.SharesLocked => Condition.Deep(_swap, _shares, _tips),
        TimelineKey.CoinsLocked => Condition.Deep(_swap, _coins, _tips),
        TimelineKey.CoinsClaimed => Condition.ClaimedInBlock(_swap, _coins),
        TimelineKey.SharesClaimed => Condition.ClaimedInBlock(_swap, _shares),
        _ => _swap.Phase == SwapPhase.Settled,
    };

    /// <summary>The steps of a way that does not complete: what was locked, and how it goes back.</summary>
    private List<TimelineStep> Failed()
    {
        var steps = new List<TimelineStep> { Step(TimelineKey.Matched, TimelineState.Done) };
        var seen = new[] { Role.Initiator, Role.Participant }
            .Where(role => _swap.FundingOf(role) is not null && role != _swap.ExpiredLeg).ToList();
        steps.Add(Step(LockOf(Role.Initiator), LockState(Role.Initiator)));
        if (seen.Count > 0)
        {
            steps.Add(Step(LockOf(Role.Participant), LockState(Role.Participant)));
        }
        else
        {
            steps.Add(Step(
                TimelineKey.Expired, _swap.Phase == SwapPhase.Expired ? TimelineState.Done : TimelineState.Current));
        }

        // The participant's locktime is the sooner one.
        steps.AddRange(Enumerable.Reverse(seen).Where(role => Condition.InBlock(_swap, role) && role != _swap.ExpiredLeg)
            .Select(Ending));
        if (_swap.Phase == SwapPhase.Faulted)
        {
            steps.Add(Step(TimelineKey.Faulted, TimelineState.Failed) with { Sentence = _words.Describe() });
        }

        return steps;
    }

    private TimelineState LockState(Role leg) => _swap.FundingOf(leg) switch
    {
        null => TimelineState.Failed,
        _ when leg == _swap.ExpiredLeg => TimelineState.Failed,
        { InBlock: true } => TimelineState.Done,
        _ => TimelineState.Current,
    };

    /// <summary>A leg that goes back, or was claimed all the same.</summary>
    private TimelineStep Ending(Role leg)
    {
        var funding = _swap.FundingOf(leg)!;
        var claimed = funding.Spend is { Kind: SpendKind.Claim };
        var buried = _swap.SpendConfirmationsOf(leg, _tips) >= _swap.Plan.BuriedOf(leg);
        return Step(claimed ? ClaimOf(leg) : RefundOf(leg), buried ? TimelineState.Done : TimelineState.Current);
    }

    private TimelineStep Step(TimelineKey key, TimelineState state)
    {
        var step = new TimelineStep
        {
            Key = key,
            Title = Title(key),
            State = state,
            Actor = ActorOf(key),
            Leg = LegOf(key),
            Time = state == TimelineState.Future ? null : TimeOf(key),
        };
        step = WithTransaction(step);
        return state == TimelineState.Current ? AsCurrent(step) : step;
    }

    private TimelineStep WithTransaction(TimelineStep step)
    {
        if (step.Leg is not { } leg || _swap.FundingOf(leg) is not { } funding)
        {
            return step;
        }

        if (step.Key is TimelineKey.SharesLocked or TimelineKey.CoinsLocked)
        {
            return step with
            {
                TxId = funding.OutPoint.TxId,
                Confirmations = Capped(_swap.ConfirmationsOf(leg, _tips), _swap.Plan.ConfirmationsOf(leg)),
            };
        }

        var kind = step.Key is TimelineKey.SharesClaimed or TimelineKey.CoinsClaimed ? SpendKind.Claim : SpendKind.Refund;
        return funding.Spend is not { } spend || spend.Kind != kind ? step : step with
        {
            TxId = spend.TxId,
            Confirmations = Capped(_swap.SpendConfirmationsOf(leg, _tips), _swap.Plan.BuriedOf(leg)),
        };
    }

    private TimelineStep AsCurrent(TimelineStep step)
    {
        var waitsForBlocks = step.TxId is not null || step.Key == TimelineKey.Settled;
        var isWayBack = step.Key is TimelineKey.CoinsRefunded or TimelineKey.SharesRefunded;
        return step with
        {
            Actor = waitsForBlocks ? TimelineActor.Miners : step.Actor,
            Confirmations = step.Key == TimelineKey.Settled ? Shallower() : step.Confirmations,
            Deadline = DeadlineOf(step),
            Earliest = isWayBack && step.TxId is null ? LocktimeOf(step.Leg!.Value) : null,
            Sentence = _failed && step.Leg is { } leg ? _words.Leg(leg) : _words.Describe(),
            IfNobodyActs = waitsForBlocks && isWayBack ? null : _words.IfNobodyActs(),
        };
    }

    private ChainTime? DeadlineOf(TimelineStep step) => step.Key switch
    {
        TimelineKey.Matched => new(_swap.MatchedAt + _swap.Plan.KeysWithin, _swap.InitiatorChain),
        _ when step.Leg is null || _swap.Terms is null || _failed => null,
        TimelineKey.SharesLocked or TimelineKey.CoinsLocked => LockBy(step.Leg.Value, step.TxId is not null),
        TimelineKey.CoinsClaimed or TimelineKey.SharesClaimed => ClaimBy(step.Leg.Value),
        _ => null,
    };

    private ChainTime LockBy(Role leg, bool seen) => new(
        leg == Role.Participant
            ? seen ? Deadlines.RevealBy : Deadlines.ParticipantLockBy
            : seen || !Condition.NeverSeen(_swap, leg) ? Deadlines.ParticipantLockBy : Deadlines.InitiatorLockBy,
        _swap.ChainOf(leg));

    /// <summary>Before the reveal the last moment for it; after it the leg's locktime, when its owner could take it as
    /// well.</summary>
    private ChainTime? ClaimBy(Role leg)
    {
        if (_swap.FundingOf(leg)?.SpentAs is not null)
        {
            return null;
        }

        return _swap.Preimage is null ? new(Deadlines.RevealBy, _swap.ChainOf(leg)) : LocktimeOf(leg);
    }

    private ChainTime LocktimeOf(Role leg) =>
        new(leg == Role.Initiator ? Deadlines.Long : Deadlines.Short, _swap.ChainOf(leg));

    /// <summary>When a step happened: when the phase began that this step, and only it, begins.</summary>
    private long? TimeOf(TimelineKey key)
    {
        var spend = LegOf(key) is { } leg ? _swap.FundingOf(leg)?.Spend : null;
        return key switch
        {
            TimelineKey.Matched => _swap.MatchedAt,
            TimelineKey.SharesLocked or TimelineKey.CoinsLocked => LockTime(LegOf(key)!.Value),
            TimelineKey.CoinsClaimed or TimelineKey.SharesClaimed =>
                spend is { Kind: SpendKind.Claim } ? ClaimTime(LegOf(key)!.Value) : null,
            TimelineKey.CoinsRefunded or TimelineKey.SharesRefunded =>
                spend is { Kind: SpendKind.Refund, Height: not null } ? RefundTime(LegOf(key)!.Value) : null,
            TimelineKey.Settled => _swap.EnteredAt(SwapPhase.Settled),
            TimelineKey.Expired => _swap.EnteredAt(SwapPhase.Expired),
            _ => _swap.EnteredAt(SwapPhase.Faulted),
        };
    }

    private long? LockTime(Role leg) => !Condition.InBlock(_swap, leg) || leg == _swap.ExpiredLeg ? null
        : _swap.EnteredAt(leg == Role.Initiator ? SwapPhase.InitiatorLocked : SwapPhase.ParticipantLocked);

    /// <summary>The second claim begins Claimed; the first, which is the participant's leg's in turn, Revealed.</summary>
    private long? ClaimTime(Role leg)
    {
        if (leg == Role.Participant)
        {
            return _swap.EnteredAt(SwapPhase.Revealed);
        }

        return Condition.ClaimSeen(_swap, Role.Participant) ? _swap.EnteredAt(SwapPhase.Claimed) : null;
    }

    /// <summary>The first refund begins its party's phase; the second begins Refunded.</summary>
    private long? RefundTime(Role leg) =>
        _swap.EnteredAt(leg == Role.Initiator ? SwapPhase.InitiatorRefunded : SwapPhase.ParticipantRefunded)
        ?? _swap.EnteredAt(SwapPhase.Refunded);

    private (int Have, int Need) Shallower() => new[] { _shares, _coins }
        .Select(leg => Capped(_swap.SpendConfirmationsOf(leg, _tips), _swap.Plan.BuriedOf(leg)))
        .MinBy(depth => depth.Have - depth.Need);

    /// <summary>What is deeper than asked for is as deep as asked for: steps that are done stop changing.</summary>
    private static (int Have, int Need) Capped(int have, int need) => (Math.Min(have, need), need);

    private TimelineKey LockOf(Role leg) => leg == _shares ? TimelineKey.SharesLocked : TimelineKey.CoinsLocked;

    private TimelineKey ClaimOf(Role leg) => leg == _shares ? TimelineKey.SharesClaimed : TimelineKey.CoinsClaimed;

    private TimelineKey RefundOf(Role leg) => leg == _shares ? TimelineKey.SharesRefunded : TimelineKey.CoinsRefunded;

    private Role? LegOf(TimelineKey key) => key switch
    {
        TimelineKey.SharesLocked or TimelineKey.SharesClaimed or TimelineKey.SharesRefunded => _shares,
        TimelineKey.CoinsLocked or TimelineKey.CoinsClaimed or TimelineKey.CoinsRefunded => _coins,
        _ => null,
    };

    private TimelineActor ActorOf(TimelineKey key) => key switch
    {
        TimelineKey.Matched => (_swap.KeysOf(_shares), _swap.KeysOf(_coins)) switch
        {
            (null, null) => TimelineActor.Both,
            (null, _) => TimelineActor.Seller,
            _ => TimelineActor.Buyer,
        },
        TimelineKey.SharesLocked or TimelineKey.CoinsClaimed or TimelineKey.SharesRefunded => TimelineActor.Seller,
        TimelineKey.CoinsLocked or TimelineKey.SharesClaimed or TimelineKey.CoinsRefunded => TimelineActor.Buyer,
        TimelineKey.Settled => TimelineActor.Miners,
        _ => TimelineActor.Nobody,
    };

    private string Title(TimelineKey key) => key switch
    {
        TimelineKey.Matched => "Matched",
        TimelineKey.SharesLocked => "Shares locked",
        TimelineKey.CoinsLocked => "BTC locked",
        TimelineKey.CoinsClaimed => "BTC claimed, secret public",
        TimelineKey.SharesClaimed => "Shares claimed",
        TimelineKey.Settled => "Settled",
        TimelineKey.Expired when _swap.ExpiredLeg is not null => "Ended, the shares expired",
        TimelineKey.Expired when _swap.InitiatorPayments.IsEmpty && _swap.ParticipantPayments.IsEmpty =>
            "Ended before anything was locked",
        TimelineKey.Expired => "Ended, nothing locked as agreed",
        TimelineKey.CoinsRefunded => "BTC back with the buyer",
        TimelineKey.SharesRefunded => "Shares back with the seller",
        _ => "Not by the rules",
    };
}
