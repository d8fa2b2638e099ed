using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Engine;

/// <summary>
/// What a node has of its chain in memory: the core, the mempool, and which block has which transaction. Many read it at the same
/// time; it changes while nobody reads, for moments.
/// </summary>
/// <typeparam name="TBlock">The chain's blocks.</typeparam>
internal sealed class ChainMemory<TBlock>
    where TBlock : class
{
    private const int MostRefused = 10_000;

    private readonly TimeProvider _clock;
    private readonly ReaderWriterLockSlim _gate = new();
    private readonly Dictionary<TxId, Hash256> _confirmed = [];
    private volatile IChainCore<TBlock> _core;
    private volatile RecentCache<WTxId, BroadcastResult> _refused = NoneRefused();
    private volatile bool _isClosed;

    public ChainMemory(IChainCore<TBlock> core, TimeProvider clock, MempoolLimits limits)
    {
        (_core, _clock, Mempool) = (core, clock, new Mempool(limits));
        var loaded = core.TakeLoaded();
        _confirmed.EnsureCapacity(loaded.Count);
        foreach (var (id, transactions) in loaded)
        {
            if (core.IsBest(id))
            {
                Index(id, transactions);
            }
        }
    }

    public IChainCore<TBlock> Core => _core;

    public Mempool Mempool { get; }

    /// <summary>The clock, Unix seconds.</summary>
    public long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    public bool IsClosed => _isClosed;

    /// <summary>Transactions whose scripts failed at this tip. By witness id: a stranger's wrong witness must not keep the right
    /// one out.</summary>
    public RecentCache<WTxId, BroadcastResult> Refused => _refused;

    /// <summary>The block of the best chain that has a transaction; null where none has. Asked while nothing changes.</summary>
    public Hash256? BlockOf(TxId id) => _confirmed.TryGetValue(id, out var block) ? block : null;

    /// <summary>The root height of an output, confirmed or not: of one that waits, the lowest of what it comes from. Null where the
    /// chain has none. Asked while nothing changes.</summary>
    public int? RootOf(OutPoint outPoint)
    {
        if (!_core.HasRoots)
        {
            return null;
        }

        if (_core.RootOf(outPoint) is { } confirmed)
        {
            return confirmed;
        }

        // As many as one may have that waits: the mempool bounds them.
        var (seen, left) = (new HashSet<TxId>(), new Stack<TxId>([outPoint.TxId]));
        int? lowest = null;
        while (left.TryPop(out var id))
        {
            if (!seen.Add(id) || Mempool.Find(id) is not { } waiting)
            {
                continue;
            }

            foreach (var input in waiting.Inputs)
            {
                if (_core.RootOf(input.PreviousOutput) is { } from)
                {
                    lowest = Math.Min(lowest ?? from, from);
                }
                else
                {
                    left.Push(input.PreviousOutput.TxId);
                }
            }
        }

        return lowest;
    }

    public void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_isClosed, typeof(ChainNode<TBlock>));

    /// <summary>Asks what is in memory. Nothing that waits for a store may stand in it.</summary>
    public T Read<T>(Func<IChainCore<TBlock>, T> ask)
    {
        _gate.EnterReadLock();
        try
        {
            ThrowIfClosed();
            return ask(_core);
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <summary>Runs a change while nobody reads.</summary>
    public void Change(Action work)
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

    /// <summary>Nothing is asked or changed any more.</summary>
    public void Close() => Change(() => _isClosed = true);

    /// <summary>Another core takes over, within a change.</summary>
    public void Replace(IChainCore<TBlock> core) => _core = core;

    /// <summary>Mempool and index follow the core, within the change that moves its tip.</summary>
    /// <param name="result">What joined and left the best chain.</param>
    /// <param name="happened">Takes what happened.</param>
    public void Follow(CoreResult result, List<ChainEvent> happened)
    {
        if (!result.MovesTip)
        {
            return;
        }

        _refused = NoneRefused();
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
            Index(block.Block.Id, block.Transactions.Select(transaction => transaction.Id));
            Tell(Mempool.Confirm(block.Transactions, Now), happened);
        }

        if (result.Disconnected.IsEmpty)
        {
            Tell(Mempool.DropSpenders(result.Gone), happened);
        }
        else
        {
            // Oldest block first, so that parents come back before their children.
            var returning = result.Disconnected.Reverse().SelectMany(block => block.Transactions)
                .Where(transaction => !_confirmed.ContainsKey(transaction.Id));
            var (dropped, returned) = Mempool.Rebuild(
                returning, _core.Coins, _core.NextContext, _core.Rules, Now);
            Tell(dropped, happened);
            happened.AddRange(returned.Select(transaction => new ChainEvent.TransactionSeen(transaction)));
        }

        Tell(Mempool.Expire(Now), happened);
    }

    /// <summary>Adds that transactions left the mempool.</summary>
    public static void Tell(ImmutableArray<Dropped> dropped, List<ChainEvent> happened)
    {
        foreach (var each in dropped)
        {
            happened.Add(new ChainEvent.TransactionDropped(each.Transaction.Id, each.Reason));
        }
    }

    private void Index(Hash256 block, IEnumerable<TxId> transactions)
    {
        foreach (var id in transactions)
        {
            _confirmed[id] = block;
        }
    }

    private static RecentCache<WTxId, BroadcastResult> NoneRefused() => new(MostRefused);
}
