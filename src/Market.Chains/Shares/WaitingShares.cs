namespace Market.Chains.Shares;

/// <summary>
/// Has shares tried again that wait for a mainchain block or for time: when the mainchain tells of a block, when their time comes,
/// and else after pauses that double while nothing comes of it. While no share waits nothing is asked of anybody.
/// </summary>
internal sealed class WaitingShares : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly IMainchain _main;
    private readonly TimeProvider _clock;
    private readonly Func<int> _count;
    private readonly Func<long?> _due;
    private readonly Func<CancellationToken, Task> _retry;
    private readonly Supervised _trying;
    private readonly Supervised _listening;
    private readonly Backoff _pauses;
    private readonly WakeUp _wake;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private Task? _hearing;

    /// <summary>Begins; nothing is done before a share waits.</summary>
    /// <param name="main">Tells of its blocks; not disposed.</param>
    /// <param name="clock">The time of pauses.</param>
    /// <param name="count">How many shares wait for something else than their parent.</param>
    /// <param name="due">When the time of the first comes that waits for time alone, Unix seconds; null where none does.</param>
    /// <param name="retry">Tries them.</param>
    /// <param name="failed">Told of each failure: return quickly.</param>
    public WaitingShares(
        IMainchain main, TimeProvider clock, Func<int> count, Func<long?> due, Func<CancellationToken, Task> retry,
        Action<SupervisedFailure> failed)
    {
        (_main, _clock, _count, _due, _retry) = (main, clock, count, due, retry);
        _pauses = new Backoff(clock, ShortestPause, LongestPause);
        _wake = new WakeUp(clock);
        _trying = new Supervised("Trying shares that wait", clock, IsAway, failed)
        {
            Pauses = new Backoff(clock, ShortestPause, LongestPause),
        };
        _listening = new Supervised("Listening to the mainchain for shares that wait", clock, IsAway, failed);
        _running = Task.Run(() => _trying.RepeatAsync(TryAsync, WaitAsync, _stop.Token), CancellationToken.None);
    }

    /// <summary>Another share waits, or what they wait for may have come.</summary>
    public void Call()
    {
        _pauses.Reset();
        _wake.Call();
    }

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await (_hearing ?? Task.CompletedTask).ConfigureAwait(false);
        _stop.Dispose();
        _wake.Dispose();
    }

    private static bool IsAway(Exception error) => error is ChainUnavailableException;

    private async Task TryAsync(CancellationToken cancellation)
    {
        var before = _count();
        if (before == 0)
        {
            return;
        }

        _hearing ??= Task.Run(() => _main.ListenForTipsAsync(_listening, Call, _stop.Token), CancellationToken.None);
        await _retry(cancellation).ConfigureAwait(false);
        if (_count() < before)
        {
            _pauses.Reset();
        }
    }

    // A call that comes between the count and the pause ends the pause.
    private Task WaitAsync(CancellationToken cancellation)
    {
        if (_count() == 0)
        {
            return _wake.PauseAsync(Timeout.InfiniteTimeSpan, cancellation);
        }

        var pause = _pauses.Take();
        if (_due() is { } due)
        {
            var left = DateTimeOffset.FromUnixTimeSeconds(due) - _clock.GetUtcNow();
            pause = left >= pause ? pause : left > Shortest ? left : Shortest;
        }

        return _wake.PauseAsync(pause, cancellation);
    }
}
