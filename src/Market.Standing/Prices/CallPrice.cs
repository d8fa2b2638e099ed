namespace Market.Standing;

/// <summary>What a call costs: its weight, times how loaded the service is, times 2^(rate above quota). Whole credits, the same on
/// any machine.</summary>
public static class CallPrice
{
    /// <summary>More doublings than this change nothing: no key can store what such a call would cost.</summary>
    public const int MostDoublings = 16;

    private const int Thousand = 1_000;

    /// <summary>The price of a call.</summary>
    /// <param name="weight">Of the call, at least 1.</param>
    /// <param name="factor">Of the load, see <see cref="LoadMeter.Factor"/>: 0 while the service is idle, and then all is free.
    /// </param>
    /// <param name="rate">Weight of the caller's calls in the last ten seconds, this one included.</param>
    /// <param name="quota">Up to here the price does not rise; with each quota more it doubles. Between two doublings it rises in a
    /// straight line.</param>
    public static long Of(int weight, int factor, long rate, int quota)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(factor);
        ArgumentOutOfRangeException.ThrowIfLessThan(quota, 1);
        if (factor == 0) return 0;
        var above = Math.Min(Math.Max(0, rate - quota), (long)quota * MostDoublings) * Thousand / quota;
        var times = (Thousand + above % Thousand) << (int)(above / Thousand);
        return ((long)weight * factor * times + Thousand - 1) / Thousand;
    }
}
