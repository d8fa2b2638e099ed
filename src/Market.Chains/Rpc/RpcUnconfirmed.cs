using System.Collections.Immutable;
using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>What of a node's mempool is known here; see <see cref="IChain"/>.</summary>
internal sealed class RpcUnconfirmed(RpcOptions options, RpcConnection rpc, RpcTransactions transactions, ChainEvents events)
{
    private readonly RpcMempool _mempool = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _namesSpenders = true;

    /// <summary>All that the last look found, parents before children.</summary>
    public ImmutableArray<MempoolEntry> InOrder() => _mempool.InOrder();

    /// <summary>Whether the last look found what spends an output.</summary>
    public bool IsSpent(OutPoint outPoint) => _mempool.IsSpent(outPoint);

    public async ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation)
    {
        await RefreshAsync(cancellation).ConfigureAwait(false);
        return _mempool.InOrder();
    }

    public async ValueTask<int> CountUnconfirmedAsync(CancellationToken cancellation) =>
        (await rpc.CallAsync("getmempoolinfo", cancellation).ConfigureAwait(false)).Get("size").Int();

    public async ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation)
    {
        await RefreshAsync(cancellation).ConfigureAwait(false);
        var found = _mempool.Find(query);
        if (_mempool.IsWhole || query.Count == 0)
        {
            return found;
        }

        var known = found.Select(transaction => transaction.Id).ToHashSet();
        var wanted = query.Ids.Concat(await SpendersAsync(query.OutPoints, cancellation).ConfigureAwait(false))
            .Where(id => !known.Contains(id)).Distinct();
        foreach (var id in wanted)
        {
            if (await transactions.FindAsync(id, cancellation).ConfigureAwait(false) is { Block: null } waiting)
            {
                found = found.Add(waiting.Transaction);
            }
        }

        return found;
    }

    /// <summary>The ids in an answer of gettxspendingprevout: an unspent output comes without one.</summary>
    internal static IEnumerable<TxId> SpendersIn(JsonElement answer) =>
        answer.Items().Select(each => each.Find("spendingtxid")).OfType<JsonElement>().Select(id => new TxId(id.Hash()));

    // The unconfirmed transactions that spend outputs, by the node's own word; none where it has no such method (bcoin).
    private async ValueTask<List<TxId>> SpendersAsync(ImmutableArray<OutPoint> outPoints, CancellationToken cancellation)
    {
        var spenders = new List<TxId>();
        foreach (var part in outPoints.Chunk(MempoolQuery.MostAtOnce).TakeWhile(_ => _namesSpenders))
        {
            var asked = part.Select(each => new { txid = each.TxId.ToString(), vout = each.Index }).ToArray();
            try
            {
                var answer = await rpc.CallAsync("gettxspendingprevout", cancellation, [asked]).ConfigureAwait(false);
                spenders.AddRange(SpendersIn(answer));
            }
            catch (RpcException refusal) when (refusal.Code == RpcException.MethodNotFound)
            {
                _namesSpenders = false;
            }
        }

        return spenders;
    }

    /// <summary>Reads what is new, and tells what came and went.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var answer = await rpc.CallAsync("getrawmempool", cancellation, false).ConfigureAwait(false);
            var present = answer.Items().Select(id => new TxId(id.Hash())).ToHashSet();
            var now = options.Clock.GetUtcNow().ToUnixTimeSeconds();
            var added = new List<MempoolEntry>();
            foreach (var id in _mempool.Unknown(present, options.MempoolLimit))
            {
                if (await FetchAsync(id, now, cancellation).ConfigureAwait(false) is { } entry)
                {
                    added.Add(entry);
                }
            }

            var gone = _mempool.Update(present, added);
            added.ForEach(entry => events.Publish(new ChainEvent.TransactionSeen(entry.Transaction)));
            foreach (var entry in gone)
            {
                await TellDroppedAsync(entry.Transaction, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<MempoolEntry?> FetchAsync(TxId id, long now, CancellationToken cancellation)
    {
        try
        {
            var hex = await rpc.CallAsync("getrawtransaction", cancellation, id.ToString(), false)
                .ConfigureAwait(false);
            var entry = await rpc.CallAsync("getmempoolentry", cancellation, id.ToString()).ConfigureAwait(false);
            var fee = entry.Find("fees")?.Find("base") ?? entry.Find("fee");
            return new MempoolEntry(
                hex.Transaction(), fee?.Coins() ?? Amount.Zero, entry.Find("time")?.Long() ?? now);
        }
        catch (RpcException)
        {
            // It left between the two questions.
            return null;
        }
    }

    private async Task TellDroppedAsync(Transaction transaction, CancellationToken cancellation)
    {
        if (await transactions.FindAsync(transaction.Id, cancellation).ConfigureAwait(false) is not null)
        {
            return;
        }

        var replaced = transaction.Inputs.Any(input => _mempool.IsSpent(input.PreviousOutput));
        events.Publish(new ChainEvent.TransactionDropped(
            transaction.Id, replaced ? DropReason.Replaced : DropReason.Evicted));
    }
}
