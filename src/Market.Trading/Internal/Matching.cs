namespace Market.Trading.Internal;

/// <summary>How an order trades with those that rest: continuous, price then time.</summary>
internal static class Matching
{
    /// <summary>
    /// Trades the order's remaining quantity with the other side, best price and oldest order first, as far as price,
    /// self-trade prevention, the smallest swap and the bounds allow. What must not rest afterwards is cancelled.
    /// </summary>
    public static void Match(BookState book, int taker)
    {
        ref var t = ref book.Orders[taker];
        var against = book.LevelsAgainst(t.Side);
        var fills = 0;
        while (t.Remaining > 0 && book.Crosses(t.Side, t.Price))
        {
            var level = against.Best;
            var maker = against[level].First;
            ref var m = ref book.Orders[maker];
            if (m.Account == t.Account && t.SelfTrade != SelfTradePrevention.CancelNewest)
            {
                MeetOwn(book, maker, taker);
                continue;
            }
            var stop = WhyNot(book, t, m, fills);
            if (stop != Reason.None)
            {
                book.Withdraw(taker, stop);
                return;
            }
            var quantity = Math.Min(t.Remaining, m.Remaining);
            OpenTrade(book, maker, taker, quantity);
            TakeOffLevel(book, against, level, maker, quantity);
            fills++;
        }
        if (t.Remaining > 0 && !book.Rules.IsViable(t.Price, t.Remaining)) book.Drop(taker, Reason.RestBelowMinimum);
    }

    /// <summary>
    /// True where <see cref="Match"/> would trade all of the order: the same steps, on numbers alone. Own orders that would be
    /// cancelled on the way are passed by.
    /// </summary>
    public static bool TradesWhole(BookState book, int taker)
    {
        ref var t = ref book.Orders[taker];
        var against = book.LevelsAgainst(t.Side);
        var (left, fills) = (t.Remaining, 0);
        for (var level = against.Best; level >= 0 && Takes(t, against.PriceOf(level)); level = against[level].Worse)
        {
            for (var maker = against[level].First; maker >= 0; maker = book.Queue[maker].Next)
            {
                ref var m = ref book.Orders[maker];
                if (m.Account == t.Account)
                {
                    if (t.SelfTrade == SelfTradePrevention.CancelOldest) continue;
                    return false;
                }
                var quantity = Math.Min(left, m.Remaining);
                if (fills == book.Rules.MaxFillsPerOrder || book.OpenTrades + fills == book.Limits.MaxOpenTrades
                    || !book.Rules.IsViable(m.Price, quantity)) return false;
                left -= quantity;
                if (left == 0) return true;
                fills++;
            }
        }
        return false;
    }

    private static bool Takes(in OrderNode t, long price) => t.Side == Side.Buy ? price <= t.Price : price >= t.Price;

    /// <summary>The taker has come to an order of its own account, and matching goes on.</summary>
    private static void MeetOwn(BookState book, int maker, int taker)
    {
        ref var m = ref book.Orders[maker];
        ref var t = ref book.Orders[taker];
        if (t.SelfTrade == SelfTradePrevention.CancelOldest)
        {
            book.Withdraw(maker, Reason.SelfTrade);
            book.EndIfDone(maker);
            return;
        }
        var quantity = Math.Min(m.Remaining, t.Remaining);
        Lose(book, maker, quantity);
        if (m.Remaining > 0 && !book.Rules.IsViable(m.Price, m.Remaining)) book.Drop(maker, Reason.RestBelowMinimum);
        book.EndIfDone(maker);
        Lose(book, taker, quantity);
    }

    private static void Lose(BookState book, int slot, long quantity)
    {
        if (book.Orders[slot].Remaining == quantity) book.Withdraw(slot, Reason.SelfTrade);
        else book.TakeOff(slot, quantity, Reason.SelfTrade);
    }

    /// <summary>Why the taker must not trade with this maker, or None.</summary>
    private static Reason WhyNot(BookState book, in OrderNode t, in OrderNode m, int fills)
    {
        if (t.Account == m.Account) return Reason.SelfTrade;
        if (fills == book.Rules.MaxFillsPerOrder) return Reason.TooManyFills;
        if (book.OpenTrades == book.Limits.MaxOpenTrades) return Reason.TooManyTrades;
        // The maker's own remainder is viable at its price, so this is the taker's remainder being too small.
        return book.Rules.IsViable(m.Price, Math.Min(t.Remaining, m.Remaining)) ? Reason.None : Reason.RestBelowMinimum;
    }

    private static void OpenTrade(BookState book, int maker, int taker, long quantity)
    {
        ref var m = ref book.Orders[maker];
        ref var t = ref book.Orders[taker];
        m.Remaining -= quantity;
        m.InSwap += quantity;
        m.OpenTrades++;
        t.Remaining -= quantity;
        t.InSwap += quantity;
        t.OpenTrades++;
        var id = ++book.LastTradeId;
        book.AddTrade(id, maker, taker, m.Price, quantity);
        ref var e = ref book.Emit(EventKind.Trade, m, quantity);
        e.Side = t.Side;
        e.Other = new OrderId(t.Id);
        e.OtherAccount = new AccountId(t.Account);
        e.OtherRemaining = t.Remaining;
        e.Trade = new TradeId(id);
    }

    // The maker's remaining quantity is already less; its level follows.
    private static void TakeOffLevel(BookState book, Levels levels, int level, int maker, long quantity)
    {
        ref var m = ref book.Orders[maker];
        levels[level].Quantity -= quantity;
        if (m.Remaining == 0) book.Unrest(maker);
        else if (!book.Rules.IsViable(m.Price, m.Remaining)) book.Drop(maker, Reason.RestBelowMinimum);
    }
}
