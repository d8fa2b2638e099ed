using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Market.Swaps;

/// <summary>The swap machine: one pure function over the table.</summary>
public static class SwapMachine
{
    private const int MostSteps = 16;

    private static readonly FrozenDictionary<(SwapPhase, SwapEventKind), Row[]> Rows = SwapTable.Rows
        .GroupBy(row => (row.From, row.On))
        .ToFrozenDictionary(group => group.Key, group => group.ToArray());

    private static readonly FrozenDictionary<(SwapPhase, SwapEventKind), SwapRefusal> Refusals = SwapTable.Refusals
        .ToFrozenDictionary(refused => (refused.From, refused.On), refused => refused.Refusal);

    /// <summary>
    /// Decides an event: folds its facts into the swap, takes the first row of the table that holds, then re-reads the
    /// swap against the tips until it stays where it is. Deciding the same event twice changes nothing the second time
    /// but for repeating what is owed; a <see cref="SwapEvent.Tick"/> repeats all that is owed.
    /// </summary>
    /// <param name="swap">The swap.</param>
    /// <param name="happened">The event.</param>
    /// <param name="tips">The chains and the clock now.</param>
    public static SwapDecision Decide(Swap swap, SwapEvent happened, SwapTips tips)
    {
        var (recorded, kind, refusal) = SwapFacts.Record(swap, happened, tips);
        refusal ??= Refusals.TryGetValue((swap.Phase, kind), out var listed) ? listed : null;
        if (refusal is not null)
        {
            return new SwapDecision(swap, [], refusal);
        }

        var effects = ImmutableArray.CreateBuilder<SwapEffect>();
        if (recorded.Closed && kind != SwapEventKind.Tick && recorded != swap)
        {
            recorded = recorded with { Closed = false };
        }

        var next = kind == SwapEventKind.Tick ? recorded : Step(recorded, kind, tips, effects, out _);
        for (var steps = 0; ; steps++)
        {
            next = Step(next, SwapEventKind.Tick, tips, effects, out var moved);
            if (!moved)
            {
                break;
            }

            if (steps == MostSteps)
            {
                throw new InvalidOperationException($"The swap table goes round in circles at {next.Phase}.");
            }
        }

        if (next == swap)
        {
            return new SwapDecision(swap, effects.ToImmutable());
        }

        return new SwapDecision(next with { Version = swap.Version + 1 }, effects.ToImmutable());
    }

    private static Swap Step(
        Swap swap, SwapEventKind kind, SwapTips tips, ImmutableArray<SwapEffect>.Builder effects, out bool moved)
    {
        var row = Array.Find(Rows[(swap.Phase, kind)], candidate => candidate.When.Holds(swap, tips))
            ?? throw new InvalidOperationException($"No row of {swap.Phase} at {kind} holds.");
        var next = Apply(swap, row, tips, effects);
        foreach (var duty in row.Duties.IsDefault ? [] : row.Duties)
        {
            effects.AddRange(duty.Due(next, tips));
        }

        moved = row.To != swap.Phase || next.Closed != swap.Closed;
        if (row.To == swap.Phase)
        {
            return next;
        }

        var history = next.History.Add(new PhaseEntry(row.To, tips.Latest));
        return next with
        {
            Phase = row.To,
            History = history.Length > Swap.MostHistory ? history.RemoveAt(1) : history,
        };
    }

    private static Swap Apply(
        Swap swap, Row row, SwapTips tips, ImmutableArray<SwapEffect>.Builder effects)
    {
        switch (row.Consequence)
        {
            case null:
                return swap;
            case { Kind: SwapEffectKind.Alarm } alarm:
                effects.Add(new SwapEffect(SwapEffectKind.Alarm, Alarm: alarm.Alarm));
                return swap;
            case { Kind: SwapEffectKind.Fail } fail:
                effects.Add(new SwapEffect(SwapEffectKind.Fail));
                var failure = new Failure(fail.Code!.Value, fail.Blamed ?? Silent(swap));
                return swap with { Failure = swap.Failure ?? failure, TipsAtFailure = swap.TipsAtFailure ?? tips };
            case { Kind: SwapEffectKind.Close }:
                effects.Add(new SwapEffect(SwapEffectKind.Close));
                return swap with { Closed = true };
            default:
                effects.Add(new SwapEffect(row.Consequence.Kind));
                return swap with { Failure = null, TipsAtFailure = null };
        }
    }

    /// <summary>The one party whose keys are missing, if it is one.</summary>
    private static Role? Silent(Swap swap) => (swap.InitiatorKeys, swap.ParticipantKeys) switch
    {
        (null, not null) => Role.Initiator,
        (not null, null) => Role.Participant,
        _ => null,
    };
}
