using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Market.Client.Files;
using Market.Contracts;

namespace Market.Client.Recordings;

/// <summary>
/// Writes a recording into a folder. Lines are kept until they are flushed as one gzip member, which is on disk when that returns;
/// a file that has grown too large is followed by the next, and the oldest goes when there are too many. One process at a time.
/// </summary>
public sealed class RecordingWriter : IDisposable
{
    private const byte End = (byte)'\n';

    private readonly string _folder;
    private readonly RecordingLimits _limits;
    private readonly FileStream _only;
    private readonly MemoryStream _kept = new();
    private FileStream? _file;

    /// <summary>Opens a folder, which is made.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="limits">How large it becomes.</param>
    /// <exception cref="IOException">Another process records into it.</exception>
    public RecordingWriter(string folder, RecordingLimits limits)
    {
        (_folder, _limits) = (folder, limits);
        var only = Path.Combine(folder, "record.lock");
        DurableFile.MakeFolderOf(only);
        _only = new FileStream(only, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Bytes written by this process.</summary>
    public long Bytes { get; private set; }

    /// <summary>Files that were removed, since there were too many.</summary>
    public int Removed { get; private set; }

    /// <summary>Bytes that are kept and not written yet.</summary>
    public long Kept => _kept.Length;

    /// <summary>Whether a file is to be begun before anything more is written.</summary>
    public bool IsFull => _file is null || _file.Length >= _limits.FileBytes;

    /// <summary>Begins a file with its head and what its events go on from.</summary>
    /// <param name="head">The head.</param>
    /// <param name="opening">Snapshots.</param>
    /// <param name="seen">Where the streams stand; null where nothing was seen.</param>
    public void Begin(RecordedHead head, IEnumerable<StreamEvent> opening, string? seen)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(opening);
        Flush(null);
        _file?.Dispose();
        var stamp = head.Begun.UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture);
        _file = new FileStream(
            Path.Combine(_folder, $"{stamp}{Recording.Extension}"), FileMode.CreateNew, FileAccess.Write, FileShare.Read,
            bufferSize: 0);
        DurableFile.FlushFolder(_folder);
        Add(new RecordedLine { Head = head });
        foreach (var each in opening)
        {
            Add(new RecordedLine { Event = each });
        }

        Flush(seen);
        foreach (var old in Recording.FilesIn(_folder).SkipLast(_limits.Files))
        {
            File.Delete(old);
            Removed++;
        }
    }

    /// <summary>Keeps a line for the next member.</summary>
    public void Add(RecordedLine line)
    {
        JsonSerializer.Serialize(_kept, line, MarketJson.Options);
        _kept.WriteByte(End);
    }

    /// <summary>Writes what is kept; on disk when this returns.</summary>
    /// <param name="seen">Where the streams stand after it; null where that is as before.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Flush(string? seen)
    {
        if (_file is null || _kept.Length == 0)
        {
            return;
        }

        if (seen is not null)
        {
            Add(new RecordedLine { Seen = seen });
        }

        using var member = new MemoryStream();
        using (var packed = new GZipStream(member, CompressionLevel.Optimal, leaveOpen: true))
        {
            packed.Write(_kept.GetBuffer().AsSpan(0, (int)_kept.Length));
        }

        _file.Write(member.GetBuffer().AsSpan(0, (int)member.Length));
        _file.Flush(flushToDisk: true);
        Bytes += member.Length;
        _kept.SetLength(0);
    }

    /// <summary>Closes it; what is kept is lost.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _only.Dispose();
        _kept.Dispose();
    }
}

/// <summary>How large a recording becomes.</summary>
/// <param name="FileBytes">A file that has so many is followed by the next.</param>
/// <param name="Files">So many are kept; the oldest go.</param>
public sealed record RecordingLimits(long FileBytes, int Files);
