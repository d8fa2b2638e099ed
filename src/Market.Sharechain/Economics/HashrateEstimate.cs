namespace Market.Sharechain;

/// <summary>A block as the estimate of a hashrate sees it.</summary>
/// <param name="Time">Its header's time, Unix seconds; the miner's word, up to minutes off.</param>
/// <param name="Work">Expected hashes to meet its target, 2^256 / (target + 1).</param>
public readonly record struct TimedWork(double Time, double Work);

/// <summary>
/// Hashes and blocks a second, from a chain's newest blocks. Of n blocks the n - 1 after the first, over the time from
/// the first until now: for blocks that come at random that is unbiased, (n - 1) / Gamma(n) having the rate as its mean, and it
/// falls from the moment at which mining stops. The first block's time is the median of the eleven about it, and of the
/// newest none is asked for its time, so no header moves the estimate by its own word.
/// </summary>
/// <param name="HashesPerSecond">Work by time; 0 where there is no interval.</param>
/// <param name="BlocksPerSecond">Blocks by time; 0 where there is no interval.</param>
/// <param name="Intervals">n - 1, the blocks counted.</param>
/// <param name="Seconds">From the first block's time until now.</param>
public readonly record struct HashrateEstimate(double HashesPerSecond, double BlocksPerSecond, int Intervals, double Seconds)
{
    // Five blocks on either side: as many as a median time past has (BIP113).
    private const int Beside = 5;

    /// <summary>Relative standard error, 1 / sqrt(n - 1); 1 where there is no interval.</summary>
    public double RelativeError => Intervals > 0 ? 1 / Math.Sqrt(Intervals) : 1;

    /// <summary>Estimates from the newest blocks of a chain.</summary>
    /// <param name="oldestFirst">The blocks, in the chain's order. Those beside the first only tell its time.</param>
    /// <param name="now">The clock, Unix seconds. One that is behind the newest blocks' median time is not believed.</param>
    public static HashrateEstimate Of(ReadOnlySpan<TimedWork> oldestFirst, double now)
    {
        var beside = Math.Min(Beside, (oldestFirst.Length - 1) / 2);
        var intervals = oldestFirst.Length - beside - 1;
        if (intervals < 1)
        {
            return default;
        }

        var around = (2 * beside) + 1;
        var first = MedianTime(oldestFirst[..around]);
        var until = Math.Max(now, MedianTime(oldestFirst[^around..]));
        var seconds = Math.Max(1, until - first);
        var work = 0.0;
        foreach (var block in oldestFirst[(beside + 1)..])
        {
            work += block.Work;
        }

        return new HashrateEstimate(work / seconds, intervals / seconds, intervals, seconds);
    }

    private static double MedianTime(ReadOnlySpan<TimedWork> blocks)
    {
        Span<double> times = stackalloc double[(2 * Beside) + 1];
        for (var i = 0; i < blocks.Length; i++)
        {
            times[i] = blocks[i].Time;
        }

        times = times[..blocks.Length];
        times.Sort();
        return times[blocks.Length / 2];
    }
}
