using System.Diagnostics;

namespace Market.Chains.Mining;

/// <summary>Counts hashes and tells how many a second were done lately. Safe for several threads.</summary>
internal sealed class HashMeter
{
    private const int Slots = 10;

    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[Slots];
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _total;
    private long _slot;

    public long Total => Interlocked.Read(ref _total);

    /// <summary>Over the last ten seconds, or since the start where that is less.</summary>
    public double PerSecond
    {
        get
        {
            lock (_lock)
            {
                Advance();
                var seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
                var covered = Math.Min(seconds, Slots - 1 + seconds - Math.Floor(seconds));
                return covered <= 0 ? 0 : _counts.Sum() / covered;
            }
        }
    }

    public void Add(long hashes)
    {
        Interlocked.Add(ref _total, hashes);
        lock (_lock)
        {
            Advance();
            _counts[_slot % Slots] += hashes;
        }
    }

    private void Advance()
    {
        var now = (long)Stopwatch.GetElapsedTime(_started).TotalSeconds;
        for (; _slot < now; _slot++)
        {
            _counts[(_slot + 1) % Slots] = 0;
        }
    }
}
