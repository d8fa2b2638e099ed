namespace Market.Trading.Tests;

/// <summary>
/// The same rules written the plainest way: lists, LINQ, no indexes, no reuse. What the engine must agree with.
/// </summary>
internal sealed class ModelBook(InstrumentRules rules, BookLimits limits)
{
    private sealed class Order
    {
        public ulong Id, Account, Priority;
        public ClientOrderId Name;
        public UInt128 Body;
        public Side Side;
        public TimeInForce Tif;
        public OrderFlags Flags;
        public SelfTradePrevention SelfTrade;
        public long Price, Quantity, Remaining, Settled, Expires;
        public Reason Withdrawn;
    }

    private sealed record Trade(ulong Id, Order Maker, Order Taker, long Price, long Quantity)
    {
        public bool IsLocked { get; set; }
    }

    private readonly List<Order> _live = [];
    private readonly List<Trade> _trades = [];
    private readonly List<(ulong Account, ClientOrderId Name, UInt128 Body, ulong Id)> _done = [];
    private readonly List<BookEvent> _out = [];
    private ulong _sequence, _eventSequence, _lastOrder, _lastTrade, _priority;
    private TradingStatus _status;

    public IReadOnlyList<BookEvent> Execute(Command c)
    {
        _out.Clear();
        _sequence++;
        switch (c.Kind)
        {
            case CommandKind.Place: Place(c); break;
            case CommandKind.Cancel:
                Cancel(c, _live.Find(o => o.Id == c.Order.Value && o.Account == c.Account.Value));
                break;
            case CommandKind.CancelByClientId:
                Cancel(c, _live.Find(o => c.ClientId.Exists && o.Name == c.ClientId && o.Account == c.Account.Value));
                break;
            case CommandKind.CancelAll: CancelAll(c); break;
            case CommandKind.Withdraw: Withdraw(c); break;
            case CommandKind.Reduce: Reduce(c); break;
            case CommandKind.CloseTrade: Close(c); break;
            case CommandKind.LockTrade: Lock(c); break;
            case CommandKind.Expire: Expire(c); break;
            case CommandKind.Amend: Amend(c); break;
            case CommandKind.SetStatus:
                _status = c.Status;
                Emit(new BookEvent { Kind = EventKind.StatusSet, Status = c.Status });
                break;
            default: Reject(c, Reason.Malformed); break;
        }
        return _out;
    }

    public IEnumerable<(long Price, long Quantity, int Orders)> Levels(Side side) => Resting(side)
        .GroupBy(o => o.Price).Select(g => (g.Key, g.Sum(o => o.Remaining), g.Count()));

    private IEnumerable<Order> Resting(Side side) => _live.Where(o => o.Side == side && o.Priority > 0)
        .OrderBy(o => side == Side.Buy ? -o.Price : o.Price).ThenBy(o => o.Priority);

    private bool Viable(long price, long quantity) => quantity >= rules.MinQuantity
        && (Int128)price * quantity > ((Int128)rules.MinNotional - 1) * 100_000_000;

    private Order? Opposite(Side side, long price) => Resting(side == Side.Buy ? Side.Sell : Side.Buy)
        .FirstOrDefault(o => side == Side.Buy ? o.Price <= price : o.Price >= price);

