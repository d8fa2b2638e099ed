using System.Collections.Concurrent;
using Market.Api.Chains;
using Market.Api.Data;
using Market.Bitcoin;
using Market.Bitcoin.Watching;
using Market.Chains;
using Market.Chains.Watching;
using Market.Contracts;

namespace Market.Api.Settlement;

/// <summary>The coordinator's eyes and voice on both chains: watches scripts, and broadcasts again what was seen.</summary>
public sealed partial class SwapWatch(
    ChainPair chains, ChainWatchers watchers, Workers workers, TimeProvider clock, ILogger<SwapWatch> log)
{
    private readonly ConcurrentDictionary<ChainName, SharedWatch> _lists = new();

    /// <summary>Watches a script from a height on.</summary>
    public void Watch(ChainName chain, Script script, int fromHeight)
    {
        if (!ListOf(chain).Watch(script, fromHeight)) NoRoom(log, chain);
    }

    /// <summary>Forgets a script.</summary>
    public void Unwatch(ChainName chain, Script script) => ListOf(chain).Unwatch(script);

    /// <summary>What a chain showed at the last look.</summary>
    public WatchView ViewOf(ChainName chain) => Of(chain).View;

    /// <summary>Tells which watched scripts something happened to, until cancelled.</summary>
    internal Task RunAsync(Func<SwapNews, ValueTask> tell, CancellationToken stop) =>
        Task.WhenAll(Enum.GetValues<ChainName>().Select(name => ReadAsync(name, tell, stop)));

    /// <summary>Broadcasts kept transactions again; known ones are no harm.</summary>
    public async Task RelayAsync(
        ChainName chain, IReadOnlyList<SwapTransactionRow> transactions, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(transactions);
        foreach (var row in transactions)
        {
            if (!Transaction.TryParse(row.Bytes, out var transaction, out _)) continue;
            var result = await chains.Of(chain).RelayAsync(transaction, cancel);
            if (!result.IsSuccess) NotRelayed(log, row.TransactionId, result.Code, result.Detail);
        }
    }

    private ChainWatcher Of(ChainName chain) => watchers.Of(chains.Of(chain));

    private SharedWatch ListOf(ChainName chain) => _lists.GetOrAdd(chain, name => Of(name).OpenWatch());

    private async Task ReadAsync(ChainName chain, Func<SwapNews, ValueTask> tell, CancellationToken stop)
    {
        var supervised = workers.Supervise(log, $"The watch of swaps on the {chain}", clock);
        await supervised.RunAsync(async cancel =>
        {
            await foreach (var look in Of(chain).ReadAsync(cancel))
            {
                var scripts = look.Events.Select(happened => ScriptOf(look.View, happened)).OfType<Script>().Distinct().ToList();
                if (scripts.Count > 0) await tell(new SwapNews.Seen(chain, scripts));
                supervised.IsWell();
            }
        }, stop);
    }

    private static Script? ScriptOf(WatchView view, WatchEvent happened) => happened switch
    {
        WatchEvent.Funded e => e.Script,
        WatchEvent.FundingGone e => e.Script,
        WatchEvent.Spent e => view.OwnerOf(e.OutPoint),
        WatchEvent.SpendGone e => view.OwnerOf(e.OutPoint),
        _ => null,
    };

    [LoggerMessage(LogLevel.Warning, "Could not relay {transaction}: {code} {detail}")]
    private static partial void NotRelayed(ILogger log, string transaction, BroadcastCode code, string detail);

    [LoggerMessage(LogLevel.Critical, "No room to watch another swap on the {chain}")]
    private static partial void NoRoom(ILogger log, ChainName chain);
}
