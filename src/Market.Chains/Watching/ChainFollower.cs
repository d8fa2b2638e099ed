using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Watching;

namespace Market.Chains.Watching;

/// <summary>What one look at a chain found.</summary>
/// <param name="Head">The tip that the look ended at.</param>
/// <param name="Undone">Blocks looked at before that have left the chain.</param>
/// <param name="Events">
/// What happened since the last look, in order. A hint, not a record: what is to be relied on is the view.
/// </param>
/// <param name="View">What the chain shows of all that is watched, at that tip.</param>
public sealed record FollowResult(ChainHead Head, int Undone, ImmutableArray<WatchEvent> Events, WatchView View);

/// <summary>
/// Follows one chain for the scripts and outputs at stake, a look at a time: to the tip through a reorganisation of any
/// depth, then what waits unconfirmed. It waits for the chain and for nothing else. The view changes only when a look
/// came to its end with one tip, so a look that broke off has changed nothing; what it read is not read again.
/// <see cref="PollAsync"/> is for one caller at a time, everything else for any thread.
/// </summary>
/// <param name="chain">Which chain; not disposed.</param>
public sealed class ChainFollower(IChain chain)
{
    /// <summary>Looks begun anew because the chain moved meanwhile, before it is given up for this time.</summary>
    public const int MostTries = 4;

    /// <summary>Events kept of looks that broke off; beyond it they are let go, and the view alone tells.</summary>
    public const int MostUntold = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<Script> _scripts = [];
    private readonly HashSet<OutPoint> _outPoints = [];
    private readonly Dictionary<Script, int?> _askedScripts = [];
    private readonly Dictionary<OutPoint, int?> _askedOutPoints = [];
    private readonly List<WatchEvent> _untold = [];

    // What is watched up to the last block; and what was asked for later, until it has been looked for up to there, too.
    private readonly WatchBook _book = new();
    private WatchBook _late = new();
    private int _undone;
    private ChainHead? _told;
    private WatchView _view = WatchView.Empty;

    /// <summary>The chain.</summary>
    public IChain Chain { get; } = chain;

    /// <summary>What the chain showed at the end of the last look that came to one.</summary>
    public WatchView View => Volatile.Read(ref _view);

    /// <summary>
    /// Watches for payments to a script and for spends of them, from the next look on. What is there already, in blocks
    /// from the height on, is found then.
    /// </summary>
    /// <returns>False where there is no room, and it is not watched.</returns>
    public bool Watch(Script script, int fromHeight)
    {
        lock (_lock)
        {
            return Ask(_scripts, _askedScripts, script, fromHeight, WatchBook.MaxScripts);
        }
    }

    /// <summary>Watches for spends of one output, from a height on.</summary>
    /// <returns>False where there is no room, and it is not watched.</returns>
    public bool Watch(OutPoint outPoint, int fromHeight)
    {
        lock (_lock)
        {
            return Ask(_outPoints, _askedOutPoints, outPoint, fromHeight, WatchBook.MaxOutPoints);
        }
    }

    /// <summary>Forgets a script and all that paid it: no view that comes after this has either.</summary>
    public void Unwatch(Script script)
    {
        lock (_lock)
        {
            if (_scripts.Remove(script))
            {
                _askedScripts[script] = null;
            }
        }
    }

    /// <summary>Forgets an output: no view that comes after this has it.</summary>
    public void Unwatch(OutPoint outPoint)
    {
        lock (_lock)
        {
            if (_outPoints.Remove(outPoint))
            {
                _askedOutPoints[outPoint] = null;
            }
        }
    }

    /// <summary>True where a transaction pays or spends something watched: a look is worth while.</summary>
    public bool Concerns(Transaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        lock (_lock)
        {
            return transaction.Outputs.Any(output => _scripts.Contains(output.ScriptPubKey))
                || transaction.Inputs.Any(input => _outPoints.Contains(input.PreviousOutput)
                    || View.OwnerOf(input.PreviousOutput) is not null);
        }
    }

