namespace Market.Api.Trading;

/// <summary>
/// How many open orders keys have in each instrument, as it is on disk or may come to be: what a tier gives holds over all of
/// them together. Safe from any thread.
/// </summary>
public sealed class OpenOrders
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, int>> _counts = new(StringComparer.Ordinal);

    /// <summary>Open orders of a key in all instruments.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    public int Of(string key)
    {
        lock (_gate) return _counts.GetValueOrDefault(key)?.Values.Sum() ?? 0;
    }

    /// <summary>Counts an order to come. False where its key has as many as may be.</summary>
    /// <param name="instrument">Its instrument.</param>
    /// <param name="key">Whose it is.</param>
    /// <param name="own">Open orders of the key in that instrument, in the order's turn.</param>
    /// <param name="most">How many may be open in all.</param>
    public bool TryTake(string instrument, string key, int own, int most)
    {
        lock (_gate)
        {
            var counts = _counts.GetValueOrDefault(key);
            var known = counts?.GetValueOrDefault(instrument) ?? 0;
            if (own + (counts?.Values.Sum() ?? 0) - known >= most) return false;
            // What ended in this turn is still open for the others until that is on disk.
            Put(instrument, key, Math.Max(known, own + 1));
            return true;
        }
    }

    /// <summary>What a key has open in an instrument is on disk.</summary>
    public void Set(string instrument, string key, int count)
    {
        lock (_gate) Put(instrument, key, count);
    }

    /// <summary>The open orders of an instrument are these and no others, as its tables say.</summary>
    public void Settle(string instrument, IReadOnlyDictionary<string, int> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        lock (_gate)
        {
            foreach (var key in _counts.Where(pair => pair.Value.ContainsKey(instrument)).Select(pair => pair.Key).ToList())
                Put(instrument, key, counts.GetValueOrDefault(key));
            foreach (var (key, count) in counts) Put(instrument, key, count);
        }
    }

    private void Put(string instrument, string key, int count)
    {
        if (!_counts.TryGetValue(key, out var counts))
        {
            if (count > 0) _counts[key] = new Dictionary<string, int>(StringComparer.Ordinal) { [instrument] = count };
            return;
        }
        if (count > 0)
        {
            counts[instrument] = count;
            return;
        }
        counts.Remove(instrument);
        if (counts.Count == 0) _counts.Remove(key);
    }
}
