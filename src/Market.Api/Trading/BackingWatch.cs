using Market.Api.Chains;
using Market.Api.Data;
using Market.Bitcoin;
using Market.Bitcoin.Watching;
using Market.Chains;
using Market.Chains.Watching;
using Market.Contracts;
using Market.Sharechain;
using Market.Trading;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>
/// Watches the coins behind orders on both chains, and tells the sequencer what it sees of them; what follows for an order is
/// decided in its turn, by <see cref="BackingDecision"/>, or <see cref="DrawDecision"/> where it draws on proved coins.
/// </summary>
public sealed class BackingWatch : BackgroundService
{
    /// <summary>Spent coins of live orders that are remembered, for fundings that are replaced by dearer ones.</summary>
    public const int MaxRemembered = 100_000;

    /// <summary>After so many looks every coin is looked up, whatever was told or not.</summary>
    public const int AuditEvery = 30;

    private readonly IReadOnlyCollection<IChain> _chains;
    private readonly ChainWatchers _watchers;
    private readonly Sequencer _sequencer;
    private readonly IOwnLegs _legs;
    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _clock;
    private readonly MarketInstrument _market;
    private readonly string _instrument;
    private readonly Series? _series;
    private readonly Workers _workers;
    private readonly ILogger<BackingWatch> _log;
    private readonly CoinLedger _ledger;
    private readonly Dictionary<(ChainKind Chain, OutPoint Coin, OrderId Order), (Backing Coin, TxId? By)> _replaced = [];
    private readonly Dictionary<string, IReadOnlyList<OwnLeg>> _ofKeys = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Made by the container; runs as long as the host.</summary>
    public BackingWatch(BackingChains chains, ChainWatchers watchers, Sequencer sequencer, IOwnLegs legs, NpgsqlDataSource database,
        MarketInstrument instrument, Promises promises, Workers workers, TimeProvider clock, ILogger<BackingWatch> log)
    {
        ArgumentNullException.ThrowIfNull(chains);
        ArgumentNullException.ThrowIfNull(instrument);
        ArgumentNullException.ThrowIfNull(promises);
        _chains = chains.All;
        _watchers = watchers;
        _sequencer = sequencer;
        _legs = legs;
        _database = database;
        (_market, _instrument, _series) = (instrument, instrument.Id, instrument.Series);
        _ledger = promises.Coins;
        _workers = workers;
        _clock = clock;
        _log = log;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_chains.Select(chain => FollowAsync(chain, stoppingToken)));

    private async Task FollowAsync(IChain chain, CancellationToken stop)
    {
        if (!await _sequencer.StartsAsync(stop)) return;
        var coins = new Watched(_watchers.Of(chain).OpenWatch());
        var supervised = _workers.Supervise(_log, $"The watch of the {chain.Kind}'s coins behind orders", _clock);
        await supervised.RunAsync(async cancel =>
        {
            await InTurnAsync(() => RememberAsync(chain.Kind, cancel), cancel);
            await foreach (var look in _watchers.Of(chain).ReadAsync(cancel))
            {
                // What the sequencer could not take now must not be lost: the chain is read anew.
                if (!await InTurnAsync(() => TakeAsync(chain, coins, look, cancel), cancel)) return;
                supervised.IsWell();
            }
        }, stop);
    }

    /// <summary>What is watched on one chain.</summary>
    private sealed class Watched(SharedWatch list)
    {
        public SharedWatch List => list;
        public HashSet<OutPoint> Coins { get; } = [];
        public HashSet<OutPoint> Audited { get; } = [];

        /// <summary>Those that were not found, with the look in which they were not for the first time.</summary>
        public Dictionary<OutPoint, long> Missed { get; } = [];

        /// <summary>What this look found of those that it looked up.</summary>
        public Dictionary<OutPoint, bool> Found { get; } = [];

        public HashSet<(OrderId Order, OutPoint Coin)> Lapsed { get; } = [];
        public long Looks { get; set; }
    }

