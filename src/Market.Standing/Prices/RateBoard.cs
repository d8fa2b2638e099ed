using System.Runtime.InteropServices;

namespace Market.Standing;

/// <summary>The rates of all who ask. Those that have fallen silent are forgotten; where there are still more than the bound, the
/// rest share one meter and so are dear together.</summary>
/// <param name="most">Meters at most.</param>
public sealed class RateBoard(int most = RateBoard.MostMeters)
{
    /// <summary>Meters, unless told otherwise: some 150 bytes each, 30 MB in all.</summary>
    public const int MostMeters = 200_000;

    private readonly Dictionary<string, RateMeter> _meters = new(StringComparer.Ordinal);
    private RateMeter _others;
    private long _sweptAt;

    /// <summary>How many are kept.</summary>
    public int Count => _meters.Count;

    /// <summary>What somebody's rate is now.</summary>
    public long RateOf(string who, long now) => _meters.TryGetValue(who, out var meter) ? meter.RateAt(now) : 0;

    /// <summary>Counts a call; the rate with it.</summary>
    public long Add(string who, int weight, long now)
    {
        if (_meters.Count >= most && !_meters.ContainsKey(who))
        {
            Sweep(now);
            if (_meters.Count >= most) return _others.Add(weight, now);
        }
        return CollectionsMarshal.GetValueRefOrAddDefault(_meters, who, out _).Add(weight, now);
    }

    // Once in a window is enough: sooner nothing has become silent.
    private void Sweep(long now)
    {
        if (now / RateMeter.Window == _sweptAt) return;
        _sweptAt = now / RateMeter.Window;
        foreach (var (who, meter) in _meters)
        {
            if (meter.IsOver(now)) _meters.Remove(who);
        }
    }
}
