using Market.Api.Chains;
using Market.Api.Data;
using Market.Chains;
using Market.Contracts;

namespace Market.Api.Trading;

/// <summary>
/// Fails closed: while a chain does not answer, lags or is seen in two ways, and while the shares of its series cannot be sold, an
/// instrument has no new orders and matches, and says so. Cancels and swaps go on.
/// </summary>
public sealed class ChainGate(ChainVerdicts verdicts, SeriesGate series, Sequencer sequencer, Workers workers, TimeProvider clock,
    ILogger<ChainGate> log) : BackgroundService
{
    private static readonly ChainName[] Chains = Enum.GetValues<ChainName>();

    private readonly WakeUp _wake = new(clock);

    // Made before anything runs.
    private string? _own = sequencer.AwaitGate();

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What it looks at is looked at once it is said, and not a pace later.
        verdicts.Changed += Wake;
        try
        {
            await Task.WhenAll(
                WakeAtStartAsync(stoppingToken),
                workers.Supervise(log, "The gate of trading", clock).RepeatAsync(
                    LookAsync, stop => _wake.PauseAsync(ChainLooks.Pace, stop), stoppingToken));
        }
        finally
        {
            verdicts.Changed -= Wake;
        }
    }

    private void Wake(ChainName name) => _wake.Call();

    private async Task WakeAtStartAsync(CancellationToken stop)
    {
        if (await sequencer.StartsAsync(stop)) _wake.Call();
    }

    private async Task LookAsync(CancellationToken stop)
    {
        var shut = series.Shut;
        var reason = shut?.Words ?? Chains.Select(name => verdicts.Of(name).Reason).FirstOrDefault(r => r is not null);
        // Trading begins again only once every chain was seen to be well, and where it was not halted for another reason.
        var change = reason is null
            ? Chains.All(verdicts.IsKnown) && series.IsKnown && sequencer.IsHalted && sequencer.Reason == _own
            : sequencer.Reason != reason;
        if (change && sequencer.State == SequencerState.Running
            && await sequencer.HaltAsync(reason, stop, isForGood: shut is { IsForGood: true }))
        {
            _own = reason ?? Sequencer.HaltedAtStart;
        }
        // What was small enough when it was placed may be so no more; and what comes back from a swap that failed is taken off.
        var closes = shut is { IsForGood: true } || (shut is null && series.MostWorth is not null);
        if (closes && sequencer.State == SequencerState.Running)
            await sequencer.CloseAsync(stop, shut is null ? series.MostWorth : null);
    }
}
