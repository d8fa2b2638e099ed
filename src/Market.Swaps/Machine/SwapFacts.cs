using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>Folds what an event says into the swap's record, before the table decides what follows.</summary>
internal static class SwapFacts
{
    /// <summary>The swap with the event's facts, and the column of the table; or why they cannot be taken.</summary>
    public static (Swap Swap, SwapEventKind Kind, SwapRefusal? Refusal) Record(
        Swap swap, SwapEvent happened, SwapTips tips) => happened switch
        {
            SwapEvent.KeysGiven keys => RecordKeys(swap, keys, tips),
            SwapEvent.TermsFixed terms => RecordTerms(swap, terms.Terms),
            SwapEvent.Declined declined => RecordDeclined(swap, declined.Role),
            SwapEvent.FundingSeen seen => RecordFunding(swap, seen),
            SwapEvent.FundingGone gone => RecordFundingGone(swap, gone),
            SwapEvent.ClaimSeen claim => RecordClaim(swap, claim),
            SwapEvent.RefundSeen refund => RecordSpend(
                swap, refund.Leg, refund.OutPoint, new Spend(refund.TxId, SpendKind.Refund, refund.Height)),
            SwapEvent.SpendGone gone => RecordSpendGone(swap, gone),
            SwapEvent.Tick => (swap, SwapEventKind.Tick, null),
            _ => throw new ArgumentOutOfRangeException(nameof(happened), happened.GetType().Name, "No such event."),
        };

    /// <summary>The column of a spend's coming or going.</summary>
    public static SwapEventKind ColumnOf(Role leg, SpendKind kind, bool seen) => (leg, kind, seen) switch
    {
        (Role.Initiator, SpendKind.Claim, true) => SwapEventKind.InitiatorLegClaimSeen,
        (Role.Initiator, SpendKind.Claim, false) => SwapEventKind.InitiatorLegClaimGone,
        (Role.Initiator, _, true) => SwapEventKind.InitiatorLegRefundSeen,
        (Role.Initiator, _, false) => SwapEventKind.InitiatorLegRefundGone,
        (_, SpendKind.Claim, true) => SwapEventKind.ParticipantLegClaimSeen,
        (_, SpendKind.Claim, false) => SwapEventKind.ParticipantLegClaimGone,
        (_, _, true) => SwapEventKind.ParticipantLegRefundSeen,
        _ => SwapEventKind.ParticipantLegRefundGone,
    };

    private static SwapEventKind FundingColumn(Role leg, bool seen) => (leg, seen) switch
    {
        (Role.Initiator, true) => SwapEventKind.InitiatorFundingSeen,
        (Role.Initiator, false) => SwapEventKind.InitiatorFundingGone,
        (_, true) => SwapEventKind.ParticipantFundingSeen,
        _ => SwapEventKind.ParticipantFundingGone,
    };

    private static (Swap, SwapEventKind, SwapRefusal?) RecordKeys(Swap swap, SwapEvent.KeysGiven given, SwapTips tips)
    {
        const SwapEventKind kind = SwapEventKind.KeysGiven;
        if (swap.KeysOf(given.Role) is { } before)
        {
            return (swap, kind, before == given.Keys ? null : SwapRefusal.KeysAlreadyGiven);
        }

        if (KeysRefusal(swap, given) is { } refusal)
        {
            return (swap, kind, refusal);
        }

        swap = given.Role == Role.Initiator
            ? swap with { InitiatorKeys = given.Keys }
            : swap with { ParticipantKeys = given.Keys };
        if (swap is { Phase: SwapPhase.Matched, InitiatorKeys: { Hash: { } hash } first, ParticipantKeys: { } second })
        {
            var shortTime = Locktime.At(tips.Latest + swap.Plan.ShortSpan);
            var longTime = Locktime.At(tips.Latest + swap.Plan.LongSpan);
            swap = swap with { Terms = new AgreedTerms(hash, first, second, shortTime, longTime) };
        }

        return (swap, kind, null);
    }

    private static SwapRefusal? KeysRefusal(Swap swap, SwapEvent.KeysGiven given)
    {
        var keys = given.Keys;
        if (!keys.ClaimKey.IsCompressed || !keys.RefundKey.IsCompressed)
        {
            return SwapRefusal.BadKey;
        }

        if ((keys.Hash is not null) != (given.Role == Role.Initiator))
        {
            return SwapRefusal.HashMisplaced;
        }

        if (swap.ChainOf(given.Role) == SwapChain.Share
            && keys.PayoutScript is not { IsUnspendable: false, IsEmpty: false })
        {
            return SwapRefusal.PayoutScriptMissing;
        }

        var other = swap.KeysOf(given.Role.Other());
        var reused = given.Reused || keys.ClaimKey.Equals(keys.RefundKey)
            || (other is not null && (Names(other, keys.ClaimKey) || Names(other, keys.RefundKey)));
        return reused ? SwapRefusal.Reused : null;
    }

    private static bool Names(PartyKeys keys, PublicKey key) => keys.ClaimKey.Equals(key) || keys.RefundKey.Equals(key);

    private static (Swap, SwapEventKind, SwapRefusal?) RecordTerms(Swap swap, AgreedTerms terms)
    {
        const SwapEventKind kind = SwapEventKind.TermsFixed;
        if (swap.Terms is { } before)
        {
            return (swap, kind, before == terms ? null : SwapRefusal.TermsAlreadyFixed);
        }

        swap = swap with { Terms = terms, InitiatorKeys = terms.Initiator, ParticipantKeys = terms.Participant };
        return (swap, kind, null);
    }

