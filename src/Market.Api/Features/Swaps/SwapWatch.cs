using Market.Api.Chains;
using Market.Bitcoin;
using Market.Bitcoin.Watching;
using Market.Chains;
using Market.Chains.Watching;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Features.Swaps;

/// <summary>The coordinator's eyes and voice on both chains: watches scripts, and broadcasts again what was seen.</summary>
public sealed partial class SwapWatch(ChainPair chains, ILogger<SwapWatch> log) : IAsyncDisposable
{
    private readonly Dictionary<ChainName, ChainWatcher> _watchers = Enum.GetValues<ChainName>()
        .ToDictionary(name => name, name => new ChainWatcher(chains.Of(name)));

    private readonly Lock _gate = new();
    private readonly Dictionary<(ChainName Chain, OutPoint OutPoint), Script> _payments = [];

    /// <summary>Watches a script from a height on.</summary>
    public void Watch(ChainName chain, Script script, int fromHeight) => _watchers[chain].Watch(script, fromHeight);

    /// <summary>Forgets a script.</summary>
    public void Unwatch(ChainName chain, Script script)
    {
        _watchers[chain].Unwatch(script);
        lock (_gate)
        {
            foreach (var key in _payments.Where(p => p.Key.Chain == chain && p.Value == script).Select(p => p.Key).ToList())
                _payments.Remove(key);
        }
    }

    /// <summary>Passes on everything seen, until cancelled.</summary>
    internal Task RunAsync(Func<SwapNews, ValueTask> tell, CancellationToken stop) =>
        Task.WhenAll(_watchers.Select(w => ReadAsync(w.Key, w.Value, tell, stop)));

    /// <summary>What a swap knows from an earlier life and no chain or mempool has any more.</summary>
    public async Task<IReadOnlyList<SwapEvent>> MissingAsync(Swap swap, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(swap);
        var gone = new List<SwapEvent>();
        foreach (var leg in new[] { Role.Initiator, Role.Participant })
        {
            var name = SwapView.NameOf(swap.ChainOf(leg));
            var chain = chains.Of(name);
            foreach (var payment in swap.PaymentsOf(leg).Where(p => !p.Missing))
            {
                if (payment.Spend is { } spend && await chain.FindTransactionAsync(spend.TxId, cancel) is null)
                    gone.Add(new SwapEvent.SpendGone(leg, payment.OutPoint, spend.TxId));
                if (await chain.FindTransactionAsync(payment.OutPoint.TxId, cancel) is null)
                    gone.Add(new SwapEvent.FundingGone(leg, payment.OutPoint));
                if (swap.Terms is { } terms)
                {
                    lock (_gate) _payments[(name, payment.OutPoint)] = terms.HtlcOf(leg).ScriptPubKey;
                }
            }
        }
        return gone;
    }

    /// <summary>Broadcasts kept transactions again; known ones are no harm.</summary>
    public async Task RelayAsync(
        ChainName chain, IReadOnlyList<SwapTransactionRow> transactions, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(transactions);
        foreach (var row in transactions)
        {
            if (!Transaction.TryParse(row.Bytes, out var transaction, out _)) continue;
            var result = await chains.Of(chain).BroadcastAsync(transaction, cancel);
            if (!result.IsSuccess) NotRelayed(log, row.TransactionId, result.Code, result.Detail);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers.Values) await watcher.DisposeAsync();
    }

    private async Task ReadAsync(ChainName chain, ChainWatcher watcher, Func<SwapNews, ValueTask> tell, CancellationToken stop)
    {
        await foreach (var seen in watcher.ReadAsync(stop))
        {
            if (Translate(chain, seen) is { } news) await tell(news);
        }
    }

    private SwapNews? Translate(ChainName chain, WatchEvent seen)
    {
        switch (seen)
        {
            case WatchEvent.Funded e:
                lock (_gate) _payments[(chain, e.OutPoint)] = e.Script;
                return new SwapNews.Funded(chain, e.Script, e.OutPoint, e.Amount, e.Block?.Height, e.Transaction);
            case WatchEvent.FundingGone e:
                return new SwapNews.FundingGone(chain, e.Script, e.OutPoint);
            case WatchEvent.Spent e when ScriptOf(chain, e.OutPoint) is { } script:
                return new SwapNews.Spent(chain, script, e.OutPoint, e.Spender, e.InputIndex, e.Block?.Height);
            case WatchEvent.SpendGone e when ScriptOf(chain, e.OutPoint) is { } script:
                return new SwapNews.SpendGone(chain, script, e.OutPoint, e.Spender);
            default:
                return null;
        }
    }

    private Script? ScriptOf(ChainName chain, OutPoint outPoint)
    {
        lock (_gate) return _payments.TryGetValue((chain, outPoint), out var script) ? script : null;
    }

    [LoggerMessage(LogLevel.Warning, "Could not relay {transaction}: {code} {detail}")]
    private static partial void NotRelayed(ILogger log, string transaction, BroadcastCode code, string detail);
}
