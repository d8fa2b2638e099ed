using Market.Trading.Internal;

namespace Market.Trading;

public sealed partial class OrderBook
{
    private void Cancel(in Command c, int slot)
    {
        var refusal = slot < 0 ? Reason.UnknownOrder : WhyNotCancelled(_orders[slot]);
        if (refusal != Reason.None)
        {
            Reject(c, refusal);
            return;
        }
        Withdraw(slot, Reason.ByOwner);
        EndIfDone(slot);
    }

    /// <summary>Why the owner cannot cancel the order, or None.</summary>
    private Reason WhyNotCancelled(in OrderNode order)
    {
        if (Rules.FilledIsFinal && order.Remaining == 0 && order.InSwap + order.Settled == order.Quantity)
            return Reason.OrderSettling;
        return IsWithdrawn(order) || (Rules.FilledIsFinal && order.Remaining == 0) ? Reason.NothingLeft : Reason.None;
    }

    private void CancelAll(in Command c)
    {
        if (c.Scope > CancelScope.Sells)
        {
            Reject(c, Reason.Malformed);
            return;
        }
        var cancelled = 0;
        var account = _accountIds.Find(c.Account.Value);
        for (var slot = account < 0 ? -1 : _accounts[account].First; slot >= 0;)
        {
            var next = _orders[slot].AccountNext;
            if (WhyNotCancelled(_orders[slot]) == Reason.None && IsMeant(c.Scope, _orders[slot].Side))
            {
                Withdraw(slot, Reason.ByOwner);
                EndIfDone(slot);
                cancelled++;
            }
            slot = next;
        }
        _events.Add(new BookEvent
        {
            Kind = EventKind.AllCancelled,
            Sequence = ++EventSequence,
            Command = Sequence,
            Account = c.Account,
            Quantity = cancelled,
        });
    }

    private static bool IsMeant(CancelScope scope, Side side) =>
        scope == CancelScope.Both || scope == CancelScope.Buys == (side == Side.Buy);

    private void Withdraw(in Command c)
    {
        var slot = _orderIds.Find(c.Order.Value);
        if (c.Reason < Reason.ByOwner || c.Reason > Reason.CannotReturn) Reject(c, Reason.Malformed);
        else if (slot < 0) Reject(c, Reason.UnknownOrder);
        else if (IsWithdrawn(_orders[slot])) Reject(c, Reason.NothingLeft);
        else
        {
            _orders[slot].Withdrawn = c.Reason;
            Drop(slot, c.Reason);
            EndIfDone(slot);
        }
    }

    private void Reduce(in Command c)
    {
        var slot = c.Account.Exists ? FindOwn(c.Account, c.Order) : _orderIds.Find(c.Order.Value);
        if (slot < 0) Reject(c, Reason.UnknownOrder);
        else if (c.Reason < Reason.ByOwner || c.Reason > Reason.CannotReturn) Reject(c, Reason.Malformed);
        else if (_orders[slot].Remaining == 0) Reject(c, Reason.NothingLeft);
        else if (c.Quantity <= 0 || c.Quantity > _orders[slot].Remaining) Reject(c, Reason.QuantityOutOfRange);
        else if (c.Quantity % Rules.Lot != 0) Reject(c, Reason.QuantityOffLot);
        else
        {
            ref var order = ref _orders[slot];
            LevelsOf(order.Side)[order.Level].Quantity -= c.Quantity;
            order.Remaining -= c.Quantity;
            order.Quantity -= c.Quantity;
            _totalQuantity -= c.Quantity;
            _events.Add(Event(EventKind.Reduced, order) with { Quantity = c.Quantity, Reason = c.Reason });
            if (order.Remaining == 0) Unrest(slot);
            else if (!Rules.IsViable(order.Price, order.Remaining)) Drop(slot, Reason.RestBelowMinimum);
            EndIfDone(slot);
        }
    }

    private void LockTrade(in Command c)
    {
        var found = _tradeIds.Find(c.Trade.Value);
        if (found < 0 || _trades[found].IsLocked)
        {
            Reject(c, found < 0 ? Reason.UnknownTrade : Reason.TradeLockedBefore);
            return;
        }
        ref var trade = ref _trades[found];
        trade.IsLocked = true;
        _events.Add(Event(EventKind.TradeLocked, _orders[trade.Maker]) with
        {
            Trade = c.Trade,
            Price = trade.Price,
            Quantity = trade.Quantity,
        });
    }

    private void CloseTrade(in Command c)
    {
        var found = _tradeIds.Find(c.Trade.Value);
        if (found < 0 || c.Maker > TradeOutcome.Forfeited || c.Taker > TradeOutcome.Forfeited)
        {
            Reject(c, found < 0 ? Reason.UnknownTrade : Reason.Malformed);
            return;
        }
        var trade = _trades[found];
        RemoveTrade(found);
        Leave(trade.Maker, trade, c.Maker);
        Leave(trade.Taker, trade, c.Taker);
        // The guilty are gone before the innocent trade again: they must not meet a second time.
        if (c.Maker == TradeOutcome.Forfeited) WithdrawOnce(trade.Maker, Reason.SwapForfeited);
        if (c.Taker == TradeOutcome.Forfeited) WithdrawOnce(trade.Taker, Reason.SwapForfeited);
        // With both innocent they would meet at once, and for ever where both are away: the one that was there first stays.
        if (c.Maker == TradeOutcome.Returned && c.Taker == TradeOutcome.Returned && !IsWithdrawn(_orders[trade.Maker]))
            WithdrawOnce(trade.Taker, Reason.CannotReturn);
        if (c.Maker == TradeOutcome.Returned) Return(trade.Maker, trade.Quantity);
        if (c.Taker == TradeOutcome.Returned) Return(trade.Taker, trade.Quantity);
        EndIfDone(trade.Maker);
        EndIfDone(trade.Taker);
    }

