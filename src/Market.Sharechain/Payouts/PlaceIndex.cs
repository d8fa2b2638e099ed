using System.Runtime.InteropServices;

namespace Market.Sharechain;

/// <summary>
/// Outputs in creation order, each with a weight and where it is kept: put in, taken out, found by place or by the unit that it
/// holds in O(log n). Places that are taken out leave nothing behind.
/// </summary>
/// <remarks>
/// Leaves of up to 128 outputs in a row, with prefix sums over the leaves. Where each begins is kept side by side, so that a
/// search over tens of thousands of leaves stays within the processor's caches.
/// </remarks>
internal sealed class PlaceIndex
{
    private const int LeafSize = 128;
    private const int LeastEntries = 8;

    // Of so few entries a leaf are all put together anew.
    private const int SparseLeaf = LeafSize / 8;
    private const int FewLeaves = 16;

    private readonly List<Leaf> _leaves = [];

    // No place before a leaf's is in it, and none from the next one's on.
    private readonly List<int> _firsts = [];
    private FenwickTree _sums = new();

    /// <summary>How many outputs.</summary>
    public int Count { get; private set; }

    /// <summary>Sum of all weights.</summary>
    public long Total => _sums.Total;

    /// <summary>Slots of all outputs in order of their places.</summary>
    public IEnumerable<int> Slots => _leaves.SelectMany(leaf => leaf.Entries.Take(leaf.Count)).Select(entry => entry.Slot);

    /// <summary>Puts an output in; usually behind all others.</summary>
    public void Insert(int place, int slot, long weight)
    {
        var at = LeafOf(place);
        if (at < 0 || (at == _leaves.Count - 1 && _leaves[at].Count == LeafSize && _leaves[at].Last.Place < place))
        {
            // Before all others only where there are none.
            at = _leaves.Count;
            _leaves.Add(new Leaf(LeafSize));
            _firsts.Add(at == 0 ? int.MinValue : place);
            _sums.Append(0);
        }
        else if (_leaves[at].Count == LeafSize)
        {
            Split(at);
            at = LeafOf(place);
        }

        var leaf = _leaves[at];
        var index = leaf.IndexOf(place);
        if (index >= 0)
        {
            throw new InvalidOperationException($"There is an output at place {place} already.");
        }

        leaf.Insert(~index, new Entry(weight, place, slot));
        _sums.Add(at, weight);
        Count++;
    }

    /// <summary>Takes an output out.</summary>
    public void Remove(int place)
    {
        var (at, index) = Locate(place);
        var leaf = _leaves[at];
        _sums.Add(at, -leaf.Entries[index].Weight);
        leaf.Remove(index);
        Count--;
        while (_leaves.Count > 0 && _leaves[^1].Count == 0)
        {
            _leaves.RemoveAt(_leaves.Count - 1);
            _firsts.RemoveAt(_leaves.Count);
            _sums.Truncate(_leaves.Count);
        }

        if (_leaves.Count > FewLeaves && Count < _leaves.Count * SparseLeaf)
        {
            Rebuild();
        }
    }

    /// <summary>Changes an output's weight by a difference.</summary>
    public void Add(int place, long difference)
    {
        var (at, index) = Locate(place);
        _leaves[at].Entries[index].Weight += difference;
        _sums.Add(at, difference);
    }

    /// <summary>Says that an output is kept elsewhere now.</summary>
    public void Move(int place, int slot)
    {
        var (at, index) = Locate(place);
        _leaves[at].Entries[index].Slot = slot;
    }

    /// <summary>Where the output of a place is kept.</summary>
    public int SlotOf(int place)
    {
        var (at, index) = Locate(place);
        return _leaves[at].Entries[index].Slot;
    }

