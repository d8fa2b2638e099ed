using System.Runtime.InteropServices;

namespace Market.Sharechain;

/// <summary>
/// Weights in a row and the sums of them: append, change, cut and search, each in O(log n). Sums must stay below 2^63.
/// </summary>
/// <remarks>
/// Above the weights stand the sums of 32 at a time, above those the sums of 32 of them, and so on up to a row of at most 32: a
/// search reads some hundred bytes in a row on each of few floors, where a tree of two branches waits for many reads in turn.
/// </remarks>
internal sealed class SumTree
{
    private const int FanBits = 5;
    private const int Fan = 1 << FanBits;

    private readonly List<List<long>> _floors = [[]];

    /// <summary>How many places.</summary>
    public int Count => _floors[0].Count;

    /// <summary>Sum of all weights.</summary>
    public long Total { get; private set; }

    /// <summary>Adds a place at the end.</summary>
    public void Append(long weight)
    {
        var place = Count;
        Total += weight;
        for (var floor = 0; floor < _floors.Count; floor++, place >>= FanBits)
        {
            var sums = _floors[floor];
            if (place == sums.Count)
            {
                sums.Add(weight);
            }
            else
            {
                sums[place] += weight;
            }
        }

        Raise();
    }

    /// <summary>Changes a place's weight by a difference.</summary>
    public void Add(int place, long difference)
    {
        Total += difference;
        foreach (var sums in _floors)
        {
            sums[place] += difference;
            place >>= FanBits;
        }
    }

    /// <summary>Takes places away from the end, so that so many are left.</summary>
    public void Truncate(int count)
    {
        var weights = _floors[0];
        foreach (var weight in CollectionsMarshal.AsSpan(weights)[count..])
        {
            Total -= weight;
        }

        weights.RemoveRange(count, weights.Count - count);
        SumAnew(count >> FanBits);
        while (_floors.Count > 1 && _floors[^2].Count <= Fan)
        {
            _floors.RemoveAt(_floors.Count - 1);
        }
    }

    /// <summary>The place that holds a unit: the first whose weight and all before it are together above it.</summary>
    /// <param name="unit">From 0 to less than <see cref="Total"/>; weights are not negative.</param>
    public int Find(long unit) => Find(unit, out _);

    /// <summary>As <see cref="Find(long)"/>, and which unit of the place it is.</summary>
    /// <param name="unit">From 0 to less than <see cref="Total"/>; weights are not negative.</param>
    /// <param name="within">The unit less all weights before the place.</param>
    public int Find(long unit, out long within)
    {
        if (unit < 0 || unit >= Total)
        {
            throw new ArgumentOutOfRangeException(nameof(unit));
        }

        var at = 0;
        for (var floor = _floors.Count - 1; floor >= 0; floor--)
        {
            // A unit below a sum is below the sum of those that it was made of: this ends before the row does.
            var sums = CollectionsMarshal.AsSpan(_floors[floor]);
            for (at <<= FanBits; unit >= sums[at]; at++)
            {
                unit -= sums[at];
            }
        }

        within = unit;
        return at;
    }

    // A floor of more than 32 gets one above it.
    private void Raise()
    {
        if (_floors[^1].Count > Fan)
        {
            _floors.Add([]);
            SumAnew(0, _floors.Count - 1);
        }
    }

    // All sums above the weights, from one of the first floor on.
    private void SumAnew(int from, int floor = 1)
    {
        for (; floor < _floors.Count; floor++, from >>= FanBits)
        {
            var below = CollectionsMarshal.AsSpan(_floors[floor - 1]);
            var sums = _floors[floor];
            sums.RemoveRange(from, sums.Count - from);
            for (var at = from << FanBits; at < below.Length; at += Fan)
            {
                long sum = 0;
                foreach (var weight in below[at..Math.Min(at + Fan, below.Length)])
                {
                    sum += weight;
                }

                sums.Add(sum);
            }
        }
    }
}
