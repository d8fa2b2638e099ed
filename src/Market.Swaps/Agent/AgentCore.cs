using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Watching;

namespace Market.Swaps.Agent;

/// <summary>
/// What a party does in a swap: one pure function. The runtime looks at both chains, asks <see cref="Step"/>, writes the journal,
/// does what is asked, and gives back what came of it; a crash between any two of these resumes from the journal and the chains.
/// Never waits, never asks the market.
/// </summary>
public static class AgentCore
{
    /// <summary>
    /// Blocks below the height at which a swap was opened from which its contracts are looked for: a reorganisation may put a lock
    /// into a lower block than there was.
    /// </summary>
    private const int LookBack = 100;

    /// <summary>Folds what both chains show into the swap, and says what is to be done now.</summary>
    /// <param name="own">The journal. Swaps without terms only age.</param>
    /// <param name="sight">Both chains and the clock.</param>
    /// <param name="policy">How it decides.</param>
    public static AgentTurn Step(AgentSwap own, AgentSight sight, AgentPolicy policy)
    {
        var turn = new Turn(own, sight, policy);
        if (!policy.Keeps(AgentLaws.ChainsApart) && !(sight.Share.IsCurrent && sight.Coin.IsCurrent))
        {
            return turn.End();
        }

        if (own.Swap.Terms is not null)
        {
            Observing.Observe(turn);
            Observing.NoteTaken(turn);
        }

        var decision = turn.Fold(new SwapEvent.Tick());
        if (turn.Own.Swap.Terms is not null)
        {
            foreach (var effect in decision.For(own.Role))
            {
                Act(turn, effect);
            }

            Outliving.Warn(turn);
            Conflicting.AfterReveal(turn);
            Closing.Close(turn);
        }

        return turn.End();
    }

    /// <summary>Writes down what was made. The journal that this returns is on disk before the act that it asks for is
    /// done.</summary>
    /// <param name="own">The journal.</param>
    /// <param name="act">What was asked for.</param>
    /// <param name="made">What was made; null where it could not be.</param>
    /// <param name="whyNot">Why it could not be made, for people.</param>
    /// <param name="sight">Both chains and the clock.</param>
    /// <param name="policy">How it decides.</param>
    public static AgentTurn Made(
        AgentSwap own, AgentAct.Make act, MadeTransaction? made, string? whyNot, AgentSight sight, AgentPolicy policy)
    {
        var turn = new Turn(own, sight, policy);
        if (made is null)
        {
            turn.Remember(turn.Own.Memory.WithUnmade(Turn.NameOf(act), turn.HeightOf(act.Leg)));
            turn.Say(AgentSayingKind.NotTaken, Turn.NameOf(act), whyNot ?? "What is to be sent cannot be made.");
            return turn.End();
        }

        if (act.Kind == OwnTransactionKind.Funding && own.Swap.ChainOf(act.Leg) == SwapChain.Share
            && Outliving.WhyNot(turn, made.Lasts, made.Root) is { } unfit)
        {
            turn.Remember(turn.Own.Memory.WithUnmade(Turn.NameOf(act), turn.HeightOf(act.Leg)));
            turn.Say(AgentSayingKind.Refused, "lock", unfit);
            return turn.End();
        }

        var written = new OwnTransaction(
            act.Kind, act.Leg, OutPointOf(act, made), made.Transaction.Id, made.Transaction.ToHex(), RateOf(act, made).SatsPerKvB,
            act.Replaces is { } before && before.Kind == act.Kind ? before.Attempt + 1 : 0, turn.HeightOf(act.Leg), null)
        {
            Spends = made.Spends,
        };
        Writing.Add(turn, written);
        if (act.Kind == OwnTransactionKind.Claim && policy.Keeps(AgentLaws.WrittenIsRevealed))
        {
            Spending.NoteClaim(turn, written);
        }

        turn.Send(written);
        return turn.End();
    }

    /// <summary>Notes what a broadcast came to.</summary>
    /// <param name="own">The journal.</param>
    /// <param name="id">The transaction that was sent.</param>
    /// <param name="outcome">The best answer.</param>
    /// <param name="detail">The nodes' words; empty on success.</param>
    /// <param name="sight">Both chains and the clock.</param>
    /// <param name="policy">How it decides.</param>
    public static AgentTurn Sent(
        AgentSwap own, TxId id, SendOutcome outcome, string detail, AgentSight sight, AgentPolicy policy)
    {
        var turn = new Turn(own, sight, policy);
        if (own.Transactions.FirstOrDefault(known => known.TxId == id) is { } sent)
        {
            Writing.Answered(turn, sent, outcome, detail);
        }

        return turn.End();
    }

