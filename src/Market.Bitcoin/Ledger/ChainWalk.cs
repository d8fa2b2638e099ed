namespace Market.Bitcoin.Ledger;

/// <summary>What a chain does with one block of a <see cref="ChainWalk{TId,TItem}"/>.</summary>
/// <typeparam name="TId">The id's type.</typeparam>
/// <typeparam name="TItem">What is kept of each block.</typeparam>
public interface IWalkSteps<TId, TItem>
    where TId : struct, IEquatable<TId>
{
    /// <summary>Fetches what the block's step needs; nobody is kept waiting meanwhile.</summary>
    /// <param name="node">The block.</param>
    /// <param name="isTakenBack">True where it is to be taken back, so that its undo data are needed too.</param>
    void Load(BlockNode<TId, TItem> node, bool isTakenBack);

    /// <summary>Whether a block may be applied to the state at its parent, which is the state now.</summary>
    /// <param name="node">A block that was never applied, or not checked then.</param>
    bool Check(BlockNode<TId, TItem> node);

    /// <summary>Brings the state from the block's parent to the block, and keeps how to take that back.</summary>
    void Apply(BlockNode<TId, TItem> node);

    /// <summary>Brings the state from the block to its parent.</summary>
    void TakeBack(BlockNode<TId, TItem> node);

    /// <summary>Keeps how a block will be taken back; the state, which is at its parent, is afterwards as before.</summary>
    void Foresee(BlockNode<TId, TItem> node)
    {
        Apply(node);
        TakeBack(node);
    }

    /// <summary>Lets go of what was fetched and kept for a block.</summary>
    void Forget(BlockNode<TId, TItem> node);
}

/// <summary>
/// The way of a chain's state to a new block, for both chains: planned first, which tries it and takes it back again, so that the
/// outcome can be stored before anybody sees it; then made. Not safe for several threads at once.
/// </summary>
/// <typeparam name="TId">The id's type.</typeparam>
/// <typeparam name="TItem">What is kept of each block.</typeparam>
/// <param name="tree">The chain's blocks; the new one is not in it yet.</param>
/// <param name="tip">The block that the state is at.</param>
/// <param name="added">The new block, checked already where it stands on the tip.</param>
/// <param name="steps">What is done with each block.</param>
public sealed class ChainWalk<TId, TItem>(
    BlockTree<TId, TItem> tree, BlockNode<TId, TItem> tip, BlockNode<TId, TItem> added, IWalkSteps<TId, TItem> steps)
    where TId : struct, IEquatable<TId>
{
    /// <summary>The way to the new block; null where it does not become the tip.</summary>
    public BlockPath<TId, TItem>? Path { get; private set; }

    /// <summary>The first block on the way that breaks a rule; null where none does.</summary>
    public BlockNode<TId, TItem>? Fault { get; private set; }

    /// <summary>The tip once it is made.</summary>
    public BlockNode<TId, TItem> Tip => Path is null ? tip : added;

    /// <summary>
    /// Blocks of the tree that fall with <see cref="Fault"/> and were not known to be invalid, itself first; the new block is named
    /// by no list.
    /// </summary>
    public IEnumerable<BlockNode<TId, TItem>> Fallen => Fault is null
        ? []
        : BlockTree<TId, TItem>.WithDescendants(Fault)
            .Where(each => each.Status != BlockStatus.Invalid && !ReferenceEquals(each, added));

    /// <summary>Finds out where the chain goes; state and tree are afterwards as before.</summary>
    /// <param name="exclusively">Runs what changes the state while nobody reads it.</param>
    public void Plan(Action<Action> exclusively)
    {
        ArgumentNullException.ThrowIfNull(exclusively);
        if (added.ChainWork <= tip.ChainWork)
        {
            return;
        }

        var path = BlockTree<TId, TItem>.Path(tip, added);
        Load(path, steps);
        exclusively(() => Try(path));
        Path = Fault is null ? path : null;
    }

    /// <summary>Makes what was planned.</summary>
    public void Make()
    {
        tree.Add(added);
        tree.MarkReady(added);
        if (Fault is not null)
        {
            tree.MarkInvalid(Fault);
        }

        if (Path is not null)
        {
            Go(tree, Path, steps);
        }
    }

    /// <summary>Brings the state from one block to another of which all is known to be valid, as when a chain is opened.</summary>
    /// <param name="tree">The chain's blocks.</param>
    /// <param name="from">The block that the state is at.</param>
    /// <param name="to">The block that it shall be at.</param>
    /// <param name="steps">What is done with each block.</param>
    public static void Replay(
        BlockTree<TId, TItem> tree, BlockNode<TId, TItem> from, BlockNode<TId, TItem> to, IWalkSteps<TId, TItem> steps)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(steps);
        var path = BlockTree<TId, TItem>.Path(from, to);
        foreach (var each in path.Disconnect)
        {
            steps.Load(each, isTakenBack: true);
            steps.TakeBack(each);
            steps.Forget(each);
        }

        // One at a time: a chain's whole history is not to be held at once.
        foreach (var each in path.Connect)
        {
            steps.Load(each, isTakenBack: false);
            steps.Apply(each);
            steps.Forget(each);
        }

        for (var each = to; each.Parent is not null; each = each.Parent)
        {
            tree.MarkValid(each);
        }
    }

    private static void Load(BlockPath<TId, TItem> path, IWalkSteps<TId, TItem> steps)
    {
        foreach (var each in path.Disconnect)
        {
            steps.Load(each, isTakenBack: true);
        }

        foreach (var each in path.Connect)
        {
            steps.Load(each, isTakenBack: false);
        }
    }

    private static void Go(BlockTree<TId, TItem> tree, BlockPath<TId, TItem> path, IWalkSteps<TId, TItem> steps)
    {
        foreach (var each in path.Disconnect)
        {
            steps.TakeBack(each);
        }

        foreach (var each in path.Connect)
        {
            steps.Apply(each);
            tree.MarkValid(each);
        }
    }

    private void Try(BlockPath<TId, TItem> path)
    {
        foreach (var each in path.Disconnect)
        {
            steps.TakeBack(each);
        }

        var applied = new Stack<BlockNode<TId, TItem>>();
        foreach (var each in path.Connect)
        {
            // One on the tip was checked before it was offered here.
            if (each.Status != BlockStatus.Valid && !ReferenceEquals(each.Parent, tip) && !steps.Check(each))
            {
                Fault = each;
                break;
            }

            // Behind the last one nothing is checked any more.
            if (ReferenceEquals(each, added))
            {
                steps.Foresee(each);
                break;
            }

            steps.Apply(each);
            applied.Push(each);
        }

        while (applied.TryPop(out var each))
        {
            steps.TakeBack(each);
        }

        for (var i = path.Disconnect.Length - 1; i >= 0; i--)
        {
            steps.Apply(path.Disconnect[i]);
        }
    }
}
