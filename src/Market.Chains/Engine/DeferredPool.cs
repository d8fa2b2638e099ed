using Market.Bitcoin;

namespace Market.Chains.Engine;

/// <summary>
/// Blocks that may be valid later: their parent, mainchain block or time is not here yet. Bounded by number and by memory; the
/// oldest go first. Safe for several threads.
/// </summary>
internal sealed class DeferredPool<TBlock>
    where TBlock : class
{
    /// <summary>Blocks kept at most.</summary>
    public const int Limit = 256;

    /// <summary>Bytes of memory that they may take together.</summary>
    public const long MostBytes = 64 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _order = new();
    private readonly Dictionary<Hash256, LinkedListNode<Entry>> _entries = [];
    private readonly Dictionary<Hash256, List<LinkedListNode<Entry>>> _children = [];
    private long _bytes;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _order.Count;
            }
        }
    }

    /// <summary>Those that wait for something else than their parent, oldest first.</summary>
    public List<TBlock> Others
    {
        get
        {
            lock (_lock)
            {
                return [.. _order.Where(entry => entry.Parent is null).Select(entry => entry.Block)];
            }
        }
    }

    /// <summary>Keeps a block.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="block">The block.</param>
    /// <param name="bytes">What it takes of memory.</param>
    /// <param name="parent">The parent where it waits for it; null where it waits for something else.</param>
    public void Add(Hash256 id, TBlock block, long bytes, Hash256? parent = null)
    {
        lock (_lock)
        {
            if (bytes > MostBytes || _entries.ContainsKey(id))
            {
                return;
            }

            var node = _order.AddLast(new Entry(id, block, bytes, parent));
            _entries.Add(id, node);
            _bytes += bytes;
            if (parent is { } awaited)
            {
                if (!_children.TryGetValue(awaited, out var children))
                {
                    _children.Add(awaited, children = []);
                }

                children.Add(node);
            }

            while (_order.Count > Limit || _bytes > MostBytes)
            {
                Remove(_order.First!);
            }
        }
    }

    /// <summary>Takes those out that wait for a block, oldest first.</summary>
    public List<TBlock> TakeChildren(Hash256 parent)
    {
        lock (_lock)
        {
            return Take(_children.TryGetValue(parent, out var children) ? [.. children] : []);
        }
    }

    /// <summary>Takes those out that wait for something else than their parent, oldest first.</summary>
    public List<TBlock> TakeOthers()
    {
        lock (_lock)
        {
            var others = new List<LinkedListNode<Entry>>();
            for (var node = _order.First; node is not null; node = node.Next)
            {
                if (node.Value.Parent is null)
                {
                    others.Add(node);
                }
            }

            return Take(others);
        }
    }

    /// <summary>Takes one out where it is here.</summary>
    public void Remove(Hash256 id)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(id, out var node))
            {
                Remove(node);
            }
        }
    }

    private List<TBlock> Take(List<LinkedListNode<Entry>> nodes)
    {
        nodes.ForEach(Remove);
        return [.. nodes.Select(node => node.Value.Block)];
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        var entry = node.Value;
        _order.Remove(node);
        _entries.Remove(entry.Id);
        _bytes -= entry.Bytes;
        if (entry.Parent is { } parent && _children.TryGetValue(parent, out var children) && children.Remove(node)
            && children.Count == 0)
        {
            _children.Remove(parent);
        }
    }

    private sealed record Entry(Hash256 Id, TBlock Block, long Bytes, Hash256? Parent);
}
