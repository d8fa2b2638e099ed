using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Swaps.Agent;

/// <summary>The own lock: made once, broadcast until it is in a block, replaced by a dearer one where it waits too long.</summary>
internal static class Locking
{
    /// <summary>Locks the own leg, where nothing that was handed out may still lock it (law 1).</summary>
    public static void Lock(Turn turn)
    {
        var own = turn.Own;
        if (own.Refused is not null)
        {
            return;
        }

        if (own.Locks().Any(known => !Closing.IsResolved(turn, known)))
        {
            Keep(turn);
            return;
        }

        if (turn.Policy.Keeps(AgentLaws.FreshChains) && AgentWords.WhyStale(turn.Sight) is { } stale)
        {
            turn.Say(AgentSayingKind.Alarm, "lock", $"Nothing is locked: {stale}");
            return;
        }

        if (own.Swap.ChainOf(own.Role) == SwapChain.Coin && Outliving.WhyNotOnChain(turn) is { } unfit)
        {
            turn.Say(AgentSayingKind.Refused, "lock", unfit);
            return;
        }

        var amount = own.Swap.AmountOf(own.Role);
        turn.Make(new AgentAct.Make(
            OwnTransactionKind.Funding, own.Role,
            SwapFees.BumpedLock(
                turn.EstimateOf(own.Role), 0, amount, SwapFees.LockVirtualSize(own.Swap.ChainOf(own.Role))))
        {
            Outputs = OutputsOf(own),
            MostFee = SwapFees.MostForLock(amount),
        });
    }

    /// <summary>Broadcasts the own lock again where it is not seen, and raises its fee where it waits too long.</summary>
    public static void Keep(Turn turn)
    {
        var own = turn.Own;
        var open = own.Locks().Where(known => !Closing.IsResolved(turn, known)).ToList();
        if (open.Count == 0 || !MayPush(turn, open))
        {
            return;
        }

        var newest = open[^1];
        var seen = open.FindLast(turn.IsSeen);
        var waited = turn.HeightOf(own.Role) - Math.Max(newest.MadeAt, newest.SentAt ?? newest.MadeAt);
        if (newest.TooCheap || (newest.SentAt is not null && waited >= turn.Policy.BumpLockAfterBlocks))
        {
            Raise(turn, newest);
        }

        // The one that a node keeps and does not replace is paid for by a child.
        if (seen is not null && seen != newest && turn.LastOutcome(newest) is SendOutcome.Conflicts or SendOutcome.TooCheap)
        {
            PayFor(turn, seen, newest.SatsPerKvB, SwapFees.MostForLock(own.Swap.AmountOf(own.Role)));
        }

        if (seen != newest)
        {
            turn.Resend(newest);
        }

        if (seen is null)
        {
            foreach (var older in Enumerable.Reverse(open).Skip(1))
            {
                if (turn.LastOutcome(newest) is SendOutcome.Refused or SendOutcome.MissingInputs or SendOutcome.Conflicts)
                {
                    turn.Resend(older);
                }
            }
        }
    }

    /// <summary>
    /// The second lock is sent, sent again and raised only while it might be made: against a first lock that is deep on chains that
    /// are fresh. Pushed into a block against anything else, it could be claimed for nothing. One that no node ever took is
    /// not sent for the first time once it is too late to lock. Neither lock is pushed where the shares may expire, or are
    /// older than those that were traded.
    /// </summary>
    private static bool MayPush(Turn turn, List<OwnTransaction> open)
    {
        var swap = turn.Own.Swap;
        if (Outliving.WhyNotOnChain(turn) is not null)
        {
            return false;
        }

        if (turn.Own.Role == Role.Initiator || !turn.Policy.Keeps(AgentLaws.FreshChains))
        {
            return true;
        }

        return AgentWords.WhyStale(turn.Sight) is null && Condition.Deep(swap, Role.Initiator, turn.Tips)
            && (open.Exists(known => known.SentAt is not null) || turn.Tips.Latest <= swap.Deadlines!.Value.ParticipantLockBy);
    }

    /// <summary>Pays for an own lock that nodes keep and do not replace: its change is spent at a fee for both.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="seen">The lock in the mempool.</param>
    /// <param name="satsPerKvB">The feerate that both are to have together.</param>
    /// <param name="most">A fee above is not worth it.</param>
    public static void PayFor(Turn turn, OwnTransaction seen, long satsPerKvB, Amount most)
    {
        var before = turn.Own.Newest(OwnTransactionKind.Child, turn.Own.Role);
        var height = turn.HeightOf(turn.Own.Role);
        if (before is not null && !before.TooCheap && height - before.MadeAt < turn.Policy.BumpAfterBlocks)
        {
            turn.Resend(before);
            return;
        }

        // A child that a node keeps is not replaced either: the next one spends it, and pays for all below.
        var onChild = before is not null && turn.IsSeen(before);
        var outputs = onChild ? [] : OutputsOf(turn.Own);
        var target = onChild ? before! : seen;
        if (target.Transaction.Outputs.Length > outputs.Length && target.Spends.Length > 0)
        {
            turn.Make(new AgentAct.Make(
                OwnTransactionKind.Child, turn.Own.Role,
                new FeeRate(SwapFees.Raised(Math.Max(satsPerKvB, before?.SatsPerKvB ?? 0), before is null ? 0 : 2)))
            {
                Outputs = outputs,
                Replaces = target,
                LeastFee = onChild ? Amount.Zero : before?.Fee ?? Amount.Zero,
                MostFee = most,
            });
        }
    }

    /// <summary>What a lock pays before any change: the contract, and where shares are locked who is paid meanwhile, and the terms.
    /// </summary>
    public static ImmutableArray<TxOut> OutputsOf(AgentSwap own)
    {
        var terms = own.Swap.Terms!;
        ImmutableArray<TxOut> outputs = [terms.ContractOf(own.Role).FundingOutput(own.Swap.AmountOf(own.Role))];
        if (own.Swap.KeysOf(own.Role)!.PayoutScript is { } payout)
        {
            outputs = outputs.Add(PayoutAnnotation.For(0, payout));
        }

        return own.Swap.ChainOf(own.Role) == SwapChain.Share
            ? outputs.Add(SwapAnnotation.Build(0, terms, own.Swap.ParticipantAmount))
            : outputs;
    }

    private static void Raise(Turn turn, OwnTransaction newest)
    {
        var own = turn.Own;
        var amount = own.Swap.AmountOf(own.Role);
        var wished = new FeeRate(Math.Max(turn.EstimateOf(own.Role).SatsPerKvB, newest.SatsPerKvB));
        turn.Make(new AgentAct.Make(
            OwnTransactionKind.Funding, own.Role,
            SwapFees.BumpedLock(wished, 1, amount, newest.Transaction.VirtualSize))
        {
            Outputs = OutputsOf(own),
            Replaces = newest,
            LeastFee = own.Locks().Max(known => known.Fee),
            MostFee = SwapFees.MostForLock(amount),
        });
    }
}
