namespace Market.Chains.Stratum;

/// <summary>How many lines of one connection are read, on average: more have to wait, so that nobody else does.</summary>
internal sealed class LineBudget
{
    /// <summary>Lines that may come at once, as from hardware whose difficulty is not found yet.</summary>
    public const int Burst = 2_000;

    /// <summary>Lines a second after that.</summary>
    public const int ASecond = 100;

    /// <summary>Lines that a question about an address counts for: its answer is many times as long, and anybody may ask.</summary>
    public const int Question = 50;

    private double _left = Burst;
    private DateTimeOffset _at;

    /// <param name="now">When the connection began.</param>
    public LineBudget(DateTimeOffset now) => _at = now;

    /// <summary>Takes a line.</summary>
    /// <param name="now">When it came.</param>
    /// <param name="lines">How many it counts for.</param>
    /// <returns>How long to wait before the next is read.</returns>
    public TimeSpan Take(DateTimeOffset now, int lines = 1)
    {
        _left = Math.Min(Burst, _left + Math.Max(0, (now - _at).TotalSeconds) * ASecond) - lines;
        _at = now;
        return _left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_left / ASecond);
    }
}
