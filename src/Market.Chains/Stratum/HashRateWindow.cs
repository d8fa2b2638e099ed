namespace Market.Chains.Stratum;

/// <summary>A hash rate as results show it.</summary>
/// <param name="HashesPerSecond">Work of the results by time; 0 without any.</param>
/// <param name="RelativeError">Standard error, 1 / sqrt(results); 1 without any.</param>
/// <param name="Seconds">The time looked at: the window, or since the first result where that is less.</param>
public readonly record struct HashRate(double HashesPerSecond, double RelativeError, double Seconds);

/// <summary>Sums up results over a time that moves on, in thirty steps.</summary>
internal sealed class HashRateWindow(TimeSpan span)
{
    private const int Slots = 30;

    private readonly long _step = span.Ticks / Slots;
    private readonly double[] _work = new double[Slots];
    private readonly int[] _count = new int[Slots];
    private DateTimeOffset? _first;
    private long _slot;

    /// <summary>Counts a result.</summary>
    /// <param name="difficulty">What it counts for.</param>
    /// <param name="now">The time.</param>
    public void Add(double difficulty, DateTimeOffset now)
    {
        _first ??= now;
        Advance(now);
        _work[_slot % Slots] += difficulty * StratumDifficulty.Hashes;
        _count[_slot % Slots]++;
    }

    /// <summary>The rate by now.</summary>
    public HashRate At(DateTimeOffset now)
    {
        Advance(now);
        var count = _count.Sum();
        var passed = _first is { } first ? (now - first).TotalSeconds : 0;
        var whole = TimeSpan.FromTicks((_step * (Slots - 1)) + (now.UtcTicks % _step)).TotalSeconds;
        var seconds = Math.Max(1, Math.Min(passed, whole));
        return new HashRate(_work.Sum() / seconds, count == 0 ? 1 : 1 / Math.Sqrt(count), seconds);
    }

    private void Advance(DateTimeOffset now)
    {
        var at = now.UtcTicks / _step;
        for (var gone = Math.Max(_slot + 1, at - Slots + 1); gone <= at; gone++)
        {
            (_work[gone % Slots], _count[gone % Slots]) = (0, 0);
        }

        _slot = Math.Max(_slot, at);
    }
}
