namespace Market.Api.Results;

/// <summary>Keeps the values put in last, up to a number. Safe from any thread.</summary>
/// <typeparam name="TKey">What names a value.</typeparam>
/// <typeparam name="TValue">A value.</typeparam>
/// <param name="most">Values kept; the one put in first goes first.</param>
public sealed class RecentValues<TKey, TValue>(int most)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, TValue> _values = [];
    private readonly Queue<TKey> _order = [];

    /// <summary>How many are kept.</summary>
    public int Count
    {
        get { lock (_gate) return _values.Count; }
    }

    /// <summary>The value of a key, where it is kept.</summary>
    public bool TryGet(TKey key, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out TValue value)
    {
        lock (_gate) return _values.TryGetValue(key, out value);
    }

    /// <summary>Keeps a value in place of what is kept of its key.</summary>
    public void Put(TKey key, TValue value)
    {
        lock (_gate)
        {
            if (!_values.ContainsKey(key)) _order.Enqueue(key);
            _values[key] = value;
            if (_values.Count > most && _order.TryDequeue(out var oldest)) _values.Remove(oldest);
        }
    }
}
