using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Chains.Storage;

/// <summary>
/// Keeps one chain in a folder: a log that only grows, one record a change, each with its length and a check sum in
/// front. A record that a crash cut short is cut off on opening. The snapshot is a file of its own, replaced whole.
/// </summary>
/// <remarks>Record: length u32 · first 8 bytes of SHA-256 of what follows · tip 32 · blocks · undos.</remarks>
public sealed class FileBlockStore : IBlockStore
{
    private const int Prefix = 12;
    private const int LargestRecord = 256 * 1024 * 1024;
    private const int LeastBlockBytes = 32 + 32 + 4 + 1;
    private const int LeastUndoBytes = 32 + 1;
    private static readonly byte[] Magic = "MKTCHN1\n"u8.ToArray();

    private readonly FileStream _log;
    private readonly string _snapshotPath;
    private readonly Dictionary<Hash256, (long At, int Length)> _undo;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Hash256? _tip;
    private long _end;

    private FileBlockStore(FileStream log, string snapshotPath)
    {
        _log = log;
        _snapshotPath = snapshotPath;
        _undo = [];
    }

    /// <summary>Opens or makes a chain's folder. The folder is locked until disposed.</summary>
    /// <exception cref="IOException">Another process has it open.</exception>
    /// <exception cref="InvalidDataException">The log was not made by this class.</exception>
    public static async Task<FileBlockStore> OpenAsync(string folder, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(folder);
        var log = new FileStream(
            Path.Combine(folder, "blocks.log"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var store = new FileBlockStore(log, Path.Combine(folder, "snapshot"));
        try
        {
            await store.ScanAsync(cancellation).ConfigureAwait(false);
            return store;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<Hash256?> GetTipAsync(CancellationToken cancellation = default) => ValueTask.FromResult(_tip);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredBlock> LoadAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        for (long at = Magic.Length; at < _end;)
        {
            var record = await ReadRecordAsync(at, cancellation).ConfigureAwait(false)
                ?? throw new InvalidDataException("The log changed under its reader.");
            foreach (var block in Decode(record, at + Prefix).Blocks)
            {
                yield return block;
            }

            at += Prefix + record.Length;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> GetUndoAsync(Hash256 id, CancellationToken cancellation = default)
    {
        if (!_undo.TryGetValue(id, out var place))
        {
            return null;
        }

        var bytes = new byte[place.Length];
        await RandomAccess.ReadAsync(_log.SafeFileHandle, bytes, place.At, cancellation).ConfigureAwait(false);
        return bytes;
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(StoreChange change, CancellationToken cancellation = default)
    {
        var body = Encode(change);
        var record = new byte[Prefix + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, body.Length);
        SHA256.HashData(body).AsSpan(0, 8).CopyTo(record.AsSpan(4));
        body.CopyTo(record.AsSpan(Prefix));
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // Not cancelled half way: a torn record is cut off on opening only.
            await RandomAccess.WriteAsync(_log.SafeFileHandle, record, _end, CancellationToken.None)
                .ConfigureAwait(false);
            RandomAccess.FlushToDisk(_log.SafeFileHandle);
            Index(Decode(body, _end + Prefix));
            _end += record.Length;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StoredSnapshot?> GetSnapshotAsync(CancellationToken cancellation = default)
    {
        if (!File.Exists(_snapshotPath))
        {
            return null;
        }

        var bytes = await File.ReadAllBytesAsync(_snapshotPath, cancellation).ConfigureAwait(false);
        const int sums = 2 * Hash256.Length;
        return bytes.Length >= sums && SHA256.HashData(bytes.AsSpan(32)).AsSpan().SequenceEqual(bytes.AsSpan(0, 32))
            ? new StoredSnapshot(new Hash256(bytes.AsSpan(32, 32)), bytes.AsMemory(sums))
            : null;
    }

    /// <inheritdoc/>
    public async ValueTask WriteSnapshotAsync(StoredSnapshot snapshot, CancellationToken cancellation = default)
    {
        var body = new ByteWriter(32 + snapshot.Bytes.Length)
            .Hash256(snapshot.Block).Bytes(snapshot.Bytes.Span).ToArray();
        var next = _snapshotPath + ".next";
        await using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            await file.WriteAsync(SHA256.HashData(body), cancellation).ConfigureAwait(false);
            await file.WriteAsync(body, cancellation).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _snapshotPath, overwrite: true);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task ScanAsync(CancellationToken cancellation)
    {
        var length = RandomAccess.GetLength(_log.SafeFileHandle);
        var magic = new byte[Magic.Length];
        var read = await RandomAccess.ReadAsync(_log.SafeFileHandle, magic, 0, cancellation).ConfigureAwait(false);
        if (!magic.AsSpan(0, read).SequenceEqual(Magic.AsSpan(0, read)))
        {
            throw new InvalidDataException($"{_log.Name} is not a log of blocks.");
        }

        if (length < Magic.Length)
        {
            await RandomAccess.WriteAsync(_log.SafeFileHandle, Magic, 0, cancellation).ConfigureAwait(false);
            RandomAccess.FlushToDisk(_log.SafeFileHandle);
        }

        _end = Magic.Length;
        while (await ReadRecordAsync(_end, cancellation).ConfigureAwait(false) is { } record)
        {
            Index(Decode(record, _end + Prefix));
            _end += Prefix + record.Length;
        }

        if (length > _end)
        {
            RandomAccess.SetLength(_log.SafeFileHandle, _end);
            RandomAccess.FlushToDisk(_log.SafeFileHandle);
        }
    }

    // Null where no whole record stands.
    private async Task<byte[]?> ReadRecordAsync(long at, CancellationToken cancellation)
    {
        var prefix = new byte[Prefix];
        var read = await RandomAccess.ReadAsync(_log.SafeFileHandle, prefix, at, cancellation).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (read < Prefix || length is < 0 or > LargestRecord
            || at + Prefix + length > RandomAccess.GetLength(_log.SafeFileHandle))
        {
            return null;
        }

        var body = new byte[length];
        await RandomAccess.ReadAsync(_log.SafeFileHandle, body, at + Prefix, cancellation).ConfigureAwait(false);
        return SHA256.HashData(body).AsSpan(0, 8).SequenceEqual(prefix.AsSpan(4)) ? body : null;
    }

    private void Index(Record record)
    {
        _tip = record.Tip;
        foreach (var (id, at, length) in record.Undo)
        {
            _undo[id] = (at, length);
        }
    }

    private static byte[] Encode(StoreChange change)
    {
        var writer = new ByteWriter(4096).Hash256(change.Tip).CompactSize((ulong)change.Blocks.Count);
        foreach (var block in change.Blocks)
        {
            writer.Hash256(block.Id).Hash256(block.Parent).Int32(block.Height).VarBytes(block.Bytes.Span);
        }

        writer.CompactSize((ulong)change.Undo.Count);
        foreach (var (id, bytes) in change.Undo)
        {
            writer.Hash256(id).VarBytes(bytes.Span);
        }

        return writer.Length <= LargestRecord
            ? writer.ToArray()
            : throw new InvalidOperationException("One change of the chain is larger than a record may be.");
    }

    private static Record Decode(byte[] body, long at)
    {
        var reader = new ByteReader(body);
        var tip = reader.ReadHash256();
        var blocks = new StoredBlock[reader.ReadCount(LeastBlockBytes)];
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i] = new StoredBlock(
                reader.ReadHash256(), reader.ReadHash256(), reader.ReadInt32(), reader.ReadVarBytes());
        }

        var undo = new (Hash256, long, int)[reader.ReadCount(LeastUndoBytes)];
        for (var i = 0; i < undo.Length; i++)
        {
            var id = reader.ReadHash256();
            var length = reader.ReadVarBytes().Length;
            undo[i] = (id, at + reader.Position - length, length);
        }

        reader.ExpectEnd();
        return reader.Failed
            ? throw new InvalidDataException($"A record of the log cannot be read: {reader.Error}.")
            : new Record(tip, blocks, undo);
    }

    private sealed record Record(Hash256 Tip, StoredBlock[] Blocks, (Hash256 Id, long At, int Length)[] Undo);
}
