using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Market.Chains.Storage;

/// <summary>Reads the records of a log one after the other, much of the file at once.</summary>
/// <remarks>Record: length u32, first 8 bytes of SHA-256 of what follows, that.</remarks>
/// <param name="file">The log; what stands in it when this is made is read.</param>
/// <param name="largest">Bytes of the longest record.</param>
internal sealed class LogReader(SafeFileHandle file, int largest)
{
    /// <summary>Bytes in front of each record.</summary>
    public const int Prefix = 12;

    /// <summary>No record is longer, but where a test says so.</summary>
    public const int LargestRecord = 256 * 1024 * 1024;

    private const int ReadAhead = 1024 * 1024;

    private readonly byte[] _window = new byte[ReadAhead];
    private readonly long _length = RandomAccess.GetLength(file);
    private long _from;
    private int _count;

    /// <summary>A record without its prefix; null where no whole one stands.</summary>
    public byte[]? Read(long at)
    {
        Span<byte> prefix = stackalloc byte[Prefix];
        if (!Copy(at, prefix))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length < 0 || length > largest || at + Prefix + length > _length)
        {
            return null;
        }

        var body = new byte[length];
        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        return Copy(at + Prefix, body) && SHA256.HashData(body, sum) > 0 && sum[..8].SequenceEqual(prefix[4..])
            ? body
            : null;
    }

    private bool Copy(long at, Span<byte> destination)
    {
        if (destination.Length > ReadAhead)
        {
            return RandomAccess.Read(file, destination, at) == destination.Length;
        }

        if (at < _from || at + destination.Length > _from + _count)
        {
            (_from, _count) = (at, RandomAccess.Read(file, _window, at));
        }

        var isThere = at + destination.Length <= _from + _count;
        if (isThere)
        {
            _window.AsSpan((int)(at - _from), destination.Length).CopyTo(destination);
        }

        return isThere;
    }
}
