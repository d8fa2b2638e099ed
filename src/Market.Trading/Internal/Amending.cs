namespace Market.Trading.Internal;

/// <summary>How an order that stands in the book gets another price or quantity.</summary>
internal static class Amending
{
    /// <summary>
    /// Gives an order the price and quantity that are asked for. As much or less at its price keeps its place; at another price, or
    /// with more, it comes as a new order does. No more than what is filled cancels what is left.
    /// </summary>
    public static void Amend(BookState book, in Command c)
    {
        var slot = book.FindOwn(c.Account, c.Order);
        var refusal = slot < 0 ? Reason.UnknownOrder : WhyNot(book, c, book.Orders[slot]);
        if (refusal != Reason.None)
        {
            book.Reject(c, refusal);
            return;
        }
        ref var order = ref book.Orders[slot];
        var price = c.Price == 0 ? order.Price : c.Price;
        var remaining = Remaining(c, order);
        if (remaining <= 0)
        {
            book.Withdraw(slot, Reason.ByOwner);
            book.EndIfDone(slot);
        }
        else if (price == order.Price && remaining <= order.Remaining)
        {
            book.TakeOff(slot, order.Remaining - remaining, Reason.ByOwner);
        }
        else
        {
            ComeAgain(book, slot, price, remaining);
        }
    }

    /// <summary>The base units that would be on the book; not positive where as much is filled as is asked for.</summary>
    private static long Remaining(in Command c, in OrderNode order) =>
        c.Quantity == 0 ? order.Remaining : c.Quantity - order.InSwap - order.Settled;

    /// <summary>Why the order cannot be amended so, or None.</summary>
    private static Reason WhyNot(BookState book, in Command c, in OrderNode order)
    {
        if (c.Price < 0 || c.Quantity < 0 || (c.Price | c.Quantity) == 0) return Reason.Malformed;
        var closed = Cancelling.WhyNotCancelled(book, order);
        if (closed != Reason.None || order.Remaining == 0) return closed == Reason.None ? Reason.NothingLeft : closed;
        if (c.Quantity > book.Rules.MaxQuantity) return Reason.QuantityOutOfRange;
        if (c.Quantity % book.Rules.Lot != 0) return Reason.QuantityOffLot;
        var price = c.Price == 0 ? order.Price : c.Price;
        var remaining = Remaining(c, order);
        if (remaining <= 0) return Reason.None;
        var refusal = book.Rules.Judge(price, remaining);
        if (refusal != Reason.None || (price == order.Price && remaining <= order.Remaining)) return refusal;
        if (book.Status != TradingStatus.Open) return Reason.TradingHalted;
        if (remaining - order.Remaining > BookState.MaxTotalQuantity - book.TotalQuantity) return Reason.BookFull;
        return order.Flags != OrderFlags.None && book.Crosses(order.Side, price)
            ? book.JudgeCrossing(order.Side, order.Flags, remaining)
            : Reason.None;
    }

    private static void ComeAgain(BookState book, int slot, long price, long remaining)
    {
        ref var order = ref book.Orders[slot];
        book.Unrest(slot);
        var more = remaining - order.Remaining;
        order.Remaining = remaining;
        // What was dropped as too small for a swap is wanted no more.
        var quantity = order.InSwap + order.Settled + remaining;
        book.TotalQuantity += quantity - order.Quantity;
        order.Quantity = quantity;
        order.Price = (order.Flags & OrderFlags.Reprice) != 0 && book.Crosses(order.Side, price)
            ? book.BestWithoutTrade(order.Side)
            : price;
        book.Emit(EventKind.Amended, order, more);
        if (book.Crosses(order.Side, order.Price)) Matching.Match(book, slot);
        if (order.Remaining > 0) book.Rest(slot);
        book.EndIfDone(slot);
    }
}