    private void Place(Command c)
    {
        if (c.ClientId.Exists)
        {
            var known = _live.Where(o => o.Name.Exists).Select(o => (o.Account, o.Name, o.Body, o.Id)).Concat(_done)
                .Where(o => o.Account == c.Account.Value && o.Name == c.ClientId).ToList();
            if (known.Count > 0)
            {
                if (known[0].Body == c.Body)
                    Emit(new BookEvent { Kind = EventKind.Duplicate, Account = c.Account, Order = new OrderId(known[0].Id) });
                else Reject(c, Reason.ClientIdReused);
                return;
            }
        }
        var refusal = Judge(c);
        if (refusal != Reason.None)
        {
            Reject(c, refusal);
            return;
        }
        var order = new Order
        {
            Id = ++_lastOrder,
            Account = c.Account.Value,
            Name = c.ClientId,
            Body = c.Body,
            Side = c.Side,
            SelfTrade = c.SelfTrade,
            Tif = c.TimeInForce,
            Flags = c.Flags,
            Expires = c.Time,
            Price = c.Flags.HasFlag(OrderFlags.Reprice) ? PriceWithoutTrade(c) : c.Price,
            Quantity = c.Quantity,
            Remaining = c.Quantity,
        };
        _live.Add(order);
        Emit(EventKind.Accepted, order, order.Quantity);
        if (order.Tif != TimeInForce.FillOrKill || TradesWhole(c)) Match(order);
        Reason? never = order.Tif == TimeInForce.ImmediateOrCancel ? Reason.ImmediateOrCancel
            : order.Tif == TimeInForce.FillOrKill ? Reason.FillOrKill
            : null;
        if (never is { } why)
        {
            if (order.Remaining > 0) Drop(order, why, true);
            if (order.Withdrawn == Reason.None) order.Withdrawn = why;
        }
        if (order.Remaining > 0) Rest(order);
        End(order);
    }

    // Whether a book of the same orders, and nobody to bound it but its rules, is rid of all of the quantity.
    private bool TradesWhole(Command c)
    {
        var (left, fills) = (c.Quantity, 0);
        foreach (var maker in Resting(c.Side == Side.Buy ? Side.Sell : Side.Buy)
            .Where(o => c.Side == Side.Buy ? o.Price <= c.Price : o.Price >= c.Price)
            .Where(o => c.SelfTrade != SelfTradePrevention.CancelOldest || o.Account != c.Account.Value))
        {
            var quantity = Math.Min(left, maker.Remaining);
            fills++;
            if (maker.Account == c.Account.Value || fills > rules.MaxFillsPerOrder
                || _trades.Count + fills > limits.MaxOpenTrades || !Viable(maker.Price, quantity)) return false;
            left -= quantity;
            if (left == 0) return true;
        }
        return false;
    }

    private long PriceWithoutTrade(Command c)
    {
        var price = c.Price;
        while (Opposite(c.Side, price) is not null) price += c.Side == Side.Buy ? -rules.Tick : rules.Tick;
        return price;
    }

    private void Expire(Command c)
    {
        var order = _live.Find(o => o.Id == c.Order.Value);
        if (order is null) Reject(c, Reason.UnknownOrder);
        else if (order.Tif != TimeInForce.GoodTilDate || order.Expires > c.Time) Reject(c, Reason.NotExpired);
        else if (order.Withdrawn != Reason.None) Reject(c, Reason.NothingLeft);
        else
        {
            Drop(order, Reason.Expired, true);
            End(order);
        }
    }

    private Reason Judge(Command c)
    {
        if (c.Account.Value == 0) return Reason.Malformed;
        var mayRest = c.TimeInForce is TimeInForce.GoodTilCancelled or TimeInForce.GoodTilDate;
        if (c.Flags == OrderFlags.Reprice || (c.Flags.HasFlag(OrderFlags.PostOnly) && !mayRest)) return Reason.Malformed;
        if (c.TimeInForce == TimeInForce.GoodTilDate && c.Time <= 0) return Reason.Malformed;
        if (c.Type == OrderType.Market && mayRest) return Reason.Malformed;
        if (_status != TradingStatus.Open) return Reason.TradingHalted;
        if (c.Price < 1 || c.Price > rules.MaxPrice) return Reason.PriceOutOfRange;
        if (c.Price % rules.Tick != 0) return Reason.PriceOffTick;
        if (c.Quantity < 1 || c.Quantity > rules.MaxQuantity) return Reason.QuantityOutOfRange;
        if (c.Quantity % rules.Lot != 0) return Reason.QuantityOffLot;
        if ((Int128)c.Price * c.Quantity > (Int128)rules.MaxNotional * 100_000_000) return Reason.AboveMaximum;
        if (!Viable(c.Price, c.Quantity)) return Reason.BelowMinimum;
        if (_live.Count == limits.MaxOrders) return Reason.BookFull;
        if (_live.Count(o => o.Account == c.Account.Value) >= limits.MaxOrdersPerAccount) return Reason.AccountFull;
        return Crossing(c);
    }

