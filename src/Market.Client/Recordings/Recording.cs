using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Market.Client.Files;
using Market.Contracts;

namespace Market.Client.Recordings;

/// <summary>Reads a recording: a file, or a folder of files in the order of their names.</summary>
public static class Recording
{
    /// <summary>What names of files end with.</summary>
    public const string Extension = ".market.jsonl.gz";

    // A snapshot of a full book of many levels is a line.
    private const int MostLineBytes = 64 * 1024 * 1024;

    /// <summary>The files of a folder, oldest first.</summary>
    public static IReadOnlyList<string> FilesIn(string folder) =>
        [.. Directory.GetFiles(folder, "*" + Extension).Order(StringComparer.Ordinal)];

    /// <summary>Reads all lines. A member that a crash cut short is passed over from where it cannot be read.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">It is no recording of this version.</exception>
    /// <exception cref="IOException">It is not there.</exception>
    public static async IAsyncEnumerable<RecordedLine> ReadAsync(
        string path, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var files = Directory.Exists(path) ? FilesIn(path) : [path];
        foreach (var name in files)
        {
            var hasHead = false;
            await foreach (var line in ReadFileAsync(name, cancellation).ConfigureAwait(false))
            {
                hasHead |= line.Head is { Format: RecordedHead.FormatName, Version: RecordedHead.CurrentVersion };
                yield return hasHead ? line : throw new InvalidDataException(
                    $"{name} is no recording of version {RecordedHead.CurrentVersion}: `market record` makes one.");
            }
        }
    }

    private static async IAsyncEnumerable<RecordedLine> ReadFileAsync(
        string name, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var file = new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        await using var plain = new GZipStream(file, CompressionMode.Decompress);
        await using var lines = BoundedLines.ReadAsync(plain, MostLineBytes, cancellation).GetAsyncEnumerator(cancellation);
        var read = 0L;
        while (await HasNextAsync(lines, read).ConfigureAwait(false))
        {
            if (Parse(lines.Current.Span) is not { } line)
            {
                throw new InvalidDataException($"{name}: line {read + 1} is none of a recording.");
            }

            read++;
            yield return line;
        }
    }

    private static async ValueTask<bool> HasNextAsync(IAsyncEnumerator<ReadOnlyMemory<byte>> lines, long read)
    {
        try
        {
            return await lines.MoveNextAsync().ConfigureAwait(false);
        }
        catch (InvalidDataException) when (read > 0)
        {
            // The end of a file whose writer was killed in the midst of a member.
            return false;
        }
    }

    private static RecordedLine? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<RecordedLine>(line, MarketJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
