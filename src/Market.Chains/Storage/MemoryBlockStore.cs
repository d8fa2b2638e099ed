using Market.Bitcoin;

namespace Market.Chains.Storage;

/// <summary>Keeps blocks for the life of the process: for tests and for followers that may fetch all again.</summary>
public sealed class MemoryBlockStore : IBlockStore
{
    private readonly List<StoredBlock> _order = [];
    private readonly Dictionary<Hash256, StoredBlock> _blocks = [];
    private readonly Dictionary<Hash256, ReadOnlyMemory<byte>> _undo = [];
    private readonly HashSet<Hash256> _invalid = [];
    private Hash256? _tip;
    private StoredSnapshot? _snapshot;

    /// <inheritdoc/>
    public Hash256? GetTip() => _tip;

    /// <inheritdoc/>
    public IEnumerable<StoredBlock> Load() => [.. _order.Where(block => !_invalid.Contains(block.Id))];

    /// <inheritdoc/>
    public IEnumerable<Hash256> LoadInvalid() => [.. _invalid];

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetBlock(Hash256 id) => _blocks.GetValueOrDefault(id)?.Bytes;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetUndo(Hash256 id) => _undo.TryGetValue(id, out var bytes)
        ? bytes
        : (ReadOnlyMemory<byte>?)null;

    /// <inheritdoc/>
    public void Write(StoreChange change)
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

    /// <inheritdoc/>
    public StoredSnapshot? GetSnapshot() => _snapshot;

    /// <inheritdoc/>
    public void WriteSnapshot(StoredSnapshot snapshot) => _snapshot = snapshot;

    /// <inheritdoc/>
    public void Dispose() => _order.TrimExcess();
}