    private Reason Crossing(Command c)
    {
        if (c.Flags == OrderFlags.None || Opposite(c.Side, c.Price) is null) return Reason.None;
        var other = PriceWithoutTrade(c);
        if (!c.Flags.HasFlag(OrderFlags.Reprice) || other < 1 || other > rules.MaxPrice) return Reason.WouldCross;
        if ((Int128)other * c.Quantity > (Int128)rules.MaxNotional * 100_000_000) return Reason.AboveMaximum;
        return Viable(other, c.Quantity) ? Reason.None : Reason.BelowMinimum;
    }

    private void Match(Order taker)
    {
        var fills = 0;
        while (taker.Remaining > 0 && Opposite(taker.Side, taker.Price) is { } maker)
        {
            if (maker.Account == taker.Account && taker.SelfTrade == SelfTradePrevention.CancelOldest)
            {
                Drop(maker, Reason.SelfTrade, true);
                End(maker);
                continue;
            }
            var quantity = Math.Min(maker.Remaining, taker.Remaining);
            if (maker.Account == taker.Account && taker.SelfTrade == SelfTradePrevention.Decrement)
            {
                Lose(maker, quantity);
                if (maker.Remaining > 0 && !Viable(maker.Price, maker.Remaining)) Drop(maker, Reason.RestBelowMinimum, false);
                End(maker);
                Lose(taker, quantity);
                continue;
            }
            Reason? stop = maker.Account == taker.Account ? Reason.SelfTrade
                : fills == rules.MaxFillsPerOrder ? Reason.TooManyFills
                : _trades.Count == limits.MaxOpenTrades ? Reason.TooManyTrades
                : null;
            if (stop is { } reason)
            {
                Drop(taker, reason, true);
                return;
            }
            if (!Viable(maker.Price, quantity))
            {
                Drop(taker, Reason.RestBelowMinimum, false);
                return;
            }
            fills++;
            maker.Remaining -= quantity;
            taker.Remaining -= quantity;
            _trades.Add(new Trade(++_lastTrade, maker, taker, maker.Price, quantity));
            Emit(Make(EventKind.Trade, maker, quantity) with
            {
                Side = taker.Side,
                Other = new OrderId(taker.Id),
                OtherAccount = new AccountId(taker.Account),
                OtherRemaining = taker.Remaining,
                Trade = new TradeId(_lastTrade),
            });
            if (maker.Remaining == 0) maker.Priority = 0;
            else if (!Viable(maker.Price, maker.Remaining)) Drop(maker, Reason.RestBelowMinimum, false);
        }
        if (taker.Remaining > 0 && !Viable(taker.Price, taker.Remaining)) Drop(taker, Reason.RestBelowMinimum, false);
    }

    private void Lose(Order order, long quantity)
    {
        if (order.Remaining == quantity)
        {
            Drop(order, Reason.SelfTrade, true);
            return;
        }
        order.Remaining -= quantity;
        order.Quantity -= quantity;
        Emit(Make(EventKind.Reduced, order, quantity) with { Reason = Reason.SelfTrade });
    }

    private void Rest(Order order)
    {
        order.Priority = ++_priority;
        Emit(EventKind.Rested, order, 0);
    }

    private void Drop(Order order, Reason reason, bool forGood)
    {
        var quantity = order.Remaining;
        order.Remaining = 0;
        order.Priority = 0;
        if (forGood) order.Withdrawn = reason;
        Emit(Make(EventKind.Cancelled, order, quantity) with { Reason = reason });
    }

    private void End(Order order)
    {
        if (order.Remaining > 0 || _trades.Exists(t => t.Maker == order || t.Taker == order) || !_live.Remove(order)) return;
        Emit(EventKind.Done, order, order.Settled);
        if (!order.Name.Exists) return;
        _done.Add((order.Account, order.Name, order.Body, order.Id));
        if (_done.Count > limits.ClientIdMemory) _done.RemoveAt(0);
    }

    private void Cancel(Command c, Order? order)
    {
        if (order is null) Reject(c, Reason.UnknownOrder);
        else if (rules.FilledIsFinal && order.Remaining == 0
            && _trades.Where(t => t.Maker == order || t.Taker == order).Sum(t => t.Quantity) + order.Settled == order.Quantity)
            Reject(c, Reason.OrderSettling);
        else if (order.Withdrawn != Reason.None || IsFinal(order)) Reject(c, Reason.NothingLeft);
        else
        {
            Drop(order, Reason.ByOwner, true);
            End(order);
        }
    }

