using Market.Bitcoin;

namespace Market.Chains.Storage;

/// <summary>Keeps blocks for the life of the process: for tests and for followers that may fetch all again.</summary>
public sealed class MemoryBlockStore : IBlockStore
{
    private readonly Lock _lock = new();
    private readonly List<StoredBlock> _blocks = [];
    private readonly Dictionary<Hash256, ReadOnlyMemory<byte>> _undo = [];
    private Hash256? _tip;
    private StoredSnapshot? _snapshot;

    /// <inheritdoc/>
    public ValueTask<Hash256?> GetTipAsync(CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(_tip);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredBlock> LoadAsync(CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            StoredBlock[] copy = [.. _blocks];
            return copy.ToAsyncEnumerable();
        }
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> GetUndoAsync(Hash256 id, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(_undo.TryGetValue(id, out var bytes) ? bytes : (ReadOnlyMemory<byte>?)null);
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(StoreChange change, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            _blocks.AddRange(change.Blocks);
            foreach (var (id, bytes) in change.Undo)
            {
                _undo[id] = bytes;
            }

            _tip = change.Tip;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<StoredSnapshot?> GetSnapshotAsync(CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(_snapshot);
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteSnapshotAsync(StoredSnapshot snapshot, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            _snapshot = snapshot;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
