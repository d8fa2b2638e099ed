using System.Collections.Concurrent;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>A chain on which only what a test says happens; coins that were never spent are <see cref="TestCoins"/>.</summary>
internal sealed class TestChain(ChainKind kind) : IChain
{
    private readonly ChainEvents _events = new();
    private readonly ConcurrentDictionary<TxId, Transaction> _transactions = new();
    private readonly ConcurrentDictionary<OutPoint, bool> _spent = new();
    private readonly ConcurrentDictionary<OutPoint, Transaction> _spenders = new();
    private readonly ConcurrentDictionary<OutPoint, int> _lookUps = new();
    private readonly ConcurrentDictionary<OutPoint, bool> _missing = new();
    private readonly TestCoins _coins = new();

    public volatile bool Away;

    /// <summary>Whoever asks for the tip meets a bug.</summary>
    public volatile bool Broken;

    /// <summary>A tip that is never late unless a test says so.</summary>
    public ChainHead Tip { get; set; } = new(default, 100, 4_000_000_000, 4_000_000_000);

    public ChainKind Kind => kind;

    public string Name => "devnet";

    public Network Network => kind == ChainKind.Mainchain ? Network.Regtest : Network.SharechainDevnet;

    public int CoinbaseMaturity => 5;

    /// <summary>A transaction enters the mempool; silently where the event is lost.</summary>
    public void See(Transaction transaction, bool silently = false)
    {
        _transactions[transaction.Id] = transaction;
        foreach (var input in transaction.Inputs)
        {
            _spent[input.PreviousOutput] = true;
            _spenders[input.PreviousOutput] = transaction;
        }
        _events.Publish(silently ? new ChainEvent.Gap() : new ChainEvent.TransactionSeen(transaction));
    }

    /// <summary>A transaction leaves the mempool because another takes its coins, which is told next.</summary>
    public void Replace(Transaction transaction, Transaction by)
    {
        _transactions.TryRemove(transaction.Id, out _);
        for (var i = 0; i < transaction.Outputs.Length; i++) _spent[new OutPoint(transaction.Id, (uint)i)] = true;
        _events.Publish(new ChainEvent.TransactionDropped(transaction.Id, DropReason.Replaced));
        See(by);
    }

    /// <summary>A coin is gone from the chain, or there again, and nobody spent it.</summary>
    public void Lose(OutPoint coin, bool isThereAgain = false)
    {
        if (isThereAgain) _spent.TryRemove(coin, out _);
        else _spent[coin] = true;
    }

    /// <summary>A coin is not found the next time that it is looked up, and is after that.</summary>
    public void MissOnce(OutPoint coin)
    {
        _lookUps[coin] = 0;
        _missing[coin] = true;
    }

    /// <summary>How often a coin was looked up since it was to be missed.</summary>
    public int LookUpsOf(OutPoint coin) => _lookUps.GetValueOrDefault(coin);

    public ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default) =>
        Away ? throw new ChainUnavailableException("away")
        : Broken ? throw new InvalidOperationException("a bug")
        : ValueTask.FromResult(Tip);

    public ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default) =>
        ValueTask.FromResult(_transactions.TryGetValue(id, out var t) ? new ChainTransaction(t, null, 0) : null);

    public ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default)
    {
        if (_lookUps.ContainsKey(outPoint)) _lookUps.AddOrUpdate(outPoint, 1, (_, count) => count + 1);
        if (_missing.TryRemove(outPoint, out _) || _spent.ContainsKey(outPoint)) return ValueTask.FromResult<UnspentOutput?>(null);
        return _transactions.TryGetValue(outPoint.TxId, out var made)
            ? ValueTask.FromResult<UnspentOutput?>(new UnspentOutput(outPoint, made.Outputs[(int)outPoint.Index], -1, false, 0))
            : _coins.FindAsync(kind, outPoint, cancellation);
    }

    public IAsyncEnumerable<ChainEvent> SubscribeAsync(CancellationToken cancellation = default) =>
        _events.Subscribe(cancellation);

    /// <summary>What is wrong with the node by its own word.</summary>
    public string? Trouble { get; set; }

    /// <summary>The blocks' ids by height.</summary>
    public Func<int, Hash256> Ids { get; set; } = height => Hash256.DoubleSha256(BitConverter.GetBytes(height));

    public ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default) => ValueTask.FromResult(Trouble);

    public ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation = default) =>
        ValueTask.FromResult<Hash256?>(Ids(height));

    /// <summary>Blocks without transactions.</summary>
    public ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default)
    {
        var tip = Tip;
        var height = tip.Height;
        while (height > 0 && id != tip.Id && Ids(height) != id) height--;
        return ValueTask.FromResult<ChainBlock?>(new ChainBlock(id, Ids(height - 1), height, tip.Time, tip.MedianTimePast, []));
    }

    /// <summary>The newest spender of an output, and what a test showed by its id.</summary>
    public ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default) => ValueTask.FromResult<ImmutableArray<Transaction>>(
        [
            .. query.OutPoints.Select(o => _spenders.GetValueOrDefault(o)).OfType<Transaction>()
                .Where(t => _transactions.ContainsKey(t.Id)).Distinct(),
        ]);

    public ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(Script script, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public ValueTask<BroadcastResult> BroadcastAsync(Transaction transaction, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default) =>
        ValueTask.FromResult(FeeRate.MinimumRelay);
}
