using System.Numerics;

namespace Market.Trading.Internal;

/// <summary>
/// From a number (not 0) to a slot: open addressing with linear probing, at most half full, and removal by shifting
/// back, so that it never allocates and never slows down. For numbers we give out ourselves: nobody can choose them.
/// </summary>
internal sealed class HashedIds
{
    private readonly ulong[] _keys;
    private readonly int[] _slots;
    private readonly int _mask;
    private readonly int _shift;

    public HashedIds(int capacity)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 8) * 2);
        _keys = Pool.Of<ulong>(size);
        _slots = Pool.Of<int>(size);
        _mask = size - 1;
        _shift = 64 - BitOperations.Log2((uint)size);
    }

    /// <summary>How many it has.</summary>
    public int Count { get; private set; }

    /// <summary>The slot of the key, or -1.</summary>
    public int Find(ulong key)
    {
        if (key == 0) return -1;
        var i = Home(key);
        while (_keys[i] != key)
        {
            if (_keys[i] == 0) return -1;
            i = (i + 1) & _mask;
        }
        return _slots[i];
    }

    /// <summary>Adds a key that is not there; the owner keeps the count below capacity.</summary>
    public void Add(ulong key, int slot)
    {
        var i = Home(key);
        while (_keys[i] != 0) i = (i + 1) & _mask;
        _keys[i] = key;
        _slots[i] = slot;
        Count++;
    }

    /// <summary>Removes a key that is there.</summary>
    public void Remove(ulong key)
    {
        var i = Home(key);
        while (_keys[i] != key) i = (i + 1) & _mask;
        for (var j = (i + 1) & _mask; _keys[j] != 0; j = (j + 1) & _mask)
        {
            // An entry may fill the hole only if that does not put it before its home.
            if (((j - Home(_keys[j])) & _mask) < ((j - i) & _mask)) continue;
            _keys[i] = _keys[j];
            _slots[i] = _slots[j];
            i = j;
        }
        _keys[i] = 0;
        Count--;
    }

    private int Home(ulong key) => (int)((key * 0x9E3779B97F4A7C15) >> _shift);
}
