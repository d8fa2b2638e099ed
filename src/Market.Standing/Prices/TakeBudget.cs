namespace Market.Standing;

/// <summary>How fast keys take: so many orders that trade at once without a pause, then one in so many seconds, by the key's tier
/// (GCRA, the leaky bucket as one time a key).</summary>
/// <param name="most">Keys at most.</param>
public sealed class TakeBudget(int most = TakeBudget.MostKeys)
{
    /// <summary>Keys that took lately, unless told otherwise: some 150 bytes each, 15 MB in all. Beyond it the ones that are
    /// nearest to a full budget are forgotten.</summary>
    public const int MostKeys = 100_000;

    private readonly Dictionary<string, long> _fullAt = new(StringComparer.Ordinal);

    /// <summary>How many are kept.</summary>
    public int Count => _fullAt.Count;

    /// <summary>Takes one.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="limits">By its tier.</param>
    /// <param name="now">Milliseconds.</param>
    /// <returns>Null where it may; else the milliseconds after which it may.</returns>
    public long? Take(string key, TierLimits limits, long now)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var each = limits.SecondsPerTake * 1_000L;
        var fullAt = Math.Max(now, _fullAt.GetValueOrDefault(key)) + each;
        var wait = fullAt - now - limits.TakesAtOnce * each;
        if (wait > 0) return wait;
        _fullAt[key] = fullAt;
        if (_fullAt.Count > most) Forget(now);
        return null;
    }

    private void Forget(long now)
    {
        foreach (var (key, at) in _fullAt)
        {
            if (at <= now) _fullAt.Remove(key);
        }
        if (_fullAt.Count <= most) return;
        foreach (var key in _fullAt.OrderBy(pair => pair.Value).Take(most / 10).Select(pair => pair.Key).ToList())
            _fullAt.Remove(key);
    }
}
