using System.Numerics;

namespace Market.Trading.Internal;

/// <summary>
/// The client order ids of all live orders and of the last done ones. Entries live in a pool; a hash table under a
/// secret key points at them; the done ones form a queue whose oldest is forgotten when it is full.
/// </summary>
internal sealed class ClientIdTable
{
    private struct Entry
    {
        public ClientOrderId Id;
        public UInt128 Body;
        public ulong Account;
        public ulong Order;
        public ulong Hash;
        public int Next;
    }

    private readonly Entry[] _entries;
    private readonly int[] _table;
    private readonly int _mask;
    private readonly int _memory;
    private readonly ulong _key;
    private int _free;
    private int _oldest = -1;
    private int _newest = -1;

    public ClientIdTable(int live, int memory, ulong key)
    {
        _entries = new Entry[live + memory + 1];
        for (var i = 0; i < _entries.Length; i++) _entries[i].Next = i + 1 < _entries.Length ? i + 1 : -1;
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)_entries.Length * 2);
        _table = new int[size];
        _mask = size - 1;
        _memory = memory;
        _key = key;
    }

    /// <summary>Done orders still known.</summary>
    public int Remembered { get; private set; }

    /// <summary>Done orders whose names are no longer known here.</summary>
    public ulong Forgotten { get; set; }

    /// <summary>The entry of this account's name, or -1.</summary>
    public int Find(ulong account, in ClientOrderId id)
    {
        var hash = id.Hash(account, _key);
        for (var i = (int)hash & _mask; _table[i] != 0; i = (i + 1) & _mask)
        {
            ref var e = ref _entries[_table[i] - 1];
            if (e.Hash == hash && e.Account == account && e.Id == id) return _table[i] - 1;
        }
        return -1;
    }

    public ulong OrderOf(int entry) => _entries[entry].Order;

    public UInt128 BodyOf(int entry) => _entries[entry].Body;

    public ClientOrderId IdOf(int entry) => _entries[entry].Id;

    public ulong AccountOf(int entry) => _entries[entry].Account;

    /// <summary>Adds a name that is not there; returns its entry.</summary>
    public int Add(ulong account, in ClientOrderId id, UInt128 body, ulong order)
    {
        var entry = _free;
        ref var e = ref _entries[entry];
        _free = e.Next;
        e.Id = id;
        e.Body = body;
        e.Account = account;
        e.Order = order;
        e.Next = -1;
        e.Hash = id.Hash(account, _key);
        var i = (int)e.Hash & _mask;
        while (_table[i] != 0) i = (i + 1) & _mask;
        _table[i] = entry + 1;
        return entry;
    }

    /// <summary>The order is done: its name joins the queue of those that will be forgotten.</summary>
    public void Retire(int entry)
    {
        if (_newest < 0) _oldest = entry;
        else _entries[_newest].Next = entry;
        _newest = entry;
        _entries[entry].Next = -1;
        Remembered++;
        if (Remembered > _memory) ForgetOldest();
    }

    /// <summary>The done entry that was retired first, or -1.</summary>
    public int Oldest => _oldest;

    /// <summary>The done entry that was retired after this one, or -1.</summary>
    public int After(int entry) => _entries[entry].Next;

    private void ForgetOldest()
    {
        var entry = _oldest;
        _oldest = _entries[entry].Next;
        if (_oldest < 0) _newest = -1;
        Unlink(entry);
        _entries[entry] = default;
        _entries[entry].Next = _free;
        _free = entry;
        Remembered--;
        Forgotten++;
    }

    private void Unlink(int entry)
    {
        var i = (int)_entries[entry].Hash & _mask;
        while (_table[i] != entry + 1) i = (i + 1) & _mask;
        for (var j = (i + 1) & _mask; _table[j] != 0; j = (j + 1) & _mask)
        {
            var home = (int)_entries[_table[j] - 1].Hash & _mask;
            if (((j - home) & _mask) < ((j - i) & _mask)) continue;
            _table[i] = _table[j];
            i = j;
        }
        _table[i] = 0;
    }
}
