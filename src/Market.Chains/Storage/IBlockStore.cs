using Market.Bitcoin;

namespace Market.Chains.Storage;

/// <summary>A block as it is kept.</summary>
/// <param name="Id">The block's hash.</param>
/// <param name="Parent">The parent's hash.</param>
/// <param name="Height">Genesis is 0.</param>
/// <param name="Note">A number that the chain keeps with it (sharechain: height of the mainchain block below).</param>
/// <param name="Bytes">The block whole.</param>
public sealed record StoredBlock(Hash256 Id, Hash256 Parent, int Height, int Note, ReadOnlyMemory<byte> Bytes);

/// <summary>How to take a block off again.</summary>
/// <param name="Id">The block's hash.</param>
/// <param name="Bytes">The rules' own form.</param>
public sealed record StoredUndo(Hash256 Id, ReadOnlyMemory<byte> Bytes);

/// <summary>What one change of the chain writes; all of it or nothing.</summary>
/// <param name="Blocks">Blocks not kept before, parents before children.</param>
/// <param name="Invalid">Blocks kept before that break a rule: they are not loaded again.</param>
/// <param name="Undo">For blocks newly connected.</param>
/// <param name="Tip">The best block after it.</param>
public sealed record StoreChange(
    IReadOnlyList<StoredBlock> Blocks, IReadOnlyList<Hash256> Invalid, IReadOnlyList<StoredUndo> Undo, Hash256 Tip);

/// <summary>The coins (and whatever else the rules keep) after a block.</summary>
/// <param name="Block">After which block.</param>
/// <param name="Bytes">The rules' own form.</param>
public sealed record StoredSnapshot(Hash256 Block, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Where one chain's blocks are kept. One writer, one thread at a time; blocks and undo data are read by any number of
/// threads meanwhile. Opening after a crash at any point finds the last whole change.
/// </summary>
public interface IBlockStore : IDisposable
{
    /// <summary>The best block as last written; null for an empty store.</summary>
    Hash256? GetTip();

    /// <summary>Every block that is not invalid in the order written: parents come before children.</summary>
    IEnumerable<StoredBlock> Load();

    /// <summary>Every block that was kept and then found to break a rule: it is never to be written again.</summary>
    IEnumerable<Hash256> LoadInvalid();

    /// <summary>A block's bytes; null where it is not kept.</summary>
    ReadOnlyMemory<byte>? GetBlock(Hash256 id);

    /// <summary>The first bytes of blocks, as many as there are up to a number; null for one that is not kept.</summary>
    /// <param name="ids">Which blocks.</param>
    /// <param name="most">Bytes of each at most: what is behind them is not read.</param>
    IReadOnlyList<ReadOnlyMemory<byte>?> GetStarts(IReadOnlyList<Hash256> ids, int most);

    /// <summary>How to take a block off; null where it was never connected.</summary>
    ReadOnlyMemory<byte>? GetUndo(Hash256 id);

    /// <summary>Writes a change, durable when the call returns.</summary>
    void Write(StoreChange change);

    /// <summary>The newest snapshot; null where there is none.</summary>
    StoredSnapshot? GetSnapshot();

    /// <summary>Replaces the snapshot.</summary>
    void WriteSnapshot(StoredSnapshot snapshot);

    /// <summary>Mainchain blocks found, as they were kept last, in the chain's own form; null where none were.</summary>
    ReadOnlyMemory<byte>? GetFound();

    /// <summary>Replaces them. Beside the writer, by any one thread at a time.</summary>
    void WriteFound(ReadOnlyMemory<byte> found);
}
