namespace Market.Standing;

/// <summary>
/// How loaded one kind of work is, smoothed over <see cref="SmoothedOver"/> so that one burst is no load: what is fed is measured,
/// what is read follows from it and from the times at which it was fed. Levels are thousandths of what can be worked on at once;
/// what waits counts beyond that.
/// </summary>
public struct LoadMeter
{
    /// <summary>Milliseconds.</summary>
    public const long SmoothedOver = 2_000;

    /// <summary>Up to half of what can be worked on at once the service is idle: calls are free.</summary>
    public const long Idle = 500;

    /// <summary>So many thousandths more raise the factor by one.</summary>
    public const long Step = 125;

    /// <summary>The highest factor.</summary>
    public const int MostFactor = 64;

    // Kept in millionths of a thousandth: small steps must not be rounded away.
    private const long Scale = 1_000_000;

    private long _level;
    private long _at;

    /// <summary>The smoothed level, in thousandths.</summary>
    public readonly long Level => _level / Scale;

    /// <summary>What the load does to prices: 0 while idle, then from 1 to <see cref="MostFactor"/>.</summary>
    public readonly int Factor => FactorOf(Level);

    /// <summary>What a level does to prices.</summary>
    public static int FactorOf(long level) =>
        level <= Idle ? 0 : (int)Math.Min((level - Idle + Step - 1) / Step, MostFactor);

    /// <summary>The level as it is measured now: work under way and waiting.</summary>
    /// <param name="busy">Places that are taken, and calls that wait for one.</param>
    /// <param name="places">Places that there are.</param>
    public static long LevelOf(long busy, long places) => busy * 1_000 / Math.Max(1, places);

    /// <summary>Feeds what was measured.</summary>
    /// <param name="level">In thousandths.</param>
    /// <param name="now">Milliseconds, never less than the last time.</param>
    public void Feed(long level, long now)
    {
        var passed = Math.Clamp(now - _at, 0, SmoothedOver);
        _at = Math.Max(_at, now);
        _level += (Math.Min(level, 1_000_000) * Scale - _level) / SmoothedOver * passed;
    }
}
