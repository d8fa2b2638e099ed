using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Market.Bitcoin.Ledger;

/// <summary>How much is known of a block in a <see cref="BlockTree{TId,TItem}"/>.</summary>
public enum BlockStatus
{
    /// <summary>Its header only: it cannot be the best yet.</summary>
    HeaderOnly,

    /// <summary>Its transactions are here; they have not been connected.</summary>
    Ready,

    /// <summary>It has been connected once, so it is valid.</summary>
    Valid,

    /// <summary>It or an ancestor breaks a rule.</summary>
    Invalid,
}

/// <summary>A block's place in a tree.</summary>
/// <typeparam name="TId">The id's type.</typeparam>
/// <typeparam name="TItem">What is kept of each block.</typeparam>
public sealed class BlockNode<TId, TItem>
    where TId : struct, IEquatable<TId>
{
    private readonly BlockNode<TId, TItem>? _skip;

    internal BlockNode(TId id, TItem item, BlockNode<TId, TItem>? parent, U256 work, int height)
    {
        Id = id;
        Item = item;
        Parent = parent;
        Height = height;
        ChainWork = parent is null ? work : parent.ChainWork + work;
        _skip = parent?.Ancestor(SkipHeight(height));
    }

    /// <summary>The block's id.</summary>
    public TId Id { get; }

    /// <summary>What is kept of it.</summary>
    public TItem Item { get; }

    /// <summary>The parent; null for the root.</summary>
    public BlockNode<TId, TItem>? Parent { get; }

    /// <summary>Its height.</summary>
    public int Height { get; }

    /// <summary>Work from the root up to and with it.</summary>
    public U256 ChainWork { get; }

    /// <summary>What is known of it.</summary>
    public BlockStatus Status { get; internal set; }

    /// <summary>The order in which blocks became candidates; the lower of two ties wins.</summary>
    public long Arrival { get; internal set; } = long.MaxValue;

    internal List<BlockNode<TId, TItem>> Children { get; } = [];

    /// <summary>The ancestor at a height, itself included, in O(log height).</summary>
    /// <param name="height">At least the root's, at most its own.</param>
    /// <returns>Null outside that range.</returns>
    public BlockNode<TId, TItem>? Ancestor(int height)
    {
        if (height > Height || height < 0)
        {
            return null;
        }

        var node = this;
        while (node is not null && node.Height > height)
        {
            node = node._skip is { } skip && skip.Height >= height ? skip : node.Parent;
        }

        return node;
    }

    // Bitcoin's skip list: even heights drop their lowest set bit, odd ones aim below the parent's skip.
    private static int SkipHeight(int height)
    {
        if (height < 2)
        {
            return 0;
        }

        static int Drop(int n) => n & (n - 1);
        return (height & 1) != 0 ? Drop(Drop(height - 1)) + 1 : Drop(height);
    }
}

/// <summary>The way from one block to another.</summary>
/// <param name="Fork">Their newest common ancestor.</param>
/// <param name="Disconnect">Blocks to take back, newest first.</param>
/// <param name="Connect">Blocks to connect, oldest first.</param>
/// <typeparam name="TId">The id's type.</typeparam>
/// <typeparam name="TItem">What is kept of each block.</typeparam>
public sealed record BlockPath<TId, TItem>(
    BlockNode<TId, TItem> Fork,
    ImmutableArray<BlockNode<TId, TItem>> Disconnect,
    ImmutableArray<BlockNode<TId, TItem>> Connect)
    where TId : struct, IEquatable<TId>;

