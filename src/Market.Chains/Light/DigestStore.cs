using System.Buffers.Binary;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>Digests of the blocks read so far, in memory and in a file, the oldest given up where there are too many.</summary>
/// <remarks>
/// Record: block id 32 · length i32 · first 8 bytes of SHA256d of those and of what follows · that. A mark that fell over would
/// hide a payment for good: from the first record on that is not as it was written, all are cut off, and their blocks read again.
/// </remarks>
internal sealed class DigestStore : IDisposable
{
    private const int Named = Hash256.Length + sizeof(int);
    private const int SumLength = 8;
    private const int Header = Named + SumLength;
    private const int LargestDigest = 4 * 1024 * 1024;

    private readonly long _mostBytes;
    private readonly Stream _file;
    private readonly Dictionary<Hash256, BlockDigest> _digests = [];
    private readonly Queue<Hash256> _order = [];
    private long _bytes;

    /// <summary>Opens the store.</summary>
    /// <param name="path">The file; null keeps all in memory.</param>
    /// <param name="mostBytes">Bytes kept at most.</param>
    public DigestStore(string? path, long mostBytes = 256L * 1024 * 1024)
    {
        _mostBytes = mostBytes;
        _file = path is null ? new MemoryStream()
            : new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        var whole = Load();
        _file.SetLength(whole);
        _file.Position = whole;
        if (_file.Length > 2 * _mostBytes)
        {
            Rewrite();
        }
    }

    public BlockDigest? Find(Hash256 id) => _digests.GetValueOrDefault(id);

    public void Put(Hash256 id, BlockDigest digest)
    {
        if (Keep(id, digest))
        {
            Write(id, digest);
            _file.Flush();
            if (_file.Length > 2 * _mostBytes)
            {
                Rewrite();
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private bool Keep(Hash256 id, BlockDigest digest)
    {
        if (!_digests.TryAdd(id, digest))
        {
            return false;
        }

        _order.Enqueue(id);
        _bytes += digest.Size;
        while (_bytes > _mostBytes && _order.TryDequeue(out var oldest) && _digests.Remove(oldest, out var gone))
        {
            _bytes -= gone.Size;
        }

        return true;
    }

    private void Write(Hash256 id, BlockDigest digest)
    {
        var (record, bytes) = (new byte[Header], digest.ToArray());
        id.CopyTo(record);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(Hash256.Length), digest.Size);
        SumOf(record, bytes).CopyTo(record.AsSpan(Named));
        _file.Write(record);
        _file.Write(bytes);
    }

    private static ReadOnlySpan<byte> SumOf(ReadOnlySpan<byte> record, ReadOnlySpan<byte> bytes)
    {
        byte[] all = [.. record[..Named], .. bytes];
        var sum = new byte[Hash256.Length];
        Hash256.DoubleSha256(all).CopyTo(sum);
        return sum.AsSpan(0, SumLength);
    }

    private void Rewrite()
    {
        _file.SetLength(0);
        foreach (var id in _order)
        {
            Write(id, _digests[id]);
        }

        _file.Flush();
    }

    private long Load()
    {
        _file.Position = 0;
        var record = new byte[Header];
        long whole = 0;
        while (_file.ReadAtLeast(record, Header, throwOnEndOfStream: false) == Header)
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(Hash256.Length));
            if (size is < 0 or > LargestDigest || size > _file.Length - _file.Position)
            {
                break;
            }

            var bytes = new byte[size];
            _file.ReadExactly(bytes);
            if (!record.AsSpan(Named).SequenceEqual(SumOf(record, bytes)))
            {
                break;
            }

            Keep(new Hash256(record.AsSpan(0, Hash256.Length)), BlockDigest.Read(bytes));
            whole = _file.Position;
        }

        return whole;
    }
}
