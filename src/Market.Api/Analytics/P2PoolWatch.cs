using Market.Api.Data;
using Market.Chains;
using Market.Chains.P2PoolV2;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Analytics;

/// <summary>Reads a p2poolv2 node, again and again: politely, and without effect on anything but what is told of it.</summary>
public sealed class P2PoolWatch : BackgroundService
{
    private const double BitcoinSpacing = 600;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    private readonly P2PoolOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<P2PoolWatch> _log;
    private readonly P2PoolReader _reader;
    private readonly P2PoolHint _hint;
    private readonly WakeUp _wake;
    private volatile P2PoolSight _sight;

    /// <summary>Reads nothing before it is started.</summary>
    /// <param name="options">Where the node is.</param>
    /// <param name="clock">The time.</param>
    /// <param name="log">Where it is told that the node is away, with its address.</param>
    public P2PoolWatch(P2PoolOptions options, TimeProvider clock, ILogger<P2PoolWatch> log)
    {
        ArgumentNullException.ThrowIfNull(clock);
        (_options, _clock, _log) = (options, clock, log);
        (_reader, _hint, _wake) = (new P2PoolReader(options, clock), new P2PoolHint(options, clock), new WakeUp(clock));
        _sight = new P2PoolSight(SourceState.Reading, clock.GetUtcNow(), null, null);
    }

    /// <summary>How it stands now.</summary>
    public P2PoolSight Sight => _sight;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _reader.Dispose();
        _wake.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var tell = _log.TellFailures();
        var looking = new Supervised("The reading of the p2poolv2 node", _clock, Outage.Is, failure =>
        {
            SetTrouble(failure);
            tell(failure);
        })
        {
            Pauses = new Backoff(_clock, _options.ShortestPause, LongestPause),
        };
        // Without it there is a look every half a minute all the same.
        var listening = new Supervised("The listening to the p2poolv2 node", _clock, Outage.Is, _log.TellFailures())
        {
            Pauses = new Backoff(_clock, _options.ShortestPause, LongestPause),
        };
        return Task.WhenAll(
            looking.RepeatAsync(LookAsync, WaitAsync, stoppingToken),
            listening.RunAsync(
                stop => _hint.ListenAsync(
                    () =>
                    {
                        listening.IsWell();
                        _wake.Call();
                    },
                    stop),
                stoppingToken));
    }

    private async Task LookAsync(CancellationToken stop)
    {
        var view = await _reader.LookAsync(stop);
        var now = _clock.GetUtcNow();
        var window = ToldWindow.Of(new ToldWindowInputs
        {
            Shares = view.Shares,
            MainWork = view.MainWork,
            Reward = view.Reward,
            Fee = view.Fee,
            Now = now.ToUnixTimeMilliseconds() / 1_000.0,
            Rate = DiscountModel.DefaultRate,
            MainSpacing = BitcoinSpacing,
        });
        var before = _sight;
        _sight = new P2PoolSight(
            SourceState.Live, before.State == SourceState.Live ? before.Since : now, null, new P2PoolRead(now, view, window));
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        await Task.Delay(_options.ShortestPause, _clock, stop);
        await _wake.PauseAsync(_options.PollInterval - _options.ShortestPause, stop);
    }

    private void SetTrouble(SupervisedFailure failure)
    {
        var (state, words) = failure.Error is P2PoolException told
            ? (StateOf(told.Trouble), told.Words)
            : (SourceState.Away, "the market's reader of it met a bug.");
        var before = _sight;
        _sight = new P2PoolSight(
            state, before.State == state ? before.Since : _clock.GetUtcNow(), $"The p2poolv2 node could not be read: {words}",
            before.Read);
    }

    private static SourceState StateOf(P2PoolTrouble trouble) => trouble switch
    {
        P2PoolTrouble.Away => SourceState.Away,
        P2PoolTrouble.Denied => SourceState.Denied,
        _ => SourceState.Nonsense,
    };
}
