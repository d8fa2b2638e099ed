using System.Diagnostics.CodeAnalysis;

namespace Market.Chains.Engine;

/// <summary>Keeps the newest values put in, up to a number and up to what they cost together. Safe for several threads.</summary>
/// <param name="limit">Values kept at most.</param>
/// <param name="mostCost">What they may cost together; one value is kept whatever it costs.</param>
/// <param name="costOf">What a value costs; nothing where null.</param>
internal sealed class RecentCache<TKey, TValue>(
    int limit, long mostCost = long.MaxValue, Func<TValue, long>? costOf = null)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, (TValue Value, long Cost)> _values = [];
    private readonly Queue<TKey> _order = [];
    private long _cost;

    /// <summary>How many are kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _values.Count;
            }
        }
    }

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_lock)
        {
            var found = _values.TryGetValue(key, out var kept);
            value = kept.Value;
            return found;
        }
    }

    public void Put(TKey key, TValue value)
    {
        var cost = costOf?.Invoke(value) ?? 0;
        lock (_lock)
        {
            if (_values.TryGetValue(key, out var before))
            {
                _cost -= before.Cost;
            }
            else
            {
                _order.Enqueue(key);
            }

            _values[key] = (value, cost);
            _cost += cost;
            while ((_values.Count > limit || (_cost > mostCost && _values.Count > 1))
                && _order.TryDequeue(out var oldest))
            {
                _values.Remove(oldest, out var gone);
                _cost -= gone.Cost;
            }
        }
    }
}
