using Market.Bitcoin;

namespace Market.Chains.Engine;

/// <summary>
/// The one writer of a chain: blocks take turns, those that came too early wait, events are told when they are stored, and a store
/// that fails (disk full, connection lost, file gone) leaves the chain at its last whole block.
/// </summary>
/// <typeparam name="TBlock">The chain's blocks.</typeparam>
internal sealed class ChainWriter<TBlock>
    where TBlock : class
{
    private const int SnapshotEvery = 1_000;
    private const int MostQueued = 256;
    private const long MostQueuedBytes = 64 * 1024 * 1024;

    // What the writer's turn has brought about so far: told when it is stored.
    private readonly List<ChainEvent> _happened = [];
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly DeferredPool<TBlock> _deferred = new();
    private readonly ChainMemory<TBlock> _memory;
    private readonly ChainEvents _events;
    private readonly NodeTrouble _trouble;
    private bool _isTryingAgain;
    private int _queued;
    private long _queuedBytes;
    private int _sinceSnapshot;

    public ChainWriter(ChainMemory<TBlock> memory, ChainEvents events, NodeTrouble trouble)
    {
        (_memory, _events, _trouble) = (memory, events, trouble);
        _sinceSnapshot = memory.Core.Replayed;
        Attach(memory.Core);
    }

    /// <summary>Blocks that wait for their parent, mainchain block or time.</summary>
    public int DeferredCount => _deferred.Count;

    /// <summary>Those that wait for something else than their parent, oldest first.</summary>
    public List<TBlock> DeferredBlocks() => _deferred.Others;

    /// <summary>Told when one more waits for something else than its parent, whatever brought it about; return at once. Not told of
    /// those that were tried again and wait on.</summary>
    public Action Waits { get; set; } = () => { };

    /// <summary>Checks, stores and follows a block, then those that waited for it; tells what changed.</summary>
    /// <param name="block">The block.</param>
    /// <param name="isWeighed">True where its branch is known by its headers to come near the tip's work.</param>
    /// <param name="cancellation">Stops waiting for the turn.</param>
    /// <returns>After everything is stored.</returns>
    /// <exception cref="ChainUnavailableException">The store failed, or too many blocks wait for it.</exception>
    public async Task<CoreResult> SubmitAsync(
        TBlock block, bool isWeighed, CancellationToken cancellation = default)
    {
        var bytes = _memory.Core.MemoryOf(block);
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

    /// <summary>Has a block wait for its parent, beside the writer's turn.</summary>
    /// <returns>False where the parent has come: it has to be submitted.</returns>
    public bool WaitForParent(TBlock block)
    {
        var (id, parent) = (_memory.Core.IdOf(block), _memory.Core.ParentOf(block));
        _deferred.Add(id, block, _memory.Core.MemoryOf(block), parent);

        // Asked after it waits: a parent that comes from now on takes it along.
        if (_memory.Read(core => core.Locate(parent)) is null)
        {
            return true;
        }

        _deferred.Remove(id);
        return false;
    }

    /// <summary>Tries the blocks that wait: time passed, or the other chain moved.</summary>
    public async Task RetryDeferredAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (!_memory.IsClosed)
            {
                TryAgain(_deferred.TakeOthers());
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits for the turn, keeps a snapshot and lets go of the store. What is written stays.</summary>
    public async ValueTask CloseAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_memory.IsClosed)
            {
                try
                {
                    KeepSnapshot(every: 1);
                    _memory.Close();
                }
                finally
                {
                    _memory.Core.Dispose();
                }
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
        _isTryingAgain = true;
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
        finally
        {
            _isTryingAgain = false;
        }
    }

    private void PutBack(TBlock block) => Keep(block, null);

    private void Keep(TBlock block, Hash256? parent)
    {
        _deferred.Add(_memory.Core.IdOf(block), block, _memory.Core.MemoryOf(block), parent);
        if (parent is null && !_isTryingAgain)
        {
            Waits();
        }
    }

    private CoreResult SubmitInTurn(TBlock block, bool isWeighed)
    {
        _memory.ThrowIfClosed();
        try
        {
            var result = SubmitOne(block, isWeighed);
            if (result.IsAccepted)
            {
                SubmitWaiting(_memory.Core.IdOf(block));
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
            Keep(block, result.WaitsForParent ? _memory.Core.ParentOf(block) : null);
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
                        parents.Enqueue(_memory.Core.IdOf(child));
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

    private void Attach(IChainCore<TBlock> core)
    {
        core.Exclusively = _memory.Change;
        core.Changed = Follow;
    }

    // Within the moment in which the change is seen for the first time.
    private void Follow(CoreResult result)
    {
        _memory.Follow(result, _happened);
        _sinceSnapshot += result.Connected.Length;
    }

    // Whatever a store throws, and it may be anything, leaves the core broken. A change that failed is not there: the chain is
    // opened again where the store has it, and whoever offered the block may offer it again. Meanwhile
    // readers see the chain as it stood before.
    private CoreResult SubmitToStore(TBlock block, bool isWeighed)
    {
        if (_memory.Core.IsBroken)
        {
            Reopen();
        }

        try
        {
            return _memory.Core.Submit(block, _memory.Now, isWeighed);
        }
        catch (Exception error) when (_memory.Core.IsBroken)
        {
            _trouble.Tell($"A block could not be kept: {error.Message}");
            Reopen();
            throw new ChainUnavailableException(
                $"The block could not be kept ({error.Message}); the chain goes on at its last whole block.", error);
        }
    }

    private void Reopen()
    {
        try
        {
            var next = _memory.Core.Reopen();
            next.TakeLoaded();
            var found = Difference(_memory.Core, next);
            _memory.Change(() =>
            {
                Attach(next);
                _memory.Replace(next);
                Follow(found);
            });
        }
        catch (Exception error)
        {
            _trouble.Tell($"What is kept of the chain cannot be read: {error.Message}");
            throw new ChainUnavailableException($"What is kept of the chain cannot be read: {error.Message}", error);
        }
    }

    // The store may have the change that it said it had not: then the tip is another.
    private static CoreResult Difference(IChainCore<TBlock> before, IChainCore<TBlock> after)
    {
        var disconnected = Above(before, after);
        var connected = Above(after, before);
        connected.Reverse();
        return new CoreResult(SubmitCode.Accepted, null, [.. disconnected], [.. connected]);

        // What is on the one's best chain and not on the other's, newest first.
        static List<MovedBlock> Above(IChainCore<TBlock> one, IChainCore<TBlock> other)
        {
            var blocks = new List<MovedBlock>();
            for (var id = one.Head.Id; other.Locate(id) is not { OnBestChain: true };)
            {
                var place = one.Locate(id)!;
                blocks.Add(new MovedBlock(place.Block, one.TransactionsOf(one.Body(id)!)));
                id = place.Parent;
            }

            return blocks;
        }
    }

    // A snapshot only spares time at the next opening: one that fails is tried again after the next block.
    private void KeepSnapshot(int every)
    {
        if (_sinceSnapshot < every || _memory.Core.IsBroken)
        {
            return;
        }

        try
        {
            _memory.Core.SaveSnapshot();
            _sinceSnapshot = 0;
        }
        catch (Exception error)
        {
            _trouble.Tell($"No snapshot could be kept: {error.Message}");
        }
    }
}
