using System.Globalization;
using Market.Api.Chains;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Features.Swaps;

/// <summary>The steps of a swap from the match to its end, future ones included, and on the current one who acts next, by
/// when, and what happens if nobody does.</summary>
internal sealed class SwapTimeline(Swap swap, SwapTips tips, ChainPair chains)
{
    private readonly Role _shares = swap.RoleOn(SwapChain.Share);
    private readonly Role _coins = swap.RoleOn(SwapChain.Coin);

    /// <summary>How a swap that has ended did.</summary>
    public static string EndSentence(Swap swap) => swap.Phase switch
    {
        SwapPhase.Settled => "Settled: the buyer has the shares, the seller has the BTC.",
        SwapPhase.Expired => "It ended before anything was locked. Nobody lost anything.",
        SwapPhase.InitiatorRefunded => "The shares are back with the seller; the BTC was never locked.",
        SwapPhase.Refunded => "Both parties have back what they locked.",
        SwapPhase.Faulted => "One leg ended in a way that the rules exclude; the proof shows which.",
        _ => "It is on its way.",
    };

    /// <summary>All steps in order.</summary>
    public List<SwapStep> Steps()
    {
        var steps = new List<SwapStep> { Matched() };
        if (swap.Failure is null && swap.Phase is not (SwapPhase.Expired or SwapPhase.Refunding or SwapPhase.Faulted
            or SwapPhase.InitiatorRefunded or SwapPhase.ParticipantRefunded or SwapPhase.Refunded))
        {
            steps.AddRange([SharesLocked(), CoinsLocked(), CoinsClaimed(), SharesClaimed(), Settled()]);
            return steps;
        }
        AddFailed(steps);
        return steps;
    }

    private SwapStep Matched()
    {
        var waiting = swap.Phase == SwapPhase.Matched;
        var by = swap.MatchedAt + swap.Plan.KeysWithin;
        var actor = (swap.InitiatorKeys, swap.ParticipantKeys) switch
        {
            (null, null) => SwapActor.Both,
            (null, _) => SwapActor.Seller,
            _ => SwapActor.Buyer,
        };
        return new SwapStep
        {
            Key = SwapStepKey.Matched, Title = "Matched",
            State = waiting ? SwapStepState.Current : SwapStepState.Done, Time = At(swap.MatchedAt), Actor = actor,
            Deadline = waiting ? Deadline(by, SwapChain.Share) : null,
            Sentence = waiting
                ? $"Waiting for {Word(actor)} to give fresh keys for this swap, until {Clock(by)}."
                : null,
            IfNobodyActs = waiting ? "The swap expires. Nothing is locked yet and nothing is lost." : null,
        };
    }

    private SwapStep SharesLocked()
    {
        var state = swap.Phase switch
        {
            SwapPhase.Matched => SwapStepState.Future,
            SwapPhase.InitiatorLocking or SwapPhase.InitiatorLocked => SwapStepState.Current,
            _ => SwapStepState.Done,
        };
        var funding = swap.FundingOf(_shares);
        var by = swap.Deadlines?.InitiatorLockBy ?? 0;
        var late = swap.Deadlines?.ParticipantLockBy ?? 0;
        var seen = funding is not null;
        return Funding(SwapStepKey.SharesLocked, "Shares locked", _shares, state, SwapPhase.InitiatorLocked) with
        {
            Actor = seen ? SwapActor.Miners : SwapActor.Seller,
            Deadline = state == SwapStepState.Current ? Deadline(seen ? late : by, SwapChain.Share) : null,
            Sentence = state != SwapStepState.Current ? null : seen
                ? $"The shares' lock is on the sharechain: {Depth(_shares)}. Waiting for blocks."
                : $"Waiting for the seller to lock {Shares()} on the sharechain, until {Clock(by)}.",
            IfNobodyActs = state != SwapStepState.Current ? null : seen
                ? $"If it is not deep enough by {Clock(late)}, the buyer does not lock; the shares come back to the " +
                    $"seller at {Clock(Long)} or later, by themselves."
                : "The swap expires. Nothing is locked yet and nothing is lost.",
        };
    }

