using System.Diagnostics;

namespace Market.Bench.Sharechain;

/// <summary>Says on the error stream how far a long part is, every few seconds.</summary>
internal sealed class Progress(string what, long total)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly long _start = Stopwatch.GetTimestamp();
    private long _said = Stopwatch.GetTimestamp();

    public void Report(long done)
    {
        if (Stopwatch.GetElapsedTime(_said) < Interval)
        {
            return;
        }

        _said = Stopwatch.GetTimestamp();
        Console.Error.WriteLine(
            $"  {what}: {done:N0} of {total:N0} after {Stopwatch.GetElapsedTime(_start).TotalSeconds:N0} s");
    }
}
