using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <content>How transactions come into the mempool: scripts, which may take long, are run while nobody waits for the gate.
/// </content>
public abstract partial class ChainNode<TBlock>
{
    private const int MostRefused = 10_000;
    private const int MostVerifying = 2;

    // What strangers send is verified by so many threads at once; the rest of the machine is for blocks.
    private readonly SemaphoreSlim _verifying = new(MostVerifying, MostVerifying);

    // By witness id: a stranger's wrong witness must not keep the right one out.
    private volatile RecentCache<WTxId, BroadcastResult> _refused = NoneRefused();

    private static RecentCache<WTxId, BroadcastResult> NoneRefused() => new(MostRefused);

    private protected BroadcastResult AddToMempool(Transaction transaction)
    {
        var refused = _refused;
        if (refused.TryGet(transaction.WitnessId, out var before))
        {
            return before;
        }

        // Everything that costs little first, the fee included: whose scripts are run could pay for it.
        var (against, accepted, rules) = Read(core =>
        {
            var result = RefuseConfirmed(transaction);
            AcceptedTransaction? found = null;
            result ??= _mempool.Judge(transaction, core.Coins, core.NextContext, core.Rules, Now, out found);
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

    private BroadcastResult? RefuseConfirmed(Transaction transaction) => _confirmed.ContainsKey(transaction.Id)
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
        Alone(() =>
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            result = RefuseConfirmed(transaction);
            if (result is not null)
            {
                return;
            }

            result = _mempool.AddVerified(
                transaction, _core.Coins, _core.NextContext, _core.Rules, Now, out var dropped);
            Tell(dropped, happened);
            if (result.Code == BroadcastCode.Accepted)
            {
                happened.Add(new ChainEvent.TransactionSeen(transaction));
            }
        });
        happened.ForEach(_events.Publish);
        return result!;
    }
}
