using System.Runtime.CompilerServices;

namespace Market.Client.Files;

/// <summary>Lines of a stream whose length somebody else chose.</summary>
public static class BoundedLines
{
    private const byte End = (byte)'\n';
    private const int FirstRoom = 64 * 1024;

    /// <summary>Reads line by line. What follows the last end is no line, and is not handed over.</summary>
    /// <param name="from">The stream; not disposed.</param>
    /// <param name="most">Bytes that a line may have.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Each line without its end; good until the next is asked for.</returns>
    /// <exception cref="InvalidDataException">A line is longer.</exception>
    public static IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        Stream from, int most, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(from);
        return LinesAsync(from, most, cancellation);
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(
        Stream from, int most, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var bytes = new byte[Math.Min(FirstRoom, most)];
        var (start, filled, read) = (0, 0, 1);
        while (read > 0)
        {
            var length = bytes.AsSpan(start, filled - start).IndexOf(End);
            if (length >= 0)
            {
                yield return bytes.AsMemory(start, length);
                start += length + 1;
                continue;
            }

            if (start > 0)
            {
                bytes.AsSpan(start, filled - start).CopyTo(bytes);
                (start, filled) = (0, filled - start);
            }

            if (filled == bytes.Length)
            {
                if (filled == most)
                {
                    throw new InvalidDataException($"A line is longer than {most} bytes.");
                }

                Array.Resize(ref bytes, (int)Math.Min((long)bytes.Length * 2, most));
            }

            read = await from.ReadAsync(bytes.AsMemory(filled), cancellation).ConfigureAwait(false);
            filled += read;
        }
    }
}
