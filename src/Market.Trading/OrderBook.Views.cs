using Market.Trading.Internal;

namespace Market.Trading;

/// <summary>All resting orders of one price.</summary>
/// <param name="Price">Satoshis per whole share.</param>
/// <param name="Quantity">Base units of all of them.</param>
/// <param name="Orders">How many they are.</param>
public readonly record struct BookLevel(long Price, long Quantity, int Orders);

/// <summary>An order that is not done, as it stands.</summary>
public readonly record struct OrderState
{
    /// <summary>Its number.</summary>
    public OrderId Order { get; init; }

    /// <summary>Whose it is.</summary>
    public AccountId Account { get; init; }

    /// <summary>The client's name for it, or default.</summary>
    public ClientOrderId ClientId { get; init; }

    /// <summary>Digest of all the client said about it; 0 without a client order id.</summary>
    public UInt128 Body { get; init; }

    /// <summary>Buy or sell.</summary>
    public Side Side { get; init; }

    /// <summary>How long it stands.</summary>
    public TimeInForce TimeInForce { get; init; }

    /// <summary>Marks.</summary>
    public OrderFlags Flags { get; init; }

    /// <summary>Satoshis per whole share.</summary>
    public long Price { get; init; }

    /// <summary>Base units as placed, less what was taken off by reductions.</summary>
    public long Quantity { get; init; }

    /// <summary>Base units on the book.</summary>
    public long Remaining { get; init; }

    /// <summary>Base units in trades whose swap has not ended.</summary>
    public long InSwap { get; init; }

    /// <summary>Base units swapped for good.</summary>
    public long Settled { get; init; }

    /// <summary>Why it will not go back to the book, or None.</summary>
    public Reason Withdrawn { get; init; }
}

/// <summary>A trade whose swap has not ended.</summary>
/// <param name="Trade">Its number.</param>
/// <param name="Maker">The order that stood on the book.</param>
/// <param name="Taker">The order that came to it.</param>
/// <param name="Price">Satoshis per whole share.</param>
/// <param name="Quantity">Base units.</param>
/// <param name="IsLocked">Both legs of its swap are locked.</param>
public readonly record struct OpenTradeState(
    TradeId Trade, OrderId Maker, OrderId Taker, long Price, long Quantity, bool IsLocked);

public sealed partial class OrderBook
{
    /// <summary>The number of prices with resting orders.</summary>
    public int LevelCount(Side side) => LevelsOf(side).Count;

    /// <summary>The best level, or the default value when the side is empty.</summary>
    public BookLevel Best(Side side)
    {
        var levels = LevelsOf(side);
        return levels.Best < 0 ? default : LevelOf(levels, levels.Best);
    }

    /// <summary>The level of this price; Quantity and Orders are 0 when nothing rests there.</summary>
    public BookLevel LevelAt(Side side, long price)
    {
        var levels = LevelsOf(side);
        var level = levels.Find(price);
        return level < 0 ? new BookLevel(price, 0, 0) : LevelOf(levels, level);
    }

    /// <summary>Writes the levels from the best on, as many as fit; returns how many.</summary>
    public int CopyLevels(Side side, Span<BookLevel> to)
    {
        var levels = LevelsOf(side);
        var count = 0;
        for (var l = levels.Best; l >= 0 && count < to.Length; l = levels[l].Worse) to[count++] = LevelOf(levels, l);
        return count;
    }

