using Market.Api.Chains;
using Market.Contracts;

namespace Market.Api.Trading;

/// <summary>
/// Fails closed: while a chain does not answer, lags or is seen in two ways there are no new orders and matches, and the
/// instrument says so. Cancels and swaps go on.
/// </summary>
public sealed class ChainGate(IReadOnlyList<ChainSight> sights, ChainVerdicts verdicts, Sequencer sequencer, TimeProvider clock)
    : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var known = new HashSet<ChainName>();
        string? own = Sequencer.HaltedAtStart;
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var sight in sights)
            {
                if (await sight.LookAsync(stoppingToken) is not { } verdict) continue;
                verdicts.Set(sight.Name, verdict);
                known.Add(sight.Name);
            }
            var reason = sights.Select(s => verdicts.Of(s.Name).Reason).FirstOrDefault(r => r is not null);
            // Trading begins again only once every chain was seen to be well, and where it was not halted for another reason.
            var change = reason is null
                ? known.Count == sights.Count && sequencer.IsHalted && sequencer.Reason == own
                : sequencer.Reason != reason;
            if (change && sequencer.State == SequencerState.Running && await sequencer.HaltAsync(reason, stoppingToken))
                own = reason ?? Sequencer.HaltedAtStart;
            await Task.Delay(Pace, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
