using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Client.Tests.Agent;

/// <summary>The agent's process died here.</summary>
public sealed class KilledException() : Exception("killed");

/// <summary>When an agent dies: at its n-th broadcast, before or after the network has taken the transaction.</summary>
internal sealed class Fate
{
    private int _broadcasts;

    public int? DieBefore { get; set; }

    public int? DieAfter { get; set; }

    public int Broadcasts => _broadcasts;

    public async ValueTask<BroadcastResult> PassAsync(Func<ValueTask<BroadcastResult>> broadcast)
    {
        var n = ++_broadcasts;
        if (n == DieBefore)
        {
            throw new KilledException();
        }

        var result = await broadcast();
        return n == DieAfter ? throw new KilledException() : result;
    }
}

/// <summary>
/// A chain as an agent sees it that may die at a broadcast, and whose node may keep what it has instead of replacing it.
/// Everything else goes straight through.
/// </summary>
internal sealed class CrashingChain(IChain inner, Fate fate, Func<bool> replaces) : IChain
{
    public ChainKind Kind => inner.Kind;

    public string Name => inner.Name;

    public Network Network => inner.Network;

    public int CoinbaseMaturity => inner.CoinbaseMaturity;

    public ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default) =>
        inner.GetTipAsync(cancellation);

    public ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation = default) =>
        inner.GetBlockIdAsync(height, cancellation);

    public ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default) =>
        inner.GetBlockAsync(id, cancellation);

    public ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default) =>
        inner.FindTransactionAsync(id, cancellation);

    public ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default) =>
        inner.FindUnspentAsync(outPoint, withMempool, cancellation);

    public ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(
        Script script, CancellationToken cancellation = default) => inner.GetCoinsAsync(script, cancellation);

    public ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default) =>
        inner.GetMempoolAsync(cancellation);

    public ValueTask<BroadcastResult> BroadcastAsync(
        Transaction transaction, CancellationToken cancellation = default) =>
        fate.PassAsync(async () => replaces() || !await IsRivalAsync(transaction, cancellation)
            ? await inner.BroadcastAsync(transaction, cancellation)
            : new BroadcastResult(transaction.Id, BroadcastCode.Conflict, "txn-mempool-conflict"));

    public ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default) =>
        inner.EstimateFeeAsync(targetBlocks, cancellation);

    public IAsyncEnumerable<ChainEvent> SubscribeAsync(CancellationToken cancellation = default) =>
        inner.SubscribeAsync(cancellation);

    private async ValueTask<bool> IsRivalAsync(Transaction transaction, CancellationToken cancellation)
    {
        var spent = transaction.Inputs.Select(input => input.PreviousOutput).ToHashSet();
        return (await inner.GetMempoolAsync(cancellation)).Any(entry => entry.Transaction.Id != transaction.Id
            && entry.Transaction.Inputs.Any(input => spent.Contains(input.PreviousOutput)));
    }
}