    /// <summary>
    /// Writes the levels gathered into bins of <paramref name="width"/> satoshis, best first, as many as fit; returns
    /// how many. Bins without orders are left out. A bid's bin is named by its lowest price and an ask's by its
    /// highest, so that a bin never promises more than its orders keep.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The width is not positive.</exception>
    public int CopyBins(Side side, long width, Span<BookLevel> to)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        var levels = LevelsOf(side);
        var count = 0;
        for (var l = levels.Best; l >= 0; l = levels[l].Worse)
        {
            var level = LevelOf(levels, l);
            var bin = level.Price / width * width;
            if (side == Side.Sell && bin != level.Price) bin += width;
            if (count > 0 && to[count - 1].Price == bin)
            {
                var sum = to[count - 1];
                to[count - 1] = new BookLevel(bin, sum.Quantity + level.Quantity, sum.Orders + level.Orders);
            }
            else
            {
                if (count == to.Length) break;
                to[count++] = level with { Price = bin };
            }
        }
        return count;
    }

    /// <summary>Writes the resting orders in the order they would trade, as many as fit; returns how many.</summary>
    public int CopyOrders(Side side, Span<OrderState> to)
    {
        var levels = LevelsOf(side);
        var count = 0;
        for (var l = levels.Best; l >= 0 && count < to.Length; l = levels[l].Worse)
            for (var o = levels[l].First; o >= 0 && count < to.Length; o = _orders[o].Next)
                to[count++] = StateOf(_orders[o]);
        return count;
    }

    /// <summary>The order, if it is not done.</summary>
    public bool TryGetOrder(OrderId order, out OrderState state)
    {
        var slot = _orderIds.Find(order.Value);
        state = slot < 0 ? default : StateOf(_orders[slot]);
        return slot >= 0;
    }

    /// <summary>The order the account named so, if it is not done or was done lately: its number.</summary>
    public bool TryFindClientId(AccountId account, ClientOrderId id, out OrderId order)
    {
        var entry = id.Exists ? _clientIds.Find(account.Value, id) : -1;
        order = entry < 0 ? default : new OrderId(_clientIds.OrderOf(entry));
        return entry >= 0;
    }

    /// <summary>The trade, if its swap has not ended.</summary>
    public bool TryGetTrade(TradeId trade, out OpenTradeState state)
    {
        var slot = _tradeIds.Find(trade.Value);
        state = slot < 0 ? default : StateOf(_trades[slot]);
        return slot >= 0;
    }

    /// <summary>Writes the trades whose swap has not ended, oldest first, as many as fit; returns how many.</summary>
    public int CopyTrades(Span<OpenTradeState> to)
    {
        var count = 0;
        for (var t = _firstTrade; t >= 0 && count < to.Length; t = _trades[t].Next) to[count++] = StateOf(_trades[t]);
        return count;
    }

    /// <summary>True where an order of this side and price would trade at once, with whomever.</summary>
    public bool WouldTake(Side side, long price) => Crosses(side, price);

    /// <summary>How many orders of the account are not done.</summary>
    public int CountOf(AccountId account)
    {
        var slot = _accountIds.Find(account.Value);
        return slot < 0 ? 0 : _accounts[slot].Count;
    }

    private static BookLevel LevelOf(Levels levels, int level) =>
        new(levels.PriceOf(level), levels[level].Quantity, levels[level].Count);

    private OpenTradeState StateOf(in TradeNode t) => new(
        new TradeId(t.Id), new OrderId(_orders[t.Maker].Id), new OrderId(_orders[t.Taker].Id), t.Price, t.Quantity,
        t.IsLocked);

    private OrderState StateOf(in OrderNode o) => new()
    {
        Order = new OrderId(o.Id),
        Account = new AccountId(o.Account),
        Side = o.Side,
        TimeInForce = o.TimeInForce,
        Flags = o.Flags,
        Price = o.Price,
        Quantity = o.Quantity,
        Remaining = o.Remaining,
        InSwap = o.InSwap,
        Settled = o.Settled,
        Withdrawn = o.Withdrawn,
        ClientId = o.ClientEntry < 0 ? default : _clientIds.IdOf(o.ClientEntry),
        Body = o.ClientEntry < 0 ? default : _clientIds.BodyOf(o.ClientEntry),
    };

    /// <summary>Throws unless all invariants hold. For tests; slow.</summary>
    /// <exception cref="InvalidOperationException">Names the broken invariant.</exception>
    internal void Verify()
    {
        _bids.Verify();
        _asks.Verify();
        if (_bids.Best >= 0 && _asks.Best >= 0 && _bids.PriceOf(_bids.Best) >= _asks.PriceOf(_asks.Best))
            throw new InvalidOperationException("crossed");
        VerifySide(Side.Buy);
        VerifySide(Side.Sell);
        var open = 0;
        for (var t = _firstTrade; t >= 0; t = _trades[t].Next, open++)
            if (_orders[_trades[t].Maker].OpenTrades <= 0 || _orders[_trades[t].Taker].OpenTrades <= 0)
                throw new InvalidOperationException("trade without order");
        if (open != OpenTrades) throw new InvalidOperationException("open trades");
        var total = 0L;
        foreach (ref readonly var order in _orders.AsSpan())
        {
            if (order.Id == 0) continue;
            total += order.Quantity;
            if (order.Remaining < 0 || order.InSwap < 0 || order.Remaining + order.InSwap + order.Settled > order.Quantity)
                throw new InvalidOperationException("quantities");
            if (order.Remaining > 0 != order.Level >= 0) throw new InvalidOperationException("resting");
            if (order.Remaining == 0 && order.OpenTrades == 0) throw new InvalidOperationException("done but there");
        }
        if (total != _totalQuantity) throw new InvalidOperationException("total quantity");
    }

    private void VerifySide(Side side)
    {
        var levels = LevelsOf(side);
        for (var l = levels.Best; l >= 0; l = levels[l].Worse)
        {
            var (quantity, count, previous) = (0L, 0, -1);
            for (var o = levels[l].First; o >= 0; previous = o, o = _orders[o].Next, count++)
            {
                ref var order = ref _orders[o];
                quantity += order.Remaining;
                if (order.Previous != previous || order.Level != l || order.Side != side
                    || order.Price != levels.PriceOf(l)) throw new InvalidOperationException("queue");
                if (!Rules.IsViable(order.Price, order.Remaining)) throw new InvalidOperationException("too small");
                if (order.Withdrawn != Reason.None) throw new InvalidOperationException("withdrawn but resting");
            }
            if (count == 0 || count != levels[l].Count || quantity != levels[l].Quantity || levels[l].Last != previous)
                throw new InvalidOperationException("level");
        }
    }
}
