using Market.Bitcoin;

namespace Market.Chains.Storage;

/// <summary>A block as it is kept.</summary>
/// <param name="Id">The block's hash.</param>
/// <param name="Parent">The parent's hash.</param>
/// <param name="Height">Genesis is 0.</param>
/// <param name="Bytes">The block whole.</param>
public sealed record StoredBlock(Hash256 Id, Hash256 Parent, int Height, ReadOnlyMemory<byte> Bytes);

/// <summary>What one change of the chain writes; all of it or nothing.</summary>
/// <param name="Blocks">Blocks not kept before, parents before children.</param>
/// <param name="Undo">How to take blocks off again, for those newly connected: id and bytes.</param>
/// <param name="Tip">The best block after it.</param>
public sealed record StoreChange(
    IReadOnlyList<StoredBlock> Blocks, IReadOnlyList<(Hash256 Id, ReadOnlyMemory<byte> Bytes)> Undo, Hash256 Tip);

/// <summary>The coins (and whatever else the rules keep) after a block.</summary>
/// <param name="Block">After which block.</param>
/// <param name="Bytes">The rules' own form.</param>
public sealed record StoredSnapshot(Hash256 Block, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Where one chain's blocks are kept. One writer. Opening after a crash at any point finds the last whole change.
/// </summary>
public interface IBlockStore : IAsyncDisposable
{
    /// <summary>The best block as last written; null for an empty store.</summary>
    ValueTask<Hash256?> GetTipAsync(CancellationToken cancellation = default);

    /// <summary>Every block in the order written: parents come before children.</summary>
    IAsyncEnumerable<StoredBlock> LoadAsync(CancellationToken cancellation = default);

    /// <summary>How to take a block off; null where it was never connected.</summary>
    ValueTask<ReadOnlyMemory<byte>?> GetUndoAsync(Hash256 id, CancellationToken cancellation = default);

    /// <summary>Writes a change, durable when the call returns.</summary>
    ValueTask WriteAsync(StoreChange change, CancellationToken cancellation = default);

    /// <summary>The newest snapshot; null where there is none.</summary>
    ValueTask<StoredSnapshot?> GetSnapshotAsync(CancellationToken cancellation = default);

    /// <summary>Replaces the snapshot.</summary>
    ValueTask WriteSnapshotAsync(StoredSnapshot snapshot, CancellationToken cancellation = default);
}
