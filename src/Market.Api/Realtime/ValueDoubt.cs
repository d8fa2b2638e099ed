namespace Market.Api.Realtime;

/// <summary>
/// The time from a new tip until it is said what a share is worth on it. Nobody trades meanwhile with quotes that follow face
/// value: the sequencer lets new orders wait. It ends with the valuation, or by itself. Safe from any thread.
/// </summary>
/// <param name="clock">The clock.</param>
public sealed class ValueDoubt(TimeProvider clock)
{
    /// <summary>How long it lasts where no valuation comes.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private DateTimeOffset? _since;
    private long _tips;

    /// <summary>Told when it has ended with a valuation: return quickly.</summary>
    public event Action? Ended;

    /// <summary>How long it may last from now; null where there is none.</summary>
    public TimeSpan? Left
    {
        get
        {
            lock (_gate) return LeftNow();
        }
    }

    /// <summary>A tip moved. What is said before the next look at the chains is not said of it.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _tips++;
            if (LeftNow() is null) _since = clock.GetUtcNow();
        }
    }

    /// <summary>Whoever is about to look at the chains has this, and gives it back when what was seen is said.</summary>
    public long Mark()
    {
        lock (_gate) return _tips;
    }

    /// <summary>What was seen since the mark is said. Another tip that came meanwhile keeps it up.</summary>
    /// <param name="mark">Of before the look.</param>
    public void End(long mark)
    {
        lock (_gate)
        {
            if (_since is null || mark != _tips) return;
            _since = null;
        }
        Ended?.Invoke();
    }

    // By a clock that was set back it is over, too.
    private TimeSpan? LeftNow() => _since is { } since && clock.GetUtcNow() - since is var lasted
        && lasted >= TimeSpan.Zero && lasted < Longest ? Longest - lasted : null;
}
