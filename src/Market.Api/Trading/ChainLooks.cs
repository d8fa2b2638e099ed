using Market.Api.Chains;
using Market.Api.Data;
using Market.Contracts;

namespace Market.Api.Trading;

/// <summary>Looks at both chains of a pair once a second and keeps the verdicts, for all instruments that are traded on
/// them.</summary>
public sealed partial class ChainLooks(IReadOnlyList<ChainSight> sights, ChainVerdicts verdicts, Workers workers,
    TimeProvider clock, ILogger<ChainLooks> log) : BackgroundService
{
    /// <summary>Time from one look to the next.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        workers.Supervise(log, "The looks at the chains", clock).RepeatAsync(LookAsync, Pace, stoppingToken);

    private async Task LookAsync(CancellationToken stop)
    {
        foreach (var sight in sights)
        {
            if (await VerdictOfAsync(sight, stop) is { } verdict) verdicts.Set(sight.Name, verdict);
        }
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
