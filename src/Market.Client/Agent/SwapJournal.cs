using Market.Client.Files;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>
/// The agent's journal: one file that is only ever appended to, a line (<see cref="JournalLine"/>) for each state of a swap,
/// flushed to disk before anything that it names is broadcast. Its first line names the wallet's chains. Also keeps the counter
/// that secrets derive from. The seed makes up for its loss: see <see cref="IsComplete"/>.
/// </summary>
public sealed class SwapJournal : IDisposable
{
    /// <summary>A journal is written anew when it opens with more than so many lines for each swap.</summary>
    private const int MostLinesPerSwap = 8;

    private const int LeastLinesToRewrite = 1_000;

    private readonly string? _path;
    private readonly WalletChains? _of;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, AgentSwap> _swaps = new(StringComparer.Ordinal);
    private FileStream? _file;
    private FileStream? _only;
    private WalletChains? _named;
    private uint _next;
    private uint _searchedTo;
    private bool _complete;
    private int _lines;

    private SwapJournal(string? path, WalletChains? of) => (_path, _of) = (path, of);

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

    /// <summary>The number that the next swap's secrets derive from, as far as this journal knows.</summary>
    public uint Next
    {
        get
        {
            lock (_lock)
            {
                return _next;
            }
        }
    }

    /// <summary>
    /// Takes the journal for incomplete until <see cref="Complete"/> is called: the file may be a copy of one that went on
    /// elsewhere, and no secret is taken from the counter before the chains were looked through for what it then lacks.
    /// </summary>
    /// <returns>What it was taken for before.</returns>
    public bool Doubt()
    {
        lock (_lock)
        {
            var before = _complete;
            _complete = false;
            return before;
        }
    }

    /// <summary>What was wrong with the file, for people; null where nothing was. A torn end is nothing: it was never acted
    /// on.</summary>
    public string? Damage { get; private set; }

    /// <summary>Opens a journal, or begins one.</summary>
    /// <param name="path">Where; null keeps it in memory only.</param>
    /// <param name="of">The wallet's chains.</param>
    /// <exception cref="IOException">Another process has it open.</exception>
    /// <exception cref="ForeignFileException">It is of a wallet of other chains: by its shares' heights and numbers this one's
    /// would be looked for in the wrong place.</exception>
    public static SwapJournal Open(string? path, WalletChains of)
    {
        var journal = new SwapJournal(path, of);
        if (path is null)
        {
            journal._complete = true;
            return journal;
        }

        DurableFile.MakeFolderOf(path);

        // The lock is a file of its own: the journal may be replaced while it is in use, and is read by others.
        journal._only = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            journal.Read();
        }
        catch
        {
            journal.Dispose();
            throw;
        }

        journal.RewriteWhereLong();
        return journal;
    }

    /// <summary>Every swap of a journal that another process may have open, as of its last whole line.</summary>
    public static IReadOnlyList<AgentSwap> Peek(string path)
    {
        var journal = new SwapJournal(path, null);
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

            Append(new JournalLine { Swap = swap });
            _swaps[swap.Id] = swap;
            _next = Math.Max(_next, swap.KeyIndex + 1);
            RewriteWhereLong();
        }
    }

    /// <summary>
    /// True where the next number is one that a search by the seed alone would come to: not so far beyond the highest whose
    /// terms are on the chain, or beyond where the last search began to count. A market that opens swaps which never lock leads
    /// it no further.
    /// </summary>
    public bool HasNumbers
    {
        get
        {
            lock (_lock)
            {
                var onChain = _swaps.Values.Where(IsOnChain).Select(swap => swap.KeyIndex + 1).DefaultIfEmpty().Max();
                return _next < Math.Max(onChain, _searchedTo) + SwapSearch.MostUnlocked;
            }
        }
    }

    /// <summary>Takes a number that no swap had before; on return that is on disk.</summary>
    /// <exception cref="InvalidOperationException">The journal is not complete: the number may have been used; or there is
    /// none that a search would find (<see cref="HasNumbers"/>).</exception>
    public uint TakeIndex()
    {
        lock (_lock)
        {
            if (!_complete)
            {
                throw new InvalidOperationException("The chains were not looked through for this seed's swaps yet.");
            }

            if (!HasNumbers)
            {
                throw new InvalidOperationException("No search by the seed alone would come to the next number.");
            }

            var index = _next;
            Append(new JournalLine { Next = index + 1 });
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
            var to = Math.Max(_next, next);
            Append(new JournalLine { Next = to, SearchedTo = to, Complete = true });
            (_next, _searchedTo, _complete) = (to, to, true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _only?.Dispose();
            (_file, _only) = (null, null);
        }
    }

    private void Append(JournalLine line)
    {
        if (_path is null)
        {
            return;
        }

        var file = _file ?? throw new ObjectDisposedException(nameof(SwapJournal));
        var start = file.Position;
        try
        {
            file.Write(line.Encode());
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

    private void Read()
    {
        // Without a buffer: what a full disk did not take must not be tried again by a later write.
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(_path!, options);
        var (good, damaged) = Take(_file);

        // Where lines are damaged, the one that names the chains may have been among them.
        if (good > 0 && !(damaged && _named is null))
        {
            _of!.Check(_path!, _named);
        }

        // A line torn by a crash was never acted on. One damaged in the middle was: what it held may be missing, so the chains
        // are asked as where there is no journal.
        Damage = damaged ? $"A line of {_path} is damaged: what it held is found again on the chains." : null;
        _complete &= !damaged;
        _file.SetLength(good);
        _file.Position = good;
        if (good == 0)
        {
            Append(new JournalLine { Of = _of });
        }
    }

    /// <summary>Takes every line of a file; returns where the last whole one ends, and whether one before it was
    /// damaged.</summary>
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

            if (JournalLine.TryDecode(bytes.AsSpan(at, length)) is { } line)
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

    private void Take(JournalLine line)
    {
        _named ??= line.Of;
        if (line.Swap is { } swap)
        {
            _swaps[swap.Id] = swap;
            _next = Math.Max(_next, swap.KeyIndex + 1);
        }

        _next = Math.Max(_next, line.Next);
        _searchedTo = Math.Max(_searchedTo, line.SearchedTo ?? (line.Complete ? line.Next : 0));
        _complete |= line.Complete;
    }

    // Also while it runs: whoever makes a swap change with every look, as by showing and hiding a payment, must not fill the disk.
    private void RewriteWhereLong()
    {
        if (_lines < LeastLinesToRewrite || _lines <= MostLinesPerSwap * _swaps.Count)
        {
            return;
        }

        var lines = _swaps.Values.Select(swap => new JournalLine { Swap = swap }).Prepend(new JournalLine { Of = _of })
            .Append(new JournalLine { Next = _next, SearchedTo = _searchedTo, Complete = _complete }).ToList();
        try
        {
            DurableFile.WriteWhole(_path!, lines.SelectMany(line => line.Encode()).ToArray());
        }
        catch (IOException)
        {
            // A full disk: the long journal is as good as the short one, and is written anew after as many lines again.
            _lines = 0;
            return;
        }

        _file!.Dispose();
        _file = new FileStream(_path!, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        _file.Seek(0, SeekOrigin.End);
        _lines = lines.Count;
    }

    // A search finds it: its first lock was in a block and states the terms.
    private static bool IsOnChain(AgentSwap swap) => swap.Swap.InitiatorPayments.Any(payment => payment.InBlock
        && swap.Transactions.Any(known => known.TxId == payment.OutPoint.TxId
            && SwapAnnotation.OfLock(known.Transaction) is not null));
}
