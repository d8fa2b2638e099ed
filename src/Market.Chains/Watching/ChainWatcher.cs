using System.Collections.Immutable;
using System.Threading.Channels;
using Market.Bitcoin;
using Market.Bitcoin.Watching;

namespace Market.Chains.Watching;

/// <summary>
/// Follows one chain's blocks, reorganisations and mempool for scripts and outputs at stake: payments, spends (with
/// the preimages they reveal), and both undone. One reader.
/// </summary>
public sealed class ChainWatcher : IAsyncDisposable
{
    private const int QueueLimit = 1_024;
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    private readonly IChain _chain;
    private readonly Lock _lock = new();
    private readonly WatchBook _book = new();
    private readonly List<(Script Script, int From)> _newScripts = [];
    private readonly List<(OutPoint OutPoint, int From)> _newOutPoints = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _working;
    private readonly Channel<WatchEvent> _events = Channel.CreateBounded<WatchEvent>(
        new BoundedChannelOptions(QueueLimit) { SingleReader = true, SingleWriter = true });

    private readonly Channel<Transaction?> _wake = Channel.CreateBounded<Transaction?>(
        new BoundedChannelOptions(QueueLimit) { FullMode = BoundedChannelFullMode.DropOldest });

    private int _lookBackFrom = int.MaxValue;
    private ChainHead? _told;
    private string? _lastError;

    /// <summary>Begins to watch.</summary>
    /// <param name="chain">Which chain; not disposed.</param>
    public ChainWatcher(IChain chain)
    {
        _chain = chain;
        _working = Task.Run(() => WorkAsync(_stop.Token), CancellationToken.None);
    }

    /// <summary>Why the chain could not be looked at last; null where all is well.</summary>
    public string? LastError => Volatile.Read(ref _lastError);

    /// <summary>
    /// Watches for payments to a script, and for spends of them. Any time, any number of times; what is there already,
    /// in blocks from the height on and in the mempool, is told too.
    /// </summary>
    public void Watch(Script script, int fromHeight)
    {
        lock (_lock)
        {
            _newScripts.Add((script, Math.Max(0, fromHeight)));
        }

        _wake.Writer.TryWrite(null);
    }

    /// <summary>Watches for spends of one output, from a height on.</summary>
    public void Watch(OutPoint outPoint, int fromHeight)
    {
        lock (_lock)
        {
            _newOutPoints.Add((outPoint, Math.Max(0, fromHeight)));
        }

        _wake.Writer.TryWrite(null);
    }

    /// <summary>Forgets a script and all that paid it.</summary>
    public void Unwatch(Script script)
    {
        lock (_lock)
        {
            _newScripts.RemoveAll(each => each.Script == script);
            _book.Remove(script);
        }
    }

    /// <summary>Forgets an output.</summary>
    public void Unwatch(OutPoint outPoint)
    {
        lock (_lock)
        {
            _newOutPoints.RemoveAll(each => each.OutPoint == outPoint);
            _book.Remove(outPoint);
        }
    }

    /// <summary>What happens, in order, until cancelled. For one reader.</summary>
    public IAsyncEnumerable<WatchEvent> ReadAsync(CancellationToken cancellation = default) =>
        _events.Reader.ReadAllAsync(cancellation);

