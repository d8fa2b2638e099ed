namespace Market.Trading.Internal;

/// <summary>What becomes of orders when the swaps of their trades are locked and end.</summary>
internal static class Settling
{
    /// <summary>Both legs of a trade's swap are locked.</summary>
    public static void LockTrade(BookState book, in Command c)
    {
        var found = book.TradeIds.Find(c.Trade.Value);
        if (found < 0 || book.Trades[found].IsLocked)
        {
            book.Reject(c, found < 0 ? Reason.UnknownTrade : Reason.TradeLockedBefore);
            return;
        }
        ref var trade = ref book.Trades[found];
        trade.IsLocked = true;
        ref var e = ref book.Emit(EventKind.TradeLocked, book.Orders[trade.Maker], trade.Quantity);
        e.Trade = c.Trade;
        e.Price = trade.Price;
    }

    /// <summary>A trade's swap has ended.</summary>
    public static void CloseTrade(BookState book, in Command c)
    {
        var found = book.TradeIds.Find(c.Trade.Value);
        if (found < 0 || c.Maker > TradeOutcome.Forfeited || c.Taker > TradeOutcome.Forfeited)
        {
            book.Reject(c, found < 0 ? Reason.UnknownTrade : Reason.Malformed);
            return;
        }
        var trade = book.Trades[found];
        book.RemoveTrade(found);
        Leave(book, trade.Maker, trade, c.Maker);
        Leave(book, trade.Taker, trade, c.Taker);
        // The guilty are gone before the innocent trade again: they must not meet a second time.
        if (c.Maker == TradeOutcome.Forfeited) WithdrawOnce(book, trade.Maker, Reason.SwapForfeited);
        if (c.Taker == TradeOutcome.Forfeited) WithdrawOnce(book, trade.Taker, Reason.SwapForfeited);
        // With both innocent they would meet at once, and for ever where both are away: the one that was there first stays.
        if (c.Maker == TradeOutcome.Returned && c.Taker == TradeOutcome.Returned
            && book.Orders[trade.Maker].Withdrawn == Reason.None)
            WithdrawOnce(book, trade.Taker, Reason.CannotReturn);
        if (c.Maker == TradeOutcome.Returned) Return(book, trade.Maker, trade.Quantity);
        if (c.Taker == TradeOutcome.Returned) Return(book, trade.Taker, trade.Quantity);
        book.EndIfDone(trade.Maker);
        book.EndIfDone(trade.Taker);
    }

    private static void Leave(BookState book, int slot, in TradeNode trade, TradeOutcome outcome)
    {
        ref var order = ref book.Orders[slot];
        order.InSwap -= trade.Quantity;
        order.OpenTrades--;
        if (outcome == TradeOutcome.Settled) order.Settled += trade.Quantity;
        var kind = outcome switch
        {
            TradeOutcome.Settled => EventKind.Settled,
            TradeOutcome.Returned => EventKind.Returned,
            _ => EventKind.Forfeited,
        };
        book.Emit(kind, order, trade.Quantity).Trade = new TradeId(trade.Id);
    }

    private static void WithdrawOnce(BookState book, int slot, Reason reason)
    {
        if (book.Orders[slot].Withdrawn == Reason.None) book.Withdraw(slot, reason);
    }

    /// <summary>
    /// A failed swap gives its quantity back: it trades at once if the book has moved to meet it, else it rests at its
    /// old price, the whole order last in the queue, as one that grew. An order withdrawn meanwhile stays so.
    /// </summary>
    private static void Return(BookState book, int slot, long quantity)
    {
        ref var order = ref book.Orders[slot];
        var crosses = book.Crosses(order.Side, order.Price);
        var refusal = order.Withdrawn;
        if (refusal == Reason.None && crosses
            && (book.Status != TradingStatus.Open || (order.Flags & OrderFlags.PostOnly) != 0)) refusal = Reason.CannotReturn;
        if (refusal != Reason.None)
        {
            book.Emit(EventKind.Cancelled, order, quantity, refusal);
            return;
        }
        book.Unrest(slot);
        order.Remaining += quantity;
        Matching.Match(book, slot);
        if (order.Remaining > 0) book.Rest(slot);
    }
}
