using System.Runtime.CompilerServices;

namespace Market.Trading.Internal;

/// <summary>
/// All that a book holds, and the steps by which it changes: each keeps queues, indexes and counters in agreement, and tells what
/// happened. Everything is allocated when it is made.
/// </summary>
internal sealed class BookState
{
    // No sum of quantities of orders that live at the same time exceeds it, so that none overflows.
    public const long MaxTotalQuantity = 1L << 62;

    /// <summary>An empty book that takes orders; see <see cref="OrderBook"/>.</summary>
    public BookState(InstrumentRules rules, BookLimits limits, ulong hashKey)
    {
        rules.Check();
        limits.Check();
        Rules = rules;
        Limits = limits;
        Bids = new Levels(Side.Buy, limits.MaxOrders, rules.Tick);
        Asks = new Levels(Side.Sell, limits.MaxOrders, rules.Tick);
        Orders = Pool.Of<OrderNode>(limits.MaxOrders);
        Queue = Pool.Of<Links>(limits.MaxOrders);
        OfAccount = Pool.Of<Links>(limits.MaxOrders);
        Accounts = Pool.Of<AccountNode>(limits.MaxOrders);
        Expiries = Pool.Of<long>(limits.MaxOrders);
        Trades = Pool.Of<TradeNode>(limits.MaxOpenTrades);
        for (var i = 0; i < Queue.Length; i++) Queue[i].Next = i + 1 < Queue.Length ? i + 1 : -1;
        for (var i = 0; i < Accounts.Length; i++) Accounts[i].NextFree = i + 1 < Accounts.Length ? i + 1 : -1;
        for (var i = 0; i < Trades.Length; i++) Trades[i].Next = i + 1 < Trades.Length ? i + 1 : -1;
        OrderIds = new IdTable(limits.MaxOrders);
        AccountIds = new IdTable(limits.MaxOrders);
        TradeIds = new IdTable(limits.MaxOpenTrades);
        ClientIds = new ClientIdTable(limits.MaxOrders, limits.ClientIdMemory, hashKey);
    }

    public InstrumentRules Rules { get; }

    public BookLimits Limits { get; }

    public Levels Bids { get; }

    public Levels Asks { get; }

    public OrderNode[] Orders { get; }

    /// <summary>The neighbours of resting orders at their price, in the order they would trade; of free slots the next free
    /// one.</summary>
    public Links[] Queue { get; }

    /// <summary>The neighbours of live orders among those of their account, by number.</summary>
    public Links[] OfAccount { get; }

    /// <summary>When orders that are good till a date expire, by slot; apart from the orders, which most often are not.</summary>
    public long[] Expiries { get; }

    public AccountNode[] Accounts { get; }

    public TradeNode[] Trades { get; }

    public IdTable OrderIds { get; }

    public IdTable AccountIds { get; }

    public IdTable TradeIds { get; }

    public ClientIdTable ClientIds { get; }

    /// <summary>The next free places; -1 where there is none.</summary>
    public int FreeOrder { get; set; }

    /// <inheritdoc cref="FreeOrder"/>
    public int FreeAccount { get; set; }

    /// <inheritdoc cref="FreeOrder"/>
    public int FreeTrade { get; set; }

    /// <summary>The oldest open trade; -1 where there is none.</summary>
    public int FirstTrade { get; set; } = -1;

    /// <summary>The newest open trade; -1 where there is none.</summary>
    public int LastTrade { get; set; } = -1;

    /// <summary>Base units of all live orders, as placed and reduced.</summary>
    public long TotalQuantity { get; set; }

    public ulong LastOrder { get; set; }

    public ulong LastTradeId { get; set; }

    public ulong Sequence { get; set; }

    public ulong EventSequence { get; set; }

    public TradingStatus Status { get; set; }

    public int LiveOrders { get; set; }

    public int OpenTrades { get; set; }

    /// <summary>Takes what happens; the caller's while a command is carried out.</summary>
    public EventBuffer Events { get; set; } = new(16);

    public Levels LevelsOf(Side side) => side == Side.Buy ? Bids : Asks;

    public Levels LevelsAgainst(Side side) => side == Side.Buy ? Asks : Bids;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Crosses(Side side, long price)
    {
        var against = LevelsAgainst(side);
        if (against.Best < 0) return false;
        var best = against.PriceOf(against.Best);
        return side == Side.Buy ? best <= price : best >= price;
    }