    /// <summary>What the chains are to be watched for on behalf of a swap.</summary>
    public static ImmutableArray<WatchList> Watches(AgentSwap own)
    {
        if (own.Swap.Terms is not { } terms)
        {
            return [];
        }

        return
        [
            .. new[] { Role.Initiator, Role.Participant }.Select(leg =>
            {
                var chain = own.Swap.ChainOf(leg);
                OutPoint[] coins = leg == own.Role && !own.IsOver
                    ? [.. own.Transactions
                        .Where(known => known.Leg == leg && known.Kind is OwnTransactionKind.Funding or OwnTransactionKind.Child)
                        .SelectMany(known => known.Transaction.Inputs).Select(input => input.PreviousOutput).Distinct()]
                    : [];
                return new WatchList(
                    chain, Math.Max(0, own.HeightOn(chain) - LookBack), [terms.ContractOf(leg).ScriptPubKey], coins);
            }),
        ];
    }

    /// <summary>The outputs of shares whose lives and root heights the core asks for (<see cref="ChainSight.Lives"/>): the locks
    /// of shares that expire, and what the own locks of such spend; none of other swaps, and of those that are over.</summary>
    /// <param name="own">The journal.</param>
    /// <param name="view">What the sharechain shows.</param>
    public static IEnumerable<OutPoint> Expiring(AgentSwap own, IWatchView view)
    {
        if (own.Swap is not { Terms: { } terms, Plan.ExpiryMargin: not null } || own.IsOver)
        {
            return [];
        }

        var leg = own.Swap.RoleOn(SwapChain.Share);
        return view.PaymentsTo(terms.ContractOf(leg).ScriptPubKey)
            .Where(payment => payment.Spend?.Height is null).Select(payment => payment.OutPoint)
            .Concat(leg != own.Role ? [] : own.Locks()
                .SelectMany(known => known.Transaction.Inputs).Select(input => input.PreviousOutput))
            .Distinct();
    }

    private static void Act(Turn turn, SwapEffect effect)
    {
        if (turn.Own.ClaimsOnly && effect.Kind != SwapEffectKind.Claim
            && !(effect.Kind == SwapEffectKind.RelayFunding && effect.Leg != turn.Own.Role))
        {
            return;
        }

        switch (effect.Kind)
        {
            case SwapEffectKind.Lock:
                Locking.Lock(turn);
                break;
            case SwapEffectKind.RelayFunding when effect.Leg == turn.Own.Role:
                Locking.Keep(turn);
                break;
            case SwapEffectKind.RelayFunding:
                Relaying.Relay(turn, effect.Leg!.Value);
                break;
            case SwapEffectKind.Reveal:
                Spending.Reveal(turn, effect.Leg!.Value, effect.OutPoint!.Value);
                break;
            case SwapEffectKind.Claim:
                Spending.Spend(turn, OwnTransactionKind.Claim, effect.Leg!.Value, effect.OutPoint!.Value);
                break;
            case SwapEffectKind.Refund:
                Spending.Spend(turn, OwnTransactionKind.Refund, effect.Leg!.Value, effect.OutPoint!.Value);
                break;
            case SwapEffectKind.Abandon:
                Conflicting.Conflict(turn);
                break;
            default:
                break;
        }
    }

    private static OutPoint OutPointOf(AgentAct.Make act, MadeTransaction made) => act.Kind switch
    {
        OwnTransactionKind.Claim or OwnTransactionKind.Refund => act.Spends!.OutPoint,
        _ => new OutPoint(made.Transaction.Id, 0),
    };

    // What the wallet makes pays what it must to replace another; a claim or refund is made at the very rate.
    private static FeeRate RateOf(AgentAct.Make act, MadeTransaction made) => made.Spends.Length == 0
        ? act.Rate
        : FeeRate.Of(
            new Amount(made.Spends.Sum(coin => coin.Value.Sats) - made.Transaction.Outputs.Sum(output => output.Value.Sats)),
            made.Transaction.VirtualSize);
}
