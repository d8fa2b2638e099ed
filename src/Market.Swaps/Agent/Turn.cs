using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Watching;

namespace Market.Swaps.Agent;

/// <summary>One turn of the core while it is made up: the journal as it becomes, the acts and the sayings.</summary>
internal sealed class Turn(AgentSwap own, AgentSight sight, AgentPolicy policy)
{
    private readonly ImmutableArray<AgentAct>.Builder _acts = ImmutableArray.CreateBuilder<AgentAct>();
    private readonly ImmutableArray<AgentSaying>.Builder _sayings = ImmutableArray.CreateBuilder<AgentSaying>();

    public AgentSwap Own { get; private set; } = own;

    public AgentSight Sight => sight;

    public AgentPolicy Policy => policy;

    public SwapTips Tips => sight.Tips;

    public AgentTurn End() => new(Own, _acts.ToImmutable(), _sayings.ToImmutable());

    public static string NameOf(AgentAct.Make act) => $"{act.Kind}/{act.Leg}/{act.Spends?.OutPoint}";

    public ChainSight SightOf(Role leg) => sight.Of(Own.Swap.ChainOf(leg));

    public int HeightOf(Role leg) => SightOf(leg).Tip.Height;

    public Script ScriptOf(Role leg) => Own.Swap.Terms!.ContractOf(leg).ScriptPubKey;

    /// <summary>What a block asks for; never below what nodes relay.</summary>
    public FeeRate EstimateOf(Role leg) =>
        new(Math.Max(FeeRate.MinimumRelay.SatsPerKvB, SightOf(leg).Estimate?.SatsPerKvB ?? 0));

    public IReadOnlyList<WatchedPayment> PaymentsTo(Role leg)
    {
        var (view, tip) = (SightOf(leg).View, SightOf(leg).Tip);
        return [.. view.PaymentsTo(ScriptOf(leg)).Select(payment => Minable.Of(payment, tip)).OfType<WatchedPayment>()];
    }

    public WatchedSpend? SpendOf(Role leg, Payment payment) =>
        Minable.Of(SightOf(leg).View.SpendOf(payment.OutPoint), payment.Amount, SightOf(leg).Tip);

    public void Set(AgentSwap next) => Own = next;

    public void Remember(AgentMemory memory) => Own = Own with { Memory = memory };

    /// <summary>Folds an event into the machine's record, and says what came of it.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="quiet">True where it is no news: what an own transaction that nobody took looks like.</param>
    public SwapDecision Fold(SwapEvent happened, bool quiet = false)
    {
        var before = Own.Swap;
        var decision = SwapMachine.Decide(before, happened, Tips);
        Own = Own with { Swap = decision.Swap };
        foreach (var effect in decision.Effects)
        {
            if (effect.Kind == SwapEffectKind.Alarm && !quiet)
            {
                Say(AgentSayingKind.Alarm, $"alarm {effect.Alarm}", AgentWords.Of(effect.Alarm!.Value));
            }
        }

        if (decision.Swap.Phase != before.Phase)
        {
            Say(AgentSayingKind.Moved, "phase", AgentWords.Of(decision.Swap, Tips, Own.Role));
        }

        return decision;
    }

    /// <summary>Says something, unless it is what was said last of the matter.</summary>
    public void Say(AgentSayingKind kind, string matter, string text)
    {
        if (Own.Memory.Said.TryGetValue(matter, out var last) && last == text)
        {
            return;
        }

        Remember(Own.Memory.WithSaid(matter, text));
        _sayings.Add(new AgentSaying(kind, text));
    }

    public void Make(AgentAct.Make act)
    {
        // What could not be made is not tried again before the next block: coins and fees are the same until then.
        if (!Own.Memory.Unmade.TryGetValue(NameOf(act), out var height) || height < HeightOf(act.Leg))
        {
            _acts.Add(act);
        }
    }

    public void Send(OwnTransaction transaction)
    {
        if (!_acts.OfType<AgentAct.Send>().Any(act => act.Transaction.TxId == transaction.TxId))
        {
            _acts.Add(new AgentAct.Send(transaction));
        }
    }

    /// <summary>Broadcasts again what is not seen: once a block, and within a block where nobody answered.</summary>
    public void Resend(OwnTransaction transaction)
    {
        if (IsSeen(transaction))
        {
            return;
        }

        var due = !Own.Memory.Sends.TryGetValue(transaction.TxId, out var tried)
            || tried.Height < HeightOf(transaction.Leg)
            || (tried.Outcome == SendOutcome.Unanswered && sight.Now - tried.At >= policy.RetrySeconds)
            || (tried.Outcome == SendOutcome.Taken && sight.Now - tried.At >= policy.ResendSeconds);
        if (due)
        {
            Send(transaction);
        }
    }

    public SendOutcome? LastOutcome(OwnTransaction transaction) =>
        Own.Memory.Sends.TryGetValue(transaction.TxId, out var tried) ? tried.Outcome : null;

    /// <summary>True where the chain shows the transaction, in its mempool or a block.</summary>
    public bool IsSeen(OwnTransaction transaction)
    {
        var chain = SightOf(transaction.Leg);
        if (!chain.IsCurrent)
        {
            return false;
        }

        var first = transaction.Transaction.Inputs[0].PreviousOutput;
        return chain.View.SpendOf(first)?.Spender.Id == transaction.TxId
            || (transaction.Kind == OwnTransactionKind.Funding
                && chain.View.PaymentsTo(ScriptOf(transaction.Leg)).Any(paid => paid.Transaction.Id == transaction.TxId));
    }
}
