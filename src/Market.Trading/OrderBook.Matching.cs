using Market.Trading.Internal;

namespace Market.Trading;

public sealed partial class OrderBook
{
    /// <summary>
    /// Trades the order's remaining quantity with the other side, best price and oldest order first, as far as price,
    /// self-trade prevention, the smallest swap and the bounds allow. What must not rest afterwards is cancelled.
    /// </summary>
    private void Match(int taker)
    {
        ref var t = ref _orders[taker];
        var against = LevelsAgainst(t.Side);
        var fills = 0;
        while (t.Remaining > 0 && Crosses(t.Side, t.Price))
        {
            var level = against.Best;
            var maker = against[level].First;
            ref var m = ref _orders[maker];
            if (m.Account == t.Account && t.SelfTrade == SelfTradePrevention.CancelOldest)
            {
                Withdraw(maker, Reason.SelfTrade);
                EndIfDone(maker);
                continue;
            }
            var stop = WhyNot(t, m, fills);
            if (stop != Reason.None)
            {
                Withdraw(taker, stop);
                return;
            }
            var quantity = Math.Min(t.Remaining, m.Remaining);
            OpenTrade(maker, taker, quantity);
            TakeOffLevel(against, level, maker, quantity);
            fills++;
        }
        if (t.Remaining > 0 && !Rules.IsViable(t.Price, t.Remaining)) Drop(taker, Reason.RestBelowMinimum);
    }

    /// <summary>Why the taker must not trade with this maker, or None.</summary>
    private Reason WhyNot(in OrderNode t, in OrderNode m, int fills)
    {
        if (t.Account == m.Account) return Reason.SelfTrade;
        if (fills == Rules.MaxFillsPerOrder) return Reason.TooManyFills;
        if (OpenTrades == Limits.MaxOpenTrades) return Reason.TooManyTrades;
        // The maker's own remainder is viable at its price, so this is the taker's remainder being too small.
        return Rules.IsViable(m.Price, Math.Min(t.Remaining, m.Remaining)) ? Reason.None : Reason.RestBelowMinimum;
    }

    private void OpenTrade(int maker, int taker, long quantity)
    {
        ref var m = ref _orders[maker];
        ref var t = ref _orders[taker];
        m.Remaining -= quantity;
        m.InSwap += quantity;
        m.OpenTrades++;
        t.Remaining -= quantity;
        t.InSwap += quantity;
        t.OpenTrades++;
        var id = ++_lastTradeId;
        AddTrade(id, maker, taker, m.Price, quantity);
        _events.Add(Event(EventKind.Trade, m) with
        {
            Side = t.Side,
            Other = new OrderId(t.Id),
            OtherAccount = new AccountId(t.Account),
            OtherRemaining = t.Remaining,
            Trade = new TradeId(id),
            Quantity = quantity,
        });
    }

    private void AddTrade(ulong id, int maker, int taker, long price, long quantity)
    {
        var slot = _freeTrade;
        ref var trade = ref _trades[slot];
        _freeTrade = trade.Next;
        trade = new TradeNode
        {
            Id = id,
            Maker = maker,
            Taker = taker,
            Price = price,
            Quantity = quantity,
            Next = -1,
            Previous = _lastTrade,
        };
        if (_lastTrade < 0) _firstTrade = slot;
        else _trades[_lastTrade].Next = slot;
        _lastTrade = slot;
        _tradeIds.Add(id, slot);
        OpenTrades++;
    }

    private void RemoveTrade(int slot)
    {
        ref var trade = ref _trades[slot];
        _tradeIds.Remove(trade.Id);
        if (trade.Previous < 0) _firstTrade = trade.Next;
        else _trades[trade.Previous].Next = trade.Next;
        if (trade.Next < 0) _lastTrade = trade.Previous;
        else _trades[trade.Next].Previous = trade.Previous;
        trade = new TradeNode { Next = _freeTrade };
        _freeTrade = slot;
        OpenTrades--;
    }

    // The maker's remaining quantity is already less; its level follows.
    private void TakeOffLevel(Levels levels, int level, int maker, long quantity)
    {
        ref var m = ref _orders[maker];
        levels[level].Quantity -= quantity;
        if (m.Remaining == 0) Unrest(maker);
        else if (!Rules.IsViable(m.Price, m.Remaining)) Drop(maker, Reason.RestBelowMinimum);
    }

    /// <summary>Puts the order's remaining quantity on the book, behind all others of its price.</summary>
    private void Rest(int slot)
    {
        ref var order = ref _orders[slot];
        var levels = LevelsOf(order.Side);
        order.Level = levels.FindOrAdd(order.Price);
        ref var level = ref levels[order.Level];
        order.Previous = level.Last;
        order.Next = -1;
        if (level.Last < 0) level.First = slot;
        else _orders[level.Last].Next = slot;
        level.Last = slot;
        level.Count++;
        level.Quantity += order.Remaining;
        _events.Add(Event(EventKind.Rested, order));
    }

    /// <summary>Takes the order off its level, if it rests.</summary>
    private void Unrest(int slot)
    {
        ref var order = ref _orders[slot];
        if (order.Level < 0) return;
        var levels = LevelsOf(order.Side);
        ref var level = ref levels[order.Level];
        level.Quantity -= order.Remaining;
        level.Count--;
        if (order.Previous < 0) level.First = order.Next;
        else _orders[order.Previous].Next = order.Next;
        if (order.Next < 0) level.Last = order.Previous;
        else _orders[order.Next].Previous = order.Previous;
        if (level.Count == 0) levels.Remove(order.Level);
        order.Level = -1;
        order.Next = -1;
        order.Previous = -1;
    }

    /// <summary>Cancels the order's remaining quantity; what a swap returns may still go back to the book.</summary>
    private void Drop(int slot, Reason reason)
    {
        ref var order = ref _orders[slot];
        Unrest(slot);
        var quantity = order.Remaining;
        order.Remaining = 0;
        _events.Add(Event(EventKind.Cancelled, order) with { Quantity = quantity, Reason = reason });
    }

    /// <summary>Cancels the order's remaining quantity, and what swaps return from now on.</summary>
    private void Withdraw(int slot, Reason reason)
    {
        if (reason != Reason.RestBelowMinimum) _orders[slot].Withdrawn = reason;
        Drop(slot, reason);
    }
}
