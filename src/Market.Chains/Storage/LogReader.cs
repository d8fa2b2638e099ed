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
    /// <param name="at">Where its prefix begins.</param>
    /// <param name="isKnown">True where its sum was checked before, or it was written since.</param>
    /// <returns>Bytes that are overwritten when the next is read.</returns>
    public ReadOnlyMemory<byte>? Read(long at, bool isKnown = false)
    {
        if (View(at, Prefix) is not { } view)
        {
            return null;
        }

        Span<byte> prefix = stackalloc byte[Prefix];
        view.Span.CopyTo(prefix);
        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length < 0 || length > largest || at + Prefix + length > _length || View(at + Prefix, length) is not { } body)
        {
            return null;
        }

        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        var isWhole = isKnown || (SHA256.HashData(body.Span, sum) > 0 && sum[..8].SequenceEqual(prefix[4..]));
        return isWhole ? body : (ReadOnlyMemory<byte>?)null;
    }

    private ReadOnlyMemory<byte>? View(long at, int length)
    {
        if (length > ReadAhead)
        {
            var large = new byte[length];
            return RandomAccess.Read(file, large, at) == length ? large : (ReadOnlyMemory<byte>?)null;
        }

        if (at < _from || at + length > _from + _count)
        {
            (_from, _count) = (at, RandomAccess.Read(file, _window, at));
        }

        return at + length <= _from + _count ? _window.AsMemory((int)(at - _from), length) : (ReadOnlyMemory<byte>?)null;
    }
}