    private SwapStep CoinsLocked()
    {
        var state = swap.Phase switch
        {
            SwapPhase.Matched or SwapPhase.InitiatorLocking or SwapPhase.InitiatorLocked => SwapStepState.Future,
            SwapPhase.ParticipantLocking => SwapStepState.Current,
            SwapPhase.ParticipantLocked => Deep(_coins) ? SwapStepState.Done : SwapStepState.Current,
            _ => SwapStepState.Done,
        };
        var seen = swap.FundingOf(_coins) is not null;
        var by = swap.Deadlines?.ParticipantLockBy ?? 0;
        var reveal = swap.Deadlines?.RevealBy ?? 0;
        return Funding(SwapStepKey.CoinsLocked, "BTC locked", _coins, state, SwapPhase.ParticipantLocked) with
        {
            Actor = seen ? SwapActor.Miners : SwapActor.Buyer,
            Deadline = state == SwapStepState.Current ? Deadline(seen ? reveal : by, SwapChain.Coin) : null,
            Sentence = state != SwapStepState.Current ? null : seen
                ? $"The BTC's lock is on the mainchain: {Depth(_coins)}. Waiting for blocks."
                : $"Waiting for the buyer to lock {Coins()} on the mainchain, until {Clock(by)}.",
            IfNobodyActs = state != SwapStepState.Current ? null : seen
                ? $"If it is not deep enough by {Clock(reveal)}, the secret stays secret: the BTC comes back at " +
                    $"{Clock(Short)}, the shares at {Clock(Long)} or later, by themselves."
                : $"Nothing is lost: the shares come back to the seller at {Clock(Long)} or later, by themselves.",
        };
    }

    private SwapStep CoinsClaimed()
    {
        var state = swap.Phase switch
        {
            SwapPhase.ParticipantLocked when Deep(_coins) => SwapStepState.Current,
            SwapPhase.Revealed when !Claimed(_coins) => SwapStepState.Current,
            SwapPhase.Revealed or SwapPhase.Claimed or SwapPhase.Settled => SwapStepState.Done,
            _ => SwapStepState.Future,
        };
        var by = swap.Deadlines?.RevealBy ?? 0;
        return Spending(SwapStepKey.CoinsClaimed, "BTC claimed, secret public", _coins, state, SwapPhase.Revealed) with
        {
            Actor = SwapActor.Seller,
            Deadline = state == SwapStepState.Current ? Deadline(by, SwapChain.Coin) : null,
            Sentence = state == SwapStepState.Current
                ? $"Both legs are locked. Waiting for the seller to claim the BTC, which shows the secret, until {Clock(by)}."
                : null,
            IfNobodyActs = state == SwapStepState.Current
                ? $"Nothing is lost: the BTC comes back to the buyer at {Clock(Short)}, the shares to the seller at " +
                    $"{Clock(Long)} or later, by themselves."
                : null,
        };
    }

    private SwapStep SharesClaimed()
    {
        var state = swap.Phase switch
        {
            SwapPhase.Revealed when Claimed(_coins) && !Claimed(_shares) => SwapStepState.Current,
            SwapPhase.Revealed when Claimed(_shares) => SwapStepState.Done,
            SwapPhase.Claimed or SwapPhase.Settled => SwapStepState.Done,
            _ => SwapStepState.Future,
        };
        return Spending(SwapStepKey.SharesClaimed, "Shares claimed", _shares, state, SwapPhase.Claimed) with
        {
            Actor = SwapActor.Buyer,
            Deadline = state == SwapStepState.Current ? Deadline(Long, SwapChain.Share) : null,
            Sentence = state == SwapStepState.Current
                ? $"The secret is public. Waiting for the buyer to claim the shares with it, before {Clock(Long)}."
                : null,
            IfNobodyActs = state == SwapStepState.Current
                ? $"From {Clock(Long)} on the seller could take the shares back as well. The buyer's agent claims by itself."
                : null,
        };
    }

    private SwapStep Settled()
    {
        var state = swap.Phase switch
        {
            SwapPhase.Claimed => SwapStepState.Current,
            SwapPhase.Settled => SwapStepState.Done,
            _ => SwapStepState.Future,
        };
        return new SwapStep
        {
            Key = SwapStepKey.Settled, Title = "Settled", State = state, Time = Entered(SwapPhase.Settled, state),
            Actor = SwapActor.Miners,
            Confirmations = state == SwapStepState.Current ? Shallower() : null,
            Sentence = state == SwapStepState.Current
                ? "Both legs are claimed. Waiting until both claims are buried: then it is final." : null,
            IfNobodyActs = state == SwapStepState.Current ? "Miners bury both claims by themselves." : null,
        };
    }

