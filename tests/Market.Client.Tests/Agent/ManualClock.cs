namespace Market.Client.Tests.Agent;

/// <summary>A clock that stands until it is moved. Timers run at the system's pace.</summary>
internal sealed class ManualClock(long unixSeconds) : TimeProvider
{
    private long _now = unixSeconds;

    public long Now => Interlocked.Read(ref _now);

    public void Advance(long seconds) => Interlocked.Add(ref _now, seconds);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(Now);
}
