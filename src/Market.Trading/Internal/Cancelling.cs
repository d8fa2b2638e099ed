using System.Runtime.CompilerServices;

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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Reason WhyNotCancelled(BookState book, in OrderNode order)
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
            var next = book.OfAccount[slot].Next;
            if (WhyNotCancelled(book, book.Orders[slot]) == Reason.None && IsMeant(c.Scope, book.Orders[slot].Side))
            {
                book.Withdraw(slot, Reason.ByOwner);
                book.EndIfDone(slot);
                cancelled++;
            }
            slot = next;
        }
        ref var e = ref book.Emit(EventKind.AllCancelled);
        e.Account = c.Account;
        e.Quantity = cancelled;
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

    /// <summary>A good-till-date order's time has come: what is left of it goes, and nothing comes back from its swaps.</summary>
    public static void Expire(BookState book, in Command c)
    {
        var slot = book.OrderIds.Find(c.Order.Value);
        if (slot < 0) book.Reject(c, Reason.UnknownOrder);
        else if (book.Orders[slot].TimeInForce != TimeInForce.GoodTilDate || book.Expiries[slot] > c.Time)
            book.Reject(c, Reason.NotExpired);
        else if (IsWithdrawn(book.Orders[slot])) book.Reject(c, Reason.NothingLeft);
        else
        {
            book.Withdraw(slot, Reason.Expired);
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
            book.TakeOff(slot, c.Quantity, c.Reason);
            if (order.Remaining == 0) book.Unrest(slot);
            else if (!book.Rules.IsViable(order.Price, order.Remaining)) book.Drop(slot, Reason.RestBelowMinimum);
            book.EndIfDone(slot);
        }
    }

    private static bool IsWithdrawn(in OrderNode order) => order.Withdrawn != Reason.None;
}
