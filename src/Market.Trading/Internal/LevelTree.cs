namespace Market.Trading.Internal;

/// <summary>
/// Levels far from the touch: an AVL tree over the levels' keys, its links in a preallocated pool of their own, by number of the
/// level.
/// </summary>
internal sealed class LevelTree
{
    private readonly LevelNode[] _levels;
    private readonly TreeLinks[] _nodes;
    private int _root = -1;

    /// <param name="levels">The levels, whose keys it reads.</param>
    public LevelTree(LevelNode[] levels) => (_levels, _nodes) = (levels, Pool.Of<TreeLinks>(levels.Length));

    /// <summary>The number of levels.</summary>
    public int Count { get; private set; }

    /// <summary>The level of a key, or -1.</summary>
    public int Find(long key)
    {
        var n = _root;
        while (n >= 0 && _levels[n].Key != key) n = key < _levels[n].Key ? _nodes[n].Left : _nodes[n].Right;
        return n;
    }

    /// <summary>The worst of the levels that are better than a key, or -1.</summary>
    public int Better(long key)
    {
        int n = _root, best = -1;
        while (n >= 0)
        {
            if (_levels[n].Key < key) (best, n) = (n, _nodes[n].Right);
            else n = _nodes[n].Left;
        }
        return best;
    }

    /// <summary>The best of the levels that are at a key or worse, or -1.</summary>
    public int AtOrWorse(long key)
    {
        int n = _root, best = -1;
        while (n >= 0)
        {
            if (_levels[n].Key >= key) (best, n) = (n, _nodes[n].Left);
            else n = _nodes[n].Right;
        }
        return best;
    }

    /// <summary>Enters a level whose key is not there.</summary>
    public void Add(int level)
    {
        var key = _levels[level].Key;
        int parent = -1, n = _root;
        while (n >= 0)
        {
            parent = n;
            n = key < _levels[n].Key ? _nodes[n].Left : _nodes[n].Right;
        }
        _nodes[level] = new TreeLinks { Left = -1, Right = -1, Parent = parent, Height = 1 };
        Count++;
        if (parent < 0)
        {
            _root = level;
            return;
        }
        if (key < _levels[parent].Key) _nodes[parent].Left = level;
        else _nodes[parent].Right = level;
        Rebalance(parent);
    }

    /// <summary>Takes a level out.</summary>
    public void Remove(int level)
    {
        ref var z = ref _nodes[level];
        int start;
        if (z.Left < 0 || z.Right < 0)
        {
            start = z.Parent;
            Transplant(level, z.Left < 0 ? z.Right : z.Left);
        }
        else
        {
            var y = z.Right;
            while (_nodes[y].Left >= 0) y = _nodes[y].Left;
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
        Count--;
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

    /// <summary>Throws unless the tree is one, in order and balanced. For tests.</summary>
    internal void Verify()
    {
        var count = 0;
        Walk(_root, -1, ref count, out _);
        if (count != Count) throw new InvalidOperationException("count");
    }

    private void Walk(int n, int parent, ref int count, out int height)
    {
        height = 0;
        if (n < 0) return;
        ref var node = ref _nodes[n];
        if (node.Parent != parent) throw new InvalidOperationException("parent");
        Walk(node.Left, n, ref count, out var left);
        Walk(node.Right, n, ref count, out var right);
        if (node.Left >= 0 && _levels[node.Left].Key >= _levels[n].Key) throw new InvalidOperationException("order");
        if (node.Right >= 0 && _levels[node.Right].Key <= _levels[n].Key) throw new InvalidOperationException("order");
        if (Math.Abs(left - right) > 1) throw new InvalidOperationException("balance");
        height = Math.Max(left, right) + 1;
        if (node.Height != height) throw new InvalidOperationException("height");
        count++;
    }

    private struct TreeLinks
    {
        public int Left;
        public int Right;
        public int Parent;
        public int Height;
    }
}
