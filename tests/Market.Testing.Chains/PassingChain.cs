using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Testing.Chains;

/// <summary>A chain behind which another stands: what a test does not change goes straight through.</summary>
public abstract class PassingChain(IChain inner) : IChain
{
    public ChainKind Kind => inner.Kind;

    public string Name => inner.Name;

    public Network Network => inner.Network;

    public int CoinbaseMaturity => inner.CoinbaseMaturity;

    protected IChain Inner => inner;

    public virtual ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default) =>
        inner.GetTipAsync(cancellation);

    public ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation = default) =>
        inner.GetBlockIdAsync(height, cancellation);

    public virtual ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default) =>
        inner.GetBlockAsync(id, cancellation);

    public ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default) =>
        inner.FindTransactionAsync(id, cancellation);

    public ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default) =>
        inner.FindUnspentAsync(outPoint, withMempool, cancellation);

    public virtual ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(
        Script script, CancellationToken cancellation = default) => inner.GetCoinsAsync(script, cancellation);

    public virtual ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default) =>
        inner.GetMempoolAsync(cancellation);

    public virtual ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default) => inner.FindUnconfirmedAsync(query, cancellation);

    public virtual ValueTask<BroadcastResult> BroadcastAsync(
        Transaction transaction, CancellationToken cancellation = default) =>
        inner.BroadcastAsync(transaction, cancellation);

    public virtual ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default) =>
        inner.EstimateFeeAsync(targetBlocks, cancellation);

    public virtual IAsyncEnumerable<ChainEvent> SubscribeAsync(CancellationToken cancellation = default) =>
        inner.SubscribeAsync(cancellation);
}
