using Market.Bitcoin;

namespace Market.Swaps.Agent;

/// <summary>
/// Law 4: an own lock that came too late is conflicted: its coins are spent to the wallet, at a fee that outbids it, until that is
/// buried, whatever the mempool shows, since whoever was given the lock may bring it into a block. Whichever of the two a block
/// takes, nothing is lost: a lock that wins comes back past its locktime.
/// </summary>
internal static class Conflicting
{
    public static void Conflict(Turn turn)
    {
        var own = turn.Own;
        var open = own.Locks().Where(known => !Closing.IsResolved(turn, known)).ToList();
        if (open.Count == 0
            || (!turn.Policy.Keeps(AgentLaws.LateLocksConflicted) && own.Swap.FundingOf(own.Role) is null)
            || (!turn.Policy.Keeps(AgentLaws.HandedOut) && open[^1].SentAt is null))
        {
            return;
        }

        var before = own.Newest(OwnTransactionKind.Conflict, own.Role);
        var height = turn.HeightOf(own.Role);
        if (before is null || before.TooCheap
            || (before.SentAt is not null && height - before.MadeAt >= turn.Policy.BumpAfterBlocks)
            || IsOfAnotherVersion(turn, open, before))
        {
            Raise(turn, open, before);
        }

        if (before is null)
        {
            return;
        }

        turn.Resend(before);
        if (turn.LastOutcome(before) == SendOutcome.Conflicts)
        {
            turn.Say(AgentSayingKind.Alarm, "kept", AgentWords.LockKept);
            PayForKept(turn, open, before);
        }
    }

    /// <summary>
    /// Once the preimage is public an own lock is left to be claimed, since the honest do not take both; but not where its leg was
    /// paid by another payment that was claimed, or the other side has its own leg back: then it is late, as any other.
    /// </summary>
    public static void AfterReveal(Turn turn)
    {
        var (swap, role) = (turn.Own.Swap, turn.Own.Role);
        var paid = swap.FundingOf(role) is { IsStray: true, SpentAs: SpendKind.Claim }
            || Condition.RefundedInBlock(swap, role.Other());
        if (!turn.Own.ClaimsOnly && swap.Preimage is not null && paid && turn.Tips.Latest > swap.Deadlines!.Value.RevealBy
            && swap.PaymentsOf(role).All(payment => payment.IsStray || !payment.InBlock))
        {
            Conflict(turn);
        }
    }

    // The newest version's coins are the first's and more; where one of those is gone, the first's suffice.
    private static bool IsOfAnotherVersion(Turn turn, List<OwnTransaction> open, OwnTransaction before) =>
        turn.LastOutcome(before) == SendOutcome.MissingInputs && open.Count > 1
        && before.Transaction.Inputs.Length > open[0].Transaction.Inputs.Length;

    private static void Raise(Turn turn, List<OwnTransaction> open, OwnTransaction? before)
    {
        var own = turn.Own;
        var amount = own.Swap.AmountOf(own.Role);
        var wished = Math.Max(turn.EstimateOf(own.Role).SatsPerKvB, before?.SatsPerKvB ?? 0);

        // Only what is known to spend the wallet's coins can be conflicted by spending them.
        var newest = open.FindLast(known => !known.Spends.IsEmpty) ?? open[^1];
        var target = before is not null && IsOfAnotherVersion(turn, open, before) ? open[0] : newest;
        turn.Make(new AgentAct.Make(
            OwnTransactionKind.Conflict, own.Role, new FeeRate(SwapFees.Raised(wished, before is null ? 0 : 1)))
        {
            Replaces = target,
            LeastFee = own.Transactions.Where(known => known.Leg == own.Role && known.Spends.Length > 0)
                .Select(known => known.Fee).DefaultIfEmpty().Max(),
            MostFee = SwapFees.MostForSpend(amount),
        });
    }

    /// <summary>
    /// Where the node keeps the lock, the lock is better early in a block than late: before its locktime a claim of it shows the
    /// preimage in time, and after it it comes back. Past its locktime it is left to wait.
    /// </summary>
    private static void PayForKept(Turn turn, List<OwnTransaction> open, OwnTransaction before)
    {
        var own = turn.Own;
        var locktime = own.Swap.Terms!.ContractOf(own.Role).Locktime.UnixSeconds;
        if (turn.Tips.Latest < locktime && open.FindLast(turn.IsSeen) is { } seen)
        {
            var most = new Amount(own.Swap.AmountOf(own.Role).Sats / 2);
            Locking.PayFor(turn, seen, Math.Max(before.SatsPerKvB, turn.EstimateOf(own.Role).SatsPerKvB), most);
        }
    }
}
