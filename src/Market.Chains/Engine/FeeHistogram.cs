using System.Numerics;
using Market.Bitcoin;

namespace Market.Chains.Engine;

/// <summary>
/// Virtual bytes by feerate, kept as transactions come and go: which feerate is among the first so many bytes is told without
/// going through them. Rates stand in bands, sixteen to each doubling, and within a band exactly. Not safe for several threads.
/// </summary>
internal sealed class FeeHistogram
{
    private const int PerDoubling = 16;

    private readonly Band?[] _bands = new Band?[64 * PerDoubling];
    private int _highest = -1;

    /// <summary>One more transaction.</summary>
    public void Add(FeeRate rate, long virtualBytes)
    {
        var at = BandOf(rate.SatsPerKvB);
        var band = _bands[at] ??= new Band();
        band.Bytes += virtualBytes;
        band.ByRate[rate.SatsPerKvB] = band.ByRate.GetValueOrDefault(rate.SatsPerKvB) + virtualBytes;
        _highest = Math.Max(_highest, at);
    }

    /// <summary>One that was added is gone.</summary>
    public void Remove(FeeRate rate, long virtualBytes)
    {
        var at = BandOf(rate.SatsPerKvB);
        var band = _bands[at]!;
        band.Bytes -= virtualBytes;
        if ((band.ByRate[rate.SatsPerKvB] -= virtualBytes) == 0)
        {
            band.ByRate.Remove(rate.SatsPerKvB);
        }

        if (band.ByRate.Count == 0)
        {
            _bands[at] = null;
            while (_highest >= 0 && _bands[_highest] is null)
            {
                _highest--;
            }
        }
    }

    /// <summary>Nothing is left.</summary>
    public void Clear()
    {
        Array.Clear(_bands);
        _highest = -1;
    }

    /// <summary>The feerate at which, the dearest first, more than so many virtual bytes are reached; null where there are fewer.
    /// </summary>
    public FeeRate? At(long virtualBytes)
    {
        var left = virtualBytes;
        for (var at = _highest; at >= 0; at--)
        {
            if (_bands[at] is not { } band)
            {
                continue;
            }

            if (band.Bytes <= left)
            {
                left -= band.Bytes;
                continue;
            }

            foreach (var (rate, bytes) in band.ByRate.Reverse())
            {
                left -= bytes;
                if (left < 0)
                {
                    return new FeeRate(rate);
                }
            }
        }

        return null;
    }

    // The doubling, and the four bits behind the first.
    private static int BandOf(long rate)
    {
        var log = BitOperations.Log2((ulong)Math.Max(1, rate));
        var next = log >= 4 ? rate >> (log - 4) : rate << (4 - log);
        return (log * PerDoubling) + (int)(next & (PerDoubling - 1));
    }

    private sealed class Band
    {
        public long Bytes { get; set; }

        public SortedDictionary<long, long> ByRate { get; } = [];
    }
}
