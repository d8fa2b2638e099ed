using Market.Api.Data;
using Market.Api.Standing;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>An order that lives in the engine, as its table row has it or will have it, and the coins behind it.</summary>
internal sealed class LiveOrder(OrderRow row, List<Backing> backing)
{
    public OrderRow Row { get; } = row;

    /// <summary>All coins it ever had; those that stand behind it now are in the locks.</summary>
    public List<Backing> Backing { get; } = backing;

    /// <summary>True until its first commit: the row is to be inserted, not updated.</summary>
    public bool IsNew { get; set; }
}

/// <summary>
/// The tables' view of the book, folded from the engine's events by the sequencer, which alone may change it: live orders,
/// the coins locked behind them, and what the current batch changed.
/// </summary>
/// <param name="market">The instrument.</param>
/// <param name="promises">What all instruments promise together.</param>
/// <param name="swapIds">Names a trade's swap.</param>
/// <param name="expiries">When orders that are good till a date expire.</param>
/// <param name="discounts">Orders whose price follows face value.</param>
/// <param name="valued">What is said of a share's worth at a time; null where nothing is known.</param>
/// <param name="waits">Which coins stand behind no order for a while.</param>
internal sealed class Projection(
    MarketInstrument market, Promises promises, SwapIds swapIds, Expiries expiries, DiscountOrders discounts,
    Func<DateTimeOffset, ValuationRow?> valued, Waits waits)
{
    // The coins of all instruments that the batch claimed or let go: which of them is promised is told once it is on disk.
    private readonly HashSet<PromisedCoin> _touched = [];
    private readonly HashSet<string> _counted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _openOf = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, LiveOrder> _live = [];
    private readonly Dictionary<ulong, TradeRow> _openTrades = [];
    private readonly HashSet<ulong> _endedTrades = [];
    private readonly CoinLocks _locks = new();
    private CoinDraws? _draws;

    /// <summary>Orders the batch changed.</summary>
    public Dictionary<ulong, LiveOrder> Changed { get; } = [];

    /// <summary>Trades the batch made.</summary>
    public List<TradeRow> Trades { get; } = [];

    /// <summary>Trades of before whose status the batch changed.</summary>
    public List<TradeChange> TradeChanges { get; } = [];

    /// <summary>Coins that came to stand behind orders, or do no more, in their order.</summary>
    public List<CoinChange> Changes { get; } = [];

    /// <summary>All live orders.</summary>
    public IReadOnlyDictionary<ulong, LiveOrder> Live => _live;

    /// <summary>Draws on proved coins.</summary>
    public CoinDraws Draws => _draws ??= new CoinDraws(market, promises.Coins, _locks, waits, coin => _touched.Add(coin));

    /// <summary>The order behind which the coin stands, the oldest of those that draw on it; default for none. Safe from any
    /// thread.</summary>
    public OrderId LockOf(ChainKind chain, OutPoint outPoint) => _locks.FirstOf(chain, outPoint);

    /// <summary>Whether a coin stands behind an order, of however many.</summary>
    public bool Holds(OrderId order, Backing coin) => _locks.Find(coin.Chain, coin.OutPoint, order) is not null;

    /// <summary>Claims a coin whole for an order to come: from here to the end of the batch it is nobody else's. False where it
    /// stands behind an order, of whichever instrument.</summary>
    public bool TryClaim(ChainKind chain, OutPoint outPoint)
    {
        if (LockOf(chain, outPoint).Exists) return false;
        var coin = CoinOf(chain, outPoint);
        if (!promises.Coins.TryTake(market.Id, coin)) return false;
        _touched.Add(coin);
        return true;
    }

    /// <summary>Counts an order to come among those of its key, of whichever instrument. False where the key has as many as may be.
    /// </summary>
    /// <param name="key">Whose it is.</param>
    /// <param name="own">Open orders of the key in this instrument.</param>
    /// <param name="most">How many may be open in all.</param>
    public bool TryOpen(string key, int own, int most)
    {
        if (!promises.Orders.TryTake(market.Id, key, own, most)) return false;
        _counted.Add(key);
        return true;
    }

    /// <summary>All locked coins, and the orders that they stand behind. Safe from any thread.</summary>
    public IEnumerable<(OrderId Order, Backing Coin)> Locks() => _locks.All();

    /// <summary>The client's name for an order that lives, or that the batch ended.</summary>
    public string NameOf(long order) =>
        (Changed.TryGetValue((ulong)order, out var changed) ? changed : _live[(ulong)order]).Row.ClientOrderId;

    /// <summary>Starts anew from the tables.</summary>
    public void Restart(IEnumerable<(LiveOrder Order, IEnumerable<Backing> Locked)> orders, IEnumerable<TradeRow> openTrades)
    {
        // What the lost batch claimed stays claimed until it is known what was written.
        _touched.Clear();
        _counted.Clear();
        Forget();
        _live.Clear();
        _openOf.Clear();
        _locks.Clear();
        _openTrades.Clear();
        foreach (var trade in openTrades) _openTrades.Add((ulong)trade.Id, trade);
        foreach (var (order, locked) in orders)
        {
            _live.Add((ulong)order.Row.Id, order);
            Count(order.Row.Key, 1);
            foreach (var coin in locked) Lock(coin, new OrderId((ulong)order.Row.Id));
        }
        expiries.Restart(_live.Values.Select(live => live.Row));
        discounts.Restart(_live.Values.Select(live => live.Row));
        promises.Coins.Settle(
            market.Id, _locks.Taken().ToDictionary(c => CoinOf(c.Chain, c.Coin), c => (c.Worth, c.IsWhole)));
        promises.Orders.Settle(market.Id, _openOf);
    }

    /// <summary>The batch is committed: what it ended, and what came to nothing, is other instruments' to take.</summary>
    public void GiveBack()
    {
        foreach (var coin in _touched)
        {
            var kind = coin.Chain == market.NameOf(ChainKind.Mainchain) ? ChainKind.Mainchain : ChainKind.Sharechain;
            var isWhole = _locks.FirstOf(kind, coin.OutPoint) is { Exists: true } order
                && _locks.Find(kind, coin.OutPoint, order) is { IsShared: false };
            promises.Coins.Set(market.Id, coin, _locks.TakenOf(kind, coin.OutPoint), isWhole);
        }
        _touched.Clear();
        _counted.UnionWith(Changed.Values.Select(order => order.Row.Key));
        foreach (var key in _counted) promises.Orders.Set(market.Id, key, _openOf.GetValueOrDefault(key));
        _counted.Clear();
    }

    /// <summary>What the batch changed is the past.</summary>
    public void Forget()
    {
        foreach (var order in Changed.Values) order.IsNew = false;
        Changed.Clear();
        Trades.Clear();
        TradeChanges.Clear();
        Changes.Clear();
        foreach (var id in _endedTrades) _openTrades.Remove(id);
        _endedTrades.Clear();
    }

    /// <summary>Takes in one event of the batch.</summary>
    /// <param name="e">The event.</param>
    /// <param name="placed">What brought it about, where that is a new order.</param>
    /// <param name="book">The engine, after it.</param>
    /// <param name="time">When.</param>
    public void Fold(in BookEvent e, Work.Placing? placed, OrderBook book, DateTimeOffset time)
    {
        switch (e.Kind)
        {
            case EventKind.Accepted:
                Add(e, placed ?? throw new InvalidOperationException("a new order came without its draft"), time);
                break;
            case EventKind.Trade:
                var trade = TradeOf(e, time);
                Trades.Add(trade);
                _openTrades.Add(e.Trade.Value, trade);
                Touch(e.Order, book, time);
                Touch(e.Other, book, time);
                break;
            case EventKind.TradeLocked:
                Stand(e.Trade, TradeStatus.Final, time);
                break;
            case EventKind.Reduced when e.Reason == Reason.ByOwner:
                Touch(e.Order, book, time).Row.Quantity -= e.Quantity;
                break;
            case EventKind.Cancelled or EventKind.Reduced:
                Touch(e.Order, book, time).Row.Reason = (short)e.Reason;
                break;
            case EventKind.Amended:
                var amended = Touch(e.Order, book, time).Row;
                amended.Price = e.Price;
                amended.Quantity += e.Quantity;
                discounts.Moved(amended, time);
                break;
            case EventKind.Settled or EventKind.Returned or EventKind.Forfeited:
                Stand(e.Trade, e.Kind == EventKind.Settled ? TradeStatus.Final : TradeStatus.Withdrawn, time);
                _endedTrades.Add(e.Trade.Value);
                Touch(e.Order, book, time);
                break;
            case EventKind.Rested:
                Touch(e.Order, book, time);
                break;
            case EventKind.Done:
                End(e, book, time);
                break;
            default:
                break;
        }
    }

    /// <summary>An order as it stands now; null where it lives no more.</summary>
    public OrderStanding? StandingOf(OrderId id, ChainKind chain)
    {
        if (!_live.TryGetValue(id.Value, out var order)) return null;
        var side = (Market.Trading.Side)order.Row.Side;
        return new OrderStanding(side, order.Row.WorstPrice ?? order.Row.Price, order.Row.Remaining,
            [.. order.Backing.Where(b => b.Chain == chain).Select(b => _locks.Find(chain, b.OutPoint, id)).OfType<Backing>()],
            [
                .. _openTrades.Values.Where(t => t.MakerOrder == order.Row.Id || t.TakerOrder == order.Row.Id)
                    .Select(t => (t.Id, t.Quantity, side == Market.Trading.Side.Sell ? t.Quantity : t.Notional)),
            ])
        {
            IsShared = order.Backing.Exists(coin => coin.IsShared),
        };
    }

    /// <summary>An order that the batch changed follows another part of face value, or has another worst price.</summary>
    public void Follow(OrderId id, DiscountFactor discount, long worst)
    {
        var row = Changed[id.Value].Row;
        (row.Discount, row.WorstPrice) = (discount.Millionths, worst);
    }

    /// <summary>Orders that get their quantity back when a trade is closed so.</summary>
    public IReadOnlyList<OrderRow> GetBack(in Command close)
    {
        if (!_openTrades.TryGetValue(close.Trade.Value, out var trade)) return [];
        var back = new List<OrderRow>(2);
        Add(close.Maker, trade.MakerOrder);
        Add(close.Taker, trade.TakerOrder);
        return back;

        void Add(TradeOutcome outcome, long order)
        {
            if (outcome == TradeOutcome.Returned && _live.TryGetValue((ulong)order, out var live)) back.Add(live.Row);
        }
    }

    /// <summary>What follows for an order from what was seen of one of its coins.</summary>
    public IEnumerable<BackingStep> StepsOf(BackingSight sight, OrderStanding order, long lot, DateTimeOffset time)
    {
        if (!order.IsShared) return BackingDecision.Of(sight, order, lot, coin => !TryClaim(sight.Chain, coin));
        var live = _live[sight.Order.Value];
        if (GoneIn(sight) is { } gone) promises.Coins.Mark(CoinOf(sight.Chain, gone), isGone: true);
        // Also where this order needs nothing of it any more: others do, or will.
        if (ChangeIn(sight, order) is { } left && Draws.Prove(left.Change, CoinOf(sight.Chain, left.Spent)) is { } proved)
            Changes.Add(new CoinChange.Proved(sight.Order, proved));
        return DrawDecision.Of(sight, order, lot, (gives, has, taken, spent) => Draws.DrawMore(
            live.Row, live.Backing, gives, has, taken, time, spent is { } own ? CoinOf(sight.Chain, own) : null));
    }

    private static (Backing Change, OutPoint Spent)? ChangeIn(BackingSight sight, OrderStanding order) => sight switch
    {
        BackingSight.Spent { IsOwn: true, IsMerged: false } spent
            when order.Coins.FirstOrDefault(c => c.OutPoint == spent.Coin) is { } coin
            && DrawDecision.ChangeOf(spent.Spender, coin, spent.Scripts) is { } change => (change, spent.Coin),
        BackingSight.Replaced replaced
            when DrawDecision.ChangeOf(replaced.Spender, replaced.Before, replaced.Scripts) is { } change =>
            (change, replaced.Before.OutPoint),
        _ => null,
    };

    /// <summary>What an order that is to be larger draws on proved coins then, or more of them: on those behind it, and on those
    /// that were looked at.</summary>
    public IReadOnlyList<Backing> DrawMore(
        OrderRow row, long gives, OrderStanding order, IReadOnlySet<OutPoint> seen, DateTimeOffset time) =>
        Draws.DrawMore(row, _live[(ulong)row.Id].Backing, gives, order.Coins, null, time, null, seen);

    /// <summary>Gives back what orders that the batch changed draw on proved coins and need no more. Before it is
    /// written.</summary>
    public void Trim()
    {
        var owed = OwedBySwaps();
        foreach (var order in Changed.Values)
        {
            if (!order.Row.Live || !order.Backing.Exists(coin => coin.IsShared)) continue;
            var id = new OrderId((ulong)order.Row.Id);
            var side = (Market.Trading.Side)order.Row.Side;
            var coins = order.Backing.Select(b => _locks.Find(b.Chain, b.OutPoint, id)).OfType<Backing>().ToList();
            var needs = BackingRules.Gives(side, order.Row.WorstPrice ?? order.Row.Price, order.Row.Remaining)
                + (side == Market.Trading.Side.Sell ? order.Row.InSwap : owed.GetValueOrDefault(order.Row.Id))
                + BackingRules.FundingFee(side, coins.Count);
            var spare = coins.Sum(coin => coin.Drawn) - needs;
            for (var i = coins.Count - 1; i >= 0 && spare > 0; i--)
            {
                var back = Math.Min(spare, coins[i].Drawn);
                spare -= back;
                if (back == coins[i].Drawn) Leave(id, coins[i].Chain, coins[i].OutPoint);
                else Join(id, coins[i] with { Drawn = coins[i].Drawn - back });
            }
        }
    }

    // What bids that the batch changed owe in swaps: each trade at its own price, whatever price the order has been given since;
    // and what it would be at the order's, at which it comes back where its swap fails.
    private Dictionary<long, long> OwedBySwaps()
    {
        var owed = Changed.Values.Where(order => order.Row is { Live: true, InSwap: > 0, Side: (short)Market.Trading.Side.Buy }
            && order.Backing.Exists(coin => coin.IsShared)).ToDictionary(order => order.Row.Id, _ => 0L);
        if (owed.Count == 0) return owed;
        foreach (var trade in _openTrades.Values)
        {
            if (_endedTrades.Contains((ulong)trade.Id)) continue;
            Add(trade, trade.MakerOrder);
            Add(trade, trade.TakerOrder);
        }
        return owed;

        void Add(TradeRow trade, long order)
        {
            if (!owed.TryGetValue(order, out var sum)) return;
            var row = _live[(ulong)order].Row;
            owed[order] = sum + BackingRules.Owes(
                Market.Trading.Side.Buy, row.WorstPrice ?? row.Price, trade.Quantity, trade.Notional);
        }
    }

    /// <summary>A coin stands behind a live order no more.</summary>
    public void Leave(OrderId id, ChainKind chain, OutPoint coin)
    {
        Unlock(id, chain, coin);
        Changes.Add(new CoinChange.Left(id, coin));
    }

    /// <summary>A coin stands behind a live order from now on, or with another part of it than before.</summary>
    public void Join(OrderId id, Backing coin)
    {
        // One that was to be larger may have traded whole at once: what it drew is given back with the batch.
        if (!_live.TryGetValue(id.Value, out var order)) return;
        var coins = order.Backing;
        // One that stood behind it before comes back.
        var at = coins.FindIndex(known => known.Chain == coin.Chain && known.OutPoint == coin.OutPoint);
        if (at < 0) coins.Add(coin);
        else coins[at] = coin;
        Lock(coin, id);
        Changes.Add(new CoinChange.Joined(id, coin));
    }

    // A coin whose proof lapsed may be on its chain still.
    private static OutPoint? GoneIn(BackingSight sight) => sight switch
    {
        BackingSight.Spent spent => spent.Coin,
        BackingSight.Lost lost => lost.Coin,
        BackingSight.Undone undone => undone.Coin,
        _ => null,
    };

    private void Count(string key, int more)
    {
        var count = _openOf.GetValueOrDefault(key) + more;
        if (count == 0) _openOf.Remove(key);
        else _openOf[key] = count;
    }

    private PromisedCoin CoinOf(ChainKind chain, OutPoint outPoint) => new(market.NameOf(chain), outPoint);

    private void Unlock(OrderId order, ChainKind chain, OutPoint coin)
    {
        _locks.Remove(order, chain, coin);
        _touched.Add(CoinOf(chain, coin));
    }

    private void Lock(Backing coin, OrderId order)
    {
        _locks.Put(order, coin);
        if (coin.IsShared) _touched.Add(CoinOf(coin.Chain, coin.OutPoint));
    }

    private void Add(in BookEvent e, Work.Placing placed, DateTimeOffset time)
    {
        var draft = placed.Draft;
        var c = placed.Command;
        var order = new LiveOrder(new OrderRow
        {
            Instrument = market.Id,
            Id = (long)e.Order.Value,
            Account = (long)e.Account.Value,
            Key = draft.Key,
            ClientOrderId = draft.ClientOrderId,
            Body = draft.Body,
            Side = (short)e.Side,
            TimeInForce = (short)c.TimeInForce,
            Flags = (short)c.Flags,
            SelfTrade = (short)c.SelfTrade,
            Type = (short)c.Type,
            ExpiresAt = c.TimeInForce == Market.Trading.TimeInForce.GoodTilDate
                ? DateTimeOffset.FromUnixTimeMilliseconds(c.Time)
                : null,
            Price = e.Price,
            Discount = draft.Discount?.Millionths,
            WorstPrice = draft.Discount is null ? null : draft.WorstPrice,
            Quantity = e.Quantity,
            Remaining = e.Quantity,
            Live = true,
            CreatedAt = time,
            UpdatedAt = time,
        }, [.. draft.Backing])
        { IsNew = true };
        _live.Add(e.Order.Value, order);
        Count(draft.Key, 1);
        Changed[e.Order.Value] = order;
        expiries.Add(order.Row);
        discounts.Add(order.Row, time);
        foreach (var coin in draft.Backing) Lock(coin, e.Order);
    }

    // Events tell what happened; what the order holds now is the engine's to say. A batch's later commands may have
    // changed it again by then, which is what the row shall show.
    private LiveOrder Touch(OrderId id, OrderBook book, DateTimeOffset time)
    {
        var order = _live[id.Value];
        if (book.TryGetOrder(id, out var state))
        {
            order.Row.Remaining = state.Remaining;
            order.Row.InSwap = state.InSwap;
            order.Row.Settled = state.Settled;
        }
        order.Row.UpdatedAt = time;
        Changed[id.Value] = order;
        return order;
    }

    private void End(in BookEvent e, OrderBook book, DateTimeOffset time)
    {
        var order = Touch(e.Order, book, time);
        order.Row.Remaining = 0;
        order.Row.InSwap = 0;
        order.Row.Settled = e.Quantity;
        order.Row.Live = false;
        _live.Remove(e.Order.Value);
        Count(order.Row.Key, -1);
        expiries.Remove(order.Row);
        discounts.Remove(order.Row);
        var ended = e.Order;
        foreach (var coin in order.Backing.Where(coin => Holds(ended, coin))) Unlock(ended, coin.Chain, coin.OutPoint);
    }

    /// <summary>
    /// A trade goes forward only: the legs are locked, its swap settled (which may be all that is told), or it failed for one side.
    /// </summary>
    private void Stand(TradeId id, TradeStatus status, DateTimeOffset time)
    {
        var trade = _openTrades[id.Value];
        if (status <= trade.Status) return;
        // One that the same batch made is inserted as it stands; one that it changed before keeps what it was before the batch.
        if (!Trades.Contains(trade) && !TradeChanges.Exists(c => c.Trade == trade))
            TradeChanges.Add(new TradeChange(trade, trade.Status));
        trade.Status = status;
        trade.StatusAt = time;
    }

    private TradeRow TradeOf(in BookEvent e, DateTimeOffset time)
    {
        var maker = _live[e.Order.Value].Row;
        var taker = _live[e.Other.Value].Row;
        var valuation = valued(time);
        return new TradeRow
        {
            Instrument = market.Id,
            Id = (long)e.Trade.Value,
            Price = e.Price,
            Quantity = e.Quantity,
            Notional = Notional.Of(e.Price, e.Quantity),
            TakerSide = OrderMapping.Wire(e.Side),
            Time = time,
            SwapId = swapIds.Of(market.Id, (long)e.Trade.Value),
            MakerOrder = maker.Id,
            TakerOrder = taker.Id,
            MakerKey = maker.Key,
            TakerKey = taker.Key,
            ValuationId = valuation?.Id,
            Valuation = valuation,
        };
    }
}