    /// <summary>Looks once.</summary>
    /// <exception cref="ChainUnavailableException">
    /// The chain does not answer, or moved all the while. The view is still that of the last look.
    /// </exception>
    public async ValueTask<FollowResult> PollAsync(CancellationToken cancellation = default)
    {
        TakeAsked();
        for (var tries = 0; tries < MostTries; tries++)
        {
            var head = await Chain.GetTipAsync(cancellation).ConfigureAwait(false);
            if (!await WalkAsync(_book, head, _untold, cancellation).ConfigureAwait(false)
                || !await CatchUpAsync(head, cancellation).ConfigureAwait(false))
            {
                continue;
            }

            var unconfirmed = await UnconfirmedAsync(cancellation).ConfigureAwait(false);
            if ((await Chain.GetTipAsync(cancellation).ConfigureAwait(false)).Id == head.Id)
            {
                return Finish(head, unconfirmed);
            }
        }

        throw new ChainUnavailableException($"The {Chain.Kind} moves faster than it can be read.");
    }

    private static bool Ask<TKey>(
        HashSet<TKey> watched, Dictionary<TKey, int?> asked, TKey key, int fromHeight, int most)
        where TKey : notnull
    {
        if (!watched.Contains(key) && watched.Count >= most)
        {
            return false;
        }

        watched.Add(key);
        var from = Math.Max(0, fromHeight);
        asked[key] = asked.TryGetValue(key, out var before) && before < from ? before : from;
        return true;
    }

    private void TakeAsked()
    {
        lock (_lock)
        {
            foreach (var (script, from) in _askedScripts)
            {
                Take(from, () => _book.Remove(script), height => _book.Add(script, height),
                    () => _late.Remove(script), height => _late.Add(script, height));
            }

            foreach (var (outPoint, from) in _askedOutPoints)
            {
                Take(from, () => _book.Remove(outPoint), height => _book.Add(outPoint, height),
                    () => _late.Remove(outPoint), height => _late.Add(outPoint, height));
            }

            _askedScripts.Clear();
            _askedOutPoints.Clear();
        }
    }

    // What is no longer wanted is forgotten at the end of a look, too: the mempool was asked meanwhile.
    private void Forget()
    {
        lock (_lock)
        {
            foreach (var script in _askedScripts.Where(asked => asked.Value is null).Select(asked => asked.Key).ToArray())
            {
                _book.Remove(script);
                _askedScripts.Remove(script);
            }

            foreach (var outPoint in _askedOutPoints.Where(asked => asked.Value is null).Select(asked => asked.Key).ToArray())
            {
                _book.Remove(outPoint);
                _askedOutPoints.Remove(outPoint);
            }
        }
    }

    // What is asked for from a block on that was passed already waits in the second book until it has caught up.
    private void Take(
        int? from, Action remove, Func<int, WatchAdded> add, Action removeLate, Func<int, WatchAdded> addLate)
    {
        if (from is not { } height)
        {
            remove();
            removeLate();
            return;
        }

        if (_book.IsEmpty)
        {
            _book.Rewind(-1);
        }

        if (_book.Cursor is not { } cursor || height > cursor.Height)
        {
            add(height);
        }
        else if (addLate(height) == WatchAdded.Added && _late.Cursor is { } caught && height <= caught.Height)
        {
            _late.Rewind(-1);
        }
    }

    // False where the chain moved: the caller begins with the new tip.
    private async ValueTask<bool> CatchUpAsync(ChainHead head, CancellationToken cancellation)
    {
        if (_late.IsEmpty)
        {
            return true;
        }

        // What happened meanwhile to what was not watched yet is nothing to tell of: the end of it is, at the merge.
        if (!await WalkAsync(_late, head, [], cancellation).ConfigureAwait(false))
        {
            return false;
        }

        _book.Merge(_late, _untold);
        _late = new WatchBook();
        return true;
    }