    private bool IsFinal(Order order) => rules.FilledIsFinal && order.Remaining == 0;

    private void Amend(Command c)
    {
        var order = _live.Find(o => o.Account == c.Account.Value && o.Id == c.Order.Value);
        if (order is null)
        {
            Reject(c, Reason.UnknownOrder);
            return;
        }
        var filled = order.Settled + _trades.Where(t => t.Maker == order || t.Taker == order).Sum(t => t.Quantity);
        var price = c.Price == 0 ? order.Price : c.Price;
        var remaining = c.Quantity == 0 ? order.Remaining : c.Quantity - filled;
        var keeps = price == order.Price && remaining <= order.Remaining;
        var refusal = c.Price < 0 || c.Quantity < 0 || (c.Price == 0 && c.Quantity == 0) ? Reason.Malformed
            : rules.FilledIsFinal && order.Remaining == 0 && filled == order.Quantity ? Reason.OrderSettling
            : order.Withdrawn != Reason.None || order.Remaining == 0 ? Reason.NothingLeft
            : c.Quantity > rules.MaxQuantity ? Reason.QuantityOutOfRange
            : c.Quantity % rules.Lot != 0 ? Reason.QuantityOffLot
            : remaining <= 0 ? Reason.None
            : price > rules.MaxPrice ? Reason.PriceOutOfRange
            : price % rules.Tick != 0 ? Reason.PriceOffTick
            : (Int128)price * remaining > (Int128)rules.MaxNotional * 100_000_000 ? Reason.AboveMaximum
            : !Viable(price, remaining) ? Reason.BelowMinimum
            : keeps ? Reason.None
            : _status != TradingStatus.Open ? Reason.TradingHalted
            : Crossing(new Command { Side = order.Side, Flags = order.Flags, Price = price, Quantity = remaining });
        if (refusal != Reason.None)
        {
            Reject(c, refusal);
            return;
        }
        var more = remaining - order.Remaining;
        if (remaining <= 0)
        {
            Drop(order, Reason.ByOwner, true);
        }
        else if (keeps)
        {
            order.Remaining = remaining;
            order.Quantity += more;
            Emit(Make(EventKind.Reduced, order, -more) with { Reason = Reason.ByOwner });
        }
        else
        {
            order.Priority = 0;
            order.Remaining = remaining;
            order.Quantity = filled + remaining;
            order.Price = !order.Flags.HasFlag(OrderFlags.Reprice) ? price
                : PriceWithoutTrade(new Command { Side = order.Side, Price = price });
            Emit(EventKind.Amended, order, more);
            Match(order);
            if (order.Remaining > 0) Rest(order);
        }
        End(order);
    }

    private void Lock(Command c)
    {
        var trade = _trades.Find(t => t.Id == c.Trade.Value);
        if (trade is null) Reject(c, Reason.UnknownTrade);
        else if (trade.IsLocked) Reject(c, Reason.TradeLockedBefore);
        else
        {
            trade.IsLocked = true;
            Emit(Make(EventKind.TradeLocked, trade.Maker, trade.Quantity) with
            {
                Trade = new TradeId(trade.Id),
                Price = trade.Price,
            });
        }
    }

    private void CancelAll(Command c)
    {
        var orders = _live.Where(o => o.Account == c.Account.Value && o.Withdrawn == Reason.None && !IsFinal(o)
            && (c.Scope == CancelScope.Both || o.Side == (c.Scope == CancelScope.Buys ? Side.Buy : Side.Sell)))
            .OrderBy(o => o.Id).ToList();
        foreach (var order in orders)
        {
            Drop(order, Reason.ByOwner, true);
            End(order);
        }
        Emit(new BookEvent { Kind = EventKind.AllCancelled, Account = c.Account, Quantity = orders.Count });
    }

