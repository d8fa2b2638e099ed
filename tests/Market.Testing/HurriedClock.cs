namespace Market.Testing;

/// <summary>The system's clock with timers that are due at once, and that knows for how long they were set. One that is never due
/// stays so.</summary>
public sealed class HurriedClock : TimeProvider
{
    private readonly List<TimeSpan> _pauses = [];

    /// <summary>The time that it tells for ever; null for the machine's.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>For how long timers were set, in their order.</summary>
    public IReadOnlyList<TimeSpan> Pauses
    {
        get
        {
            lock (_pauses) return [.. _pauses];
        }
    }

    public override DateTimeOffset GetUtcNow() => Now ?? base.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan) return System.CreateTimer(callback, state, dueTime, period);
        lock (_pauses) _pauses.Add(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
