using Market.Api.Chains;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Settlement;

/// <summary>A swap's steps, as <see cref="SwapWords"/> tells them, on the wire.</summary>
internal sealed class SwapTimeline(Swap swap, SwapTips tips, ChainPair chains)
{
    /// <summary>All steps in order.</summary>
    public List<SwapStep> Steps() => [.. SwapWords.Steps(swap, tips).Select(Step)];

    private SwapStep Step(TimelineStep step) => new()
    {
        Key = Enum.Parse<SwapStepKey>(step.Key.ToString()),
        Title = step.Title,
        State = Enum.Parse<SwapStepState>(step.State.ToString()),
        Actor = Enum.Parse<SwapActor>(step.Actor.ToString()),
        Time = step.Time is { } at ? DateTimeOffset.FromUnixTimeSeconds(at) : null,
        Chain = step.Leg is { } leg ? SwapView.NameOf(swap.ChainOf(leg)) : null,
        TransactionId = step.TxId?.ToString(),
        Confirmations = step.Confirmations is { } depth ? new SwapConfirmations { Have = depth.Have, Need = depth.Need } : null,
        Deadline = Moment(step.Deadline),
        Earliest = Moment(step.Earliest),
        Sentence = step.Sentence,
        IfNobodyActs = step.IfNobodyActs,
    };

    private SwapDeadline? Moment(ChainTime? time)
    {
        if (time is not { } moment) return null;
        var name = SwapView.NameOf(moment.Chain);
        return new SwapDeadline
        {
            Time = DateTimeOffset.FromUnixTimeSeconds(moment.At),
            Chain = name,
            EstimatedHeight = tips.Of(moment.Chain).Height
                + Math.Max(0, (moment.At - tips.Latest) / chains.SpacingOf(name)),
        };
    }
}
