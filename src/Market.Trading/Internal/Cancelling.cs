namespace Market.Trading.Internal;

/// <summary>How orders, or parts of them, leave the book other than by trading.</summary>
internal static class Cancelling
{
    /// <summary>The owner takes an order back.</summary>
    public static void Cancel(BookState book, in Command c, int slot)
    {
        var refusal = slot < 0 ? Reason.UnknownOrder : WhyNotCancelled(book, book.Orders[slot]);
        if (refusal != Reason.None)
        {
            book.Reject(c, refusal);
            return;
        }
        book.Withdraw(slot, Reason.ByOwner);
        book.EndIfDone(slot);
    }

    /// <summary>Why the owner cannot cancel the order, or None.</summary>
    private static Reason WhyNotCancelled(BookState book, in OrderNode order)
    {
        if (book.Rules.FilledIsFinal && order.Remaining == 0 && order.InSwap + order.Settled == order.Quantity)
            return Reason.OrderSettling;
        return IsWithdrawn(order) || (book.Rules.FilledIsFinal && order.Remaining == 0) ? Reason.NothingLeft : Reason.None;
    }

    /// <summary>The owner takes all orders of a side or of both back.</summary>
    public static void CancelAll(BookState book, in Command c)
    {
        if (c.Scope > CancelScope.Sells)
        {
            book.Reject(c, Reason.Malformed);
            return;
        }
        var cancelled = 0;
        var account = book.AccountIds.Find(c.Account.Value);
        for (var slot = account < 0 ? -1 : book.Accounts[account].First; slot >= 0;)
        {
            var next = book.Orders[slot].AccountNext;
            if (WhyNotCancelled(book, book.Orders[slot]) == Reason.None && IsMeant(c.Scope, book.Orders[slot].Side))
            {
                book.Withdraw(slot, Reason.ByOwner);
                book.EndIfDone(slot);
                cancelled++;
            }
            slot = next;
        }
        book.Events.Add(new BookEvent
        {
            Kind = EventKind.AllCancelled,
            Sequence = ++book.EventSequence,
            Command = book.Sequence,
            Account = c.Account,
            Quantity = cancelled,
        });
    }

    private static bool IsMeant(CancelScope scope, Side side) =>
        scope == CancelScope.Both || scope == CancelScope.Buys == (side == Side.Buy);

    /// <summary>The market takes an order off the book for good.</summary>
    public static void Withdraw(BookState book, in Command c)
    {
        var slot = book.OrderIds.Find(c.Order.Value);
        if (c.Reason < Reason.ByOwner || c.Reason > Reason.CannotReturn) book.Reject(c, Reason.Malformed);
        else if (slot < 0) book.Reject(c, Reason.UnknownOrder);
        else if (IsWithdrawn(book.Orders[slot])) book.Reject(c, Reason.NothingLeft);
        else
        {
            book.Orders[slot].Withdrawn = c.Reason;
            book.Drop(slot, c.Reason);
            book.EndIfDone(slot);
        }
    }

    /// <summary>Takes some of what rests of an order off the book.</summary>
    public static void Reduce(BookState book, in Command c)
    {
        var slot = c.Account.Exists ? book.FindOwn(c.Account, c.Order) : book.OrderIds.Find(c.Order.Value);
        if (slot < 0) book.Reject(c, Reason.UnknownOrder);
        else if (c.Reason < Reason.ByOwner || c.Reason > Reason.CannotReturn) book.Reject(c, Reason.Malformed);
        else if (book.Orders[slot].Remaining == 0) book.Reject(c, Reason.NothingLeft);
        else if (c.Quantity <= 0 || c.Quantity > book.Orders[slot].Remaining) book.Reject(c, Reason.QuantityOutOfRange);
        else if (c.Quantity % book.Rules.Lot != 0) book.Reject(c, Reason.QuantityOffLot);
        else
        {
            ref var order = ref book.Orders[slot];
            book.LevelsOf(order.Side)[order.Level].Quantity -= c.Quantity;
            order.Remaining -= c.Quantity;
            order.Quantity -= c.Quantity;
            book.TotalQuantity -= c.Quantity;
            book.Events.Add(book.Event(EventKind.Reduced, order) with { Quantity = c.Quantity, Reason = c.Reason });
            if (order.Remaining == 0) book.Unrest(slot);
            else if (!book.Rules.IsViable(order.Price, order.Remaining)) book.Drop(slot, Reason.RestBelowMinimum);
            book.EndIfDone(slot);
        }
    }

    private static bool IsWithdrawn(in OrderNode order) => order.Withdrawn != Reason.None;
}
