using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <summary>How transactions come into the mempool: scripts, which may take long, are run while nobody waits for the memory.
/// </summary>
/// <param name="memory">The chain.</param>
/// <param name="events">Told what came in, and what that put out.</param>
/// <typeparam name="TBlock">The chain's blocks.</typeparam>
internal sealed class MempoolDoor<TBlock>(ChainMemory<TBlock> memory, ChainEvents events)
    where TBlock : class
{
    private const int MostVerifying = 2;

    // What strangers send is verified by so many threads at once; the rest of the machine is for blocks.
    private readonly SemaphoreSlim _verifying = new(MostVerifying, MostVerifying);

    /// <summary>Takes a transaction in, or says what is against it.</summary>
    public BroadcastResult Add(Transaction transaction)
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

        if (Verify(accepted!, rules, refused) is { } failed)
        {
            return failed;
        }

        return AddVerified(transaction);
    }

    private BroadcastResult? RefuseConfirmed(Transaction transaction) => memory.BlockOf(transaction.Id) is not null
        ? new BroadcastResult(transaction.Id, BroadcastCode.AlreadyConfirmed)
        : null;

    private BroadcastResult? Verify(
        AcceptedTransaction accepted, LedgerRules rules, RecentCache<WTxId, BroadcastResult> refused)
    {
        _verifying.Wait();
        try
        {
            // Another thread may have found out while this one waited.
            var id = accepted.Transaction.WitnessId;
            if (refused.TryGet(id, out var before))
            {
                return before;
            }

            var failure = TransactionAcceptance.CheckScripts(accepted, rules);
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
            _verifying.Release();
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
