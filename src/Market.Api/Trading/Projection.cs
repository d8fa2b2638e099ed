using System.Collections.Concurrent;
using Market.Api.Data;
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
/// <param name="promises">The coins behind orders of all instruments.</param>
/// <param name="swapIds">Names a trade's swap.</param>
/// <param name="valued">What is said of a share's worth at a time; null where nothing is known.</param>
internal sealed class Projection(
    MarketInstrument market, Promises promises, SwapIds swapIds, Func<DateTimeOffset, ValuationRow?> valued)
{
    // The coins of all instruments that the batch claimed or let go: which of them is promised is told once it is on disk.
    private readonly HashSet<PromisedCoin> _touched = [];
    private readonly Dictionary<ulong, LiveOrder> _live = [];
    private readonly Dictionary<ulong, TradeRow> _openTrades = [];
    private readonly HashSet<ulong> _endedTrades = [];
    private readonly ConcurrentDictionary<(ChainKind Chain, OutPoint OutPoint), (OrderId Order, Backing Coin)> _locks = new();

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

    /// <summary>The order behind which the coin stands; default for none. Safe from any thread.</summary>
    public OrderId LockOf(ChainKind chain, OutPoint outPoint) => _locks.GetValueOrDefault((chain, outPoint)).Order;

    /// <summary>Claims a coin for an order to come: from here to the end of the batch it is nobody else's. False where it stands
    /// behind an order, of whichever instrument.</summary>
    public bool TryClaim(ChainKind chain, OutPoint outPoint)
    {
        if (LockOf(chain, outPoint).Exists) return false;
        var coin = CoinOf(chain, outPoint);
        if (!promises.TryTake(market.Id, coin)) return false;
        _touched.Add(coin);
        return true;
    }

    /// <summary>All locked coins, and the orders that they stand behind. Safe from any thread.</summary>
    public IEnumerable<(OrderId Order, Backing Coin)> Locks() => _locks.Select(l => l.Value);

    /// <summary>The client's name for an order that lives, or that the batch ended.</summary>
    public string NameOf(long order) =>
        (Changed.TryGetValue((ulong)order, out var changed) ? changed : _live[(ulong)order]).Row.ClientOrderId;

    /// <summary>Starts anew from the tables.</summary>
    public void Restart(IEnumerable<(LiveOrder Order, IEnumerable<Backing> Locked)> orders, IEnumerable<TradeRow> openTrades)
    {
        // What the lost batch claimed stays claimed until it is known what was written.
        _touched.Clear();
        Forget();
        _live.Clear();
        _locks.Clear();
        _openTrades.Clear();
        foreach (var trade in openTrades) _openTrades.Add((ulong)trade.Id, trade);
        foreach (var (order, locked) in orders)
        {
            _live.Add((ulong)order.Row.Id, order);
            foreach (var coin in locked) Lock(coin, new OrderId((ulong)order.Row.Id));
        }
        promises.Settle(market.Id, _locks.Keys.Select(c => CoinOf(c.Chain, c.OutPoint)).ToHashSet());
    }

    /// <summary>The batch is committed: what it changed is the past.</summary>
    public void Forget()
    {
        foreach (var order in Changed.Values) order.IsNew = false;
        Changed.Clear();
        Trades.Clear();
        TradeChanges.Clear();
        Changes.Clear();
        foreach (var id in _endedTrades) _openTrades.Remove(id);
        _endedTrades.Clear();
        foreach (var coin in _touched.Where(coin => !IsLocked(coin))) promises.Release(market.Id, coin);
        _touched.Clear();
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
            case EventKind.Cancelled:
                Touch(e.Order, book, time).Row.Reason = (short)e.Reason;
                break;
            case EventKind.Settled or EventKind.Returned or EventKind.Forfeited:
                Stand(e.Trade, e.Kind == EventKind.Settled ? TradeStatus.Final : TradeStatus.Withdrawn, time);
                _endedTrades.Add(e.Trade.Value);
                Touch(e.Order, book, time);
                break;
            case EventKind.Rested or EventKind.Reduced:
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
        return new OrderStanding(side, order.Row.Price, order.Row.Remaining,
            [.. order.Backing.Where(b => b.Chain == chain && LockOf(b.Chain, b.OutPoint) == id)],
            [
                .. _openTrades.Values.Where(t => t.MakerOrder == order.Row.Id || t.TakerOrder == order.Row.Id)
                    .Select(t => (t.Id, side == Market.Trading.Side.Sell ? t.Quantity : t.Notional)),
            ]);
    }

    /// <summary>A coin stands behind a live order no more.</summary>
    public void Leave(OrderId id, ChainKind chain, OutPoint coin)
    {
        Unlock(chain, coin);
        Changes.Add(new CoinChange.Left(id, coin));
    }

    /// <summary>A coin stands behind a live order from now on.</summary>
    public void Join(OrderId id, Backing coin)
    {
        var coins = _live[id.Value].Backing;
        // One that stood behind it before comes back.
        if (!coins.Exists(known => known.Chain == coin.Chain && known.OutPoint == coin.OutPoint)) coins.Add(coin);
        Lock(coin, id);
        Changes.Add(new CoinChange.Joined(id, coin));
    }

    private PromisedCoin CoinOf(ChainKind chain, OutPoint outPoint) => new(market.NameOf(chain), outPoint);

    private bool IsLocked(PromisedCoin coin) =>
        Enum.GetValues<ChainKind>().Any(kind => market.NameOf(kind) == coin.Chain && LockOf(kind, coin.OutPoint).Exists);

    private void Unlock(ChainKind chain, OutPoint coin)
    {
        _locks.TryRemove((chain, coin), out _);
        _touched.Add(CoinOf(chain, coin));
    }

    private void Lock(Backing coin, OrderId order) => _locks[(coin.Chain, coin.OutPoint)] = (order, coin);

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
            Price = e.Price,
            Quantity = e.Quantity,
            Remaining = e.Quantity,
            Live = true,
            CreatedAt = time,
            UpdatedAt = time,
        }, [.. draft.Backing])
        { IsNew = true };
        _live.Add(e.Order.Value, order);
        Changed[e.Order.Value] = order;
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
        var ended = e.Order;
        foreach (var coin in order.Backing.Where(coin => LockOf(coin.Chain, coin.OutPoint) == ended))
            Unlock(coin.Chain, coin.OutPoint);
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
