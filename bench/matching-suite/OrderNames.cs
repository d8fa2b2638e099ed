namespace Market.MatchingSuite;

/// <summary>
/// The suite's names of resting orders beside the book's numbers. The suite numbers its orders upwards and most do not live long,
/// so the newest stand in a ring by their last digits, and a dictionary has those that are still there when their place is taken
/// again.
/// </summary>
internal sealed class OrderNames
{
    private const int RingSize = 1 << 13;
    private const int MostNumbers = 1 << 21;
    private readonly Entry[] _ring = new Entry[RingSize];
    private readonly Dictionary<ulong, ulong> _older = new(1 << 16);
    private readonly ulong[] _ids = Touched();

    private static ulong[] Touched()
    {
        var ids = GC.AllocateUninitializedArray<ulong>(MostNumbers);
        Array.Clear(ids);
        return ids;
    }

    /// <summary>An order rests under the book's number.</summary>
    public void Add(ulong id, ulong number, bool isSell)
    {
        if (number >= MostNumbers) Environment.FailFast("more orders than a run of the suite has");
        ref var place = ref _ring[id % RingSize];
        if (place.Value != 0) _older[place.Id] = place.Value;
        place.Id = id;
        place.Value = (number << 1) | (isSell ? 1u : 0);
        _ids[number] = id;
    }

    /// <summary>The suite's name of a resting order.</summary>
    public ulong OfNumber(ulong number) => _ids[number];

    /// <summary>Forgets an order that rests no longer.</summary>
    public bool TryRemove(ulong id, out ulong number, out bool isSell)
    {
        ref var place = ref _ring[id % RingSize];
        var value = place.Value;
        if (value != 0 && place.Id == id) place.Value = 0;
        else if (_older.Count == 0 || !_older.Remove(id, out value)) value = 0;
        (number, isSell) = (value >> 1, (value & 1) != 0);
        return value != 0;
    }

    private struct Entry
    {
        public ulong Id;
        public ulong Value;
    }
}
