namespace Market.Chains.Stratum;

/// <summary>How many lines are read, on average: more have to wait, so that nobody else does.</summary>
internal sealed class LineBudget
{
    /// <summary>Lines that may come at once, as from hardware whose difficulty is not found yet.</summary>
    public const int Burst = 2_000;

    /// <summary>Lines a second after that.</summary>
    public const int ASecond = 100;

    /// <summary>Lines that a question about an address counts for: its answer is many times as long, and anybody may ask.</summary>
    public const int Question = 50;

    private readonly int _burst;
    private readonly int _aSecond;
    private double _left;
    private DateTimeOffset _at;

    /// <param name="now">When whoever sends them came.</param>
    /// <param name="burst">Lines that may come at once.</param>
    /// <param name="aSecond">Lines a second after that.</param>
    public LineBudget(DateTimeOffset now, int burst = Burst, int aSecond = ASecond) =>
        (_at, _burst, _left, _aSecond) = (now, burst, burst, aSecond);

    /// <summary>True where as many may come at once as ever.</summary>
    public bool IsWhole(DateTimeOffset now) => _left + (now - _at).TotalSeconds * _aSecond >= _burst;

    /// <summary>Takes a line. What is owed has an end: many lines in one packet, or a flood over many connections, keep nobody
    /// waiting once they have stopped.</summary>
    /// <param name="now">When it came.</param>
    /// <param name="lines">How many it counts for.</param>
    /// <returns>How long to wait before the next is read: at most as long as all that may come at once takes to come
    /// back.</returns>
    public TimeSpan Take(DateTimeOffset now, int lines = 1)
    {
        _left = Math.Max(-_burst, Math.Min(_burst, _left + Math.Max(0, (now - _at).TotalSeconds) * _aSecond) - lines);
        _at = now;
        return _left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_left / _aSecond);
    }
}
