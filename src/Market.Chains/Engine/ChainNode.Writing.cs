using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Engine;

public abstract partial class ChainNode<TBlock>
{
    private const int MostQueued = 256;
    private const long MostQueuedBytes = 64 * 1024 * 1024;

    // What the writer's turn has brought about so far: told when it is stored.
    private readonly List<ChainEvent> _happened = [];
    private int _queued;
    private long _queuedBytes;

    /// <summary>Blocks that wait for their parent, mainchain block or time.</summary>
    public int DeferredCount => _deferred.Count;

    private protected List<TBlock> DeferredBlocks() => _deferred.Others;

    /// <summary>Checks, stores and follows a block, then those that waited for it; tells what changed.</summary>
    /// <param name="block">The block.</param>
    /// <param name="isWeighed">True where its branch is known by its headers to come near the tip's work.</param>
    /// <param name="cancellation">Stops waiting for the turn.</param>
    /// <returns>After everything is stored.</returns>
    /// <exception cref="ChainUnavailableException">The store failed, or too many blocks wait for it.</exception>
    private protected async Task<CoreResult> SubmitBlockAsync(
        TBlock block, bool isWeighed, CancellationToken cancellation = default)
    {
        var bytes = _core.MemoryOf(block);
        try
        {
            var queued = Interlocked.Increment(ref _queued);
            var queuedBytes = Interlocked.Add(ref _queuedBytes, bytes);
            if (queued > MostQueued || queuedBytes > MostQueuedBytes)
            {
                throw new ChainUnavailableException("Too many blocks wait to be stored. Offer it again later.");
            }

            await _turn.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                return await StoreThreads.StartAsync(() => SubmitInTurn(block, isWeighed)).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _queued);
            Interlocked.Add(ref _queuedBytes, -bytes);
        }
    }

    /// <summary>As <see cref="SubmitBlockAsync"/>, for threads that may wait.</summary>
    private protected CoreResult SubmitBlock(TBlock block, bool isWeighed = false)
    {
        _turn.Wait();
        try
        {
            return SubmitInTurn(block, isWeighed);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Tries the blocks that wait: time passed, or the other chain moved.</summary>
    private protected async Task RetryDeferredAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (!_closed)
            {
                TryAgain(_deferred.TakeOthers());
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    // Where the store fails, those that were not taken wait on, the one that it failed with behind the others.
    private void TryAgain(List<TBlock> blocks)
    {
        var tried = 0;
        try
        {
            for (; tried < blocks.Count; tried++)
            {
                SubmitInTurn(blocks[tried], isWeighed: false);
            }
        }
        catch
        {
            blocks.Skip(tried + 1).Append(blocks[tried]).ToList().ForEach(PutBack);
            throw;
        }
    }

    private void PutBack(TBlock block) =>
        _deferred.Add(_core.IdOf(block), block, _core.MemoryOf(block));

    private void Alone(Action work)
    {
        _gate.EnterWriteLock();
        try
        {
            work();
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    private void Attach(IChainCore<TBlock> core)
    {
        core.Exclusively = Alone;
        core.Changed = Follow;
    }

    private static void Tell(ImmutableArray<Dropped> dropped, List<ChainEvent> happened)
    {
        foreach (var each in dropped)
        {
            happened.Add(new ChainEvent.TransactionDropped(each.Transaction.Id, each.Reason));
        }
    }

    private CoreResult SubmitInTurn(TBlock block, bool isWeighed)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        try
        {
            var result = SubmitOne(block, isWeighed);
            if (result.IsAccepted)
            {
                SubmitWaiting(_core.IdOf(block));
            }

            return result;
        }
        finally
        {
            // Told also where a later block failed: what happened before it is kept.
            _happened.ForEach(_events.Publish);
            _happened.Clear();
            KeepSnapshot(SnapshotEvery);
        }
    }

    private CoreResult SubmitOne(TBlock block, bool isWeighed)
    {
        var result = SubmitToStore(block, isWeighed);
        if (result.Code == SubmitCode.Deferred)
        {
            _deferred.Add(
                _core.IdOf(block), block, _core.MemoryOf(block),
                result.WaitsForParent ? _core.ParentOf(block) : null);
        }

        return result;
    }

    // Only what waits for a block that arrived is looked at; the pool is bounded, and so is this.
    private void SubmitWaiting(Hash256 arrived)
    {
        var (parents, children) = (new Queue<Hash256>([arrived]), new Queue<TBlock>());
        try
        {
            while (parents.TryDequeue(out var parent))
            {
                _deferred.TakeChildren(parent).ForEach(children.Enqueue);
                for (; children.TryPeek(out var child); children.Dequeue())
                {
                    if (SubmitOne(child, isWeighed: false).IsAccepted)
                    {
                        parents.Enqueue(_core.IdOf(child));
                    }
                }
            }
        }
        catch
        {
            // Their parents are here, and do not arrive a second time.
            children.Concat(parents.SelectMany(_deferred.TakeChildren)).ToList().ForEach(PutBack);
            throw;
        }
    }

    // Within the moment in which the change is seen for the first time.
    private void Follow(CoreResult result)
    {
        if (!result.MovesTip)
        {
            return;
        }

        _refused = NoneRefused();
        _happened.Add(new ChainEvent.TipChanged(
            _core.Head,
            [.. result.Disconnected.Select(block => block.Block)],
            [.. result.Connected.Select(block => block.Block)]));
        foreach (var block in result.Disconnected)
        {
            foreach (var transaction in block.Transactions)
            {
                _confirmed.Remove(transaction.Id);
            }
        }

        foreach (var block in result.Connected)
        {
            Index(block.Block.Id, block.Transactions.Select(transaction => transaction.Id));
            Tell(_mempool.Confirm(block.Transactions, Now), _happened);
        }

        if (!result.Disconnected.IsEmpty || (result.HasExpired && _mempool.Count > 0))
        {
            // Oldest block first, so that parents come back before their children.
            var returning = result.Disconnected.Reverse().SelectMany(block => block.Transactions)
                .Where(transaction => !_confirmed.ContainsKey(transaction.Id));
            var (dropped, returned) = _mempool.Rebuild(
                returning, _core.Coins, _core.NextContext, _core.Rules, Now);
            Tell(dropped, _happened);
            _happened.AddRange(returned.Select(transaction => new ChainEvent.TransactionSeen(transaction)));
        }

        Tell(_mempool.Expire(Now), _happened);
        _sinceSnapshot += result.Connected.Length;
    }

    private void Index(Hash256 block, IEnumerable<TxId> transactions)
    {
        foreach (var id in transactions)
        {
            _confirmed[id] = block;
        }
    }
}
