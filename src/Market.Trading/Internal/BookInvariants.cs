namespace Market.Trading.Internal;

/// <summary>What is so of every book after every command.</summary>
internal static class BookInvariants
{
    /// <summary>Throws unless all invariants hold. For tests; slow.</summary>
    /// <exception cref="InvalidOperationException">Names the broken invariant.</exception>
    public static void Verify(BookState book)
    {
        book.Bids.Verify();
        book.Asks.Verify();
        if (book.Bids.Best >= 0 && book.Asks.Best >= 0 && book.Bids.PriceOf(book.Bids.Best) >= book.Asks.PriceOf(book.Asks.Best))
            throw new InvalidOperationException("crossed");
        VerifySide(book, Side.Buy);
        VerifySide(book, Side.Sell);
        var open = 0;
        for (var t = book.FirstTrade; t >= 0; t = book.Trades[t].Next, open++)
            if (book.Orders[book.Trades[t].Maker].OpenTrades <= 0 || book.Orders[book.Trades[t].Taker].OpenTrades <= 0)
                throw new InvalidOperationException("trade without order");
        if (open != book.OpenTrades) throw new InvalidOperationException("open trades");
        var total = 0L;
        foreach (ref readonly var order in book.Orders.AsSpan())
        {
            if (order.Id == 0) continue;
            total += order.Quantity;
            if (order.Remaining < 0 || order.InSwap < 0 || order.Remaining + order.InSwap + order.Settled > order.Quantity)
                throw new InvalidOperationException("quantities");
            if (order.Remaining > 0 != order.Level >= 0) throw new InvalidOperationException("resting");
            if (order.Remaining == 0 && order.OpenTrades == 0) throw new InvalidOperationException("done but there");
        }
        if (total != book.TotalQuantity) throw new InvalidOperationException("total quantity");
    }

    private static void VerifySide(BookState book, Side side)
    {
        var levels = book.LevelsOf(side);
        for (var l = levels.Best; l >= 0; l = levels[l].Worse)
        {
            var (quantity, count, previous) = (0L, 0, -1);
            for (var o = levels[l].First; o >= 0; previous = o, o = book.Queue[o].Next, count++)
            {
                ref var order = ref book.Orders[o];
                quantity += order.Remaining;
                if (book.Queue[o].Previous != previous || order.Level != l || order.Side != side
                    || order.Price != levels.PriceOf(l)) throw new InvalidOperationException("queue");
                if (!book.Rules.IsViable(order.Price, order.Remaining)) throw new InvalidOperationException("too small");
                if (order.Withdrawn != Reason.None) throw new InvalidOperationException("withdrawn but resting");
            }
            if (count == 0 || count != levels[l].Count || quantity != levels[l].Quantity || levels[l].Last != previous)
                throw new InvalidOperationException("level");
        }
    }
}
