using Market.Bitcoin;

namespace Market.Chains.Engine;

/// <summary>
/// The least feerate of a mempool that was full: what was put out last and a little more, falling by half in a half-life once
/// blocks make room again (Bitcoin Core's CTxMemPool::GetMinFee).
/// </summary>
/// <param name="increment">What is added to the feerate of what was put out; below half of it there is no bound.</param>
internal sealed class RollingFee(FeeRate increment)
{
    /// <summary>Seconds in which it falls by half while the pool is at least half full.</summary>
    public const int HalfLife = 12 * 60 * 60;

    private const int LeastSeconds = 10;

    // Readers of the mempool ask at the same time, and asking lets it fall.
    private readonly Lock _lock = new();
    private double _rate;
    private long _last;
    private bool _mayFall;

    /// <summary>Something of this feerate was put out.</summary>
    public void Evicted(FeeRate rate)
    {
        var least = (double)rate.SatsPerKvB + increment.SatsPerKvB;
        lock (_lock)
        {
            if (least > _rate)
            {
                (_rate, _mayFall) = (least, false);
            }
        }
    }

    /// <summary>A block came.</summary>
    public void Connected(long now)
    {
        lock (_lock)
        {
            (_last, _mayFall) = (now, true);
        }
    }

    /// <summary>The bound now.</summary>
    /// <param name="virtualBytes">What is in the pool.</param>
    /// <param name="mostVirtualBytes">What may be.</param>
    /// <param name="now">Unix seconds.</param>
    public FeeRate At(long virtualBytes, long mostVirtualBytes, long now)
    {
        lock (_lock)
        {
            if (_rate > 0 && _mayFall && now > _last + LeastSeconds)
            {
                double half = HalfLife;
                half /= virtualBytes < mostVirtualBytes / 4 ? 4 : virtualBytes < mostVirtualBytes / 2 ? 2 : 1;
                _rate /= Math.Pow(2, (now - _last) / half);
                _last = now;
                if (_rate < increment.SatsPerKvB / 2.0)
                {
                    _rate = 0;
                }
            }

            return _rate > 0 ? new FeeRate(Math.Max((long)Math.Ceiling(_rate), increment.SatsPerKvB)) : new FeeRate(0);
        }
    }
}
