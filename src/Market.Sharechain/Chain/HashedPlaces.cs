namespace Market.Sharechain;

/// <summary>Places found by a hash of what stands there; those of equal hashes are told apart by whoever asks.</summary>
/// <remarks>
/// Eight bytes an entry in one row, each as near behind the bucket of its hash as others leave room (linear probing): what is
/// looked for is in the first line of memory that is read, nearly always. A bucket is the hash's share of the row, so that a row
/// which grows is written from end to end, and may grow by a quarter: six tenths of it are in use when it has grown.
/// </remarks>
internal sealed class HashedPlaces
{
    private const int LeastLength = 64;
    private Entry[] _entries = new Entry[LeastLength];

    /// <summary>How many places.</summary>
    public int Count { get; private set; }

    /// <summary>Where to begin to look for a hash with <see cref="Next"/>.</summary>
    public int Start(uint hash) => (int)(((ulong)hash * (ulong)_entries.Length) >> 32);

    /// <summary>The next place of a hash; -1 where there is none.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="at">What <see cref="Start"/> said, and then what the call before left.</param>
    public int Next(uint hash, ref int at)
    {
        var entries = _entries;
        while (true)
        {
            var entry = entries[at];
            at = at + 1 == entries.Length ? 0 : at + 1;
            if (entry.Number == 0)
            {
                return -1;
            }

            if (entry.Hash == hash)
            {
                return entry.Number - 1;
            }
        }
    }

    /// <summary>The only place of a hash; -1 where there is none.</summary>
    public int Find(uint hash)
    {
        var at = Start(hash);
        return Next(hash, ref at);
    }

    /// <summary>Puts a place in.</summary>
    public void Add(uint hash, int place)
    {
        // At most three quarters are in use.
        if (++Count > _entries.Length / 4 * 3)
        {
            Resize(_entries.Length + _entries.Length / 4);
        }

        Put(new Entry(hash, place + 1));
    }

    /// <summary>Another place in place of one.</summary>
    public void Replace(uint hash, int place, int by) => _entries[IndexOf(hash, place)] = new Entry(hash, by + 1);

    /// <summary>Takes a place out.</summary>
    public void Remove(uint hash, int place)
    {
        var entries = _entries;
        var hole = IndexOf(hash, place);

        // Whoever stands behind the hole and not before its own bucket moves up, so that no search ends too soon.
        for (var at = hole; ;)
        {
            at = at + 1 == entries.Length ? 0 : at + 1;
            var entry = entries[at];
            if (entry.Number == 0)
            {
                break;
            }

            if (Distance(Start(entry.Hash), at) >= Distance(hole, at))
            {
                (entries[hole], hole) = (entry, at);
            }
        }

        entries[hole] = default;
        Count--;
        if (entries.Length > LeastLength && Count < entries.Length / 4)
        {
            Resize(Math.Max(LeastLength, entries.Length / 2));
        }
    }

    private int Distance(int from, int to) => to >= from ? to - from : to - from + _entries.Length;

    private int IndexOf(uint hash, int place)
    {
        for (var at = Start(hash); _entries[at].Number != 0; at = at + 1 == _entries.Length ? 0 : at + 1)
        {
            if (_entries[at].Number == place + 1 && _entries[at].Hash == hash)
            {
                return at;
            }
        }

        throw new InvalidOperationException($"Place {place} is not here.");
    }

    private void Put(Entry entry)
    {
        var entries = _entries;
        var at = Start(entry.Hash);
        while (entries[at].Number != 0)
        {
            at = at + 1 == entries.Length ? 0 : at + 1;
        }

        entries[at] = entry;
    }

    private void Resize(int length)
    {
        var before = _entries;
        _entries = new Entry[length];
        foreach (ref readonly var entry in before.AsSpan())
        {
            if (entry.Number != 0)
            {
                Put(entry);
            }
        }
    }

    /// <summary>A hash, and a place and one; 0 for none.</summary>
    private readonly record struct Entry(uint Hash, int Number);
}
