namespace Market.Chains.Stratum;

/// <summary>A hash rate as results show it.</summary>
/// <param name="HashesPerSecond">Work of the results by time; 0 without any.</param>
/// <param name="RelativeError">Standard error: 1 / sqrt(results) where all are of one difficulty, and more where the hardest of
/// them make
/// most of the work; 1 without any.</param>
/// <param name="Seconds">The time looked at: the window, or since the first work was given where that is less.</param>
public readonly record struct HashRate(double HashesPerSecond, double RelativeError, double Seconds);

/// <summary>
/// Sums up results over a time that moves on, in thirty steps. Results come as chance has them (a Poisson process of the hash
/// rate),
/// each at the difficulty d of its job, which may change: the sum of d by time has no bias from the moment on at which work was
/// given,
/// and its variance is the sum of d squared.
/// </summary>
/// <param name="span">The time.</param>
internal sealed class HashRateWindow(TimeSpan span)
{
    private const int Slots = 30;

    // The first of all results comes when chance has it, not when it is looked: of a time shorter than this nothing is said.
    private const double LeastSeconds = 1;

    private readonly long _step = span.Ticks / Slots;
    private readonly double[] _work = new double[Slots];
    private readonly double[] _squares = new double[Slots];
    private DateTimeOffset? _since;
    private long _slot;

    /// <summary>Work was given; the first time counts.</summary>
    public void Begin(DateTimeOffset since) => _since ??= since;

    /// <summary>Counts a result.</summary>
    /// <param name="difficulty">What it counts for.</param>
    /// <param name="now">The time.</param>
    public void Add(double difficulty, DateTimeOffset now)
    {
        Begin(now);
        Advance(now);
        _work[_slot % Slots] += difficulty;
        _squares[_slot % Slots] += difficulty * difficulty;
    }

    /// <summary>The rate by now.</summary>
    public HashRate At(DateTimeOffset now)
    {
        Advance(now);
        var work = _work.Sum();
        var passed = (now - (_since ?? now)).TotalSeconds;
        var whole = TimeSpan.FromTicks((_step * (Slots - 1)) + (now.UtcTicks % _step)).TotalSeconds;
        var seconds = Math.Max(LeastSeconds, Math.Min(passed, whole));
        var error = work > 0 ? Math.Sqrt(_squares.Sum()) / work : 1;
        return new HashRate(work * StratumDifficulty.Hashes / seconds, error, seconds);
    }

    private void Advance(DateTimeOffset now)
    {
        var at = now.UtcTicks / _step;
        for (var gone = Math.Max(_slot + 1, at - Slots + 1); gone <= at; gone++)
        {
            (_work[gone % Slots], _squares[gone % Slots]) = (0, 0);
        }

        _slot = Math.Max(_slot, at);
    }
}
