using System.Numerics;
using System.Runtime.CompilerServices;

namespace Market.Trading.Internal;

/// <summary>
/// From a number (not 0) to a slot. Numbers are given out upwards and most are forgotten soon, so the newest stand in a ring by
/// their last digits, which caches hold; whoever is still there when its place is taken again goes among the hashed ones. Never
/// allocates.
/// </summary>
internal sealed class IdTable
{
    private const int LargestRing = 1 << 14;
    private readonly Entry[] _ring;
    private readonly HashedIds _older;

    public IdTable(int capacity)
    {
        _ring = Pool.Of<Entry>((int)Math.Min(BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 8)), LargestRing));
        _ring.AsSpan().Fill(Entry.None);
        _older = new HashedIds(capacity);
    }

    /// <summary>The slot of the key, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ulong key)
    {
        ref var place = ref PlaceOf(key);
        if (place.Key == key) return place.Slot;
        return _older.Count == 0 ? -1 : _older.Find(key);
    }

    /// <summary>Adds a key that is not there; the owner keeps the count below capacity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong key, int slot)
    {
        ref var place = ref PlaceOf(key);
        if (place.Key != 0) _older.Add(place.Key, place.Slot);
        place.Key = key;
        place.Slot = slot;
    }

    /// <summary>Removes a key that is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(ulong key)
    {
        ref var place = ref PlaceOf(key);
        if (place.Key == key) place = Entry.None;
        else _older.Remove(key);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry PlaceOf(ulong key) => ref _ring[(int)key & (_ring.Length - 1)];

    private struct Entry
    {
        public ulong Key;
        public int Slot;

        // Of nobody, so that who asks for number 0 finds nobody.
        public static Entry None => new() { Slot = -1 };
    }
}
