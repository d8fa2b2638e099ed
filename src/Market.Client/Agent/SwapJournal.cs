using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Market.Client.Files;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>
/// The agent's journal: one file that is only ever appended to, a line for each state of a swap, flushed to disk before anything
/// that it names is broadcast. A line is a checksum of what follows (the first 8 hexadecimal digits of its SHA-256), a space,
/// and JSON. Also keeps the counter
/// that secrets derive from. The seed makes up for its loss: see <see cref="IsComplete"/>.
/// </summary>
public sealed class SwapJournal : IDisposable
{
    /// <summary>A journal is written anew when it opens with more than so many lines for each swap.</summary>
    private const int MostLinesPerSwap = 8;

    private const int ChecksumLength = 9;
    private const int LeastLinesToRewrite = 1_000;

    private readonly string? _path;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, AgentSwap> _swaps = new(StringComparer.Ordinal);
    private FileStream? _file;
    private uint _next;
    private bool _complete;
    private int _lines;

    private SwapJournal(string? path) => _path = path;

    /// <summary>
    /// True where the journal knows of all swaps that its seed ever made: it began with the seed, or the chains were looked
    /// through. Otherwise no secret may be taken from the counter.
    /// </summary>
    public bool IsComplete
    {
        get
        {
            lock (_lock)
            {
                return _complete;
            }
        }
    }

    /// <summary>What was wrong with the file, for people; null where nothing was. A torn end is nothing: it was never acted
    /// on.</summary>
    public string? Damage { get; private set; }

    /// <summary>Opens a journal, or begins one.</summary>
    /// <param name="path">Where; null keeps it in memory only.</param>
    /// <exception cref="IOException">Another process has it open.</exception>
    public static SwapJournal Open(string? path)
    {
        var journal = new SwapJournal(path);
        if (path is null)
        {
            journal._complete = true;
            return journal;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        journal.Read();
        if (journal._lines >= LeastLinesToRewrite && journal._lines > MostLinesPerSwap * journal._swaps.Count)
        {
            journal.Rewrite();
        }

        return journal;
    }

    /// <summary>Every swap of a journal that another process may have open, as of its last whole line.</summary>
    public static IReadOnlyList<AgentSwap> Peek(string path)
    {
        var journal = new SwapJournal(path);
        if (File.Exists(path))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            journal.Take(file);
        }

        return journal.Swaps;
    }

    /// <summary>Every swap.</summary>
    public IReadOnlyList<AgentSwap> Swaps
    {
        get
        {
            lock (_lock)
            {
                return [.. _swaps.Values];
            }
        }
    }

    /// <summary>A swap; null where it is not known.</summary>
    public AgentSwap? Find(string id)
    {
        lock (_lock)
        {
            return _swaps.GetValueOrDefault(id);
        }
    }

    /// <summary>Writes a swap; on return it is on disk. Where only what the process remembers changed, nothing is
    /// written.</summary>
    public void Save(AgentSwap swap)
    {
        lock (_lock)
        {
            if (_swaps.TryGetValue(swap.Id, out var before) && before.IsSameJournal(swap))
            {
                _swaps[swap.Id] = swap;
                return;
            }

            Append(new Line { Swap = swap });
            _swaps[swap.Id] = swap;
            _next = Math.Max(_next, swap.KeyIndex + 1);
        }
    }

    /// <summary>Takes a number that no swap had before; on return that is on disk.</summary>
    /// <exception cref="InvalidOperationException">The journal is not complete: the number may have been used.</exception>
    public uint TakeIndex()
    {
        lock (_lock)
        {
            if (!_complete)
            {
                throw new InvalidOperationException("The chains were not looked through for this seed's swaps yet.");
            }

            var index = _next;
            Append(new Line { Next = index + 1 });
            _next = index + 1;
            return index;
        }
    }

    /// <summary>Notes that all swaps of the seed are known.</summary>
    /// <param name="next">The least number that none of them had; a lower one than known is no step back.</param>
    public void Complete(uint next)
    {
        lock (_lock)
        {
            _next = Math.Max(_next, next);
            Append(new Line { Next = _next, Complete = true });
            _complete = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private void Append(Line line)
    {
        if (_path is null)
        {
            return;
        }

        var file = _file ?? throw new ObjectDisposedException(nameof(SwapJournal));
        var start = file.Position;
        try
        {
            file.Write(Encode(line));
            file.Flush(flushToDisk: true);
            _lines++;
        }
        catch (IOException)
        {
            // A full disk: half a line must not stand before the next.
            file.SetLength(start);
            file.Position = start;
            throw;
        }
    }

    private static byte[] Encode(Line line)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(line, SwapJson.Options);
        return [.. Checksum(json), (byte)' ', .. json, (byte)'\n'];
    }

    private static byte[] Checksum(ReadOnlySpan<byte> json) =>
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, (ChecksumLength - 1) / 2)));

    private void Read()
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(_path!, options);
        var (good, damaged) = Take(_file);

        // A line torn by a crash was never acted on. One damaged in the middle was: what it held may be missing, so the chains are
        // asked as where there is no journal.
        Damage = damaged ? $"A line of {_path} is damaged: what it held is found again on the chains." : null;
        _complete &= !damaged;
        _file.SetLength(good);
        _file.Position = good;
    }

    /// <summary>Takes every line of a file; returns where the last whole one ends, and whether one before it was damaged.</summary>
    private (int Good, bool Damaged) Take(FileStream file)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var (at, good, damaged) = (0, 0, false);
        while (at < bytes.Length)
        {
            var length = bytes.AsSpan(at).IndexOf((byte)'\n');
            if (length < 0)
            {
                break;
            }

            if (TryDecode(bytes.AsSpan(at, length)) is { } line)
            {
                Take(line);
                damaged |= at > good;
                good = at + length + 1;
            }

            _lines++;
            at += length + 1;
        }

        return (good, damaged);
    }

    private void Take(Line line)
    {
        if (line.Swap is { } swap)
        {
            _swaps[swap.Id] = swap;
            _next = Math.Max(_next, swap.KeyIndex + 1);
        }

        _next = Math.Max(_next, line.Next);
        _complete |= line.Complete;
    }

    private static Line? TryDecode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < ChecksumLength || bytes[ChecksumLength - 1] != ' '
            || !bytes[..(ChecksumLength - 1)].SequenceEqual(Checksum(bytes[ChecksumLength..])))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Line>(bytes[ChecksumLength..], SwapJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Rewrite()
    {
        var lines = _swaps.Values.Select(swap => new Line { Swap = swap })
            .Append(new Line { Next = _next, Complete = _complete }).ToList();
        _file!.Dispose();
        DurableFile.WriteWhole(_path!, lines.SelectMany(Encode).ToArray());
        _file = new FileStream(_path!, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        _file.Seek(0, SeekOrigin.End);
        _lines = lines.Count;
    }

    private sealed record Line
    {
        public AgentSwap? Swap { get; init; }

        public uint Next { get; init; }

        public bool Complete { get; init; }
    }
}
