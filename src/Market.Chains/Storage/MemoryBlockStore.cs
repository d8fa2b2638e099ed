using Market.Bitcoin;

namespace Market.Chains.Storage;

/// <summary>Keeps blocks for the life of the process: for tests and for followers that may fetch all again.</summary>
public sealed class MemoryBlockStore : IBlockStore
{
    private readonly Lock _lock = new();
    private readonly List<StoredBlock> _order = [];
    private readonly Dictionary<Hash256, StoredBlock> _blocks = [];
    private readonly Dictionary<Hash256, ReadOnlyMemory<byte>> _undo = [];
    private readonly HashSet<Hash256> _invalid = [];
    private Hash256? _tip;
    private StoredSnapshot? _snapshot;
    private byte[]? _found;

    /// <inheritdoc/>
    public Hash256? GetTip()
    {
        lock (_lock)
        {
            return _tip;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<StoredBlock> Load()
    {
        lock (_lock)
        {
            return [.. _order.Where(block => !_invalid.Contains(block.Id))];
        }
    }

    /// <inheritdoc/>
    public IEnumerable<Hash256> LoadInvalid()
    {
        lock (_lock)
        {
            return [.. _invalid];
        }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetBlock(Hash256 id)
    {
        lock (_lock)
        {
            return _blocks.GetValueOrDefault(id)?.Bytes;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>?> GetStarts(IReadOnlyList<Hash256> ids, int most) =>
        [.. ids.Select(id => GetBlock(id) is { } bytes ? bytes[..Math.Min(most, bytes.Length)] : (ReadOnlyMemory<byte>?)null)];

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetUndo(Hash256 id)
    {
        lock (_lock)
        {
            return _undo.TryGetValue(id, out var bytes) ? bytes : (ReadOnlyMemory<byte>?)null;
        }
    }

    /// <inheritdoc/>
    public void Write(StoreChange change)
    {
        lock (_lock)
        {
            foreach (var block in change.Blocks)
            {
                _blocks.Add(block.Id, block);
                _order.Add(block);
            }

            _invalid.UnionWith(change.Invalid);
            foreach (var undo in change.Undo)
            {
                _undo[undo.Id] = undo.Bytes;
            }

            _tip = change.Tip;
        }
    }

    /// <inheritdoc/>
    public StoredSnapshot? GetSnapshot() => Volatile.Read(ref _snapshot);

    /// <inheritdoc/>
    public void WriteSnapshot(StoredSnapshot snapshot) => Volatile.Write(ref _snapshot, snapshot);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetFound() => Volatile.Read(ref _found) is { } found ? found : (ReadOnlyMemory<byte>?)null;

    /// <inheritdoc/>
    public void WriteFound(ReadOnlyMemory<byte> found) => Volatile.Write(ref _found, found.ToArray());

    /// <inheritdoc/>
    public void Dispose() => _order.TrimExcess();
}