    /// <summary>The steps of a way that does not complete: what was locked, and how it comes back.</summary>
    private void AddFailed(List<SwapStep> steps)
    {
        var sharesSeen = swap.FundingOf(_shares) is not null;
        var coinsSeen = swap.FundingOf(_coins) is not null;
        const SwapStepState Done = SwapStepState.Done;
        if (sharesSeen)
            steps.Add(Funding(SwapStepKey.SharesLocked, "Shares locked", _shares, Done, SwapPhase.InitiatorLocked));
        else steps.Add(Missed(SwapStepKey.SharesLocked, "Shares locked", SwapActor.Seller));
        if (coinsSeen)
            steps.Add(Funding(SwapStepKey.CoinsLocked, "BTC locked", _coins, Done, SwapPhase.ParticipantLocked));
        else if (sharesSeen) steps.Add(Missed(SwapStepKey.CoinsLocked, "BTC locked", SwapActor.Buyer));
        if (coinsSeen) steps.Add(Ending(_coins, SwapActor.Buyer, Short, SwapStepKey.CoinsRefunded, "BTC back with the buyer"));
        if (sharesSeen)
            steps.Add(Ending(_shares, SwapActor.Seller, Long, SwapStepKey.SharesRefunded, "Shares back with the seller"));
        if (!sharesSeen && !coinsSeen)
        {
            var over = swap.Phase == SwapPhase.Expired;
            steps.Add(new SwapStep
            {
                Key = SwapStepKey.Expired, Title = "Ended before anything was locked",
                State = over ? SwapStepState.Done : SwapStepState.Current, Time = Entered(SwapPhase.Expired, SwapStepState.Done),
                Actor = SwapActor.Nobody,
                Sentence = over ? null : "Nothing was locked. A lock that still arrived would come back by itself.",
                IfNobodyActs = over ? null : "The swap ends. Nothing is lost.",
            });
        }
        if (swap.Phase == SwapPhase.Faulted)
        {
            steps.Add(new SwapStep
            {
                Key = SwapStepKey.Faulted, Title = "Not by the rules", State = SwapStepState.Failed,
                Time = Entered(SwapPhase.Faulted, SwapStepState.Done), Actor = SwapActor.Nobody,
                Sentence = EndSentence(swap),
            });
        }
        KeepOneCurrent(steps);
    }

    /// <summary>Two refunds may be waited for at once; the sooner one is the current step.</summary>
    private static void KeepOneCurrent(List<SwapStep> steps)
    {
        var first = steps.FindIndex(s => s.State == SwapStepState.Current);
        for (var i = first + 1; first >= 0 && i < steps.Count; i++)
        {
            if (steps[i].State == SwapStepState.Current) steps[i] = steps[i] with { State = SwapStepState.Future };
        }
    }

    /// <summary>A leg that comes back, or was claimed all the same.</summary>
    private SwapStep Ending(Role leg, SwapActor owner, long locktime, SwapStepKey key, string title)
    {
        var spend = swap.FundingOf(leg)?.Spend;
        if (spend is { Kind: SpendKind.Claim })
        {
            return Spending(
                leg == _coins ? SwapStepKey.CoinsClaimed : SwapStepKey.SharesClaimed,
                leg == _coins ? "BTC claimed" : "Shares claimed", leg, SwapStepState.Done, SwapPhase.Revealed);
        }
        var chain = swap.ChainOf(leg);
        var open = tips.Of(chain).MedianTimePast > locktime;
        var buried = spend is not null && swap.SpendConfirmationsOf(leg, tips) >= swap.Plan.BuriedOf(leg);
        return Spending(key, title, leg, buried ? SwapStepState.Done : SwapStepState.Current, SwapPhase.Refunded) with
        {
            Actor = spend is null ? owner : buried ? SwapActor.Nobody : SwapActor.Miners,
            Deadline = spend is null && !open ? Deadline(locktime, chain) : null,
            Sentence = buried ? null : spend is not null
                ? "The refund is on its way; waiting for blocks."
                : open
                    ? $"The locktime has passed. Waiting for {Word(owner)}'s agent to take it back."
                    : $"It will not complete: {Why()} What is locked comes back to {Word(owner)} at {Clock(locktime)}.",
            IfNobodyActs = buried ? null : "It stays where it is until its owner takes it back; nobody else can.",
        };
    }