    /// <summary>The best price at which an order does not trade, where there is somebody to trade with; it may be none that orders
    /// may have.</summary>
    public long BestWithoutTrade(Side side)
    {
        var against = LevelsAgainst(side);
        var best = against.PriceOf(against.Best);
        return side == Side.Buy ? (best - 1) / Rules.Tick * Rules.Tick : (best / Rules.Tick + 1) * Rules.Tick;
    }

    /// <summary>Why a post-only order that would trade cannot be taken, or None where it can be at another price.</summary>
    public Reason JudgeCrossing(Side side, OrderFlags flags, long quantity)
    {
        if ((flags & OrderFlags.Reprice) == 0) return Reason.WouldCross;
        var refusal = Rules.Judge(BestWithoutTrade(side), quantity);
        return refusal == Reason.PriceOutOfRange ? Reason.WouldCross : refusal;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindOwn(AccountId account, OrderId order)
    {
        var slot = OrderIds.Find(order.Value);
        return slot >= 0 && Orders[slot].Account == account.Value ? slot : -1;
    }

    public int FindByClientId(AccountId account, in ClientOrderId id)
    {
        if (!id.Exists) return -1;
        var entry = ClientIds.Find(account.Value, id);
        return entry < 0 ? -1 : OrderIds.Find(ClientIds.OrderOf(entry));
    }

    /// <summary>Adds an event, numbered.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref BookEvent Emit(EventKind kind)
    {
        ref var e = ref Events.Add();
        e.Kind = kind;
        e.Sequence = ++EventSequence;
        e.Command = Sequence;
        return ref e;
    }

    /// <summary>Adds an event of an order as it stands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref BookEvent Emit(EventKind kind, in OrderNode order)
    {
        ref var e = ref Emit(kind);
        e.Order = new OrderId(order.Id);
        e.Account = new AccountId(order.Account);
        e.Side = order.Side;
        e.Price = order.Price;
        e.Remaining = order.Remaining;
        return ref e;
    }

    /// <inheritdoc cref="Emit(EventKind, in OrderNode)"/>
    public ref BookEvent Emit(EventKind kind, in OrderNode order, long quantity, Reason reason = Reason.None)
    {
        ref var e = ref Emit(kind, order);
        e.Quantity = quantity;
        e.Reason = reason;
        return ref e;
    }

    public void Reject(in Command c, Reason reason)
    {
        ref var e = ref Emit(EventKind.Rejected);
        e.Account = c.Account;
        e.Order = c.Order;
        e.Trade = c.Trade;
        e.Reason = reason;
    }

    /// <summary>Takes on an order that was judged.</summary>
    /// <param name="c">As placed.</param>
    /// <param name="account">Its account's slot; -1 where the account has no other order.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TakeOrder(in Command c, int account)
    {
        var slot = FreeOrder;
        ref var order = ref Orders[slot];
        FreeOrder = Queue[slot].Next;
        var id = ++LastOrder;
        order.Id = id;
        order.Account = c.Account.Value;
        order.Price = c.Price;
        order.Remaining = c.Quantity;
        order.Quantity = c.Quantity;
        order.InSwap = 0;
        order.Settled = 0;
        order.Level = -1;
        order.OpenTrades = 0;
        order.Side = c.Side;
        order.TimeInForce = c.TimeInForce;
        order.Flags = c.Flags;
        order.SelfTrade = c.SelfTrade;
        order.Withdrawn = Reason.None;
        order.ClientEntry = c.HasClientId ? ClientIds.Add(c.Account.Value, c.ClientId, c.Body, id) : -1;
        Register(slot, account);
        return slot;
    }

    /// <summary>Enters a new order into the indexes; orders come in ascending order of their numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Register(int slot, int account)
    {
        ref var order = ref Orders[slot];
        OrderIds.Add(order.Id, slot);
        if (account < 0)
        {
            account = FreeAccount;
            FreeAccount = Accounts[account].NextFree;
            Accounts[account] = new AccountNode { Id = order.Account, First = -1, Last = -1 };
            AccountIds.Add(order.Account, account);
        }
        ref var owner = ref Accounts[account];
        order.AccountSlot = account;
        OfAccount[slot] = new Links { Next = -1, Previous = owner.Last };
        if (owner.Last < 0) owner.First = slot;
        else OfAccount[owner.Last].Next = slot;
        owner.Last = slot;
        owner.Count++;
        LiveOrders++;
        TotalQuantity += order.Quantity;
    }

    public void EndIfDone(int slot)
    {
        ref var order = ref Orders[slot];
        if (order.Id == 0 || order.Remaining > 0 || order.OpenTrades > 0) return;
        Emit(EventKind.Done, order, order.Settled);
        if (order.ClientEntry >= 0) ClientIds.Retire(order.ClientEntry);
        OrderIds.Remove(order.Id);
        LeaveAccount(slot, order.AccountSlot);
        LiveOrders--;
        TotalQuantity -= order.Quantity;
        order.Id = 0;
        Queue[slot].Next = FreeOrder;
        FreeOrder = slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LeaveAccount(int slot, int account)
    {
        ref var owner = ref Accounts[account];
        var links = OfAccount[slot];
        if (links.Previous < 0) owner.First = links.Next;
        else OfAccount[links.Previous].Next = links.Next;
        if (links.Next < 0) owner.Last = links.Previous;
        else OfAccount[links.Next].Previous = links.Previous;
        if (--owner.Count > 0) return;
        AccountIds.Remove(owner.Id);
        owner = new AccountNode { NextFree = FreeAccount };
        FreeAccount = account;
    }

    public void AddTrade(ulong id, int maker, int taker, long price, long quantity)
    {
        var slot = FreeTrade;
        ref var trade = ref Trades[slot];
        FreeTrade = trade.Next;
        trade = new TradeNode
        {
            Id = id,
            Maker = maker,
            Taker = taker,
            Price = price,
            Quantity = quantity,
            Next = -1,
            Previous = LastTrade,
        };
        if (LastTrade < 0) FirstTrade = slot;
        else Trades[LastTrade].Next = slot;
        LastTrade = slot;
        TradeIds.Add(id, slot);
        OpenTrades++;
    }

    public void RemoveTrade(int slot)
    {
        ref var trade = ref Trades[slot];
        TradeIds.Remove(trade.Id);
        if (trade.Previous < 0) FirstTrade = trade.Next;
        else Trades[trade.Previous].Next = trade.Next;
        if (trade.Next < 0) LastTrade = trade.Previous;
        else Trades[trade.Next].Previous = trade.Previous;
        trade = new TradeNode { Next = FreeTrade };
        FreeTrade = slot;
        OpenTrades--;
    }

    /// <summary>Puts the order's remaining quantity on the book, behind all others of its price.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Rest(int slot)
    {
        ref var order = ref Orders[slot];
        var levels = LevelsOf(order.Side);
        order.Level = levels.FindOrAdd(order.Price);
        ref var level = ref levels[order.Level];
        Queue[slot] = new Links { Next = -1, Previous = level.Last };
        if (level.Last < 0) level.First = slot;
        else Queue[level.Last].Next = slot;
        level.Last = slot;
        level.Count++;
        level.Quantity += order.Remaining;
        Emit(EventKind.Rested, order);
    }

    /// <summary>Takes the order off its level, if it rests.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Unrest(int slot)
    {
        ref var order = ref Orders[slot];
        if (order.Level < 0) return;
        var levels = LevelsOf(order.Side);
        ref var level = ref levels[order.Level];
        level.Quantity -= order.Remaining;
        level.Count--;
        var links = Queue[slot];
        if (links.Previous < 0) level.First = links.Next;
        else Queue[links.Previous].Next = links.Next;
        if (links.Next < 0) level.Last = links.Previous;
        else Queue[links.Next].Previous = links.Previous;
        if (level.Count == 0) levels.Remove(order.Level);
        order.Level = -1;
    }

    /// <summary>Takes a part off the order's remaining quantity; one that rests keeps its place.</summary>
    public void TakeOff(int slot, long quantity, Reason reason)
    {
        ref var order = ref Orders[slot];
        if (order.Level >= 0) LevelsOf(order.Side)[order.Level].Quantity -= quantity;
        order.Remaining -= quantity;
        order.Quantity -= quantity;
        TotalQuantity -= quantity;
        Emit(EventKind.Reduced, order, quantity, reason);
    }

    /// <summary>Cancels the order's remaining quantity; what a swap returns may still go back to the book.</summary>
    public void Drop(int slot, Reason reason)
    {
        ref var order = ref Orders[slot];
        Unrest(slot);
        var quantity = order.Remaining;
        order.Remaining = 0;
        Emit(EventKind.Cancelled, order, quantity, reason);
    }

    /// <summary>Cancels the order's remaining quantity, and what swaps return from now on.</summary>
    public void Withdraw(int slot, Reason reason)
    {
        if (reason != Reason.RestBelowMinimum) Orders[slot].Withdrawn = reason;
        Drop(slot, reason);
    }
}
