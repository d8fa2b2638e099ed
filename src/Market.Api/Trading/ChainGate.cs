using Market.Api.Chains;
using Market.Api.Data;
using Market.Contracts;

namespace Market.Api.Trading;

/// <summary>
/// Fails closed: while a chain does not answer, lags or is seen in two ways there are no new orders and matches, and the
/// instrument says so. Cancels and swaps go on.
/// </summary>
public sealed partial class ChainGate(IReadOnlyList<ChainSight> sights, ChainVerdicts verdicts, Sequencer sequencer,
    Workers workers, TimeProvider clock, ILogger<ChainGate> log) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly HashSet<ChainName> _known = [];
    private string? _own = Sequencer.HaltedAtStart;

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        workers.Supervise(log, "The gate of trading", clock).RepeatAsync(LookAsync, Pace, stoppingToken);

    private async Task LookAsync(CancellationToken stop)
    {
        foreach (var sight in sights)
        {
            if (await VerdictOfAsync(sight, stop) is not { } verdict) continue;
            verdicts.Set(sight.Name, verdict);
            _known.Add(sight.Name);
        }
        var reason = sights.Select(s => verdicts.Of(s.Name).Reason).FirstOrDefault(r => r is not null);
        // Trading begins again only once every chain was seen to be well, and where it was not halted for another reason.
        var change = reason is null
            ? _known.Count == sights.Count && sequencer.IsHalted && sequencer.Reason == _own
            : sequencer.Reason != reason;
        if (change && sequencer.State == SequencerState.Running && await sequencer.HaltAsync(reason, stop))
            _own = reason ?? Sequencer.HaltedAtStart;
    }

    // A bug in looking closes the gate too; it is told as what it is.
    private async Task<ChainVerdict?> VerdictOfAsync(ChainSight sight, CancellationToken stop)
    {
        try
        {
            return await sight.LookAsync(stop);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Broken(log, sight.Name, e);
            return new ChainVerdict(Health.Down, $"The market fails to look at the {sight.Name}.");
        }
    }

    [LoggerMessage(LogLevel.Critical, "Looking at the {chain} met a bug; nothing is traded until it goes well")]
    private static partial void Broken(ILogger log, ChainName chain, Exception e);
}
