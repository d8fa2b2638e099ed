using System.Collections.Immutable;
using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

public sealed partial class RpcMainchain
{
    // Deeper reorganisations are told as a gap: readers then compare the chain with what they know themselves.
    private const int RememberedBlocks = 2_048;

    private readonly RpcMempool _mempool = new();
    private readonly SemaphoreSlim _mempoolTurn = new(1, 1);
    private readonly LinkedList<BlockRef> _recent = new();
    private readonly WakeUp _look;
    private readonly Supervised _following;
    private volatile bool _namesSpenders = true;

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default)
    {
        await RefreshMempoolAsync(cancellation).ConfigureAwait(false);
        return _mempool.InOrder();
    }

    /// <inheritdoc/>
    public async ValueTask<int> CountUnconfirmedAsync(CancellationToken cancellation = default) =>
        (await _rpc.CallAsync("getmempoolinfo", cancellation).ConfigureAwait(false)).Get("size").Int();

    /// <inheritdoc/>
    /// <remarks>
    /// From the listing where that holds all the node has; else the node is asked for ids and, by gettxspendingprevout
    /// (Bitcoin Core 24), for what spends an output. Payments to a script beyond the listing are found by those alone.
    /// </remarks>
    public async ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default)
    {
        await RefreshMempoolAsync(cancellation).ConfigureAwait(false);
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
            if (await FindTransactionAsync(id, cancellation).ConfigureAwait(false) is { Block: null } waiting)
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
                var answer = await _rpc.CallAsync("gettxspendingprevout", cancellation, [asked]).ConfigureAwait(false);
                spenders.AddRange(SpendersIn(answer));
            }
            catch (RpcException refusal) when (refusal.Code == RpcException.MethodNotFound)
            {
                _namesSpenders = false;
            }
        }

        return spenders;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ChainEvent> SubscribeAsync(CancellationToken cancellation = default)
    {
        var events = _events.Subscribe(cancellation);
        lock (_startLock)
        {
            _polling ??= Task.Run(() => PollAsync(_stop.Token), CancellationToken.None);
        }

        return events;
    }

    private async Task PollAsync(CancellationToken cancellation)
    {
        await _following.RepeatAsync(
            async stop =>
            {
                await FollowTipAsync(stop).ConfigureAwait(false);
                await RefreshMempoolAsync(stop).ConfigureAwait(false);
            },
            stop => _look.PauseAsync(_options.PollInterval, stop),
            cancellation).ConfigureAwait(false);
        _recent.Clear();
    }

    // Told once for each time the node goes away: readers ask the chain and see the error themselves.
    private void Lose(SupervisedFailure failure)
    {
        if (failure.IsFirst)
        {
            _events.Publish(new ChainEvent.Gap());
        }
    }

    private async Task FollowTipAsync(CancellationToken cancellation)
    {
        var tip = await GetTipAsync(cancellation).ConfigureAwait(false);
        if (_recent.Last is null)
        {
            await RememberAsync(tip.Ref, cancellation).ConfigureAwait(false);
            return;
        }

        if (_recent.Last.Value.Id == tip.Id)
        {
            return;
        }

        _templates.Forget(tip.Id);

        // Walk back from the new tip to a block remembered, then drop what was remembered above it.
        var known = _recent.ToDictionary(block => block.Id);
        var connected = new Stack<BlockRef>();
        var at = tip.Ref;
        while (!known.ContainsKey(at.Id))
        {
            connected.Push(at);
            if (connected.Count > RememberedBlocks || at.Height == 0
                || await FindHeaderAsync(new BlockId(at.Id), cancellation).ConfigureAwait(false) is not { } header)
            {
                _recent.Clear();
                await RememberAsync(tip.Ref, cancellation).ConfigureAwait(false);
                _events.Publish(new ChainEvent.Gap());
                return;
            }

            at = new BlockRef(header.Header.Previous.Value, at.Height - 1);
        }

        var disconnected = ImmutableArray.CreateBuilder<BlockRef>();
        for (var last = _recent.Last; last is not null && last.Value.Id != at.Id; last = _recent.Last)
        {
            disconnected.Add(last.Value);
            _recent.RemoveLast();
        }

        var joined = connected.ToImmutableArray();
        foreach (var block in joined)
        {
            _recent.AddLast(block);
        }

        while (_recent.Count > RememberedBlocks)
        {
            _recent.RemoveFirst();
        }

        _events.Publish(new ChainEvent.TipChanged(tip, disconnected.ToImmutable(), joined));
    }

    // The first look remembers some blocks below the tip, so that a reorganisation right after it has a known root.
    private async Task RememberAsync(BlockRef tip, CancellationToken cancellation)
    {
        const int below = 12;
        var at = tip;
        for (var i = 0; i <= below; i++)
        {
            _recent.AddFirst(at);
            if (at.Height == 0
                || await FindHeaderAsync(new BlockId(at.Id), cancellation).ConfigureAwait(false) is not { } header)
            {
                return;
            }

            at = new BlockRef(header.Header.Previous.Value, at.Height - 1);
        }
    }

    private async Task RefreshMempoolAsync(CancellationToken cancellation)
    {
        await _mempoolTurn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var answer = await _rpc.CallAsync("getrawmempool", cancellation, false).ConfigureAwait(false);
            var present = answer.Items().Select(id => new TxId(id.Hash())).ToHashSet();
            var now = _options.Clock.GetUtcNow().ToUnixTimeSeconds();
            var added = new List<MempoolEntry>();
            foreach (var id in _mempool.Unknown(present, _options.MempoolLimit))
            {
                if (await FetchAsync(id, now, cancellation).ConfigureAwait(false) is { } entry)
                {
                    added.Add(entry);
                }
            }

            var gone = _mempool.Update(present, added);
            added.ForEach(entry => _events.Publish(new ChainEvent.TransactionSeen(entry.Transaction)));
            foreach (var entry in gone)
            {
                await TellDroppedAsync(entry.Transaction, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _mempoolTurn.Release();
        }
    }

    private async ValueTask<MempoolEntry?> FetchAsync(TxId id, long now, CancellationToken cancellation)
    {
        try
        {
            var hex = await _rpc.CallAsync("getrawtransaction", cancellation, id.ToString(), false)
                .ConfigureAwait(false);
            var entry = await _rpc.CallAsync("getmempoolentry", cancellation, id.ToString()).ConfigureAwait(false);
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
        if (await FindTransactionAsync(transaction.Id, cancellation).ConfigureAwait(false) is not null)
        {
            return;
        }

        var replaced = transaction.Inputs.Any(input => _mempool.IsSpent(input.PreviousOutput));
        _events.Publish(new ChainEvent.TransactionDropped(
            transaction.Id, replaced ? DropReason.Replaced : DropReason.Evicted));
    }
}
