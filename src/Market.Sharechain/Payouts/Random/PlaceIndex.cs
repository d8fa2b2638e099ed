using System.Runtime.InteropServices;

namespace Market.Sharechain;

/// <summary>
/// Outputs in creation order, each with a weight and the slot in which it is kept: put in, taken out, found by place or by the
/// unit that it holds in O(log n). Places that are taken out leave nothing behind.
/// </summary>
/// <remarks>
/// Leaves of up to 128 outputs, their heads in a row; of every 16 heads the place where the first begins and the sum of all stand
/// apart, so few that they stay within the processor's nearest caches: a search waits for memory at a head, and at the leaf. What
/// is taken out of a leaf stays as a gap of no weight until a quarter of it is gaps: nothing has to move up, and an output whose
/// spending is taken back finds its place as it was.
/// </remarks>
internal sealed class PlaceIndex
{
    /// <summary>Most places of one <see cref="FindAll"/>: what it reads of them stays in the nearest caches.</summary>
    public const int MostAtOnce = 32;


    // Of so few entries a leaf are all put together anew.
    private const int SparseLeaf = PlaceLeaf.Size / 8;
    private const int FewLeaves = 16;

    private const int GroupBits = 4;
    private const int Group = 1 << GroupBits;

    private readonly SumTree _sums = new();
    private readonly List<int> _firsts = [];
    private PlaceLeaf[] _leaves = new PlaceLeaf[Group];
    private int _leafCount;

    /// <summary>How many outputs.</summary>
    public int Count { get; private set; }

    /// <summary>How many leaves they are in.</summary>
    public int Leaves => _leafCount;

    /// <summary>Sum of all weights.</summary>
    public long Total => _sums.Total;

    /// <summary>Slots of all outputs in order of their places.</summary>
    public IEnumerable<int> Slots => Entries.Select(entry => entry.Slot);

    private IEnumerable<PlaceEntry> Entries =>
        _leaves.Take(_leafCount).SelectMany(leaf => leaf.Entries.Take(leaf.Count)).Where(entry => entry.Slot != PlaceEntry.Gap);

    /// <summary>Puts an output in; usually behind all others.</summary>
    public void Insert(int place, int slot, long weight)
    {
        var at = LeafOf(place);
        if (at < 0 || (at == _leafCount - 1 && _leaves[at].IsFull && _leaves[at].LastPlace < place))
        {
            at = _leafCount;
            InsertLeaf(at, new PlaceLeaf { Entries = new PlaceEntry[PlaceLeaf.Size], First = at == 0 ? 0 : place });
        }

        var entry = new PlaceEntry(weight, place, slot);
        var index = _leaves[at].IndexOf(place);
        if (index >= 0)
        {
            ref var was = ref _leaves[at].Entries[index];
            was = was.Slot == PlaceEntry.Gap
                ? entry
                : throw new InvalidOperationException($"There is an output at place {place} already.");
        }
        else
        {
            if (_leaves[at].IsFull)
            {
                _leaves[at].Close();
                if (_leaves[at].IsFull)
                {
                    Split(at);
                    at = LeafOf(place);
                }

                index = _leaves[at].IndexOf(place);
            }

            _leaves[at].Insert(~index, entry);
        }

        _leaves[at].Live++;
        Weigh(at, weight);
        Count++;
    }

    /// <summary>Takes an output out.</summary>
    public void Remove(int place)
    {
        ref var entry = ref Locate(place, out var at);
        Weigh(at, -entry.Weight);
        entry = new PlaceEntry(0, place, PlaceEntry.Gap);
        _leaves[at].Left();
        Count--;
        while (_leafCount > 0 && _leaves[_leafCount - 1].Live == 0)
        {
            _leaves[--_leafCount] = default;
            if (_leafCount % Group == 0)
            {
                _sums.Truncate(_leafCount / Group);
                _firsts.RemoveAt(_leafCount / Group);
            }
        }

        if (_leafCount > FewLeaves && Count < _leafCount * SparseLeaf)
        {
            Rebuild();
        }
    }

    /// <summary>Changes an output's weight by a difference.</summary>
    public void Add(int place, long difference)
    {
        Locate(place, out var at).Weight += difference;
        Weigh(at, difference);
    }

    /// <summary>Says that an output is kept elsewhere now.</summary>
    public void Move(int place, int slot) => Locate(place, out _).Slot = slot;

    /// <summary>Where the output of a place is kept.</summary>
    public int SlotOf(int place) => Locate(place, out _).Slot;

    /// <summary>
    /// Where the outputs of some places are kept; what it says of other places means nothing. Each step is taken for all before the
    /// next: reads that wait for memory wait together.
    /// </summary>
    /// <param name="places">The places.</param>
    /// <param name="slots">At least as long; may be the same memory.</param>
    public void FindAll(ReadOnlySpan<int> places, Span<int> slots)
    {
        Span<int> leaves = stackalloc int[MostAtOnce];
        for (var i = 0; i < places.Length; i++)
        {
            leaves[i] = LeafOf(places[i]);
        }

        for (var i = 0; i < places.Length && _leafCount > 0; i++)
        {
            ref var leaf = ref _leaves[leaves[i]];
            slots[i] = leaf.IndexOf(places[i]) is var index and >= 0 ? leaf.Entries[index].Slot : PlaceEntry.Gap;
        }
    }

