using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <summary>
/// A chain as a process has it: one writer and many readers of its state, a mempool, blocks that wait for others, and
/// events told after the store has them.
/// </summary>
/// <typeparam name="TBlock">The chain's blocks.</typeparam>
public abstract class ChainNode<TBlock> : IChain, IAsyncDisposable
    where TBlock : class
{
    private const int BlockVirtualBytes = 1_000_000;

    private readonly TimeProvider _clock;
    private readonly NodeTrouble _trouble = new();
    private readonly ChainEvents _events = new();
    private readonly StoreThreads _storeThreads = new();
    private readonly ChainMemory<TBlock> _memory;
    private readonly ChainWriter<TBlock> _writer;
    private readonly MempoolDoor<TBlock> _door;

    private protected ChainNode(IChainCore<TBlock> core, TimeProvider clock, MempoolLimits limits)
    {
        _clock = clock;
        _memory = new ChainMemory<TBlock>(core, clock, limits);
        _writer = new ChainWriter<TBlock>(_memory, _events, _trouble);
        _door = new MempoolDoor<TBlock>(_memory, _events);
    }

    /// <inheritdoc/>
    public abstract ChainKind Kind { get; }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract Network Network { get; }

    /// <inheritdoc/>
    public int CoinbaseMaturity => _memory.Core.Rules.CoinbaseMaturity;

    /// <summary>The clock, Unix seconds.</summary>
    private protected long Now => _memory.Now;

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
            id, place.Parent, place.Block.Height, place.Time, place.MedianTimePast,
            body is null ? [] : _memory.Core.TransactionsOf(body));
    }

    /// <inheritdoc/>
    public async ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default)
    {
        var (waiting, place, height) = Read(core => (
            _memory.Mempool.Find(id),
            _memory.BlockOf(id) is { } block ? core.Locate(block) : null,
            core.Head.Height));
        if (waiting is not null)
        {
            return new ChainTransaction(waiting, null, 0);
        }

        if (place is null || await ReadBodyAsync(place.Block.Id, cancellation).ConfigureAwait(false) is not { } body)
        {
            return null;
        }

        var transaction = _memory.Core.TransactionsOf(body).First(each => each.Id == id);
        return new ChainTransaction(transaction, place.Block, height - place.Block.Height + 1);
    }

    /// <inheritdoc/>
    public ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(core =>
        {
            if (withMempool && _memory.Mempool.IsSpent(outPoint))
            {
                return null;
            }

            if (core.Coins.TryGet(outPoint, out var coin))
            {
                return Confirmed(core, outPoint, coin);
            }

            return withMempool && _memory.Mempool.Output(outPoint) is { } output
                && BlockConnector.IsSpendable(output.ScriptPubKey)
                ? new UnspentOutput(outPoint, output, -1, false, 0) { RootHeight = _memory.RootOf(outPoint) }
                : null;
        }));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(
        Script script, CancellationToken cancellation = default) => ValueTask.FromResult(Read(core =>
        {
            var unconfirmed = _memory.Mempool.OutputsOf(script).Select(
                each => new UnspentOutput(each.OutPoint, each.Output, -1, false, 0) { RootHeight = _memory.RootOf(each.OutPoint) });
            return core.CoinsOf(script).Select(pair => Confirmed(core, pair.Key, pair.Value))
                .Concat(unconfirmed)
                .Where(coin => !_memory.Mempool.IsSpent(coin.OutPoint))
                .ToImmutableArray();
        }));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(_ => _memory.Mempool.InOrder()));

    /// <inheritdoc/>
    public ValueTask<int> CountUnconfirmedAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(_ => _memory.Mempool.Count));

    /// <inheritdoc/>
    public virtual ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(_ => _memory.Mempool.Find(query)));

    /// <inheritdoc/>
    public virtual ValueTask<BroadcastResult> BroadcastAsync(
        Transaction transaction, CancellationToken cancellation = default) =>
        _door.AddAsync(transaction, isOwn: false, cancellation);

    /// <inheritdoc/>
    public virtual ValueTask<BroadcastResult> RelayAsync(
        Transaction transaction, CancellationToken cancellation = default) =>
        _door.AddAsync(transaction, isOwn: true, cancellation);

    /// <inheritdoc/>
    public virtual ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(targetBlocks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(targetBlocks, 1008);
        var room = (long)targetBlocks * Math.Min(BlockVirtualBytes, _memory.Core.Rules.MaxWeight / 4);
        return ValueTask.FromResult(Read(_ => _memory.Mempool.FeeRateFor(room, Now)));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ChainEvent> SubscribeAsync(CancellationToken cancellation = default) =>
        _events.Subscribe(cancellation);

    /// <summary>Lets go of the store. What is written stays.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _writer.CloseAsync().ConfigureAwait(false);
    }

    /// <summary>What failed last in keeping the chain, and what was done about it, for people; null where nothing did.</summary>
    public string? StoreTrouble => _trouble.Words;

    /// <summary>Blocks that wait for their parent, mainchain block or time.</summary>
    public int DeferredCount => _writer.DeferredCount;

    /// <summary>Strangers' transactions whose scripts are being verified, or wait for it.</summary>
    internal int Verifying => _door.Verifying;

    /// <summary>Readers of events that queues are kept for.</summary>
    internal int EventReaders => _events.ReaderCount;

    /// <summary>What failed beside the writing of blocks.</summary>
    private protected void TellBug(SupervisedFailure failure) => _trouble.TellBug(failure);

    /// <summary>Tells readers of events of what is no block and no transaction.</summary>
    private protected void Publish(ChainEvent happened) => _events.Publish(happened);

    /// <inheritdoc cref="ChainWriter{TBlock}.DeferredBlocks"/>
    private protected List<TBlock> DeferredBlocks() => _writer.DeferredBlocks();

    /// <inheritdoc cref="ChainWriter{TBlock}.Waits"/>
    private protected void TellWhenOneWaits(Action waits) => _writer.Waits = waits;

    /// <inheritdoc cref="ChainWriter{TBlock}.SubmitAsync"/>
    private protected Task<CoreResult> SubmitBlockAsync(
        TBlock block, bool isWeighed, CancellationToken cancellation = default) =>
        _writer.SubmitAsync(block, isWeighed, cancellation);

    /// <inheritdoc cref="ChainWriter{TBlock}.WaitForParent"/>
    private protected bool WaitForParent(TBlock block) => _writer.WaitForParent(block);

    /// <inheritdoc cref="ChainWriter{TBlock}.RetryDeferredAsync"/>
    private protected Task RetryDeferredAsync(CancellationToken cancellation) => _writer.RetryDeferredAsync(cancellation);

    /// <summary>Takes a transaction in that others told of; see <see cref="MempoolDoor{TBlock}.AddAsync"/>.</summary>
    private protected ValueTask<BroadcastResult> AddToMempoolAsync(Transaction transaction, CancellationToken cancellation) =>
        _door.AddAsync(transaction, isOwn: false, cancellation);

    /// <summary>Unconfirmed transactions for the next block, chosen within <see cref="Read{T}"/>.</summary>
    private protected ImmutableArray<Transaction> Choose(
        in BlockContext context, LedgerRules rules, BlockRoom room, out Amount fees) =>
        _memory.Mempool.Copy().Choose(_memory.Core.Coins, context, rules, room, out fees);

    /// <summary>The dearest unconfirmed transactions, by package, parents before children. Sorted while others read and
    /// write.</summary>
    /// <param name="virtualBytes">How much of them, as the mempool reckons their size.</param>
    /// <param name="least">The feerate of a package below which it is left out.</param>
    private protected ImmutableArray<Transaction> Dearest(long virtualBytes, FeeRate least) =>
        Read(_ => _memory.Mempool.Copy()).Dearest(virtualBytes, least);

    /// <summary>A block whole, read while nobody is kept waiting for it; null where unknown.</summary>
    private protected ValueTask<TBlock?> ReadBodyAsync(Hash256 id, CancellationToken cancellation)
    {
        _memory.ThrowIfClosed();
        return _memory.Core.Remembered(id) is { } body
            ? ValueTask.FromResult<TBlock?>(body)
            : ReadStoreAsync(() => _memory.Core.Body(id), cancellation);
    }

    /// <summary>Reads the store. The pool's threads, as few as there are cores, wait for none of it.</summary>
    private protected ValueTask<T> ReadStoreAsync<T>(Func<T> read, CancellationToken cancellation) =>
        _storeThreads.RunAsync(read, cancellation);

    /// <summary>Asks what is in memory. Nothing that waits for a store may stand in it.</summary>
    private protected T Read<T>(Func<IChainCore<TBlock>, T> ask) => _memory.Read(ask);

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
        new(outPoint, coin.Output, coin.Height, coin.IsCoinbase, core.Head.Height - coin.Height + 1)
        {
            RootHeight = core.RootOf(outPoint),
        };
}
