using System.Diagnostics.CodeAnalysis;

namespace Market.Chains.Engine;

/// <summary>Keeps the newest values put in, up to a number. Safe for several threads.</summary>
internal sealed class RecentCache<TKey, TValue>(int limit)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, TValue> _values = [];
    private readonly Queue<TKey> _order = [];

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_lock)
        {
            return _values.TryGetValue(key, out value);
        }
    }

    public void Put(TKey key, TValue value)
    {
        lock (_lock)
        {
            if (!_values.TryAdd(key, value))
            {
                _values[key] = value;
                return;
            }

            _order.Enqueue(key);
            while (_values.Count > limit && _order.TryDequeue(out var oldest))
            {
                _values.Remove(oldest);
            }
        }
    }
}
