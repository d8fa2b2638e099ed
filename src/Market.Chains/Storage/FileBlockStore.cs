using System.Buffers.Binary;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Microsoft.Win32.SafeHandles;

namespace Market.Chains.Storage;

/// <summary>
/// Keeps one chain in a folder: a log that only grows, one record a change, each with its length and a check sum in
/// front. A record that a crash cut short is cut off on opening. A change with more undo data than a record may have is several
/// records: undo data alone at the tip of before, and the rest last, so that a part of it changes nothing. The snapshot
/// is a file of its own, replaced whole.
/// </summary>
/// <remarks>Record: length u32 · first 8 bytes of SHA-256 of what follows · tip 32 · blocks · invalid · undos.</remarks>
public sealed class FileBlockStore : IBlockStore
{
    private const string LogName = "blocks.log";
    private const int Prefix = LogReader.Prefix;
    private const int LeastBlockBytes = 32 + 32 + 4 + 4 + 1;
    private const int LeastUndoBytes = 32 + 1;
    private static readonly byte[] Magic = "MKTCHN1\n"u8.ToArray();

    private readonly FileStream _log;
    private readonly LogWrite _write;
    private readonly int _largestRecord;
    private readonly string _snapshotPath;
    private readonly Lock _index = new();
    private readonly Dictionary<Hash256, Place> _blocks = [];
    private readonly Dictionary<Hash256, Place> _undo = [];
    private readonly HashSet<Hash256> _invalid = [];
    private Hash256? _tip;
    private long _end;

    private FileBlockStore(FileStream log, string snapshotPath, LogWrite write, int largestRecord)
    {
        _log = log;
        _snapshotPath = snapshotPath;
        _write = write;
        _largestRecord = largestRecord;
    }

    /// <summary>Behind the log's name: what was cut off its end when it was opened last with something to cut.</summary>
    internal const string TailSuffix = ".cut";

    private const int TailPiece = 1 << 20;

    /// <summary>Writes bytes at a place of the log; a disk that is full throws in the middle of it.</summary>
    internal delegate void LogWrite(SafeFileHandle log, ReadOnlySpan<byte> bytes, long at);

    /// <summary>Opens or makes a chain's folder. The folder is locked until disposed.</summary>
    /// <exception cref="IOException">Another process has it open.</exception>
    /// <exception cref="InvalidDataException">The log was not made by this class.</exception>
    public static FileBlockStore Open(string folder) => Open(folder, RandomAccess.Write);

