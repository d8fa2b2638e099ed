using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <summary>
/// A chain as a process has it: one writer and many readers of its state, a mempool, blocks that wait for others, and
/// events told after the store has them.
/// </summary>
/// <typeparam name="TBlock">The chain's blocks.</typeparam>
public abstract partial class ChainNode<TBlock> : IChain, IAsyncDisposable
    where TBlock : class
{
    private const int BlockVirtualBytes = 1_000_000;

    private volatile IChainCore<TBlock> _core;
    private readonly TimeProvider _clock;
    private readonly Mempool _mempool;

    // Readers share the gate; it is closed for moments, while memory changes. Writers take turns, and a turn may be long.
    private readonly ReaderWriterLockSlim _gate = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly StoreThreads _storeThreads = new();
    private readonly ChainEvents _events = new();
    private readonly DeferredPool<TBlock> _deferred = new();
    private readonly Dictionary<TxId, Hash256> _confirmed = [];
    private volatile bool _closed;

    private protected ChainNode(IChainCore<TBlock> core, TimeProvider clock, MempoolLimits limits)
    {
        _core = core;
        _sinceSnapshot = core.Replayed;
        _clock = clock;
        _mempool = new Mempool(limits);
        Attach(core);
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

    /// <inheritdoc/>
    public abstract ChainKind Kind { get; }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract Network Network { get; }

    /// <inheritdoc/>
    public int CoinbaseMaturity => _core.Rules.CoinbaseMaturity;

    /// <summary>The clock, Unix seconds.</summary>
    private protected long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    private protected TimeProvider Clock => _clock;

    /// <inheritdoc/>
    public ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(core => core.Head));

    /// <inheritdoc/>
    public ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(core => core.IdAt(height)));

    /// <inheritdoc/>
    public async ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default)
    {
        if (Read(core => core.Locate(id)) is not { } place)
        {
            return null;
        }

        var body = await ReadBodyAsync(id, cancellation).ConfigureAwait(false);
        return new ChainBlock(
            id, place.Parent, place.Block.Height, place.Time, place.MedianTimePast, body is null ? [] : _core.TransactionsOf(body));
    }

    /// <inheritdoc/>
    public async ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default)
    {
        var (waiting, place, height) = Read(core => (
            _mempool.Find(id),
            _confirmed.TryGetValue(id, out var block) ? core.Locate(block) : null,
            core.Head.Height));
        if (waiting is not null)
        {
            return new ChainTransaction(waiting, null, 0);
        }

        if (place is null || await ReadBodyAsync(place.Block.Id, cancellation).ConfigureAwait(false) is not { } body)
        {
            return null;
        }

        var transaction = _core.TransactionsOf(body).First(each => each.Id == id);
        return new ChainTransaction(transaction, place.Block, height - place.Block.Height + 1);
    }

    /// <inheritdoc/>
    public ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(core =>
        {
            if (withMempool && _mempool.IsSpent(outPoint))
            {
                return null;
            }

            if (core.Coins.TryGet(outPoint, out var coin))
            {
                return Confirmed(core, outPoint, coin);
            }

            return withMempool && _mempool.Output(outPoint) is { } output
                && BlockConnector.IsSpendable(output.ScriptPubKey)
                ? new UnspentOutput(outPoint, output, -1, false, 0)
                : null;
        }));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(
        Script script, CancellationToken cancellation = default) => ValueTask.FromResult(Read(core =>
        {
            var unconfirmed =
                from entry in _mempool.InOrder()
                from index in Enumerable.Range(0, entry.Transaction.Outputs.Length)
                let output = entry.Transaction.Outputs[index]
                where output.ScriptPubKey == script
                select new UnspentOutput(new OutPoint(entry.Transaction.Id, (uint)index), output, -1, false, 0);
            return core.CoinsOf(script).Select(pair => Confirmed(core, pair.Key, pair.Value))
                .Concat(unconfirmed)
                .Where(coin => !_mempool.IsSpent(coin.OutPoint))
                .ToImmutableArray();
        }));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(_ => _mempool.InOrder()));

    /// <inheritdoc/>
    public ValueTask<int> CountUnconfirmedAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(_ => _mempool.Count));

    /// <inheritdoc/>
    public virtual ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(_ => _mempool.Find(query)));

    /// <inheritdoc/>
    public virtual ValueTask<BroadcastResult> BroadcastAsync(
        Transaction transaction, CancellationToken cancellation = default) =>
        ValueTask.FromResult(AddToMempool(transaction));

    /// <inheritdoc/>
    public virtual ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(targetBlocks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(targetBlocks, 1008);
        var room = (long)targetBlocks * Math.Min(BlockVirtualBytes, _core.Rules.MaxWeight / 4);
        return ValueTask.FromResult(Read(_ => _mempool.FeeRateFor(room, Now)));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ChainEvent> SubscribeAsync(CancellationToken cancellation = default) =>
        _events.Subscribe(cancellation);

    /// <summary>Lets go of the store. What is written stays.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_closed)
            {
                try
                {
                    KeepSnapshot(every: 1);
                    Alone(() => _closed = true);
                }
                finally
                {
                    _core.Dispose();
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A block whole, read while nobody is kept waiting for it; null where unknown.</summary>
    private protected ValueTask<TBlock?> ReadBodyAsync(Hash256 id, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return _core.Remembered(id) is { } body
            ? ValueTask.FromResult<TBlock?>(body)
            : ReadStoreAsync(() => _core.Body(id), cancellation);
    }

    /// <summary>Reads the store. The pool's threads, as few as there are cores, wait for none of it.</summary>
    private protected ValueTask<T> ReadStoreAsync<T>(Func<T> read, CancellationToken cancellation) =>
        _storeThreads.RunAsync(read, cancellation);

    /// <summary>Asks what is in memory. Nothing that waits for a store may stand in it.</summary>
    private protected T Read<T>(Func<IChainCore<TBlock>, T> ask)
    {
        _gate.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return ask(_core);
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <summary>Ids from the tip downwards, ten in a row and then ever farther apart, genesis last.</summary>
    private protected IReadOnlyList<Hash256> BuildLocator() => Read(core =>
    {
        const int dense = 10;
        var ids = new List<Hash256>();
        var step = 1;
        for (var height = core.Head.Height; height > 0; height -= step)
        {
            ids.Add(core.IdAt(height)!.Value);
            step = ids.Count < dense ? 1 : step * 2;
        }

        ids.Add(core.IdAt(0)!.Value);
        return ids;
    });

    private static UnspentOutput Confirmed(IChainCore<TBlock> core, OutPoint outPoint, in Coin coin) =>
        new(outPoint, coin.Output, coin.Height, coin.IsCoinbase, core.Head.Height - coin.Height + 1);
}
