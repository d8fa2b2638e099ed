namespace Market.Chains.Stratum;

/// <summary>
/// The difficulty at which a miner has a result every ten seconds. One that never had a result is made sixteen times as easy every
/// ten seconds, so that the slowest is at its own within the first minute. What follows is looked at after every result until four
/// minutes passed without a change, and moved where chance does not explain it; from then on it is let alone for longer.
/// </summary>
internal sealed class Vardiff
{
    /// <summary>Seconds between results that are aimed at.</summary>
    public const double Aim = 10;

    private const double FirstEase = 16;
    private const double MostAtOnce = 256;
    private const double LeastSeconds = 0.05;

    // In a minute six results are expected: twelve, or one, come about once in fifty times without a reason.
    private const int TooMany = 12;
    private const int TooFew = 1;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // Of 24 results the rate is known to a fifth.
    private static readonly TimeSpan Whole = TimeSpan.FromMinutes(4);
    private const double Worth = 1.4;

    // Until it is settled: twice the logarithm by which what came is likelier at its own rate than at the one aimed at. Chance
    // alone
    // passes this once in twelve looks. Of fewer results than four, or fewer expected, it says nothing.
    private const double Unlikely = 3;
    private const int Least = 4;

    // A difficulty that the miner asked for is given longer: once in twenty times chance leaves it without a result.
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(Aim);
    private static readonly TimeSpan SuggestedWait = TimeSpan.FromSeconds(3 * Aim);

    private TimeSpan _wait = FirstWait;
    private DateTimeOffset _since;
    private int _count;
    private bool _any;
    private bool _isSettled;

    /// <param name="start">The first difficulty.</param>
    /// <param name="now">When the miner began.</param>
    public Vardiff(double start, DateTimeOffset now) => (Difficulty, _since) = (start, now);

    /// <summary>The difficulty wanted; the bounds of a job are not its matter.</summary>
    public double Difficulty { get; private set; }

    /// <summary>Begins anew at a difficulty that the miner asked for.</summary>
    public void Suggest(double difficulty, DateTimeOffset now)
    {
        _wait = SuggestedWait;
        Begin(difficulty, now);
    }

    /// <summary>Counts a result that met the job's difficulty.</summary>
    public void Count() => (_count, _any) = (_count + 1, true);

    /// <summary>Looks whether the difficulty is still right.</summary>
    /// <param name="sent">The difficulty that the results were of, which may be less than was wanted.</param>
    /// <param name="now">The time.</param>
    /// <returns>True where it changed.</returns>
    public bool Look(double sent, DateTimeOffset now)
    {
        var elapsed = now - _since;
        if (!_any)
        {
            return elapsed >= _wait && Begin(sent / FirstEase, now);
        }

        var estimate = sent * Math.Clamp(
            Math.Max(_count, 0.5) * Aim / Math.Max(elapsed.TotalSeconds, LeastSeconds), 1 / MostAtOnce, MostAtOnce);
        if ((_count >= TooMany && elapsed < Minute) || (_count <= TooFew && elapsed >= Minute))
        {
            return Begin(estimate, now);
        }

        if (elapsed < Whole)
        {
            return !_isSettled && IsUnlikely(elapsed.TotalSeconds / Aim) && Begin(estimate, now);
        }

        _isSettled = true;
        var ratio = estimate / sent;
        return Begin(ratio is >= Worth or <= 1 / Worth ? estimate : Difficulty, now);
    }

    private bool IsUnlikely(double expected)
    {
        var likelihood = 2 * ((_count > 0 ? _count * Math.Log(_count / expected) : 0) - _count + expected);
        return (_count >= Least || expected >= Least) && likelihood > Unlikely;
    }

    private bool Begin(double difficulty, DateTimeOffset now)
    {
        var changes = difficulty.CompareTo(Difficulty) != 0;
        (Difficulty, _since, _count) = (difficulty, now, 0);
        return changes;
    }
}
