using System.Numerics;
using System.Runtime.CompilerServices;

namespace Market.Trading.Internal;

/// <summary>
/// The levels of a window of prices around the touch, one place a tick, with a bitmap of three floors over it: finding a price is
/// one read, finding the nearest better one three at most. Keys ascend from best to worst.
/// </summary>
internal sealed class LevelLadder
{
    /// <summary>Ticks in the window.</summary>
    public const int Places = 64 * 64 * 64;

    private readonly ulong _tick;
    private readonly ulong _width;
    private readonly int[] _levels = Pool.Of<int>(Places);
    private readonly ulong[] _floor0 = Pool.Of<ulong>(64 * 64);
    private readonly ulong[] _floor1 = Pool.Of<ulong>(64);
    private ulong _floor2;

    /// <param name="tick">Keys are whole multiples of it.</param>
    public LevelLadder(long tick)
    {
        _tick = (ulong)tick;
        _width = _tick > ulong.MaxValue / 4 / Places ? 0 : _tick * Places;
    }

    /// <summary>The number of levels.</summary>
    public int Count { get; private set; }

    /// <summary>The best key of the window.</summary>
    public long First { get; private set; }

    /// <summary>Moves the window, which must be empty, so that a key is in its middle.</summary>
    public void Centre(long key) => First = key - (long)(_width / 2);

    /// <summary>The place of a key; -1 where it is outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PlaceOf(long key)
    {
        var distance = (ulong)(key - First);
        if (distance >= _width) return -1;
        if (_tick == 1) return (int)distance;
        return (int)(distance <= uint.MaxValue ? (uint)distance / (uint)_tick : distance / _tick);
    }

    /// <summary>The level at a place, or -1.</summary>
    public int this[int place] => _levels[place] - 1;

    /// <summary>True where all of the window is better than a key outside of it.</summary>
    public bool IsBetterThan(long key) => key > First;

    /// <summary>Enters a level at an empty place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int place, int level)
    {
        _levels[place] = level + 1;
        _floor0[place >> 6] |= 1UL << place;
        _floor1[place >> 12] |= 1UL << (place >> 6);
        _floor2 |= 1UL << (place >> 12);
        Count++;
    }

    /// <summary>Empties a place.</summary>
    public void Remove(int place)
    {
        _levels[place] = 0;
        Count--;
        if ((_floor0[place >> 6] &= ~(1UL << place)) != 0) return;
        if ((_floor1[place >> 12] &= ~(1UL << (place >> 6))) != 0) return;
        _floor2 &= ~(1UL << (place >> 12));
    }

    /// <summary>The nearest level that is better than a place, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Better(int place)
    {
        // Shifting by six bits of the place is shifting by the place: C# takes the last six bits of a 64-bit shift.
        var near = _floor0[place >> 6] & ((1UL << place) - 1);
        if (near != 0) return _levels[(place & ~63) | BitOperations.Log2(near)] - 1;
        place >>= 6;
        var middle = _floor1[place >> 6] & ((1UL << place) - 1);
        if (middle != 0) return WorstOf((place & ~63) | BitOperations.Log2(middle));
        place >>= 6;
        var far = _floor2 & ((1UL << place) - 1);
        return far == 0 ? -1 : WorstOfMiddle(BitOperations.Log2(far));
    }

    /// <summary>The worst level of the window, or -1.</summary>
    public int Worst => _floor2 == 0 ? -1 : WorstOfMiddle(BitOperations.Log2(_floor2));

    private int WorstOfMiddle(int at) => WorstOf((at << 6) | BitOperations.Log2(_floor1[at]));

    private int WorstOf(int at) => _levels[(at << 6) | BitOperations.Log2(_floor0[at])] - 1;

    /// <summary>Throws unless bitmap and levels agree. For tests.</summary>
    internal void Verify()
    {
        var seen = 0;
        for (var i = 0; i < _floor0.Length; i++)
        {
            for (var left = _floor0[i]; left != 0; left &= left - 1, seen++)
                if (_levels[(i << 6) | BitOperations.TrailingZeroCount(left)] == 0) throw new InvalidOperationException("floor 0");
        }
        for (var i = 0; i < _floor0.Length; i++)
            if (_floor0[i] != 0 != ((_floor1[i >> 6] >> i & 1) != 0)) throw new InvalidOperationException("floor 1");
        for (var i = 0; i < _floor1.Length; i++)
            if (_floor1[i] != 0 != ((_floor2 >> i & 1) != 0)) throw new InvalidOperationException("floor 2");
        if (seen != Count) throw new InvalidOperationException("places");
    }
}
