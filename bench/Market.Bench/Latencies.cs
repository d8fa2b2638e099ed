using System.Diagnostics;
using HdrHistogram;

namespace Market.Bench;

/// <summary>How long things took: histograms of microseconds with three digits, from many threads.</summary>
internal static class Latencies
{
    private const int Digits = 3;
    private static readonly long Longest = (long)TimeSpan.FromMinutes(10).TotalMicroseconds;

    /// <summary>An empty histogram.</summary>
    public static HistogramBase New() => new LongConcurrentHistogram(1, Longest, Digits);

    /// <summary>Counts what began at a timestamp of <see cref="Stopwatch"/> and ends now.</summary>
    public static void Note(HistogramBase times, long start) => Note(times, start, Stopwatch.GetTimestamp());

    /// <summary>Counts what began at one timestamp and ended at another.</summary>
    public static void Note(HistogramBase times, long start, long end) =>
        times.RecordValue(Math.Clamp((long)Stopwatch.GetElapsedTime(start, end).TotalMicroseconds, 1, Longest));

    /// <summary>The milliseconds that a part of all took at most, in percent: 50, 99, 100.</summary>
    public static double Of(HistogramBase times, double percent) =>
        times.TotalCount == 0 ? 0 : times.GetValueAtPercentile(percent) / 1e3;
}
