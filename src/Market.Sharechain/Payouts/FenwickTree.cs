namespace Market.Sharechain;

/// <summary>
/// Weights in a row with prefix sums: append, change, cut and search, each in O(log n). Sums must stay below 2^63.
/// </summary>
public sealed class FenwickTree
{
    // _sums[i] holds the weights of the places (i + 1) - lowbit(i + 1) up to and with i.
    private readonly List<long> _sums = [];

    /// <summary>How many places.</summary>
    public int Count => _sums.Count;

    /// <summary>Sum of all weights.</summary>
    public long Total => PrefixSum(Count);

    /// <summary>Sum of the first so many weights.</summary>
    public long PrefixSum(int count)
    {
        long sum = 0;
        for (var i = count; i > 0; i &= i - 1)
        {
            sum += _sums[i - 1];
        }

        return sum;
    }

    /// <summary>Adds a place at the end.</summary>
    public void Append(long weight)
    {
        var index = _sums.Count + 1;
        var lowest = index - (index & -index);
        for (var i = index - 1; i > lowest; i &= i - 1)
        {
            weight += _sums[i - 1];
        }

        _sums.Add(weight);
    }

    /// <summary>Changes a place's weight by a difference.</summary>
    public void Add(int place, long difference)
    {
        for (var i = place + 1; i <= _sums.Count; i += i & -i)
        {
            _sums[i - 1] += difference;
        }
    }

    /// <summary>Puts a place between others, in O(n): those from there on move up by one.</summary>
    public void Insert(int place, long weight)
    {
        // The sums become weights, and the weights sums again, each from the sums below it.
        for (var i = _sums.Count; i > 0; i--)
        {
            if (i + (i & -i) is var above && above <= _sums.Count)
            {
                _sums[above - 1] -= _sums[i - 1];
            }
        }

        _sums.Insert(place, weight);
        for (var i = 1; i <= _sums.Count; i++)
        {
            if (i + (i & -i) is var above && above <= _sums.Count)
            {
                _sums[above - 1] += _sums[i - 1];
            }
        }
    }

    /// <summary>Takes places away from the end, so that so many are left.</summary>
    public void Truncate(int count) => _sums.RemoveRange(count, _sums.Count - count);

    /// <summary>The place that holds a unit: the first whose prefix sum, itself included, is above it.</summary>
    /// <param name="unit">From 0 to less than <see cref="Total"/>; weights are not negative.</param>
    public int Find(long unit) => Find(unit, out _);

    /// <summary>As <see cref="Find(long)"/>, and which unit of the place it is.</summary>
    /// <param name="unit">From 0 to less than <see cref="Total"/>; weights are not negative.</param>
    /// <param name="within">The unit less all weights before the place.</param>
    public int Find(long unit, out long within)
    {
        var at = 0;
        var highest = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)_sums.Count + 1);
        for (var step = highest; step > 0; step >>= 1)
        {
            if (at + step <= _sums.Count && _sums[at + step - 1] <= unit)
            {
                at += step;
                unit -= _sums[at - 1];
            }
        }

        within = unit;
        return at < _sums.Count ? at : throw new ArgumentOutOfRangeException(nameof(unit));
    }
}
