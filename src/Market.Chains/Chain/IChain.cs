using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains;

/// <summary>Which of the two chains.</summary>
public enum ChainKind
{
    /// <summary>Bitcoin, or the embedded chain that stands in for it.</summary>
    Mainchain,

    /// <summary>The ledger of shares.</summary>
    Sharechain,
}

/// <summary>
/// What both chains can do for a market, a miner and an agent. Block ids are raw hashes here; <see cref="IMainchain"/>
/// and the sharechain's interface add their own types. Every method may throw <see cref="ChainUnavailableException"/>
/// where the chain is another process that does not answer.
/// </summary>
public interface IChain
{
    /// <summary>Which chain this is.</summary>
    ChainKind Kind { get; }

    /// <summary>The network's name (<see cref="NetworkProfile"/>); the sharechain's is its profile's.</summary>
    string Name { get; }

    /// <summary>How its addresses are written.</summary>
    Network Network { get; }

    /// <summary>Blocks after which a coinbase's outputs may be spent.</summary>
    int CoinbaseMaturity { get; }

    /// <summary>The best block.</summary>
    ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default);

    /// <summary>
    /// What the node itself says is wrong with its view of the chain, for people; null where nothing is. A node that still
    /// downloads, or knows headers whose blocks it lacks, must not be traded on.
    /// </summary>
    ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default) => ValueTask.FromResult<string?>(null);

    /// <summary>The block at a height of the best chain; null above the tip.</summary>
    ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation = default);

    /// <summary>A known block, on the best chain or off it; null where unknown.</summary>
    ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default);

    /// <summary>A transaction of the best chain or the mempool; null where unknown.</summary>
    ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default);

    /// <summary>An unspent output; null where unknown or spent.</summary>
    /// <param name="outPoint">Which.</param>
    /// <param name="withMempool">
    /// True also sees outputs made by unconfirmed transactions, and not those that unconfirmed transactions spend.
    /// </param>
    /// <param name="cancellation">Stops waiting.</param>
    ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default);

    /// <summary>Unspent outputs paying exactly this script, in the order they were made, mempool included and
    /// respected as in <see cref="FindUnspentAsync"/>.</summary>
    ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(Script script, CancellationToken cancellation = default);

    /// <summary>
    /// The unconfirmed transactions, parents before children, for pages and miners: where there are more than are read, those
    /// heard of first. To find one, <see cref="FindUnconfirmedAsync"/>.
    /// </summary>
    ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default);

    /// <summary>How many unconfirmed transactions there are.</summary>
    async ValueTask<int> CountUnconfirmedAsync(CancellationToken cancellation = default) =>
        (await GetMempoolAsync(cancellation).ConfigureAwait(false)).Length;

    /// <summary>
    /// The unconfirmed transactions that are asked for, however many others there are. A chain that has no index of its
    /// mempool looks through what it lists.
    /// </summary>
    async ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default) =>
        query.Filter((await GetMempoolAsync(cancellation).ConfigureAwait(false)).Select(entry => entry.Transaction));

    /// <summary>Offers a transaction to the network. Offering what is known already succeeds.</summary>
    /// <exception cref="ChainBusyException">So many wait to be checked that no more are taken for the moment.</exception>
    ValueTask<BroadcastResult> BroadcastAsync(Transaction transaction, CancellationToken cancellation = default);

    /// <summary>As <see cref="BroadcastAsync"/>, of a transaction that the program itself stands for, as those of swaps are: where
    /// the chain's own node checks it, it waits behind no stranger's.</summary>
    ValueTask<BroadcastResult> RelayAsync(Transaction transaction, CancellationToken cancellation = default) =>
        BroadcastAsync(transaction, cancellation);

    /// <summary>A feerate expected to confirm within so many blocks; at least the minimum relay feerate.</summary>
    /// <param name="targetBlocks">From 1 to 1008.</param>
    /// <param name="cancellation">Stops waiting.</param>
    ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default);

    /// <summary>
    /// What happens from now on, after it is committed, until cancelled. A reader that falls behind by more than
    /// <see cref="ChainEvents.QueueLimit"/> events gets one <see cref="ChainEvent.Gap"/> in their place and reads the
    /// chain anew; the subscription is active before the first item is awaited.
    /// </summary>
    IAsyncEnumerable<ChainEvent> SubscribeAsync(CancellationToken cancellation = default);
}

/// <summary>The chain is another process that cannot be reached, answers nonsense or refuses. Says what to do.</summary>
public class ChainUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
