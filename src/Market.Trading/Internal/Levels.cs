using System.Runtime.CompilerServices;

namespace Market.Trading.Internal;

/// <summary>
/// The prices of one side, threaded into a list from best to worst: those near the touch in a ladder, the others in a tree. Keys
/// ascend from best to worst on both sides: a bid's key is its negated price.
/// </summary>
internal sealed class Levels
{
    // With so few levels the ladder goes after a price that is outside of it: then nobody who leaves an order at a price of no
    // sense keeps all others out of it, and moving it costs no more than so many steps in the tree.
    private const int MostMoved = 32;

    private readonly LevelNode[] _nodes;
    private readonly LevelLadder _ladder;
    private readonly LevelTree _tree;
    private readonly long _sign;
    private int _free;

    /// <param name="side">Whose.</param>
    /// <param name="capacity">The greatest number of levels.</param>
    /// <param name="tick">Prices are whole multiples of it.</param>
    public Levels(Side side, int capacity, long tick)
    {
        _sign = side == Side.Buy ? -1 : 1;
        _nodes = Pool.Of<LevelNode>(capacity);
        for (var i = 0; i < capacity; i++) _nodes[i].Worse = i + 1 < capacity ? i + 1 : -1;
        _ladder = new LevelLadder(tick);
        _tree = new LevelTree(_nodes);
    }

    /// <summary>The best level, or -1.</summary>
    public int Best { get; private set; } = -1;

    /// <summary>The number of levels.</summary>
    public int Count => _ladder.Count + _tree.Count;

    public ref LevelNode this[int level] => ref _nodes[level];

    public long PriceOf(int level) => _nodes[level].Key * _sign;

    /// <summary>The level of this price, or -1.</summary>
    public int Find(long price)
    {
        var key = price * _sign;
        var place = _ladder.PlaceOf(key);
        return place >= 0 ? _ladder[place] : _tree.Find(key);
    }

    /// <summary>The level of this price, made when it is not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindOrAdd(long price)
    {
        var key = price * _sign;
        var place = _ladder.PlaceOf(key);
        if (place < 0) return FindOrAddFar(key);
        var level = _ladder[place];
        return level >= 0 ? level : AddNear(key, place);
    }

    /// <summary>Removes a level that has no orders left.</summary>
    public void Remove(int level)
    {
        ref var node = ref _nodes[level];
        if (node.Better >= 0) _nodes[node.Better].Worse = node.Worse;
        else Best = node.Worse;
        if (node.Worse >= 0) _nodes[node.Worse].Better = node.Better;
        if (node.Place >= 0) _ladder.Remove(node.Place);
        else _tree.Remove(level);
        node.Worse = _free;
        _free = level;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int AddNear(long key, int place)
    {
        var better = _ladder.Better(place);
        if (better < 0 && _tree.Count > 0) better = _tree.Better(key);
        var level = Take(key, better, place);
        _ladder.Add(place, level);
        return level;
    }

    private int FindOrAddFar(long key)
    {
        var level = _tree.Find(key);
        if (level >= 0) return level;
        if (_ladder.Count <= MostMoved)
        {
            MoveLadder(key);
            if (_ladder.PlaceOf(key) is var place and >= 0) return AddNear(key, place);
        }
        var better = _tree.Better(key);
        if (_ladder.Count > 0 && _ladder.IsBetterThan(key) && (better < 0 || _nodes[better].Key < _nodes[_ladder.Worst].Key))
            better = _ladder.Worst;
        level = Take(key, better, -1);
        _tree.Add(level);
        return level;
    }

    private void MoveLadder(long key)
    {
        while (_ladder.Worst is var moved and >= 0)
        {
            _ladder.Remove(_nodes[moved].Place);
            _nodes[moved].Place = -1;
            _tree.Add(moved);
        }
        _ladder.Centre(key);
        for (var level = _tree.AtOrWorse(_ladder.First); level >= 0; level = _nodes[level].Worse)
        {
            var place = _ladder.PlaceOf(_nodes[level].Key);
            if (place < 0) return;
            _tree.Remove(level);
            _nodes[level].Place = place;
            _ladder.Add(place, level);
        }
    }

    // Behind the level that is just better, or before all where there is none.
    private int Take(long key, int better, int place)
    {
        var level = _free;
        ref var node = ref _nodes[level];
        _free = node.Worse;
        var worse = better >= 0 ? _nodes[better].Worse : Best;
        node = new LevelNode { Key = key, First = -1, Last = -1, Worse = worse, Better = better, Place = place };
        if (better >= 0) _nodes[better].Worse = level;
        else Best = level;
        if (worse >= 0) _nodes[worse].Better = level;
        return level;
    }

    /// <summary>Throws unless ladder, tree and list agree. For tests.</summary>
    internal void Verify()
    {
        _ladder.Verify();
        _tree.Verify();
        var seen = 0;
        for (int l = Best, previous = -1; l >= 0; previous = l, l = _nodes[l].Worse, seen++)
        {
            if (_nodes[l].Better != previous) throw new InvalidOperationException("thread");
            if (previous >= 0 && _nodes[previous].Key >= _nodes[l].Key) throw new InvalidOperationException("order");
            var place = _ladder.PlaceOf(_nodes[l].Key);
            if (place != _nodes[l].Place) throw new InvalidOperationException("place");
            if ((place < 0 ? _tree.Find(_nodes[l].Key) : _ladder[place]) != l) throw new InvalidOperationException("found");
        }
        if (seen != Count) throw new InvalidOperationException("thread length");
    }
}
