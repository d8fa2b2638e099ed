using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Engine;

public abstract partial class ChainNode<TBlock>
{
    /// <summary>Blocks that wait for their parent, mainchain block or time.</summary>
    public int DeferredCount => Read(_ => _deferred.Count);

    private protected List<TBlock> DeferredBlocks() => _deferred.All;

    /// <summary>Checks, stores and follows a block, then those that waited for it; tells what changed.</summary>
    /// <param name="block">The block.</param>
    /// <param name="isWeighed">True where its branch is known by its headers to come near the tip's work.</param>
    private protected CoreResult SubmitBlock(TBlock block, bool isWeighed = false)
    {
        var happened = new List<ChainEvent>();
        CoreResult result;
        _gate.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            result = SubmitOne(block, isWeighed, happened);
            if (result.Code is SubmitCode.Accepted or SubmitCode.SideChain)
            {
                SubmitWaiting(happened);
            }
        }
        finally
        {
            // Told also where a later block failed: what happened before it is kept.
            _gate.ExitWriteLock();
            happened.ForEach(_events.Publish);
        }

        return result;
    }

    /// <summary>Tries the blocks that wait: time passed, or the other chain moved.</summary>
    private protected void RetryDeferred()
    {
        var happened = new List<ChainEvent>();
        _gate.EnterWriteLock();
        try
        {
            if (!_closed)
            {
                SubmitWaiting(happened);
            }
        }
        finally
        {
            _gate.ExitWriteLock();
            happened.ForEach(_events.Publish);
        }
    }

    private protected BroadcastResult AddToMempool(Transaction transaction)
    {
        var happened = new List<ChainEvent>();
        BroadcastResult result;
        _gate.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_confirmed.ContainsKey(transaction.Id))
            {
                return new BroadcastResult(transaction.Id, BroadcastCode.AlreadyConfirmed);
            }

            result = _mempool.Add(
                transaction, _core.Coins, _core.NextContext, _core.Rules, Now, out var dropped);
            Tell(dropped, happened);
            if (result.Code == BroadcastCode.Accepted)
            {
                happened.Add(new ChainEvent.TransactionSeen(transaction));
            }
        }
        finally
        {
            _gate.ExitWriteLock();
        }

        happened.ForEach(_events.Publish);
        return result;
    }

    private static void Tell(ImmutableArray<Dropped> dropped, List<ChainEvent> happened)
    {
        foreach (var each in dropped)
        {
            happened.Add(new ChainEvent.TransactionDropped(each.Transaction.Id, each.Reason));
        }
    }

    private CoreResult SubmitOne(TBlock block, bool isWeighed, List<ChainEvent> happened)
    {
        var result = SubmitToStore(block, isWeighed);
        if (result.Code == SubmitCode.Deferred)
        {
            _deferred.Add(_core.IdOf(block), block, BlockMemory.Of(_core.TransactionsOf(block)));
        }

        if (result.MovesTip)
        {
            Follow(result, happened);
        }

        return result;
    }

    // Each round takes in at least one block, or is the last.
    private void SubmitWaiting(List<ChainEvent> happened)
    {
        for (var progress = true; progress && _deferred.Count > 0;)
        {
            progress = false;
            foreach (var block in _deferred.TakeAll())
            {
                progress |= SubmitOne(block, false, happened).Code is SubmitCode.Accepted or SubmitCode.SideChain;
            }
        }
    }

    private void Follow(CoreResult result, List<ChainEvent> happened)
    {
        happened.Add(new ChainEvent.TipChanged(
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
            Index(block.Block.Id, block.Transactions);
            Tell(_mempool.Confirm(block.Transactions), happened);
        }

        if (!result.Disconnected.IsEmpty)
        {
            // Oldest block first, so that parents come back before their children.
            var returning = result.Disconnected.Reverse().SelectMany(block => block.Transactions)
                .Where(transaction => !_confirmed.ContainsKey(transaction.Id));
            var (dropped, returned) = _mempool.Rebuild(
                returning, _core.Coins, _core.NextContext, _core.Rules, Now);
            Tell(dropped, happened);
            happened.AddRange(returned.Select(transaction => new ChainEvent.TransactionSeen(transaction)));
        }

        Tell(_mempool.Expire(Now), happened);
        _sinceSnapshot += result.Connected.Length;
        KeepSnapshot(SnapshotEvery);
    }

    private void Index(Hash256 block, ImmutableArray<Transaction> transactions)
    {
        foreach (var transaction in transactions)
        {
            _confirmed[transaction.Id] = block;
        }
    }
}
