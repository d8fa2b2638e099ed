namespace Market.Trading;

/// <summary>
/// How long somebody who lets swaps fail waits before it takes again. The wait is what the failure cost the other side, twice as
/// long for each failure before, up to <see cref="LongestSeconds"/>. Times are Unix seconds of one clock.
/// </summary>
/// <param name="Failures">Failures that count, less the swaps that settled since; 0 for none.</param>
/// <param name="FailedAt">When the last of them was noted.</param>
/// <param name="Until">From here on it may take again.</param>
public readonly record struct TakeWait(int Failures, long FailedAt, long Until)
{
    /// <summary>No wait is longer: a week.</summary>
    public const long LongestSeconds = 7 * 24 * 3_600;

    /// <summary>Failures are forgotten when none came for so long after the wait for the last: a month.</summary>
    public const long ForgottenAfterSeconds = 30 * 24 * 3_600;

    /// <summary>More failures than this count no further: a second doubled so often is longer than any wait.</summary>
    public const int MostFailures = 20;

    /// <summary>True while it waits.</summary>
    /// <param name="now">The time.</param>
    public bool IsWaiting(long now) => now < Until;

    /// <summary>True where nothing of it counts any more.</summary>
    /// <param name="now">The time.</param>
    public bool IsForgotten(long now) => Failures == 0 ? now >= Until : now >= Until + ForgottenAfterSeconds;

    /// <summary>
    /// After another failure. One of a swap that was matched before the last failure was noted is no further one: whoever is away
    /// once lets all of its swaps fail, and could not yet know.
    /// </summary>
    /// <param name="matchedAt">When the swap was matched.</param>
    /// <param name="now">The time.</param>
    /// <param name="cost">Seconds that the failure cost the other side; at least 1.</param>
    public TakeWait Failed(long matchedAt, long now, long cost)
    {
        var known = IsForgotten(now) ? default : this;
        var same = known.Failures > 0 && matchedAt <= known.FailedAt;
        var failures = same ? known.Failures : Math.Min(known.Failures + 1, MostFailures);
        return new TakeWait(
            failures, same ? known.FailedAt : now, Math.Max(known.Until, now + SecondsFor(failures, cost)));
    }

    /// <summary>After a swap that settled: one failure less counts. A wait that has begun goes on.</summary>
    public TakeWait Settled() => this with { Failures = Math.Max(0, Failures - 1) };

    /// <summary>The worse of two, as of one who is both: more failures, later end.</summary>
    public TakeWait And(TakeWait other) => new(
        Math.Max(Failures, other.Failures), Math.Max(FailedAt, other.FailedAt), Math.Max(Until, other.Until));

    /// <summary>Seconds of the wait after so many failures.</summary>
    /// <param name="failures">At least 1.</param>
    /// <param name="cost">Seconds that the last of them cost the other side.</param>
    public static long SecondsFor(int failures, long cost)
    {
        var doublings = Math.Clamp(failures, 1, MostFailures) - 1;
        return Math.Min(Math.Clamp(cost, 1, LongestSeconds) << doublings, LongestSeconds);
    }
}