    // Brings a book to a tip, block by block. False where the chain moved meanwhile; what was read up to there is in line.
    private async ValueTask<bool> WalkAsync(
        WatchBook book, ChainHead head, List<WatchEvent> events, CancellationToken cancellation)
    {
        await RewindToChainAsync(book, head, cancellation).ConfigureAwait(false);
        if (book.IsEmpty)
        {
            return await SkipAsync(book, head, cancellation).ConfigureAwait(false);
        }

        for (var height = book.Cursor?.Height + 1 ?? Math.Min(book.LowestHeight!.Value, head.Height);
            height <= head.Height;
            height++)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = height == head.Height
                ? head.Id
                : await Chain.GetBlockIdAsync(height, cancellation).ConfigureAwait(false);
            if (id is not { } wanted)
            {
                return false;
            }

            var block = await Chain.GetBlockAsync(wanted, cancellation).ConfigureAwait(false)
                ?? throw new ChainUnavailableException($"The {Chain.Kind} does not give its block {wanted}.");
            if (book.Cursor is { } cursor && block.Parent != cursor.Id)
            {
                return false;
            }

            book.Advance(new BlockRef(wanted, height), block.Transactions, events);
        }

        return true;
    }

    // Where nothing is watched the blocks' names will do.
    private async ValueTask<bool> SkipAsync(WatchBook book, ChainHead head, CancellationToken cancellation)
    {
        if (book.Cursor is not { } cursor || head.Height - cursor.Height > WatchBook.Remembered)
        {
            book.Rewind(-1);
            book.Advance(head.Ref, [], []);
            return true;
        }

        for (var height = cursor.Height + 1; height <= head.Height; height++)
        {
            var id = height == head.Height
                ? head.Id
                : await Chain.GetBlockIdAsync(height, cancellation).ConfigureAwait(false);
            if (id is not { } known)
            {
                return false;
            }

            book.Advance(new BlockRef(known, height), [], []);
        }

        return true;
    }

    // Forgets the blocks that left the chain: down to the newest that both have, or all where that is below what is remembered.
    private async ValueTask RewindToChainAsync(WatchBook book, ChainHead head, CancellationToken cancellation)
    {
        if (book.Cursor is not { } cursor || cursor == head.Ref)
        {
            return;
        }

        var at = Math.Min(cursor.Height, head.Height);
        while (book.IdAt(at) is { } known)
        {
            var now = at == head.Height ? head.Id : await Chain.GetBlockIdAsync(at, cancellation).ConfigureAwait(false);
            if (now == known)
            {
                break;
            }

            at--;
        }

        _undone += ReferenceEquals(book, _book) ? cursor.Height - at : 0;
        book.Rewind(book.IdAt(at) is null ? -1 : at);
    }

    private async ValueTask<ImmutableArray<Transaction>> UnconfirmedAsync(CancellationToken cancellation)
    {
        if (_book.IsEmpty)
        {
            return [];
        }

        var query = new MempoolQuery([.. _book.Scripts], [.. _book.OutPoints], [.. _book.Unconfirmed]);
        var found = await Chain.FindUnconfirmedAsync(query, cancellation).ConfigureAwait(false);

        // What spends a payment that is itself unconfirmed, and was not known when the question was asked.
        var asked = query.OutPoints.ToHashSet();
        var scripts = query.Scripts.ToHashSet();
        var more = found.SelectMany(transaction => transaction.Outputs
                .Select((output, index) => (output, OutPoint: new OutPoint(transaction.Id, (uint)index))))
            .Where(pair => scripts.Contains(pair.output.ScriptPubKey) && !asked.Contains(pair.OutPoint))
            .Select(pair => pair.OutPoint).ToArray();
        return more.Length == 0
            ? found
            : [.. found, .. await Chain.FindUnconfirmedAsync(MempoolQuery.Spending(more), cancellation).ConfigureAwait(false)];
    }

    private FollowResult Finish(ChainHead head, ImmutableArray<Transaction> unconfirmed)
    {
        Forget();

        // Twice: a spend may stand before the payment that it spends.
        _book.Look(unconfirmed, _untold);
        _book.Look(unconfirmed, _untold);
        _book.Sweep(unconfirmed.Select(transaction => transaction.Id).ToHashSet(), _untold);
        if (_told?.Id != head.Id)
        {
            _untold.Add(new WatchEvent.TipMoved(head));
        }

        var view = _book.Snapshot();
        var result = new FollowResult(head, _undone, _untold.Count > MostUntold ? [] : [.. _untold], view);
        (_told, _undone) = (head, 0);
        _untold.Clear();
        Volatile.Write(ref _view, view);
        return result;
    }
}
