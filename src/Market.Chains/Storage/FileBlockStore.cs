using System.Buffers.Binary;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Microsoft.Win32.SafeHandles;

namespace Market.Chains.Storage;

/// <summary>
/// Keeps one chain in a folder: a log that only grows, one record a change, each with its length and a check sum in
/// front. A record that a crash cut short is cut off on opening. A change with more undo data than a record may have is several
/// records: undo data alone at the tip of before, and the rest last, so that a part of it changes nothing. Undo data of one block
/// may be pieces in several of them. The snapshot is a file of its own, replaced whole, and so are the mainchain blocks found.
/// </summary>
/// <remarks>In front of each record: length u32 · first 8 bytes of SHA-256 of it. The rest: <see cref="LogRecord"/>.</remarks>
public sealed class FileBlockStore : IBlockStore
{
    private const string LogName = "blocks.log";
    private const int Prefix = LogReader.Prefix;
    private static readonly byte[] Magic = "MKTCHN1\n"u8.ToArray();

    private readonly FileStream _log;
    private readonly LogWrite _write;
    private readonly int _largestRecord;
    private readonly WholeFile _snapshot;
    private readonly WholeFile _found;
    private readonly Lock _index = new();
    private readonly Dictionary<Hash256, LogRecord.Place> _blocks = [];
    private readonly Dictionary<Hash256, LogRecord.Place[]> _undo = [];

    // Of undo data in pieces those that came so far. What is there whole counts until all of them have.
    private readonly Dictionary<Hash256, List<LogRecord.Place>> _pieces = [];
    private readonly HashSet<Hash256> _invalid = [];
    private Hash256? _tip;
    private long _end;

    private FileBlockStore(FileStream log, string folder, LogWrite write, int largestRecord)
    {
        _log = log;
        _snapshot = new WholeFile(Path.Combine(folder, "snapshot"));
        _found = new WholeFile(Path.Combine(folder, "found"));
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
        var store = new FileBlockStore(log, folder, write, largestRecord);
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
            foreach (var block in LogRecord.Decode(body, at + Prefix).Blocks)
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
    public ReadOnlyMemory<byte>? GetUndo(Hash256 id)
    {
        LogRecord.Place[]? places;
        lock (_index)
        {
            if (!_undo.TryGetValue(id, out places))
            {
                return null;
            }
        }

        var bytes = new byte[places.Sum(place => place.Length)];
        var from = 0;
        foreach (var place in places)
        {
            RandomAccess.Read(_log.SafeFileHandle, bytes.AsSpan(from, place.Length), place.At);
            from += place.Length;
        }

        return bytes;
    }

    /// <inheritdoc/>
    public void Write(StoreChange change)
    {
        // Nothing may stand behind the end: a shorter record over the beginning would make records of the rest.
        CutTail();
        var end = _end;
        var records = new List<LogRecord>();
        try
        {
            foreach (var part in Parts(change))
            {
                var body = LogRecord.Encode(part.Change, part.Pieces);
                if (body.Length > _largestRecord)
                {
                    throw new IOException("A change of the chain is larger than a record may be.");
                }

                _write(_log.SafeFileHandle, Framed(body), end);
                records.Add(LogRecord.Decode(body, end + Prefix));
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
    public StoredSnapshot? GetSnapshot() => _snapshot.Read() is { Length: >= Hash256.Length } bytes
        ? new StoredSnapshot(new Hash256(bytes.Span[..Hash256.Length]), bytes[Hash256.Length..])
        : null;

    /// <inheritdoc/>
    public void WriteSnapshot(StoredSnapshot snapshot) => _snapshot.Write(
        new ByteWriter(32 + snapshot.Bytes.Length).Hash256(snapshot.Block).Bytes(snapshot.Bytes.Span).ToArray());

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetFound() => _found.Read();

    /// <inheritdoc/>
    public void WriteFound(ReadOnlyMemory<byte> found) => _found.Write(found.Span);

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
            Index(LogRecord.Decode(body, _end + Prefix));
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

    private ReadOnlyMemory<byte>? Read(Dictionary<Hash256, LogRecord.Place> places, Hash256 id, int most = int.MaxValue)
    {
        LogRecord.Place place;
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

    private void Index(LogRecord record)
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
            _undo[id] = [place];
        }

        foreach (var (id, whole, from, place) in record.Pieces)
        {
            AddPiece(id, whole, from, place);
        }
    }

    private void AddPiece(Hash256 id, int whole, int from, LogRecord.Place place)
    {
        // What a write that was cut short left of the same is written anew from its beginning.
        if (from == 0)
        {
            _pieces[id] = [];
        }

        if (!_pieces.TryGetValue(id, out var places) || places.Sum(each => (long)each.Length) != from)
        {
            throw new InvalidDataException("A piece of undo data in the log does not follow the one before it.");
        }

        places.Add(place);
        if (from + (long)place.Length >= whole)
        {
            _undo[id] = [.. places];
            _pieces.Remove(id);
        }
    }

    // Undo data of blocks that are not connected are never asked for, and are written again with the change that connects them.
    // Without a tip there is nothing that a part could stand at; the first change of a chain has little to undo.
    private IEnumerable<(StoreChange Change, List<LogRecord.Piece> Pieces)> Parts(StoreChange change)
    {
        var most = _largestRecord / 4;
        var (undo, pieces, bytes) = (new List<StoredUndo>(), new List<LogRecord.Piece>(), 0L);
        foreach (var each in change.Undo)
        {
            if (bytes > 0 && bytes + each.Bytes.Length > most && _tip is { } tip)
            {
                yield return (new StoreChange([], [], undo, tip), pieces);
                (undo, pieces, bytes) = ([], [], 0);
            }

            if (each.Bytes.Length <= most || _tip is not { } now)
            {
                undo.Add(each);
                bytes += each.Bytes.Length;
                continue;
            }

            var (whole, from) = (each.Bytes.Length, 0);
            for (; whole - from > most; from += most)
            {
                var piece = new LogRecord.Piece(each.Id, whole, from, each.Bytes.Slice(from, most));
                yield return (new StoreChange([], [], [], now), [piece]);
            }

            pieces.Add(new LogRecord.Piece(each.Id, whole, from, each.Bytes[from..]));
            bytes += whole - from;
        }

        yield return (change with { Undo = undo }, pieces);
    }

    private static byte[] Framed(byte[] body)
    {
        var record = new byte[Prefix + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, body.Length);
        SHA256.HashData(body).AsSpan(0, 8).CopyTo(record.AsSpan(4));
        body.CopyTo(record.AsSpan(Prefix));
        return record;
    }
}
