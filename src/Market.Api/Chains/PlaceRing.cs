namespace Market.Api.Chains;

/// <summary>
/// Places by key, a key having as many as it likes: the newest added is found first, the oldest gives way once there is no more
/// room,
/// and the newest can be taken back. About 60 bytes an entry. Not safe for several threads at once.
/// </summary>
/// <param name="most">Entries kept.</param>
internal sealed class PlaceRing(int most)
{
    private const int First = 1_024;
    private const long None = -1;

    private readonly Dictionary<ulong, long> _newest = [];
    private Entry[] _entries = new Entry[Math.Min(First, most)];
    private long _from;

    private readonly record struct Entry(ulong Key, long Place, long Worth, long Older);

    /// <summary>Entries added since the start, those taken back not counted.</summary>
    public long Added { get; private set; }

    /// <summary>Entries that have given way.</summary>
    public long Gone => _from;

    /// <summary>Adds an entry.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="place">Where what the key stands for is.</param>
    /// <param name="worth">A number that belongs to it.</param>
    public void Add(ulong key, long place, long worth = 0)
    {
        if (Added - _from == _entries.Length && _entries.Length < most)
            // Nothing has given way while there is room to grow, so that every entry keeps its slot.
            Array.Resize(ref _entries, Math.Min(most, 2 * _entries.Length));
        else if (Added - _from == _entries.Length) Forget();
        var older = _newest.GetValueOrDefault(key, None);
        _entries[Added % _entries.Length] = new Entry(key, place, worth, older >= _from ? older : None);
        _newest[key] = Added++;
    }

    /// <summary>Takes the newest entries back until there are so many.</summary>
    public void TakeBack(long added)
    {
        while (Added > added && Added > _from)
        {
            ref var entry = ref _entries[--Added % _entries.Length];
            if (entry.Older >= _from) _newest[entry.Key] = entry.Older;
            else _newest.Remove(entry.Key);
        }
        // What was there before may have given way meanwhile.
        if (Added > added) (_from, Added) = (added, added);
    }

    /// <summary>The places of a key with their worth, the newest first.</summary>
    public IEnumerable<(long Place, long Worth)> Find(ulong key)
    {
        for (var at = _newest.GetValueOrDefault(key, None); at >= _from; at = _entries[at % _entries.Length].Older)
        {
            var entry = _entries[at % _entries.Length];
            yield return (entry.Place, entry.Worth);
        }
    }

    private void Forget()
    {
        var key = _entries[_from % _entries.Length].Key;
        if (_newest[key] == _from) _newest.Remove(key);
        _from++;
    }
}