/// <summary>
/// All headers known, with the choice of the best: most work among blocks whose transactions, and all their
/// ancestors', are here and not known to be invalid; ties to the first. Not safe for several threads at once.
/// </summary>
/// <typeparam name="TId">The id's type.</typeparam>
/// <typeparam name="TItem">What is kept of each block.</typeparam>
public sealed class BlockTree<TId, TItem>
    where TId : struct, IEquatable<TId>
{
    private readonly Dictionary<TId, BlockNode<TId, TItem>> _nodes = [];
    private long _arrivals;

    /// <summary>A tree of its root alone, which is valid.</summary>
    public BlockTree(TId rootId, TItem root, U256 rootWork, int rootHeight = 0)
    {
        Root = new BlockNode<TId, TItem>(rootId, root, null, rootWork, rootHeight)
        {
            Status = BlockStatus.Valid,
            Arrival = _arrivals++,
        };
        _nodes.Add(rootId, Root);
        Best = Root;
    }

    /// <summary>The first block.</summary>
    public BlockNode<TId, TItem> Root { get; }

    /// <summary>The best candidate: connect towards it.</summary>
    public BlockNode<TId, TItem> Best { get; private set; }

    /// <summary>How many blocks are known.</summary>
    public int Count => _nodes.Count;

    /// <summary>All blocks known, in no particular order.</summary>
    public IEnumerable<BlockNode<TId, TItem>> Nodes => _nodes.Values;

    /// <summary>A block known; null where it is not.</summary>
    public BlockNode<TId, TItem>? Find(TId id) => _nodes.GetValueOrDefault(id);

    /// <summary>Adds a header under its parent.</summary>
    /// <param name="id">The block's id.</param>
    /// <param name="parent">Its parent, a node of this tree.</param>
    /// <param name="item">What to keep of it.</param>
    /// <param name="work">Its own work.</param>
    /// <param name="node">The node: the one that was there where it is known.</param>
    /// <returns>False where it is known already.</returns>
    public bool TryAdd(
        TId id, BlockNode<TId, TItem> parent, TItem item, U256 work, [NotNull] out BlockNode<TId, TItem>? node)
    {
        if (_nodes.TryGetValue(id, out node))
        {
            return false;
        }

        node = Prepare(id, parent, item, work);
        Add(node);
        return true;
    }

    /// <summary>A block under its parent that is not in the tree yet: nobody finds it before <see cref="Add"/>.</summary>
    /// <inheritdoc cref="TryAdd"/>
    public static BlockNode<TId, TItem> Prepare(TId id, BlockNode<TId, TItem> parent, TItem item, U256 work) =>
        new(id, item, parent, work, parent.Height + 1)
        {
            Status = parent.Status == BlockStatus.Invalid ? BlockStatus.Invalid : BlockStatus.HeaderOnly,
        };

    /// <summary>Adds a block that was prepared.</summary>
    /// <exception cref="ArgumentException">One of the same id is here.</exception>
    public void Add(BlockNode<TId, TItem> node)
    {
        _nodes.Add(node.Id, node);
        node.Parent!.Children.Add(node);
    }

    /// <summary>A block with all that stands on it, itself first.</summary>
    public static IEnumerable<BlockNode<TId, TItem>> WithDescendants(BlockNode<TId, TItem> node)
    {
        var waiting = new Stack<BlockNode<TId, TItem>>([node]);
        while (waiting.TryPop(out var next))
        {
            yield return next;
            next.Children.ForEach(waiting.Push);
        }
    }

    /// <summary>Says that a block's transactions are here; it and waiting descendants may become the best.</summary>
    public void MarkReady(BlockNode<TId, TItem> node)
    {
        if (node.Status != BlockStatus.HeaderOnly)
        {
            return;
        }

        node.Status = BlockStatus.Ready;
        if (node.Parent is { } parent && !IsCandidate(parent))
        {
            return;
        }

        // Nearly always nothing waits for it.
        Queue<BlockNode<TId, TItem>>? waiting = null;
        var next = node;
        do
        {
            next.Arrival = _arrivals++;
            if (next.ChainWork > Best.ChainWork)
            {
                Best = next;
            }

            foreach (var child in next.Children)
            {
                if (child.Status is BlockStatus.Ready or BlockStatus.Valid)
                {
                    (waiting ??= []).Enqueue(child);
                }
            }
        }
        while (waiting is not null && waiting.TryDequeue(out next));
    }

    /// <summary>Says that a block was connected without fault.</summary>
    public void MarkValid(BlockNode<TId, TItem> node)
    {
        if (node.Status == BlockStatus.Ready)
        {
            node.Status = BlockStatus.Valid;
        }
    }

    /// <summary>Says that a block breaks a rule: it and its descendants are out, and the best is chosen anew.</summary>
    /// <returns>The blocks that were not invalid before, itself first.</returns>
    /// <exception cref="InvalidOperationException">The root is not to be doubted.</exception>
    public ImmutableArray<BlockNode<TId, TItem>> MarkInvalid(BlockNode<TId, TItem> node)
    {
        if (node.Parent is null)
        {
            throw new InvalidOperationException("The root of a chain cannot be invalid.");
        }

        var fallen = ImmutableArray.CreateBuilder<BlockNode<TId, TItem>>();
        var falling = new Stack<BlockNode<TId, TItem>>([node]);
        while (falling.TryPop(out var next))
        {
            if (next.Status != BlockStatus.Invalid)
            {
                next.Status = BlockStatus.Invalid;
                fallen.Add(next);
            }

            next.Children.ForEach(falling.Push);
        }

        if (Best.Status == BlockStatus.Invalid)
        {
            Best = BestOf(_nodes.Values);
        }

        return fallen.ToImmutable();
    }

    /// <summary>The way between two blocks of this tree.</summary>
    public static BlockPath<TId, TItem> Path(BlockNode<TId, TItem> from, BlockNode<TId, TItem> to)
    {
        var level = Math.Min(from.Height, to.Height);
        var (left, right) = (from.Ancestor(level)!, to.Ancestor(level)!);
        while (!ReferenceEquals(left, right))
        {
            left = left.Parent ?? throw new InvalidOperationException("The blocks are of different trees.");
            right = right.Parent ?? throw new InvalidOperationException("The blocks are of different trees.");
        }

        var connect = Down(to, left);
        connect.Reverse();
        return new BlockPath<TId, TItem>(left, [.. Down(from, left)], [.. connect]);
    }

    /// <summary>Median of the times of a block and up to 10 before it (BIP113).</summary>
    public static uint MedianTimePast(BlockNode<TId, TItem> node, Func<TItem, uint> time)
    {
        Span<uint> times = stackalloc uint[MedianTime.Span];
        var count = 0;
        for (var at = node; at is not null && count < times.Length; at = at.Parent)
        {
            times[count++] = time(at.Item);
        }

        return MedianTime.Of(times[..count]);
    }

    private static List<BlockNode<TId, TItem>> Down(BlockNode<TId, TItem> from, BlockNode<TId, TItem> to)
    {
        var nodes = new List<BlockNode<TId, TItem>>(from.Height - to.Height);
        for (var node = from; !ReferenceEquals(node, to); node = node.Parent!)
        {
            nodes.Add(node);
        }

        return nodes;
    }

    private static bool IsCandidate(BlockNode<TId, TItem> node) =>
        node.Arrival != long.MaxValue && node.Status is BlockStatus.Ready or BlockStatus.Valid;

    private BlockNode<TId, TItem> BestOf(IEnumerable<BlockNode<TId, TItem>> nodes)
    {
        var best = Root;
        foreach (var node in nodes)
        {
            if (!IsCandidate(node))
            {
                continue;
            }

            var by = node.ChainWork.CompareTo(best.ChainWork);
            if (by > 0 || (by == 0 && node.Arrival < best.Arrival))
            {
                best = node;
            }
        }

        return best;
    }
}
