using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Market.Api.Realtime;

/// <summary>
/// Where a reader stands, as text that it gives back: <c>EPOCH.LINE-SEQUENCE</c>, and another <c>.LINE-SEQUENCE</c> for each
/// further channel, at most <see cref="StreamClient.MaxChannels"/>. The epoch is a process' own, and a line is a number of one
/// channel's life within it: after a restart, on another host, or where a channel was let go and made again, nothing of before is
/// found. </summary>
public static class StreamPosition
{
    /// <summary>Characters that are read of what a reader gives back: those of as many channels as one may have, with long numbers.
    /// </summary>
    public const int Longest = 1_024;

    private const int EpochLength = 8;

    private static readonly string Epoch = RandomNumberGenerator.GetString("0123456789abcdefghijklmnopqrstuvwxyz", EpochLength);
    private static long _lines;

    /// <summary>A number that no channel had in this process.</summary>
    internal static long NextLine() => Interlocked.Increment(ref _lines);

    /// <summary>The position of one channel.</summary>
    /// <param name="line">The channel's.</param>
    /// <param name="sequence">Of the last message that was told.</param>
    public static string Of(long line, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{Epoch}.{line}-{sequence}");

    /// <summary>The position of several channels.</summary>
    /// <param name="channels">The line of each, and the sequence of the last message that was told of it.</param>
    public static string Of(IEnumerable<KeyValuePair<long, long>> channels)
    {
        ArgumentNullException.ThrowIfNull(channels);
        var text = new StringBuilder(Epoch);
        foreach (var (line, sequence) in channels) text.Append(CultureInfo.InvariantCulture, $".{line}-{sequence}");
        return text.ToString();
    }

    /// <summary>The sequence after which a reader goes on in a channel; null where the position says nothing of it, is of another
    /// process, or is none.</summary>
    /// <param name="position">What the reader gave back; null where nothing.</param>
    /// <param name="line">The channel's.</param>
    public static long? After(string? position, long line)
    {
        if (position is null || position.Length > Longest || !position.StartsWith(Epoch, StringComparison.Ordinal)) return null;
        foreach (var part in position.Split('.').Skip(1))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (dash > 0 && Number(part.AsSpan(0, dash)) == line) return Number(part.AsSpan(dash + 1));
        }
        return null;
    }

    private static long? Number(ReadOnlySpan<char> digits) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
