using System.Collections.Immutable;

namespace Market.Sharechain;

/// <summary>A share as it is stored.</summary>
/// <param name="Block">The block.</param>
/// <param name="MainHeight">Height of the mainchain block that its proof builds on.</param>
/// <param name="Sequence">The order of arrival: shares are read back in it, and ties of work go by it.</param>
public sealed record StoredShare(ShareBlock Block, int MainHeight, long Sequence)
{
    /// <summary>What the mainchain said about it.</summary>
    public ShareFacts Facts { get; init; } = ShareFacts.None;
}

/// <summary>A block and how to take it back.</summary>
/// <param name="Block">The block.</param>
/// <param name="Height">Its height.</param>
/// <param name="Undo">Undo data on this chain.</param>
public sealed record ConnectedShare(ShareBlock Block, int Height, ShareUndo Undo);

/// <summary>All that one submitted share changed: to be written whole or not at all.</summary>
/// <param name="Added">The share that is new; null where none is (a share was found invalid).</param>
/// <param name="Invalid">Stored shares found to break a rule when they were connected.</param>
/// <param name="Disconnected">Blocks that left the best chain, newest first.</param>
/// <param name="Connected">Blocks that joined it, oldest first, with undo data.</param>
/// <param name="Tip">The best block afterwards.</param>
/// <param name="Height">Its height.</param>
public sealed record ShareChange(
    StoredShare? Added,
    ImmutableArray<ShareId> Invalid,
    ImmutableArray<ShareBlock> Disconnected,
    ImmutableArray<ConnectedShare> Connected,
    ShareId Tip,
    int Height)
{
    /// <summary>True where the best block is another than before.</summary>
    public bool MovesTip => !Connected.IsEmpty || !Disconnected.IsEmpty;
}

/// <summary>Where the chain keeps its blocks. Called by one thread at a time.</summary>
public interface IShareStore
{
    /// <summary>A stored block; null where it is not known.</summary>
    ShareBlock? GetBlock(ShareId id);

    /// <summary>Undo data of a block that is, or once was, on the best chain; null where there are none.</summary>
    ShareUndo? GetUndo(ShareId id);

    /// <summary>Writes a change whole or not at all. Where it throws, the chain refuses all further work.</summary>
    void Commit(ShareChange change);
}

/// <summary>A store in memory: for agents, and for tests.</summary>
public sealed class MemoryShareStore : IShareStore
{
    private readonly Dictionary<ShareId, StoredShare> _blocks = [];
    private readonly Dictionary<ShareId, ShareUndo> _undo = [];
    private readonly HashSet<ShareId> _invalid = [];

    /// <summary>The best block; null for genesis.</summary>
    public ShareId? Tip { get; private set; }

    /// <summary>All stored shares that are not invalid, in order of arrival.</summary>
    public IEnumerable<StoredShare> Shares =>
        _blocks.Values.Where(share => !_invalid.Contains(share.Block.Id)).OrderBy(share => share.Sequence);

    /// <inheritdoc/>
    public ShareBlock? GetBlock(ShareId id) => _blocks.GetValueOrDefault(id)?.Block;

    /// <inheritdoc/>
    public ShareUndo? GetUndo(ShareId id) => _undo.GetValueOrDefault(id);

    /// <inheritdoc/>
    public void Commit(ShareChange change)
    {
        if (change.Added is { } added)
        {
            _blocks[added.Block.Id] = added;
        }

        _invalid.UnionWith(change.Invalid);
        foreach (var connected in change.Connected)
        {
            _undo[connected.Block.Id] = connected.Undo;
        }

        Tip = change.Tip;
    }
}