    // Both chains' readers share the memory of replaced coins.
    private async Task<bool> InTurnAsync(Func<Task<bool>> work, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            return await work();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes in a look at a chain.</summary>
    /// <returns>False where the sequencer could not take what follows.</returns>
    private async Task<bool> TakeAsync(IChain chain, Watched coins, FollowResult look, CancellationToken stop)
    {
        _ofKeys.Clear();
        coins.Found.Clear();
        coins.Looks++;
        var locks = _sequencer.Locks().Where(l => l.Coin.Chain == chain.Kind).ToList();
        var replaced = _replaced.Where(r => r.Key.Chain == chain.Kind).ToList();
        WatchThese(coins, look,
            [.. locks.Select(l => l.Coin.OutPoint), .. replaced.Select(r => r.Key.Coin)]);
        // What spends a replaced funding's coins now comes first: its change stands behind the order where the old one goes.
        foreach (var ((_, coin, order), before) in replaced)
        {
            if (look.View.SpendOf(coin) is { } spend && spend.Spender.Id != before.By
                && !await TakeAgainAsync(chain, order, before.Coin, spend.Spender, stop)) return false;
        }
        // With the change that joined just now: it tells what became of one that is gone.
        locks = [.. _sequencer.Locks().Where(l => l.Coin.Chain == chain.Kind)];
        var all = look.Undone > 0 || look.Events.Any(e => e is WatchEvent.SpendGone) || coins.Looks % AuditEvery == 0;
        foreach (var (order, coin) in locks)
        {
            var at = coin.OutPoint;
            if (look.View.SpendOf(at) is { } spend)
            {
                if (!await SpentAsync(chain, order, coin, spend.Spender, stop)) return false;
                continue;
            }
            if (coin.IsShared && !await LapseAsync(chain, coins, order, coin, all, stop)) return false;
            if (look.View.Watches(at) && (all || !coins.Audited.Contains(at))
                && !await AuditAsync(chain, coins, order, coin, locks, stop)) return false;
        }
        return true;
    }

    // Told once, and with every audit: what swaps of the order still wait for stays where it is until then.
    private async Task<bool> LapseAsync(
        IChain chain, Watched coins, OrderId order, Backing coin, bool all, CancellationToken stop)
    {
        var at = (order, coin.OutPoint);
        if (_ledger.Find(OfChain(coin))?.ExpiresAt > _clock.GetUtcNow())
        {
            coins.Lapsed.Remove(at);
            return true;
        }
        if (!all && coins.Lapsed.Contains(at)) return true;
        var legs = await LegsAsync(order, chain.Kind, stop);
        if (!await TellAsync(new BackingSight.Lapsed(order, chain.Kind, legs, coin.OutPoint), stop)) return false;
        coins.Lapsed.Add(at);
        return true;
    }

    // A coin that was spent before it was watched is found by looking it up once.
    private void WatchThese(Watched coins, FollowResult look, HashSet<OutPoint> wanted)
    {
        foreach (var coin in wanted.Where(c => !coins.Coins.Contains(c)))
        {
            if (coins.List.Watch(coin, look.Head.Height + 1)) coins.Coins.Add(coin);
            else _log.LogCritical("No room to watch the coin {Coin} behind an order", coin);
        }
        foreach (var coin in coins.Coins.Where(c => !wanted.Contains(c)).ToList())
        {
            coins.List.Unwatch(coin);
            coins.Coins.Remove(coin);
            coins.Audited.Remove(coin);
            coins.Missed.Remove(coin);
        }
        coins.Lapsed.RemoveWhere(lapsed => !wanted.Contains(lapsed.Coin));
    }

    /// <summary>Spent coins of live orders from an earlier life: a funding may still be replaced by a dearer one.</summary>
    private async Task<bool> RememberAsync(ChainKind chain, CancellationToken stop)
    {
        await using var command = _database.CreateCommand("""
            select c.order_id, c.chain, c.txid, c.index, c.value, c.script, c.named, c.hold, c.drawn
                from market.order_outpoints c
            join market.orders o on o.instrument = c.instrument and o.id = c.order_id
            where c.instrument = $1 and c.chain = $2 and o.live and not c.locked order by c.order_id desc limit $3
            """);
        command.Parameters.AddWithValue(_instrument);
        command.Parameters.AddWithValue((short)chain);
        command.Parameters.AddWithValue(MaxRemembered);
        await using var rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop))
        {
            var coin = JournalReader.ReadCoin(rows, 1);
            _replaced.TryAdd((chain, coin.OutPoint, new OrderId((ulong)rows.GetInt64(0))), (coin, null));
        }
        return true;
    }

    /// <summary>
    /// Looks a coin behind an order up; one that is gone was spent, or reorganised away. The chain may have moved on since
    /// this look: what takes the coin's place is in the next one, so only a coin that is gone in two looks is gone. Of several
    /// orders that draw on it each is told.
    /// </summary>
    private async Task<bool> AuditAsync(IChain chain, Watched coins, OrderId order, Backing coin,
        List<(OrderId Order, Backing Coin)> locks, CancellationToken stop)
    {
        var at = coin.OutPoint;
        if (!coins.Found.TryGetValue(at, out var isThere))
            coins.Found[at] = isThere = await chain.FindUnspentAsync(at, withMempool: true, stop) is not null;
        if (isThere)
        {
            coins.Missed.Remove(at);
            coins.Audited.Add(at);
            return true;
        }
        coins.Audited.Remove(at);
        return coins.Missed.TryAdd(at, coins.Looks) || coins.Missed[at] == coins.Looks
            || await GoneAsync(chain, order, coin, locks, stop);
    }

    private async Task<bool> GoneAsync(
        IChain chain, OrderId order, Backing coin, List<(OrderId Order, Backing Coin)> locks, CancellationToken stop)
    {
        var legs = await LegsAsync(order, chain.Kind, stop);
        if (!coin.Named && await chain.FindTransactionAsync(coin.OutPoint.TxId, stop) is null)
        {
            // What took its place may be told of before the swap's record knows: the change that stands there tells it too.
            var fundings = new List<Transaction>();
            foreach (var (_, other) in locks.Where(l => l.Order == order && !l.Coin.Named && l.Coin != coin))
            {
                if (await chain.FindTransactionAsync(other.OutPoint.TxId, stop) is { } found) fundings.Add(found.Transaction);
            }
            return await TellAsync(new BackingSight.Undone(order, chain.Kind, legs, coin.OutPoint, fundings), stop);
        }
        return await OwnSpenderAsync(chain, await WithOthersAsync(legs, coin, stop), coin.OutPoint, stop) is { } spender
            ? await SpentAsync(chain, order, coin, spender, stop)
            : await TellAsync(new BackingSight.Lost(order, chain.Kind, legs, coin.OutPoint), stop);
    }

    private static async Task<Transaction?> OwnSpenderAsync(IChain chain, OwnLegs legs, OutPoint coin, CancellationToken stop)
    {
        foreach (var leg in legs.Legs)
        {
            if (leg.Funding is not { } funding) continue;
            var found = await chain.FindTransactionAsync(funding.TxId, stop);
            if (found?.Transaction.Inputs.Any(i => i.PreviousOutput == coin) == true) return found.Transaction;
        }
        return null;
    }

    private async Task<bool> SpentAsync(IChain chain, OrderId order, Backing coin, Transaction spender, CancellationToken stop)
    {
        var legs = await LegsAsync(order, coin.Chain, stop);
        var isMerged = false;
        var isOwn = (await WithOthersAsync(legs, coin, stop)).AreFundedBy(spender);
        if (isOwn)
        {
            if (_replaced.Count >= MaxRemembered) _replaced.Clear();
            _replaced[(coin.Chain, coin.OutPoint, order)] = (coin, spender.Id);
            isMerged = await IsMergedAsync(chain, coin, spender, stop);
        }
        return await TellAsync(
            new BackingSight.Spent(order, coin.Chain, legs, coin.OutPoint, spender, isMerged)
            {
                IsOwn = isOwn,
                Scripts = ScriptsOf(coin, spender),
            }, stop);
    }

    // All outputs of a transaction have one root height, so its change tells; that of one that is spent already is not known any
    // more. Of a transaction without change, and of a stranger's, nothing is asked.
    private async Task<bool> IsMergedAsync(IChain chain, Backing spent, Transaction spender, CancellationToken stop)
    {
        if (_series is not { } series || chain.Kind != ChainKind.Sharechain) return false;
        List<Script> scripts = [spent.Script, .. ScriptsOf(spent, spender)];
        for (var i = 0; i < spender.Outputs.Length; i++)
        {
            if (!scripts.Contains(spender.Outputs[i].ScriptPubKey)) continue;
            if (await chain.FindUnspentAsync(new OutPoint(spender.Id, (uint)i), withMempool: true, stop) is { } output)
                return output.RootHeight is not { } root || !series.Holds(root);
        }
        return true;
    }

    /// <summary>A funding was replaced by a dearer one: the new one's change stands behind the order.</summary>
    private async Task<bool> TakeAgainAsync(IChain chain, OrderId order, Backing spent, Transaction spender, CancellationToken stop)
    {
        var legs = await LegsAsync(order, chain.Kind, stop);
        var scripts = ScriptsOf(spent, spender);
        // Of an earlier life's fundings the change may be spent itself by now.
        if ((await WithOthersAsync(legs, spent, stop)).AreFundedBy(spender)
            && (spent.IsShared
                ? DrawDecision.ChangeOf(spender, spent, scripts)
                : BackingDecision.ChangeOf(spender, spent, c => _sequencer.LockOf(chain.Kind, c).Exists)) is { } change
            && await chain.FindUnspentAsync(change.OutPoint, withMempool: true, stop) is { } unspent
            && (_series is not { } series || chain.Kind != ChainKind.Sharechain
                || (unspent.RootHeight is { } root && series.Holds(root)))
            && !await TellAsync(
                new BackingSight.Replaced(order, chain.Kind, legs, spent, spender)
                {
                    Scripts = scripts,
                    Gone = spent.IsShared ? await GoneOfAsync(chain, order, stop) : [],
                }, stop)) return false;
        _replaced[(chain.Kind, spent.OutPoint, order)] = (spent, spender.Id);
        return true;
    }

    private async Task<IReadOnlyList<OutPoint>> GoneOfAsync(IChain chain, OrderId order, CancellationToken stop)
    {
        var gone = new List<OutPoint>();
        foreach (var (_, coin) in _sequencer.Locks().Where(l => l.Order == order && l.Coin.Chain == chain.Kind))
        {
            if (await chain.FindUnspentAsync(coin.OutPoint, withMempool: true, stop) is null) gone.Add(coin.OutPoint);
        }
        return gone;
    }

    private Task<OwnLegs> LegsAsync(OrderId order, ChainKind chain, CancellationToken stop) =>
        _legs.OfAsync(_instrument, order, chain, stop);

    private PromisedCoin OfChain(Backing coin) => new(_market.NameOf(coin.Chain), coin.OutPoint);

    // Those of other proved coins of its account that were spent with it.
    private List<Script> ScriptsOf(Backing coin, Transaction spender)
    {
        if (!coin.IsShared || _ledger.Find(OfChain(coin))?.Key is not { } key) return [];
        return
        [
            .. spender.Inputs.Select(i => _ledger.Find(new PromisedCoin(_market.NameOf(coin.Chain), i.PreviousOutput)))
                .OfType<ProvedCoin>().Where(c => c.Key == key && c.Script != coin.Script).Select(c => c.Script).Distinct(),
        ];
    }

    // A proved coin may be spent by the swap of any order of its account, in whichever instrument. Read once a look.
    private async Task<OwnLegs> WithOthersAsync(OwnLegs legs, Backing coin, CancellationToken stop)
    {
        if (!coin.IsShared || _ledger.Find(OfChain(coin))?.Key is not { } key) return legs;
        if (!_ofKeys.TryGetValue(key, out var others)) _ofKeys[key] = others = await _legs.OfKeyAsync(key, coin.Chain, stop);
        return legs with { Legs = [.. legs.Legs, .. others] };
    }

    // What the sequencer refuses for another reason than that it cannot take it now is settled.
    private async Task<bool> TellAsync(BackingSight sight, CancellationToken stop) =>
        await _sequencer.JudgeAsync(sight, stop) is not { Refusal.Code: ProblemCodes.Unavailable };
}