    /// <summary>Where the output is kept that holds a unit, counted from the first output's first.</summary>
    /// <param name="unit">From 0 to less than <see cref="Total"/>.</param>
    public int Find(long unit)
    {
        var leaf = _sums.Find(unit, out unit) * Group;
        while (unit >= _leaves[leaf].Sum)
        {
            unit -= _leaves[leaf++].Sum;
        }

        ReadOnlySpan<PlaceEntry> entries = _leaves[leaf].Entries;

        // Sums of eight first: they do not wait for each other.
        while (SumOfEight(entries) is var sum && unit >= sum)
        {
            unit -= sum;
            entries = entries[PlaceLeaf.Least..];
        }

        var at = 0;
        while (unit >= entries[at].Weight)
        {
            unit -= entries[at++].Weight;
        }

        return entries[at].Slot;
    }

    private static long SumOfEight(ReadOnlySpan<PlaceEntry> entries)
    {
        var eight = entries[..PlaceLeaf.Least];
        return eight[0].Weight + eight[1].Weight + (eight[2].Weight + eight[3].Weight)
            + (eight[4].Weight + eight[5].Weight + (eight[6].Weight + eight[7].Weight));
    }

    private ref PlaceEntry Locate(int place, out int leaf)
    {
        leaf = LeafOf(place);
        var index = leaf < 0 ? -1 : _leaves[leaf].IndexOf(place);
        if (index < 0 || _leaves[leaf].Entries[index].Slot == PlaceEntry.Gap)
        {
            throw new InvalidOperationException($"There is no output at place {place}.");
        }

        return ref _leaves[leaf].Entries[index];
    }

    private void Weigh(int leaf, long difference)
    {
        _leaves[leaf].Sum += difference;
        _sums.Add(leaf / Group, difference);
    }

    // The last that begins at or before a place; -1 where there is none.
    private int LeafOf(int place)
    {
        var last = _leafCount - 1;
        if (last < 0 || _leaves[last].First <= place)
        {
            return last;
        }

        // Of halves one is taken without a branch that could be foreseen wrongly; places are no negative numbers.
        var firsts = CollectionsMarshal.AsSpan(_firsts);
        var at = 0;
        for (var size = firsts.Length; size > 1;)
        {
            var half = size / 2;
            at += half & ~((place - firsts[at + half]) >> 31);
            size -= half;
        }

        at *= Group;
        var end = Math.Min(at + Group, _leafCount);
        for (var next = at + 1; next < end; next++)
        {
            at += _leaves[next].First <= place ? 1 : 0;
        }

        return at;
    }

    private void InsertLeaf(int at, PlaceLeaf leaf)
    {
        if (_leafCount == _leaves.Length)
        {
            Array.Resize(ref _leaves, 2 * _leafCount);
        }

        Array.Copy(_leaves, at, _leaves, at + 1, _leafCount - at);
        _leaves[at] = leaf;
        _leafCount++;
        Regroup(at / Group, at == _leafCount - 1);
    }

    // From a group on all are others, unless one leaf was added at the end.
    private void Regroup(int from, bool isAtEnd)
    {
        if (isAtEnd && from < _firsts.Count)
        {
            _sums.Add(from, _leaves[_leafCount - 1].Sum);
            return;
        }

        _sums.Truncate(from);
        _firsts.RemoveRange(from, _firsts.Count - from);
        for (var at = from * Group; at < _leafCount; at += Group)
        {
            long sum = 0;
            foreach (ref readonly var leaf in _leaves.AsSpan(at, Math.Min(Group, _leafCount - at)))
            {
                sum += leaf.Sum;
            }

            _firsts.Add(_leaves[at].First);
            _sums.Append(sum);
        }
    }

    // A full leaf without gaps becomes two.
    private void Split(int at)
    {
        const int half = PlaceLeaf.Size / 2;
        ref var left = ref _leaves[at];
        var right = new PlaceLeaf
        {
            Entries = new PlaceEntry[PlaceLeaf.Size],
            Count = half,
            Live = half,
            First = left.Entries[half].Place,
        };
        Array.Copy(left.Entries, half, right.Entries, 0, half);
        right.AddUp();
        (left.Count, left.Live, left.Sum) = (half, half, left.Sum - right.Sum);
        _sums.Add(at / Group, -right.Sum);
        InsertLeaf(at + 1, right);
    }

    private void Rebuild()
    {
        var all = Entries.ToArray();
        _leaves = new PlaceLeaf[(all.Length / PlaceLeaf.Size + 1 + Group - 1) / Group * Group];
        _leafCount = 0;
        foreach (var some in all.Chunk(PlaceLeaf.Size))
        {
            var leaf = new PlaceLeaf
            {
                Entries = new PlaceEntry[PlaceLeaf.Size],
                Count = (short)some.Length,
                Live = (short)some.Length,
                First = _leafCount == 0 ? 0 : some[0].Place,
            };
            some.CopyTo(leaf.Entries, 0);
            leaf.AddUp();
            _leaves[_leafCount++] = leaf;
        }

        Regroup(0, false);
        _firsts.TrimExcess();
    }
}
