namespace Market.Trading.Internal;

/// <summary>
/// The prices of one side: an AVL tree in a preallocated pool, threaded into a list from best to worst. Keys ascend
/// from best to worst on both sides: a bid's key is its negated price.
/// </summary>
internal sealed class Levels
{
    private readonly LevelNode[] _nodes;
    private readonly long _sign;
    private int _root = -1;
    private int _free;

    public Levels(Side side, int capacity)
    {
        _sign = side == Side.Buy ? -1 : 1;
        _nodes = new LevelNode[capacity];
        for (var i = 0; i < capacity; i++) _nodes[i].Right = i + 1 < capacity ? i + 1 : -1;
    }

    /// <summary>The best level, or -1.</summary>
    public int Best { get; private set; } = -1;

    /// <summary>The number of levels.</summary>
    public int Count { get; private set; }

    public ref LevelNode this[int level] => ref _nodes[level];

    public long PriceOf(int level) => _nodes[level].Key * _sign;

    /// <summary>The level of this price, or -1.</summary>
    public int Find(long price)
    {
        var key = price * _sign;
        var n = _root;
        while (n >= 0 && _nodes[n].Key != key) n = key < _nodes[n].Key ? _nodes[n].Left : _nodes[n].Right;
        return n;
    }

    /// <summary>The level of this price, made when it is not there.</summary>
    public int FindOrAdd(long price)
    {
        var key = price * _sign;
        int parent = -1, n = _root;
        while (n >= 0)
        {
            ref var node = ref _nodes[n];
            if (node.Key == key) return n;
            parent = n;
            n = key < node.Key ? node.Left : node.Right;
        }
        n = Take(key, parent);
        if (parent < 0) _root = n;
        else if (key < _nodes[parent].Key) _nodes[parent].Left = n;
        else _nodes[parent].Right = n;
        Thread(n, parent, key);
        if (parent >= 0) Rebalance(parent);
        return n;
    }

    /// <summary>Removes a level that has no orders left.</summary>
    public void Remove(int level)
    {
        ref var z = ref _nodes[level];
        if (z.Better >= 0) _nodes[z.Better].Worse = z.Worse;
        else Best = z.Worse;
        if (z.Worse >= 0) _nodes[z.Worse].Better = z.Better;

        int start;
        if (z.Left < 0 || z.Right < 0)
        {
            start = z.Parent;
            Transplant(level, z.Left < 0 ? z.Right : z.Left);
        }
        else
        {
            // With two children the next worse level is the leftmost of the right subtree.
            var y = z.Worse;
            start = _nodes[y].Parent;
            if (start == level) start = y;
            else
            {
                Transplant(y, _nodes[y].Right);
                SetRight(y, z.Right);
            }
            Transplant(level, y);
            SetLeft(y, z.Left);
            _nodes[y].Height = z.Height;
        }
        if (start >= 0) Rebalance(start);

        z.Right = _free;
        _free = level;
        Count--;
    }

    private int Take(long key, int parent)
    {
        var n = _free;
        ref var node = ref _nodes[n];
        _free = node.Right;
        node = new LevelNode
        {
            Key = key,
            First = -1,
            Last = -1,
            Left = -1,
            Right = -1,
            Parent = parent,
            Height = 1,
            Worse = -1,
            Better = -1,
        };
        Count++;
        return n;
    }

    // A new leaf is its parent's neighbour in order: before it as a left child, after it as a right one.
    private void Thread(int n, int parent, long key)
    {
        if (parent < 0)
        {
            Best = n;
            return;
        }
        int better, worse;
        if (key < _nodes[parent].Key)
        {
            worse = parent;
            better = _nodes[parent].Better;
        }
        else
        {
            better = parent;
            worse = _nodes[parent].Worse;
        }
        _nodes[n].Better = better;
        _nodes[n].Worse = worse;
        if (better >= 0) _nodes[better].Worse = n;
        else Best = n;
        if (worse >= 0) _nodes[worse].Better = n;
    }

    private void Rebalance(int n)
    {
        while (n >= 0)
        {
            ref var node = ref _nodes[n];
            var parent = node.Parent;
            int left = HeightOf(node.Left), right = HeightOf(node.Right), before = node.Height;
            if (left > right + 1)
            {
                if (HeightOf(_nodes[node.Left].Right) > HeightOf(_nodes[node.Left].Left)) RotateLeft(node.Left);
                n = RotateRight(n);
            }
            else if (right > left + 1)
            {
                if (HeightOf(_nodes[node.Right].Left) > HeightOf(_nodes[node.Right].Right)) RotateRight(node.Right);
                n = RotateLeft(n);
            }
            else
            {
                node.Height = Math.Max(left, right) + 1;
            }
            if (_nodes[n].Height == before) return;
            n = parent;
        }
    }

    private int RotateLeft(int x)
    {
        var y = _nodes[x].Right;
        SetRight(x, _nodes[y].Left);
        Transplant(x, y);
        SetLeft(y, x);
        Measure(x);
        Measure(y);
        return y;
    }

    private int RotateRight(int x)
    {
        var y = _nodes[x].Left;
        SetLeft(x, _nodes[y].Right);
        Transplant(x, y);
        SetRight(y, x);
        Measure(x);
        Measure(y);
        return y;
    }

    private void Measure(int n) =>
        _nodes[n].Height = Math.Max(HeightOf(_nodes[n].Left), HeightOf(_nodes[n].Right)) + 1;

    private int HeightOf(int n) => n < 0 ? 0 : _nodes[n].Height;

    // Puts subtree "with" where "node" hangs.
    private void Transplant(int node, int with)
    {
        var parent = _nodes[node].Parent;
        if (parent < 0) _root = with;
        else if (_nodes[parent].Left == node) _nodes[parent].Left = with;
        else _nodes[parent].Right = with;
        if (with >= 0) _nodes[with].Parent = parent;
    }

    private void SetLeft(int n, int child)
    {
        _nodes[n].Left = child;
        if (child >= 0) _nodes[child].Parent = n;
    }

    private void SetRight(int n, int child)
    {
        _nodes[n].Right = child;
        if (child >= 0) _nodes[child].Parent = n;
    }

    /// <summary>Throws unless tree, list and balance agree. For tests.</summary>
    internal void Verify()
    {
        var count = 0;
        Walk(_root, -1, ref count, out _);
        if (count != Count) throw new InvalidOperationException("count");
        var seen = 0;
        for (int l = Best, previous = -1; l >= 0; previous = l, l = _nodes[l].Worse, seen++)
        {
            if (_nodes[l].Better != previous) throw new InvalidOperationException("thread");
            if (previous >= 0 && _nodes[previous].Key >= _nodes[l].Key) throw new InvalidOperationException("order");
        }
        if (seen != Count) throw new InvalidOperationException("thread length");
    }

    private void Walk(int n, int parent, ref int count, out int height)
    {
        height = 0;
        if (n < 0) return;
        ref var node = ref _nodes[n];
        if (node.Parent != parent) throw new InvalidOperationException("parent");
        Walk(node.Left, n, ref count, out var left);
        Walk(node.Right, n, ref count, out var right);
        if (Math.Abs(left - right) > 1) throw new InvalidOperationException("balance");
        height = Math.Max(left, right) + 1;
        if (node.Height != height) throw new InvalidOperationException("height");
        count++;
    }
}