    private string Why() => swap.Failure?.Code switch
    {
        FailureCode.KeysMissing => "keys did not come in time.",
        FailureCode.Declined => "a party said that it will not go on.",
        FailureCode.InitiatorDidNotLock => "the shares were not locked in time.",
        FailureCode.InitiatorLockedLate => "the shares' lock was not deep enough in time.",
        FailureCode.ParticipantDidNotLock => "the BTC was not locked in time.",
        FailureCode.ParticipantLockedLate => "the BTC's lock was not deep enough in time.",
        FailureCode.NotRevealed => "the BTC was not claimed in time.",
        FailureCode.TakenBack => "a leg was taken back.",
        _ => "it was given up.",
    };

    private static SwapStep Missed(SwapStepKey key, string title, SwapActor actor) =>
        new() { Key = key, Title = title, State = SwapStepState.Failed, Actor = actor };

    private SwapStep Funding(SwapStepKey key, string title, Role leg, SwapStepState state, SwapPhase entered)
    {
        var funding = swap.FundingOf(leg);
        return new SwapStep
        {
            Key = key, Title = title, State = state, Time = funding is null ? null : Entered(entered, state),
            Chain = SwapView.NameOf(swap.ChainOf(leg)), TransactionId = funding?.OutPoint.TxId.ToString(),
            Confirmations = funding is null ? null : Confirmations(leg),
            Actor = leg == _shares ? SwapActor.Seller : SwapActor.Buyer,
        };
    }

    private SwapStep Spending(SwapStepKey key, string title, Role leg, SwapStepState state, SwapPhase entered)
    {
        var spend = swap.FundingOf(leg)?.Spend;
        return new SwapStep
        {
            Key = key, Title = title, State = state, Time = spend is null ? null : Entered(entered, state),
            Chain = SwapView.NameOf(swap.ChainOf(leg)), TransactionId = spend?.TxId.ToString(),
            Confirmations = spend is null ? null : Buried(leg),
            Actor = leg == _shares ? SwapActor.Buyer : SwapActor.Seller,
        };
    }

    private long Short => swap.Deadlines?.Short ?? 0;

    private long Long => swap.Deadlines?.Long ?? 0;

    private bool Deep(Role leg) => swap.ConfirmationsOf(leg, tips) >= swap.Plan.ConfirmationsOf(leg);

    private bool Claimed(Role leg) => swap.FundingOf(leg)?.Spend is { Kind: SpendKind.Claim };

    private SwapConfirmations Confirmations(Role leg) => Capped(swap.ConfirmationsOf(leg, tips), swap.Plan.ConfirmationsOf(leg));

    private SwapConfirmations Buried(Role leg) => Capped(swap.SpendConfirmationsOf(leg, tips), swap.Plan.BuriedOf(leg));

    private SwapConfirmations Shallower() =>
        new[] { Buried(_shares), Buried(_coins) }.OrderBy(c => c.Have - c.Need).First();

    /// <summary>What is deeper than asked for is as deep as asked for: steps that are done stop changing.</summary>
    private static SwapConfirmations Capped(int have, int need) => new() { Have = Math.Min(have, need), Need = need };

    private string Depth(Role leg) => string.Create(CultureInfo.InvariantCulture,
        $"{swap.ConfirmationsOf(leg, tips)} of {swap.Plan.ConfirmationsOf(leg)} confirmations");

    private DateTimeOffset? Entered(SwapPhase phase, SwapStepState state) =>
        state is SwapStepState.Future || swap.EnteredAt(phase) is not { } at ? null : At(at);

    private string Shares() => string.Create(CultureInfo.InvariantCulture,
        $"{swap.AmountOf(_shares).Sats / 1e8:0.########} shares");

    private string Coins() => string.Create(CultureInfo.InvariantCulture, $"{swap.AmountOf(_coins).Sats:#,0} sat");

    private SwapDeadline Deadline(long at, SwapChain chain)
    {
        var name = SwapView.NameOf(chain);
        var tip = tips.Of(chain);
        return new SwapDeadline
        {
            Time = At(at), Chain = name,
            EstimatedHeight = tip.Height + Math.Max(0, (at - tips.Latest) / chains.SpacingOf(name)),
        };
    }

    private static DateTimeOffset At(long unixSeconds) => DateTimeOffset.FromUnixTimeSeconds(unixSeconds);

    private static string Clock(long unixSeconds) =>
        At(unixSeconds).ToString("HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    private static string Word(SwapActor actor) => actor switch
    {
        SwapActor.Seller => "the seller",
        SwapActor.Buyer => "the buyer",
        _ => "both parties",
    };
}
