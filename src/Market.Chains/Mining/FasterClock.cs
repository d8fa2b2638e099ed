namespace Market.Chains.Mining;

/// <summary>A clock that runs several times as fast as another from now on: whoever watches rules that need hours sees them act in
/// minutes.</summary>
/// <param name="inner">The clock that it runs by.</param>
/// <param name="speed">How many times as fast, 1 or more.</param>
public sealed class FasterClock(TimeProvider inner, int speed) : TimeProvider
{
    private readonly DateTimeOffset _begun = inner.GetUtcNow();
    private readonly long _stamp = inner.GetTimestamp();

    /// <inheritdoc/>
    public override long TimestampFrequency => inner.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _begun + (inner.GetElapsedTime(_stamp) * speed);

    /// <inheritdoc/>
    public override long GetTimestamp() => _stamp + ((inner.GetTimestamp() - _stamp) * speed);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Faster(inner.CreateTimer(callback, state, Sooner(dueTime), Sooner(period)), this);

    private TimeSpan Sooner(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? span : span / speed;

    private sealed class Faster(ITimer timer, FasterClock clock) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(clock.Sooner(dueTime), clock.Sooner(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
