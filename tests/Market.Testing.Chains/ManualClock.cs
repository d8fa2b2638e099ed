namespace Market.Testing.Chains;

/// <summary>A clock set by hand. Timers run at the system's pace, or at once where the clock is moved past their time.</summary>
public sealed class ManualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly HashSet<ManualTimer> _timers = [];
    private long _ticks;

    public ManualClock(DateTimeOffset? start = null) =>
        _ticks = (start ?? new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero)).UtcTicks;

    public DateTimeOffset Now
    {
        get => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
        set
        {
            Interlocked.Exchange(ref _ticks, value.UtcTicks);
            Ring();
        }
    }

    public long Seconds => Now.ToUnixTimeSeconds();

    public void Advance(TimeSpan by)
    {
        Interlocked.Add(ref _ticks, by.Ticks);
        Ring();
    }

    public override DateTimeOffset GetUtcNow() => Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void Ring()
    {
        ManualTimer[] due;
        lock (_lock)
        {
            due = [.. _timers.Where(timer => timer.Due <= Now)];
        }

        foreach (var timer in due)
        {
            timer.RingNow();
        }
    }

    /// <summary>The system's timer, which also knows its time by the clock that is set by hand.</summary>
    private sealed class ManualTimer : ITimer
    {
        private readonly ManualClock _clock;
        private readonly ITimer _inner;
        private TimeSpan _period;

        public ManualTimer(ManualClock clock, TimerCallback callback, object? state)
        {
            _clock = clock;
            _inner = System.CreateTimer(
                _ =>
                {
                    Set(_period);
                    callback(state);
                },
                null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Set(dueTime);
            return _inner.Change(dueTime, period);
        }

        public void RingNow() => _inner.Change(TimeSpan.Zero, _period);

        public void Dispose()
        {
            Set(Timeout.InfiniteTimeSpan);
            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Set(Timeout.InfiniteTimeSpan);
            return _inner.DisposeAsync();
        }

        private void Set(TimeSpan dueTime)
        {
            lock (_clock._lock)
            {
                if (dueTime < TimeSpan.Zero || dueTime == default)
                {
                    // Never, or at once: no moving of the clock makes a difference.
                    _clock._timers.Remove(this);
                    return;
                }

                Due = _clock.Now + dueTime;
                _clock._timers.Add(this);
            }
        }
    }
}