    private static (Swap, SwapEventKind, SwapRefusal?) RecordDeclined(Swap swap, Role role)
    {
        var late = swap.Preimage is not null;
        var failure = swap.Failure ?? new Failure(FailureCode.Declined, role);
        return (
            late ? swap : swap with { Failure = failure },
            SwapEventKind.PartyDeclined,
            late ? SwapRefusal.TooLateToDecline : null);
    }

    private static (Swap, SwapEventKind, SwapRefusal?) RecordFunding(Swap swap, SwapEvent.FundingSeen seen)
    {
        var kind = FundingColumn(seen.Leg, seen: true);
        if (swap.Terms is null)
        {
            return (swap, kind, SwapRefusal.NoContractYet);
        }

        var payments = swap.PaymentsOf(seen.Leg);
        var at = IndexOf(payments, seen.OutPoint);
        if (at >= 0)
        {
            // Back from its block to the mempool is a reorganisation, whatever the watcher calls it.
            var left = payments[at].InBlock && seen.Height is null;
            var now = payments[at] with
            {
                Height = seen.Height,
                Missing = false,
                IsStray = seen.IsStray,
                IsExpired = seen.IsExpired,
            };
            return (Replace(swap, seen.Leg, at, now), FundingColumn(seen.Leg, !left), null);
        }

        var payment = new Payment(seen.OutPoint, seen.Amount, seen.Height, IsStray: seen.IsStray) { IsExpired = seen.IsExpired };
        return Payment.WithRoomFor(payments, payment, swap.AmountOf(seen.Leg)) is { } roomy
            ? (swap.WithPayments(seen.Leg, roomy.Add(payment)), kind, null)
            : (swap, kind, SwapRefusal.TooManyPayments);
    }

    private static (Swap, SwapEventKind, SwapRefusal?) RecordFundingGone(Swap swap, SwapEvent.FundingGone gone)
    {
        var kind = FundingColumn(gone.Leg, seen: false);
        var payments = swap.PaymentsOf(gone.Leg);
        var at = IndexOf(payments, gone.OutPoint);
        if (at < 0)
        {
            return (swap, kind, swap.Terms is null ? SwapRefusal.NoContractYet : SwapRefusal.UnknownPayment);
        }

        var missing = payments[at] with { Height = null, Spend = null, Missing = true, IsExpired = gone.IsExpired };
        return (Replace(swap, gone.Leg, at, missing), kind, null);
    }

    private static (Swap, SwapEventKind, SwapRefusal?) RecordClaim(Swap swap, SwapEvent.ClaimSeen claim)
    {
        var spend = new Spend(claim.TxId, SpendKind.Claim, claim.Height);
        var (next, kind, refusal) = RecordSpend(swap, claim.Leg, claim.OutPoint, spend);
        if (refusal is null && claim.Preimage.Hash != swap.Terms!.Hash)
        {
            return (swap, kind, SwapRefusal.WrongPreimage);
        }

        return (refusal is null ? next with { Preimage = claim.Preimage } : swap, kind, refusal);
    }

    private static (Swap, SwapEventKind, SwapRefusal?) RecordSpend(Swap swap, Role leg, OutPoint outPoint, Spend spend)
    {
        var kind = ColumnOf(leg, spend.Kind, seen: true);
        var payments = swap.PaymentsOf(leg);
        var at = IndexOf(payments, outPoint);
        if (at < 0)
        {
            return (swap, kind, swap.Terms is null ? SwapRefusal.NoContractYet : SwapRefusal.UnknownPayment);
        }

        // What a block holds stands against what a mempool says of another transaction.
        var before = payments[at].Spend;
        if (before is { Height: not null } && spend.Height is null && before.TxId != spend.TxId)
        {
            return (swap, kind, null);
        }

        return (Replace(swap, leg, at, payments[at] with { Spend = spend }), kind, null);
    }

    private static (Swap, SwapEventKind, SwapRefusal?) RecordSpendGone(Swap swap, SwapEvent.SpendGone gone)
    {
        var payments = swap.PaymentsOf(gone.Leg);
        var at = IndexOf(payments, gone.OutPoint);
        if (at < 0 || payments[at].Spend is not { } spend || spend.TxId != gone.TxId)
        {
            return (
                swap,
                ColumnOf(gone.Leg, SpendKind.Claim, seen: false),
                swap.Terms is null ? SwapRefusal.NoContractYet : SwapRefusal.UnknownSpend);
        }

        return (
            Replace(swap, gone.Leg, at, payments[at] with { Spend = null }),
            ColumnOf(gone.Leg, spend.Kind, seen: false),
            null);
    }

    /// <summary>The very same swap where nothing changes.</summary>
    private static Swap Replace(Swap swap, Role leg, int at, Payment payment)
    {
        var payments = swap.PaymentsOf(leg);
        return payments[at] == payment ? swap : swap.WithPayments(leg, payments.SetItem(at, payment));
    }

    private static int IndexOf(ImmutableArray<Payment> payments, OutPoint outPoint)
    {
        for (var i = 0; i < payments.Length; i++)
        {
            if (payments[i].OutPoint == outPoint)
            {
                return i;
            }
        }

        return -1;
    }
}
