using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Bitcoin.Watching;
using Market.Chains;
using Market.Chains.Watching;
using Market.Contracts;
using Market.Trading;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>
/// Watches the coins behind orders on both chains. A coin spent by a stranger to the order cancels the order's rest. One
/// spent by the funding of the order's own swap gives place to that transaction's change to the same script, and the order
/// is made no larger than what then stands behind it.
/// </summary>
public sealed class BackingWatch : BackgroundService
{
    /// <summary>Spent coins of live orders that are remembered, for fundings that are replaced by dearer ones.</summary>
    public const int MaxRemembered = 100_000;

    /// <summary>After so many looks every coin is looked up, whatever was told or not.</summary>
    public const int AuditEvery = 30;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyCollection<IChain> _chains;
    private readonly ChainWatchers _watchers;
    private readonly Sequencer _sequencer;
    private readonly IOwnLegs _legs;
    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _clock;
    private readonly ILogger<BackingWatch> _log;
    private readonly Dictionary<(ChainKind, OutPoint), (OrderId Order, Backing Coin, TxId? By)> _replaced = [];
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Made by the container; runs as long as the host.</summary>
    public BackingWatch(BackingChains chains, ChainWatchers watchers, Sequencer sequencer, IOwnLegs legs, NpgsqlDataSource database,
        TimeProvider clock, ILogger<BackingWatch> log)
    {
        ArgumentNullException.ThrowIfNull(chains);
        _chains = chains.All;
        _watchers = watchers;
        _sequencer = sequencer;
        _legs = legs;
        _database = database;
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
        var coins = new Watched();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await _sequencer.Started.WaitAsync(stop);
                await InTurnAsync(() => RememberAsync(chain.Kind, stop), stop);
                await foreach (var look in _watchers.Of(chain).ReadAsync(stop))
                    await InTurnAsync(() => TakeAsync(chain, coins, look, stop), stop);
            }
            catch (Exception e) when (e is StaleSequenceException or JournalDamagedException or OperationCanceledException)
            {
                return; // The sequencer has stopped for good, or the host does.
            }
            catch (Exception e) when (e is ChainUnavailableException or NpgsqlException or RetryException
                or InvalidOperationException or System.Text.Json.JsonException
                && !stop.IsCancellationRequested)
            {
                _log.LogWarning("The coins of the {Chain} are looked at again in a moment: {Reason}", chain.Kind, e.Message);
                await Task.Delay(Retry, _clock, stop);
            }
        }
    }

    /// <summary>What is watched on one chain.</summary>
    private sealed class Watched
    {
        public HashSet<OutPoint> Coins { get; } = [];
        public HashSet<OutPoint> Audited { get; } = [];
        public HashSet<OutPoint> Missed { get; } = [];
        public int Looks { get; set; }
    }

    // Both chains' readers share the memory of replaced coins.
    private async Task InTurnAsync(Func<Task> work, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            await work();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task TakeAsync(IChain chain, Watched coins, FollowResult look, CancellationToken stop)
    {
        var locks = _sequencer.Locks().Where(l => l.Chain == chain.Kind).ToList();
        var replaced = _replaced.Where(r => r.Key.Item1 == chain.Kind).ToList();
        WatchThese(_watchers.Of(chain), coins, look,
            [.. locks.Select(l => l.OutPoint), .. replaced.Select(r => r.Key.Item2)]);
        // What spends a replaced funding's coins now comes first: its change stands behind the order where the old one goes.
        foreach (var ((_, coin), before) in replaced)
        {
            if (look.View.SpendOf(coin) is { } spend && spend.Spender.Id != before.By)
                await TakeAgainAsync(chain, before.Order, before.Coin, spend.Spender, stop);
        }
        var all = look.Undone > 0 || look.Events.Any(e => e is WatchEvent.SpendGone) || ++coins.Looks % AuditEvery == 0;
        foreach (var (_, coin, order) in locks)
        {
            if (look.View.SpendOf(coin) is { } spend) await ResolveAsync(chain.Kind, order, coin, spend.Spender, stop);
            else if (look.View.Watches(coin) && (all || !coins.Audited.Contains(coin)))
            {
                if (await AuditAsync(chain, coins, order, coin, stop)) coins.Audited.Add(coin);
                else coins.Audited.Remove(coin);
            }
        }
    }

    // A coin that was spent before it was watched is found by looking it up once.
    private void WatchThese(ChainWatcher watcher, Watched coins, FollowResult look, HashSet<OutPoint> wanted)
    {
        foreach (var coin in wanted.Where(c => !coins.Coins.Contains(c)))
        {
            if (watcher.Watch(coin, look.Head.Height + 1)) coins.Coins.Add(coin);
            else _log.LogCritical("No room to watch the coin {Coin} behind an order", coin);
        }
        foreach (var coin in coins.Coins.Where(c => !wanted.Contains(c)).ToList())
        {
            watcher.Unwatch(coin);
            coins.Coins.Remove(coin);
            coins.Audited.Remove(coin);
            coins.Missed.Remove(coin);
        }
    }

    /// <summary>Spent coins of live orders from an earlier life: a funding may still be replaced by a dearer one.</summary>
    private async Task RememberAsync(ChainKind chain, CancellationToken stop)
    {
        await using var command = _database.CreateCommand("""
            select c.order_id, c.chain, c.txid, c.index, c.value, c.script, c.named from market.order_outpoints c
            join market.orders o on o.instrument = c.instrument and o.id = c.order_id
            where c.instrument = $1 and c.chain = $2 and o.live and not c.locked order by c.order_id desc limit $3
            """);
        command.Parameters.AddWithValue(Instrument.P2ShareBtc);
        command.Parameters.AddWithValue((short)chain);
        command.Parameters.AddWithValue(MaxRemembered);
        await using var rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop))
        {
            var coin = JournalReader.ReadCoin(rows, 1);
            _replaced.TryAdd((chain, coin.OutPoint), (new OrderId((ulong)rows.GetInt64(0)), coin, null));
        }
    }

    /// <summary>
    /// Looks a coin behind an order up; one that is gone was spent, or reorganised away. The chain may have moved on since
    /// this look: what takes the coin's place is in the next one, so only a coin that is gone twice is gone.
    /// </summary>
    /// <returns>False where the next look has to tell.</returns>
    private async Task<bool> AuditAsync(IChain chain, Watched coins, OrderId order, OutPoint coin, CancellationToken stop)
    {
        if (await chain.FindUnspentAsync(coin, withMempool: true, stop) is not null)
        {
            coins.Missed.Remove(coin);
            return true;
        }
        if (coins.Missed.Add(coin)) return false;
        coins.Missed.Remove(coin);
        await GoneAsync(chain, order, coin, stop);
        return true;
    }

    private async Task GoneAsync(IChain chain, OrderId order, OutPoint coin, CancellationToken stop)
    {
        if (await chain.FindTransactionAsync(coin.TxId, stop) is null && await LetGoAsync(chain, order, coin, stop)) return;
        await ResolveAsync(chain.Kind, order, coin, await OwnSpenderAsync(chain, order, coin, stop), stop);
    }

    private async Task<Transaction?> OwnSpenderAsync(IChain chain, OrderId order, OutPoint coin, CancellationToken stop)
    {
        foreach (var leg in await _legs.OfAsync(Instrument.P2ShareBtc, order, chain.Kind, stop))
        {
            if (leg.Funding is not { } funding) continue;
            var found = await chain.FindTransactionAsync(funding.TxId, stop);
            if (found?.Transaction.Inputs.Any(i => i.PreviousOutput == coin) == true) return found.Transaction;
        }
        return null;
    }

    private async Task ResolveAsync(
        ChainKind chain, OrderId order, OutPoint coin, Transaction? spender, CancellationToken stop)
    {
        var standing = await ReadAsync(order, stop);
        if (standing.Coins.Find(c => c.OutPoint == coin && c.Chain == chain) is not { } spent) return;
        var legs = await _legs.OfAsync(Instrument.P2ShareBtc, order, chain, stop);
        if (spender is null || !IsFunding(spender, legs))
        {
            await TellAsync(_sequencer.ExecuteAsync(Command.Withdraw(order, Reason.BackingSpent), stop));
            await TellAsync(_sequencer.ReplaceBackingAsync(order, coin, null, stop));
            return;
        }
        if (_replaced.Count >= MaxRemembered) _replaced.Clear();
        _replaced[(chain, coin)] = (order, spent, spender.Id);
        await TellAsync(_sequencer.ReplaceBackingAsync(order, coin, ChangeOf(chain, spender, spent), stop));
        await FitAsync(order, legs, [spender], stop);
    }

    /// <summary>A funding was replaced by a dearer one: the new one's change stands behind the order.</summary>
    private async Task TakeAgainAsync(
        IChain on, OrderId order, Backing spent, Transaction spender, CancellationToken stop)
    {
        var chain = on.Kind;
        var legs = await _legs.OfAsync(Instrument.P2ShareBtc, order, chain, stop);
        // Of an earlier life's fundings the change may be spent itself by now.
        if (IsFunding(spender, legs) && ChangeOf(chain, spender, spent) is { } change
            && await on.FindUnspentAsync(change.OutPoint, withMempool: true, stop) is not null)
        {
            await TellAsync(_sequencer.AddBackingAsync(order, change, stop));
            await FitAsync(order, legs, [spender], stop);
        }
        _replaced[(chain, spent.OutPoint)] = (order, spent, spender.Id);
    }

    /// <summary>Change of an own funding that is no more: nobody spent it, the order is made as large as its other coins carry.
    /// </summary>
    private async Task<bool> LetGoAsync(IChain on, OrderId order, OutPoint coin, CancellationToken stop)
    {
        var chain = on.Kind;
        var standing = await ReadAsync(order, stop);
        if (standing.Coins.Find(c => c.OutPoint == coin && c.Chain == chain) is not { Named: false }) return false;
        var legs = await _legs.OfAsync(Instrument.P2ShareBtc, order, chain, stop);
        await TellAsync(_sequencer.ReplaceBackingAsync(order, coin, null, stop));
        // What took its place may be told of before the swap's record knows: the change that stands there tells it too.
        var fundings = new List<Transaction>();
        foreach (var other in standing.Coins.Where(c => c.Chain == chain && !c.Named && c.OutPoint != coin))
        {
            if (await on.FindTransactionAsync(other.OutPoint.TxId, stop) is { } found) fundings.Add(found.Transaction);
        }
        await FitAsync(order, legs, fundings, stop);
        return true;
    }

    private static bool IsFunding(Transaction spender, IReadOnlyList<OwnLeg> legs) =>
        legs.Any(leg => leg.Script is { } script && spender.Outputs.Any(o => o.ScriptPubKey == script));

    // Of several coins spent together the first takes the change; the lock keeps it from being taken twice.
    private Backing? ChangeOf(ChainKind chain, Transaction spender, Backing spent)
    {
        for (var i = 0; i < spender.Outputs.Length; i++)
        {
            var output = spender.Outputs[i];
            var outPoint = new OutPoint(spender.Id, (uint)i);
            if (output.ScriptPubKey == spent.Script && !_sequencer.LockOf(chain, outPoint).Exists)
                return new Backing(chain, outPoint, output.Value.Sats, output.ScriptPubKey, Named: false);
        }
        return null;
    }

    /// <summary>Makes the order no larger than its coins, less the locks its swaps still wait for, can carry.</summary>
    private async Task FitAsync(
        OrderId order, IReadOnlyList<OwnLeg> legs, IReadOnlyList<Transaction> fundings, CancellationToken stop)
    {
        var (row, coins) = await ReadAsync(order, stop);
        if (row is null || row.Remaining == 0) return;
        var side = (Market.Trading.Side)row.Side;
        var promised = legs
            .Where(l => l.Expected && !fundings.Any(f => f.Outputs.Any(o => o.ScriptPubKey == l.Script))).Sum(l => l.Amount);
        var free = coins.Sum(c => c.Value) - promised - BackingRules.FundingFee(side, coins.Count);
        var carries = BackingRules.Carries(side, row.Price, BookRules.Definition.Rules.Lot, free);
        if (carries >= row.Remaining) return;
        await TellAsync(carries == 0
            ? _sequencer.ExecuteAsync(Command.Withdraw(order, Reason.BackingSpent), stop)
            : _sequencer.ExecuteAsync(
                Command.Reduce(default, order, row.Remaining - carries, Reason.BackingSpent), stop));
    }

    private async Task<(OrderRow? Row, List<Backing> Coins)> ReadAsync(OrderId order, CancellationToken stop)
    {
        await using var connection = await _database.OpenConnectionAsync(stop);
        OrderRow? row = null;
        await using (var select = new NpgsqlCommand(
            "select side, price, remaining from market.orders where instrument = $1 and id = $2", connection))
        {
            select.Parameters.AddWithValue(Instrument.P2ShareBtc);
            select.Parameters.AddWithValue((long)order.Value);
            await using var reader = await select.ExecuteReaderAsync(stop);
            if (await reader.ReadAsync(stop))
                row = new OrderRow { Side = reader.GetInt16(0), Price = reader.GetInt64(1), Remaining = reader.GetInt64(2) };
        }
        var coins = new List<Backing>();
        await using var command = new NpgsqlCommand("""
            select chain, txid, index, value, script, named from market.order_outpoints
            where instrument = $1 and order_id = $2 and locked
            """, connection);
        command.Parameters.AddWithValue(Instrument.P2ShareBtc);
        command.Parameters.AddWithValue((long)order.Value);
        await using var rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) coins.Add(JournalReader.ReadCoin(rows, 0));
        return (row, coins);
    }

    // What the sequencer could not take now must not be lost: the chain is read anew. What it refuses is settled.
    private static async Task TellAsync(Task<Result<Outcome>> told)
    {
        var result = await told;
        if (result.Refusal is { Code: ProblemCodes.Unavailable } refusal) throw new RetryException(refusal.Detail);
    }

    /// <summary>The sequencer cannot take something now.</summary>
    public sealed class RetryException(string? message) : Exception(message);
}
