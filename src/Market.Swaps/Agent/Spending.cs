using Market.Bitcoin;

namespace Market.Swaps.Agent;

/// <summary>Claims and refunds: written down, broadcast, raised until buried.</summary>
internal static class Spending
{
    /// <summary>
    /// The first claim, which makes the preimage public. Law 9: only where both chains are fresh. Law 5: only where what a block
    /// asks for is at most half of the leg, so that there is room to outbid. Law 17: only where the own shares surely last until
    /// they can have been claimed with it.
    /// </summary>
    public static void Reveal(Turn turn, Role leg, OutPoint outPoint)
    {
        if (turn.Own.Refused is not null)
        {
            return;
        }

        if (turn.Policy.Keeps(AgentLaws.FreshChains) && AgentWords.WhyStale(turn.Sight) is { } stale)
        {
            turn.Say(AgentSayingKind.Alarm, "reveal", $"Nothing is claimed yet: {stale}");
            return;
        }

        if (Outliving.WhyNotRevealed(turn) is { } unfit)
        {
            turn.Say(AgentSayingKind.Alarm, "reveal", unfit);
            return;
        }

        var amount = turn.Own.Swap.AmountOf(leg);
        if (turn.Policy.Keeps(AgentLaws.AffordableReveal)
            && turn.EstimateOf(leg).FeeFor(SwapFees.ClaimVirtualSize) > SwapFees.MostForReveal(amount))
        {
            turn.Say(AgentSayingKind.Alarm, "reveal", AgentWords.TooDearToReveal(turn.EstimateOf(leg), amount));
            return;
        }

        Spend(turn, OwnTransactionKind.Claim, leg, outPoint);
    }

    /// <summary>Claims or takes back a payment: at once, whatever else is wrong.</summary>
    public static void Spend(Turn turn, OwnTransactionKind kind, Role leg, OutPoint outPoint)
    {
        var own = turn.Own;
        var payment = own.Swap.PaymentsOf(leg).First(known => known.OutPoint == outPoint);
        if (Outliving.IsGone(turn, leg, outPoint))
        {
            return;
        }

        var seen = turn.SpendOf(leg, payment);
        if (seen is { Height: not null } && turn.SightOf(leg).IsCurrent)
        {
            // A block holds a spend: the own one is waited for to be buried, another's can be outbid no more.
            return;
        }

        var before = own.Newest(kind, leg, outPoint);
        if (before is null)
        {
            Make(turn, kind, leg, payment, null, turn.EstimateOf(leg).SatsPerKvB);
            return;
        }

        var rival = seen is not null && own.Transactions.All(known => known.TxId != seen.Spender.Id) ? seen.Spender : null;
        if (RaisedRate(turn, kind, leg, payment, before, rival) is { } rate)
        {
            Make(turn, kind, leg, payment, before, rate);
        }

        turn.Resend(before);
    }

    /// <summary>Law 2: a claim written down is a reveal. The machine takes it for seen.</summary>
    public static void NoteClaim(Turn turn, OwnTransaction claim)
    {
        var contract = turn.Own.Swap.Terms!.ContractOf(claim.Leg);
        var input = claim.Transaction.Inputs[0];
        if (contract.TryReadSpend(input, out _, out var preimage) && preimage is not null)
        {
            turn.Fold(new SwapEvent.ClaimSeen(claim.Leg, claim.OutPoint, claim.TxId, preimage, null));
        }
    }

    /// <summary>
    /// The rate of the next version; null where the one before stands. Law 6: from the locktime on, and whenever a rival is heard
    /// of, a claim is outbid at once, up to the whole leg. Law 15: what spends shares that near their end rises with every block.
    /// Else a spend that waits rises after some blocks.
    /// </summary>
    private static long? RaisedRate(
        Turn turn, OwnTransactionKind kind, Role leg, Payment payment, OwnTransaction before, Transaction? rival)
    {
        var vsize = before.Transaction.VirtualSize;
        var most = SwapFees.MostRate(payment.Amount, vsize);
        if (before.SatsPerKvB >= most.SatsPerKvB)
        {
            return null;
        }

        var raised = SwapFees.Raised(Math.Max(before.SatsPerKvB, turn.EstimateOf(leg).SatsPerKvB), 1);
        if (rival is null && before.MadeAt < turn.HeightOf(leg) && Outliving.IsExpiring(turn, leg, payment))
        {
            return raised;
        }

        if (turn.Policy.Keeps(AgentLaws.OutbidAtOnce))
        {
            if (rival is not null)
            {
                return Math.Max(raised, Outbidding(payment, rival, vsize, most));
            }

            var locktime = turn.Own.Swap.Terms!.ContractOf(leg).Locktime.UnixSeconds;
            if (kind == OwnTransactionKind.Claim && turn.Tips.Latest >= locktime
                && (before.MadeAt < turn.HeightOf(leg) || !WasMadeLate(turn, before, locktime)))
            {
                return raised;
            }
        }

        var waited = turn.HeightOf(leg) - Math.Max(before.MadeAt, before.SentAt ?? before.MadeAt);
        return before.TooCheap || (rival is null && waited >= turn.Policy.BumpAfterBlocks)
            || (rival is not null && waited >= 1)
                ? raised
                : null;
    }

    // Past the locktime a claim rises once at the crossing, and then with every block.
    private static bool WasMadeLate(Turn turn, OwnTransaction before, long locktime) =>
        turn.Own.Memory.Sends.TryGetValue(before.TxId, out var tried) && tried.At >= locktime;

    // A rival that spends nothing else pays what the payment holds beyond its outputs; of another only its answers tell.
    private static long Outbidding(Payment payment, Transaction rival, int vsize, FeeRate most)
    {
        if (Minable.FeeOf(rival, payment.Amount) is not { } fee)
        {
            return 0;
        }

        // Who bids half of the leg bids on: the smaller refund of the same fee would stand against a claim that came later.
        if (fee > payment.Amount.Sats / 2)
        {
            return most.SatsPerKvB;
        }

        var rate = FeeRate.Of(new Amount(fee), rival.VirtualSize).SatsPerKvB;
        var absolute = FeeRate.Of(new Amount(fee), vsize).SatsPerKvB;
        return SwapFees.Raised(Math.Max(rate, absolute), 1);
    }

    private static void Make(
        Turn turn, OwnTransactionKind kind, Role leg, Payment payment, OwnTransaction? before, long rate)
    {
        var vsize = kind == OwnTransactionKind.Claim ? SwapFees.ClaimVirtualSize : SwapFees.RefundVirtualSize;
        var most = turn.Policy.Keeps(AgentLaws.AffordableReveal)
            ? SwapFees.MostRate(payment.Amount, vsize)
            : new FeeRate(SwapFees.MostRate(payment.Amount, vsize).SatsPerKvB / 2);
        var least = Math.Max(rate, FeeRate.MinimumRelay.SatsPerKvB);
        turn.Make(new AgentAct.Make(kind, leg, new FeeRate(Math.Min(least, most.SatsPerKvB)))
        {
            Spends = payment,
            Replaces = before,
            MostFee = SwapFees.MostForSpend(payment.Amount),
        });
    }
}