    private void Leave(int slot, in TradeNode trade, TradeOutcome outcome)
    {
        ref var order = ref _orders[slot];
        order.InSwap -= trade.Quantity;
        order.OpenTrades--;
        if (outcome == TradeOutcome.Settled) order.Settled += trade.Quantity;
        var kind = outcome switch
        {
            TradeOutcome.Settled => EventKind.Settled,
            TradeOutcome.Returned => EventKind.Returned,
            _ => EventKind.Forfeited,
        };
        _events.Add(Event(kind, order) with { Trade = new TradeId(trade.Id), Quantity = trade.Quantity });
    }

    private void WithdrawOnce(int slot, Reason reason)
    {
        if (!IsWithdrawn(_orders[slot])) Withdraw(slot, reason);
    }

    /// <summary>
    /// A failed swap gives its quantity back: it trades at once if the book has moved to meet it, else it rests at its
    /// old price, the whole order last in the queue, as one that grew. An order withdrawn meanwhile stays so.
    /// </summary>
    private void Return(int slot, long quantity)
    {
        ref var order = ref _orders[slot];
        var crosses = Crosses(order.Side, order.Price);
        var refusal = order.Withdrawn;
        if (refusal == Reason.None && crosses
            && (Status != TradingStatus.Open || (order.Flags & OrderFlags.PostOnly) != 0)) refusal = Reason.CannotReturn;
        if (refusal != Reason.None)
        {
            _events.Add(Event(EventKind.Cancelled, order) with { Quantity = quantity, Reason = refusal });
            return;
        }
        Unrest(slot);
        order.Remaining += quantity;
        Match(slot);
        if (order.Remaining > 0) Rest(slot);
    }

    private static bool IsWithdrawn(in OrderNode order) => order.Withdrawn != Reason.None;

    private int TakeOrder(in Command c)
    {
        var slot = _freeOrder;
        ref var order = ref _orders[slot];
        _freeOrder = order.Next;
        var id = ++_lastOrder;
        order = new OrderNode
        {
            Id = id,
            Account = c.Account.Value,
            Price = c.Price,
            Remaining = c.Quantity,
            Quantity = c.Quantity,
            Level = -1,
            Next = -1,
            Previous = -1,
            AccountNext = -1,
            Side = c.Side,
            TimeInForce = c.TimeInForce,
            Flags = c.Flags,
            SelfTrade = c.SelfTrade,
            ClientEntry = c.ClientId.Exists ? _clientIds.Add(c.Account.Value, c.ClientId, c.Body, id) : -1,
        };
        Register(slot);
        return slot;
    }

    /// <summary>Enters a new order into the indexes; orders come in ascending order of their numbers.</summary>
    private void Register(int slot)
    {
        ref var order = ref _orders[slot];
        _orderIds.Add(order.Id, slot);
        var account = _accountIds.Find(order.Account);
        if (account < 0)
        {
            account = _freeAccount;
            _freeAccount = _accounts[account].NextFree;
            _accounts[account] = new AccountNode { Id = order.Account, First = -1, Last = -1 };
            _accountIds.Add(order.Account, account);
        }
        ref var owner = ref _accounts[account];
        order.AccountSlot = account;
        order.AccountPrevious = owner.Last;
        order.AccountNext = -1;
        if (owner.Last < 0) owner.First = slot;
        else _orders[owner.Last].AccountNext = slot;
        owner.Last = slot;
        owner.Count++;
        LiveOrders++;
        _totalQuantity += order.Quantity;
    }

    private void EndIfDone(int slot)
    {
        ref var order = ref _orders[slot];
        if (order.Id == 0 || order.Remaining > 0 || order.OpenTrades > 0) return;
        _events.Add(Event(EventKind.Done, order) with { Quantity = order.Settled });
        if (order.ClientEntry >= 0) _clientIds.Retire(order.ClientEntry);
        _orderIds.Remove(order.Id);
        LeaveAccount(order);
        LiveOrders--;
        _totalQuantity -= order.Quantity;
        order = new OrderNode { Next = _freeOrder };
        _freeOrder = slot;
    }

    private void LeaveAccount(in OrderNode order)
    {
        ref var owner = ref _accounts[order.AccountSlot];
        if (order.AccountPrevious < 0) owner.First = order.AccountNext;
        else _orders[order.AccountPrevious].AccountNext = order.AccountNext;
        if (order.AccountNext < 0) owner.Last = order.AccountPrevious;
        else _orders[order.AccountNext].AccountPrevious = order.AccountPrevious;
        if (--owner.Count > 0) return;
        _accountIds.Remove(owner.Id);
        owner = new AccountNode { NextFree = _freeAccount };
        _freeAccount = order.AccountSlot;
    }
}
