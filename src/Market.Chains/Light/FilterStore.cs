using System.Buffers.Binary;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>
/// Filters that sources agreed on, in a file. Where it is full no more are kept, and those are asked for again: scripts are looked
/// for from the oldest block on, so that giving up the oldest would leave nothing that is of use. One thread at a time.
/// </summary>
internal sealed class FilterStore : IDisposable
{
    private const int Header = (2 * Hash256.Length) + sizeof(int);

    private readonly long _mostBytes;
    private readonly Stream _file;
    private readonly Dictionary<BlockId, (long Position, int Length)> _places = [];
    private long _end;

    /// <summary>Opens the store.</summary>
    /// <param name="path">The file; null keeps all in memory.</param>
    /// <param name="mostBytes">Bytes kept at most: about 13,000 of mainnet's blocks, or three months.</param>
    /// <exception cref="IOException">Another process has the file.</exception>
    public FilterStore(string? path, long mostBytes = 256L * 1024 * 1024)
    {
        _mostBytes = mostBytes;
        _file = path is null ? new MemoryStream()
            : new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        Load();
    }

    /// <summary>A block's filter; null where none is kept, or what is kept is damaged.</summary>
    public CompactFilter? Find(BlockId block)
    {
        if (!_places.TryGetValue(block, out var place))
        {
            return null;
        }

        var record = new byte[Header + place.Length];
        _file.Position = place.Position;
        _file.ReadExactly(record);
        var bytes = record.AsMemory(Header);

        // A bit that fell over would hide a payment: what is not as it was written is as good as lost.
        if (Hash256.DoubleSha256(bytes.Span) == new Hash256(record.AsSpan(Hash256.Length, Hash256.Length))
            && CompactFilter.TryParse(block, bytes, out var filter, out _))
        {
            return filter;
        }

        _places.Remove(block);
        return null;
    }

    /// <summary>Keeps filters, as far as there is room.</summary>
    public void Put(IEnumerable<CompactFilter> filters)
    {
        var record = new byte[Header];
        _file.Position = _end;
        foreach (var filter in filters)
        {
            if (_end + Header + filter.Bytes.Length > _mostBytes || _places.ContainsKey(filter.Block))
            {
                continue;
            }

            filter.Block.Value.CopyTo(record);
            Hash256.DoubleSha256(filter.Bytes.Span).CopyTo(record.AsSpan(Hash256.Length));
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(2 * Hash256.Length), filter.Bytes.Length);
            _file.Write(record);
            _file.Write(filter.Bytes.Span);
            _places.Add(filter.Block, (_end, filter.Bytes.Length));
            _end = _file.Position;
        }

        _file.Flush();
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _places.Clear();
        _file.SetLength(0);
        _end = 0;
    }

    public void Dispose() => _file.Dispose();

    // A torn end is cut off; the filters that it told of are asked for again.
    private void Load()
    {
        var record = new byte[Header];
        _file.Position = 0;
        while (_file.ReadAtLeast(record, Header, throwOnEndOfStream: false) == Header)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(2 * Hash256.Length));
            if (length is < 0 or > CompactFilter.MostBytes || length > _file.Length - _file.Position)
            {
                break;
            }

            _places[new BlockId(new Hash256(record.AsSpan(0, Hash256.Length)))] = (_end, length);
            _end = _file.Seek(length, SeekOrigin.Current);
        }

        _file.SetLength(_end);
    }
}