    /// <summary>Where the output is kept that holds a unit, counted from the first output's first.</summary>
    /// <param name="unit">From 0 to less than <see cref="Total"/>.</param>
    public int Find(long unit)
    {
        var leaf = _leaves[_sums.Find(unit, out unit)];
        for (var i = 0; i < leaf.Count; i++)
        {
            if (unit < leaf.Entries[i].Weight)
            {
                return leaf.Entries[i].Slot;
            }

            unit -= leaf.Entries[i].Weight;
        }

        throw new ArgumentOutOfRangeException(nameof(unit));
    }

    private (int Leaf, int Index) Locate(int place)
    {
        var at = LeafOf(place);
        var index = at < 0 ? -1 : _leaves[at].IndexOf(place);
        return index >= 0 ? (at, index) : throw new InvalidOperationException($"There is no output at place {place}.");
    }

    // The last that begins at or before a place; -1 where there is none.
    private int LeafOf(int place)
    {
        var firsts = CollectionsMarshal.AsSpan(_firsts);
        var (low, high) = (0, firsts.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (firsts[middle] <= place)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }

    private void Split(int at)
    {
        var leaf = _leaves[at];
        var right = new Leaf(LeafSize) { Count = LeafSize / 2 };
        Array.Copy(leaf.Entries, LeafSize / 2, right.Entries, 0, LeafSize / 2);
        leaf.Count = LeafSize / 2;
        _leaves.Insert(at + 1, right);
        _firsts.Insert(at + 1, right.Entries[0].Place);
        var moved = right.Sum;
        _sums.Add(at, -moved);
        _sums.Insert(at + 1, moved);
    }

    private void Rebuild()
    {
        var all = _leaves.SelectMany(leaf => leaf.Entries.Take(leaf.Count)).ToArray();
        _leaves.Clear();
        _firsts.Clear();
        _sums = new FenwickTree();
        foreach (var some in all.Chunk(LeafSize))
        {
            var leaf = new Leaf(LeafSize) { Count = some.Length };
            some.CopyTo(leaf.Entries, 0);
            _firsts.Add(_leaves.Count == 0 ? int.MinValue : some[0].Place);
            _leaves.Add(leaf);
            _sums.Append(leaf.Sum);
        }

        _leaves.TrimExcess();
        _firsts.TrimExcess();
    }

    private record struct Entry(long Weight, int Place, int Slot);

    private sealed class Leaf(int size)
    {
        /// <summary>Ascending places; what is behind <see cref="Count"/> means nothing.</summary>
        public Entry[] Entries { get; private set; } = new Entry[size];

        public int Count { get; set; }

        public Entry Last => Entries[Count - 1];

        public long Sum
        {
            get
            {
                long sum = 0;
                foreach (ref readonly var entry in Entries.AsSpan(0, Count))
                {
                    sum += entry.Weight;
                }

                return sum;
            }
        }

        /// <summary>Where a place stands; the complement of where it would, where it does not.</summary>
        public int IndexOf(int place)
        {
            var (low, high) = (0, Count - 1);
            while (low <= high)
            {
                var middle = (low + high) / 2;
                var by = Entries[middle].Place.CompareTo(place);
                if (by == 0)
                {
                    return middle;
                }

                (low, high) = by < 0 ? (middle + 1, high) : (low, middle - 1);
            }

            return ~low;
        }

        public void Insert(int index, Entry entry)
        {
            if (Count == Entries.Length)
            {
                Resize(Math.Min(LeafSize, 2 * Count));
            }

            Array.Copy(Entries, index, Entries, index + 1, Count - index);
            Entries[index] = entry;
            Count++;
        }

        public void Remove(int index)
        {
            Count--;
            Array.Copy(Entries, index + 1, Entries, index, Count - index);
            if (Entries.Length > LeastEntries && Count <= Entries.Length / 4)
            {
                Resize(Entries.Length / 2);
            }
        }

        private void Resize(int size)
        {
            var entries = Entries;
            Array.Resize(ref entries, size);
            Entries = entries;
        }
    }
}