    private void Withdraw(Command c)
    {
        var order = _live.Find(o => o.Id == c.Order.Value);
        if (c.Reason is < Reason.ByOwner or > Reason.CannotReturn) Reject(c, Reason.Malformed);
        else if (order is null) Reject(c, Reason.UnknownOrder);
        else if (order.Withdrawn != Reason.None) Reject(c, Reason.NothingLeft);
        else
        {
            Drop(order, c.Reason, true);
            End(order);
        }
    }

    private void Reduce(Command c)
    {
        var order = _live.Find(o => o.Id == c.Order.Value && (c.Account.Value == 0 || c.Account.Value == o.Account));
        if (order is null) Reject(c, Reason.UnknownOrder);
        else if (c.Reason is < Reason.ByOwner or > Reason.CannotReturn) Reject(c, Reason.Malformed);
        else if (order.Remaining == 0) Reject(c, Reason.NothingLeft);
        else if (c.Quantity < 1 || c.Quantity > order.Remaining) Reject(c, Reason.QuantityOutOfRange);
        else if (c.Quantity % rules.Lot != 0) Reject(c, Reason.QuantityOffLot);
        else
        {
            order.Remaining -= c.Quantity;
            order.Quantity -= c.Quantity;
            Emit(Make(EventKind.Reduced, order, c.Quantity) with { Reason = c.Reason });
            if (order.Remaining == 0) order.Priority = 0;
            else if (!Viable(order.Price, order.Remaining)) Drop(order, Reason.RestBelowMinimum, false);
            End(order);
        }
    }

    private void Close(Command c)
    {
        var trade = _trades.Find(t => t.Id == c.Trade.Value);
        if (trade is null)
        {
            Reject(c, Reason.UnknownTrade);
            return;
        }
        _trades.Remove(trade);
        (Order Order, TradeOutcome Outcome)[] sides = [(trade.Maker, c.Maker), (trade.Taker, c.Taker)];
        foreach (var (order, outcome) in sides)
        {
            if (outcome == TradeOutcome.Settled) order.Settled += trade.Quantity;
            var kind = new[] { EventKind.Settled, EventKind.Returned, EventKind.Forfeited }[(int)outcome];
            Emit(Make(kind, order, trade.Quantity) with { Trade = new TradeId(trade.Id) });
        }
        foreach (var (order, outcome) in sides)
        {
            if (outcome == TradeOutcome.Forfeited && order.Withdrawn == Reason.None) Drop(order, Reason.SwapForfeited, true);
        }
        if (sides.All(side => side.Outcome == TradeOutcome.Returned) && trade.Maker.Withdrawn == Reason.None
            && trade.Taker.Withdrawn == Reason.None) Drop(trade.Taker, Reason.CannotReturn, true);
        foreach (var (order, outcome) in sides)
        {
            if (outcome == TradeOutcome.Returned) Return(order, trade.Quantity);
        }
        End(trade.Maker);
        End(trade.Taker);
    }

    private void Return(Order order, long quantity)
    {
        var reason = order.Withdrawn;
        if (reason == Reason.None && Opposite(order.Side, order.Price) is not null
            && (_status != TradingStatus.Open || order.Flags.HasFlag(OrderFlags.PostOnly))) reason = Reason.CannotReturn;
        if (reason != Reason.None)
        {
            Emit(Make(EventKind.Cancelled, order, quantity) with { Reason = reason });
            return;
        }
        order.Priority = 0;
        order.Remaining += quantity;
        Match(order);
        if (order.Remaining > 0) Rest(order);
    }

    private void Reject(Command c, Reason reason) => Emit(new BookEvent
    {
        Kind = EventKind.Rejected,
        Account = c.Account,
        Order = c.Order,
        Trade = c.Trade,
        Reason = reason,
    });

    private static BookEvent Make(EventKind kind, Order o, long quantity) => new()
    {
        Kind = kind,
        Order = new OrderId(o.Id),
        Account = new AccountId(o.Account),
        Side = o.Side,
        Price = o.Price,
        Remaining = o.Remaining,
        Quantity = quantity,
    };

    private void Emit(EventKind kind, Order o, long quantity) => Emit(Make(kind, o, quantity));

    private void Emit(BookEvent e) => _out.Add(e with { Sequence = ++_eventSequence, Command = _sequence });
}
