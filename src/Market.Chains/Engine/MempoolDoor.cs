using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <summary>
/// How transactions come into the mempool: scripts, which may take long, are run while nobody waits for the memory, and whoever
/// waits for its turn has no thread meanwhile. What this program stands for itself has a turn of its own, which no stranger takes.
/// </summary>
/// <param name="memory">The chain.</param>
/// <param name="events">Told what came in, and what that put out.</param>
/// <typeparam name="TBlock">The chain's blocks.</typeparam>
internal sealed class MempoolDoor<TBlock>(ChainMemory<TBlock> memory, ChainEvents events)
    where TBlock : class
{
    /// <summary>Of strangers so many are verified at once; the rest of the machine is for blocks.</summary>
    public const int MostVerifying = 2;

    /// <summary>So many of strangers may wait for that.</summary>
    public const int MostWaiting = 64;

    private const int MostVerifyingOwn = 1;
    private const int MostWaitingOwn = 256;

    // Above this a thread of its own hashes: with two cores the pool has two, which are everybody's.
    private const long HashedByThePool = 1_000_000;

    private readonly VerifyingQueue _strangers = new(MostVerifying, MostWaiting);
    private readonly VerifyingQueue _own = new(MostVerifyingOwn, MostWaitingOwn);

    /// <summary>Strangers' transactions that are being verified, or wait for it.</summary>
    public int Verifying => _strangers.Count;

    /// <summary>Takes a transaction in, or says what is against it.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="isOwn">True where this program stands for it: it waits behind no stranger's.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="ChainBusyException">Too many wait already.</exception>
    public async ValueTask<BroadcastResult> AddAsync(Transaction transaction, bool isOwn, CancellationToken cancellation)
    {
        var refused = memory.Refused;
        if (refused.TryGet(transaction.WitnessId, out var before))
        {
            return before;
        }

        // Everything that costs little first, the fee included: whose scripts are run could pay for it.
        var (against, accepted, rules) = memory.Read(core =>
        {
            var result = RefuseConfirmed(transaction);
            AcceptedTransaction? found = null;
            result ??= memory.Mempool.Judge(transaction, core.Coins, core.NextContext, core.Rules, memory.Now, out found);
            return (result, found, core.Rules);
        });
        if (against is not null)
        {
            return against;
        }

        return await VerifyAsync(accepted!, rules, refused, isOwn, cancellation).ConfigureAwait(false) ?? AddVerified(transaction);
    }

    private BroadcastResult? RefuseConfirmed(Transaction transaction) => memory.BlockOf(transaction.Id) is not null
        ? new BroadcastResult(transaction.Id, BroadcastCode.AlreadyConfirmed)
        : null;

    private async ValueTask<BroadcastResult?> VerifyAsync(
        AcceptedTransaction accepted, LedgerRules rules, RecentCache<WTxId, BroadcastResult> refused, bool isOwn,
        CancellationToken cancellation)
    {
        var queue = isOwn ? _own : _strangers;
        await queue.EnterAsync(cancellation).ConfigureAwait(false);
        try
        {
            // Another may have found out while this one waited.
            var id = accepted.Transaction.WitnessId;
            if (refused.TryGet(id, out var before))
            {
                return before;
            }

            if (memory.Read(_ => memory.Mempool.Find(accepted.Transaction.Id)) is not null)
            {
                return new BroadcastResult(accepted.Transaction.Id, BroadcastCode.AlreadyInMempool);
            }

            // What the row's blocks may hold is relayed: relay's own flags would keep out what a row without a rule leaves to all.
            var failure = MempoolPolicy.HashedBytes(accepted) > HashedByThePool
                ? await StoreThreads.StartAsync(() => TransactionAcceptance.CheckScripts(accepted, rules)).ConfigureAwait(false)
                : TransactionAcceptance.CheckScripts(accepted, rules);
            if (failure.IsOk)
            {
                return null;
            }

            var result = new BroadcastResult(accepted.Transaction.Id, Mempool.CodeOf(failure.Error), failure.ToString());
            refused.Put(id, result);
            return result;
        }
        finally
        {
            queue.Leave();
        }
    }

    // Tip and mempool may have moved while the scripts ran: all but the scripts is checked again.
    private BroadcastResult AddVerified(Transaction transaction)
    {
        var happened = new List<ChainEvent>();
        BroadcastResult? result = null;
        memory.Change(() =>
        {
            memory.ThrowIfClosed();
            result = RefuseConfirmed(transaction);
            if (result is not null)
            {
                return;
            }

            result = memory.Mempool.AddVerified(
                transaction, memory.Core.Coins, memory.Core.NextContext, memory.Core.Rules, memory.Now, out var dropped);
            ChainMemory<TBlock>.Tell(dropped, happened);
            if (result.Code == BroadcastCode.Accepted)
            {
                happened.Add(new ChainEvent.TransactionSeen(transaction));
            }
        });
        happened.ForEach(events.Publish);
        return result!;
    }
}