    /// <summary>Stops watching.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _working.ConfigureAwait(false);
            _stop.Dispose();
        }
    }

    private async Task WorkAsync(CancellationToken cancellation)
    {
        var listening = Task.Run(() => ListenAsync(cancellation), CancellationToken.None);
        try
        {
            while (true)
            {
                var pause = PollInterval;
                try
                {
                    await LookAsync(cancellation).ConfigureAwait(false);
                    Volatile.Write(ref _lastError, null);
                }
                catch (ChainUnavailableException error)
                {
                    Volatile.Write(ref _lastError, error.Message);
                    pause = RetryInterval;
                }

                await WaitAsync(pause, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            _events.Writer.TryComplete();
        }
        catch (Exception error)
        {
            // A bug: the reader must hear of it.
            _events.Writer.TryComplete(error);
            throw;
        }
        finally
        {
            await listening.ConfigureAwait(false);
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (var happened in _chain.SubscribeAsync(cancellation).ConfigureAwait(false))
            {
                _wake.Writer.TryWrite((happened as ChainEvent.TransactionSeen)?.Transaction);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // It is over.
        }
    }

    // Unconfirmed transactions are looked at as they come; anything else ends the wait.
    private async Task WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(atMost);
        try
        {
            while (await _wake.Reader.ReadAsync(limit.Token).ConfigureAwait(false) is { } seen)
            {
                List<WatchEvent> events = [];
                lock (_lock)
                {
                    _book.Look([seen], events);
                }

                await TellAsync(events, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Waited long enough.
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        await StartNewAsync(cancellation).ConfigureAwait(false);
        var head = await FollowAsync(cancellation).ConfigureAwait(false);
        var mempool = await _chain.GetMempoolAsync(cancellation).ConfigureAwait(false);
        var now = await _chain.GetTipAsync(cancellation).ConfigureAwait(false);
        List<WatchEvent> events = [];
        lock (_lock)
        {
            _book.Look(mempool.Select(entry => entry.Transaction), events);

            // Where the chain moved during the look, things that seem gone may be in the new block: that is looked at first.
            if (now.Id == head.Id)
            {
                _book.Sweep(mempool.Select(entry => entry.Transaction.Id).ToHashSet(), events);
            }
        }

        if (now.Id != head.Id)
        {
            _wake.Writer.TryWrite(null);
        }
        else if (_told?.Id != head.Id)
        {
            _told = head;
            events.Add(new WatchEvent.TipMoved(head));
        }

        await TellAsync(events, cancellation).ConfigureAwait(false);
    }

    // New scripts and outputs are looked for in the blocks that were looked at before they were watched. Where the chain
    // does not answer, the next look goes on at the same block.
    private async Task StartNewAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            foreach (var (script, from) in _newScripts)
            {
                _lookBackFrom = _book.Add(script, from) == WatchAdded.Added ? Math.Min(from, _lookBackFrom) : _lookBackFrom;
            }

            foreach (var (outPoint, from) in _newOutPoints)
            {
                _lookBackFrom = _book.Add(outPoint, from) == WatchAdded.Added ? Math.Min(from, _lookBackFrom) : _lookBackFrom;
            }

            _newScripts.Clear();
            _newOutPoints.Clear();
        }

        for (; _lookBackFrom <= (_book.Cursor?.Height ?? -1); _lookBackFrom++)
        {
            if (await BlockAtAsync(_lookBackFrom, cancellation).ConfigureAwait(false) is not { } block)
            {
                break;
            }

            List<WatchEvent> events = [];
            lock (_lock)
            {
                _book.LookBack(block.Ref, block.Transactions, events);
            }

            await TellAsync(events, cancellation).ConfigureAwait(false);
        }

        _lookBackFrom = int.MaxValue;
    }

    private async Task<ChainHead> FollowAsync(CancellationToken cancellation)
    {
        var head = await _chain.GetTipAsync(cancellation).ConfigureAwait(false);
        var path = await PathAsync(head, cancellation).ConfigureAwait(false);
        foreach (var block in path)
        {
            List<WatchEvent> events = [];
            lock (_lock)
            {
                _book.Advance(block.Ref, block.Transactions, events);
            }

            await TellAsync(events, cancellation).ConfigureAwait(false);
        }

        return head;
    }

    // The blocks to look at next, oldest first, after taking back those that left the chain.
    private async Task<List<ChainBlock>> PathAsync(ChainHead head, CancellationToken cancellation)
    {
        // The first block ever looked at is the lowest that anything is watched from, or the tip.
        int first;
        lock (_lock)
        {
            first = _book.Cursor is null ? Math.Min(_book.LowestHeight ?? head.Height, head.Height) : 0;
        }

        var path = new List<ChainBlock>();
        var at = head.Ref;
        while (!_book.Holds(at))
        {
            var block = await _chain.GetBlockAsync(at.Id, cancellation).ConfigureAwait(false)
                ?? throw new ChainUnavailableException($"The chain lost block {at.Id} while it was looked at.");
            path.Add(block);
            if (_book.Cursor is { } cursor && path.Count > WatchBook.Remembered + head.Height - cursor.Height)
            {
                // Deeper than what is remembered: everything is looked for anew.
                lock (_lock)
                {
                    _book.Rewind(-1);
                }

                return await PathAsync(head, cancellation).ConfigureAwait(false);
            }

            if (at.Height <= first)
            {
                break;
            }

            at = new BlockRef(block.Parent, at.Height - 1);
        }

        path.Reverse();
        lock (_lock)
        {
            _book.Rewind(path.Count == 0 ? head.Height : path[0].Height - 1);
        }

        return path;
    }

    private async ValueTask<ChainBlock?> BlockAtAsync(int height, CancellationToken cancellation) =>
        await _chain.GetBlockIdAsync(height, cancellation).ConfigureAwait(false) is { } id
            ? await _chain.GetBlockAsync(id, cancellation).ConfigureAwait(false)
            : null;

    private async Task TellAsync(List<WatchEvent> events, CancellationToken cancellation)
    {
        foreach (var happened in events)
        {
            await _events.Writer.WriteAsync(happened, cancellation).ConfigureAwait(false);
        }
    }
}
