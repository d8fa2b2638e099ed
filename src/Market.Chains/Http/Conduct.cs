namespace Market.Chains.Http;

/// <summary>
/// What is remembered of a server that sent what breaks a rule, or too little work: it is left alone for a while, twice as
/// long each time up to a bound, and forgiven when it did well.
/// </summary>
/// <param name="options">How long.</param>
/// <param name="clock">A clock that always runs.</param>
internal sealed class Conduct(FollowerOptions options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private TimeSpan _next = options.ShortestShun;
    private long _from;
    private TimeSpan _span;

    /// <summary>How long it is still left alone; zero where it is not.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (_lock)
            {
                var left = _span - (_span == TimeSpan.Zero ? TimeSpan.Zero : clock.GetElapsedTime(_from));
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>True while it is left alone.</summary>
    public bool IsShunned => Left > TimeSpan.Zero;

    /// <summary>Leaves it alone from now on.</summary>
    public void Shun()
    {
        lock (_lock)
        {
            (_from, _span) = (clock.GetTimestamp(), _next);
            _next = _next * 2 < options.LongestShun ? _next * 2 : options.LongestShun;
        }
    }

    /// <summary>It did well.</summary>
    public void Forgive()
    {
        lock (_lock)
        {
            (_next, _span) = (options.ShortestShun, TimeSpan.Zero);
        }
    }
}