    /// <summary>As <see cref="Open(string)"/>, with another way to the disk and another bound of a record's bytes.</summary>
    internal static FileBlockStore Open(string folder, LogWrite write, int largestRecord = LogReader.LargestRecord)
    {
        Directory.CreateDirectory(folder);
        var log = new FileStream(
            Path.Combine(folder, LogName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var store = new FileBlockStore(log, Path.Combine(folder, "snapshot"), write, largestRecord);
        try
        {
            store.Scan();
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Deletes a chain's folder with all that is kept in it.</summary>
    /// <exception cref="IOException">Another process has it open.</exception>
    public static void Delete(string folder)
    {
        var log = Path.Combine(folder, LogName);
        if (File.Exists(log))
        {
            using var only = new FileStream(log, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <inheritdoc/>
    public Hash256? GetTip() => _tip;

    /// <inheritdoc/>
    public IEnumerable<StoredBlock> Load()
    {
        var log = new LogReader(_log.SafeFileHandle, _largestRecord);
        for (long at = Magic.Length; at < _end;)
        {
            // Copied, since the blocks are slices of it.
            var body = log.Read(at, isKnown: true)?.ToArray()
                ?? throw new InvalidDataException("The log changed under its reader.");
            foreach (var block in Decode(body, at + Prefix).Blocks)
            {
                if (!_invalid.Contains(block.Block.Id))
                {
                    yield return block.Block;
                }
            }

            at += Prefix + body.Length;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<Hash256> LoadInvalid() => [.. _invalid];

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetBlock(Hash256 id) => Read(_blocks, id);

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>?> GetStarts(IReadOnlyList<Hash256> ids, int most) =>
        [.. ids.Select(id => Read(_blocks, id, most))];

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetUndo(Hash256 id) => Read(_undo, id);

    /// <inheritdoc/>
    public void Write(StoreChange change)
    {
        // Nothing may stand behind the end: a shorter record over the beginning would make records of the rest.
        CutTail();
        var end = _end;
        var records = new List<Record>();
        try
        {
            foreach (var part in Parts(change))
            {
                var body = Encode(part);
                _write(_log.SafeFileHandle, Framed(body), end);
                records.Add(Decode(body, end + Prefix));
                end += Prefix + body.Length;
            }

            RandomAccess.FlushToDisk(_log.SafeFileHandle);
        }
        catch
        {
            TakeBack();
            throw;
        }

        records.ForEach(Index);
        _end = end;
    }

    /// <inheritdoc/>
    public StoredSnapshot? GetSnapshot()
    {
        if (!File.Exists(_snapshotPath))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(_snapshotPath);
        const int sums = 2 * Hash256.Length;
        return bytes.Length >= sums && SHA256.HashData(bytes.AsSpan(32)).AsSpan().SequenceEqual(bytes.AsSpan(0, 32))
            ? new StoredSnapshot(new Hash256(bytes.AsSpan(32, 32)), bytes.AsMemory(sums))
            : null;
    }

    /// <inheritdoc/>
    public void WriteSnapshot(StoredSnapshot snapshot)
    {
        var body = new ByteWriter(32 + snapshot.Bytes.Length)
            .Hash256(snapshot.Block).Bytes(snapshot.Bytes.Span).ToArray();
        var next = _snapshotPath + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            file.Write(SHA256.HashData(body));
            file.Write(body);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _snapshotPath, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    private void Scan()
    {
        var length = RandomAccess.GetLength(_log.SafeFileHandle);
        var magic = new byte[Magic.Length];
        var read = RandomAccess.Read(_log.SafeFileHandle, magic, 0);
        if (!magic.AsSpan(0, read).SequenceEqual(Magic.AsSpan(0, read)))
        {
            throw new InvalidDataException($"{_log.Name} is not a log of blocks.");
        }

        if (length < Magic.Length)
        {
            RandomAccess.Write(_log.SafeFileHandle, Magic, 0);
            RandomAccess.FlushToDisk(_log.SafeFileHandle);
        }

        _end = Magic.Length;
        var log = new LogReader(_log.SafeFileHandle, _largestRecord);
        while (log.Read(_end) is { } body)
        {
            Index(Decode(body, _end + Prefix));
            _end += Prefix + body.Length;
        }

        KeepTail();
        CutTail();
    }

    // What cannot be read is cut off, and with it all behind it: whole records may stand there after one that the disk damaged.
    // They are kept beside the log, the newest such tail only.
    private void KeepTail()
    {
        var length = RandomAccess.GetLength(_log.SafeFileHandle);
        if (length <= _end)
        {
            return;
        }

        try
        {
            using var kept = new FileStream(_log.Name + TailSuffix, FileMode.Create, FileAccess.Write, FileShare.None);
            var piece = new byte[TailPiece];
            for (var at = _end; at < length;)
            {
                var read = RandomAccess.Read(_log.SafeFileHandle, piece, at);
                kept.Write(piece.AsSpan(0, read));
                at += Math.Max(1, read);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A disk that is full must still let the chain be opened.
        }
    }

    private void CutTail()
    {
        if (RandomAccess.GetLength(_log.SafeFileHandle) > _end)
        {
            RandomAccess.SetLength(_log.SafeFileHandle, _end);
            RandomAccess.FlushToDisk(_log.SafeFileHandle);
        }
    }

    // What a failed write left. Where that fails too, the next write begins with it, and so does the next opening.
    private void TakeBack()
    {
        try
        {
            CutTail();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Why the write failed is what is told.
        }
    }

    private ReadOnlyMemory<byte>? Read(Dictionary<Hash256, Place> places, Hash256 id, int most = int.MaxValue)
    {
        Place place;
        lock (_index)
        {
            if (!places.TryGetValue(id, out place))
            {
                return null;
            }
        }

        // What was written stays as it is: nobody has to wait for the writer.
        var bytes = new byte[Math.Min(most, place.Length)];
        RandomAccess.Read(_log.SafeFileHandle, bytes, place.At);
        return bytes;
    }

    private void Index(Record record)
    {
        using var turn = _index.EnterScope();
        _tip = record.Tip;
        foreach (var (block, place) in record.Blocks)
        {
            _blocks[block.Id] = place;
        }

        _invalid.UnionWith(record.Invalid);
        foreach (var (id, place) in record.Undo)
        {
            _undo[id] = place;
        }
    }

    // Undo data of blocks that are not connected are never asked for, and are written again with the change that connects them.
    private IEnumerable<StoreChange> Parts(StoreChange change)
    {
        var (undo, bytes) = (new List<StoredUndo>(), 0L);
        foreach (var each in change.Undo)
        {
            if (undo.Count > 0 && bytes + each.Bytes.Length > _largestRecord / 4 && _tip is { } tip)
            {
                yield return new StoreChange([], [], undo, tip);
                (undo, bytes) = ([], 0);
            }

            undo.Add(each);
            bytes += each.Bytes.Length;
        }

        yield return change with { Undo = undo };
    }

    private static byte[] Framed(byte[] body)
    {
        var record = new byte[Prefix + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, body.Length);
        SHA256.HashData(body).AsSpan(0, 8).CopyTo(record.AsSpan(4));
        body.CopyTo(record.AsSpan(Prefix));
        return record;
    }

    private byte[] Encode(StoreChange change)
    {
        var writer = new ByteWriter(4096).Hash256(change.Tip).CompactSize((ulong)change.Blocks.Count);
        foreach (var block in change.Blocks)
        {
            writer.Hash256(block.Id).Hash256(block.Parent).Int32(block.Height).Int32(block.Note)
                .VarBytes(block.Bytes.Span);
        }

        writer.CompactSize((ulong)change.Invalid.Count);
        foreach (var id in change.Invalid)
        {
            writer.Hash256(id);
        }

        writer.CompactSize((ulong)change.Undo.Count);
        foreach (var undo in change.Undo)
        {
            writer.Hash256(undo.Id).VarBytes(undo.Bytes.Span);
        }

        return writer.Length <= _largestRecord
            ? writer.ToArray()
            : throw new IOException("One block of the chain, with its undo data, is larger than a record may be.");
    }

    private static Record Decode(ReadOnlyMemory<byte> body, long at)
    {
        var reader = new ByteReader(body);
        var tip = reader.ReadHash256();
        var blocks = new (StoredBlock, Place)[reader.ReadCount(LeastBlockBytes)];
        for (var i = 0; i < blocks.Length; i++)
        {
            var (id, parent) = (reader.ReadHash256(), reader.ReadHash256());
            var (height, note) = (reader.ReadInt32(), reader.ReadInt32());
            var bytes = reader.ReadVarBytes();
            blocks[i] = (new StoredBlock(id, parent, height, note, bytes), PlaceBefore(reader, bytes.Length, at));
        }

        var invalid = new Hash256[reader.ReadCount(Hash256.Length)];
        for (var i = 0; i < invalid.Length; i++)
        {
            invalid[i] = reader.ReadHash256();
        }

        var undo = new (Hash256, Place)[reader.ReadCount(LeastUndoBytes)];
        for (var i = 0; i < undo.Length; i++)
        {
            var id = reader.ReadHash256();
            var length = reader.ReadVarBytes().Length;
            undo[i] = (id, PlaceBefore(reader, length, at));
        }

        reader.ExpectEnd();
        return reader.Failed
            ? throw new InvalidDataException($"A record of the log cannot be read: {reader.Error}.")
            : new Record(tip, blocks, invalid, undo);
    }

    private static Place PlaceBefore(in ByteReader reader, int length, long at) =>
        new(at + reader.Position - length, length);

    private readonly record struct Place(long At, int Length);

    private sealed record Record(
        Hash256 Tip, (StoredBlock Block, Place Place)[] Blocks, Hash256[] Invalid, (Hash256 Id, Place Place)[] Undo);
}
