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
        Bids = new Levels(Side.Buy, limits.MaxOrders);
        Asks = new Levels(Side.Sell, limits.MaxOrders);
        Orders = new OrderNode[limits.MaxOrders];
        Accounts = new AccountNode[limits.MaxOrders];
        Trades = new TradeNode[limits.MaxOpenTrades];
        for (var i = 0; i < Orders.Length; i++) Orders[i].Next = i + 1 < Orders.Length ? i + 1 : -1;
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

    public bool Crosses(Side side, long price)
    {
        var against = LevelsAgainst(side);
        if (against.Best < 0) return false;
        var best = against.PriceOf(against.Best);
        return side == Side.Buy ? best <= price : best >= price;
    }

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

    public void Reject(in Command c, Reason reason) => Events.Add(new BookEvent
    {
        Kind = EventKind.Rejected,
        Sequence = ++EventSequence,
        Command = Sequence,
        Account = c.Account,
        Order = c.Order,
        Trade = c.Trade,
        Reason = reason,
    });

    public BookEvent Event(EventKind kind, in OrderNode order) => new()
    {
        Kind = kind,
        Sequence = ++EventSequence,
        Command = Sequence,
        Order = new OrderId(order.Id),
        Account = new AccountId(order.Account),
        Side = order.Side,
        Price = order.Price,
        Remaining = order.Remaining,
    };

    public int TakeOrder(in Command c)
    {
        var slot = FreeOrder;
        ref var order = ref Orders[slot];
        FreeOrder = order.Next;
        var id = ++LastOrder;
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
            ClientEntry = c.ClientId.Exists ? ClientIds.Add(c.Account.Value, c.ClientId, c.Body, id) : -1,
        };
        Register(slot);
        return slot;
    }

    /// <summary>Enters a new order into the indexes; orders come in ascending order of their numbers.</summary>
    public void Register(int slot)
    {
        ref var order = ref Orders[slot];
        OrderIds.Add(order.Id, slot);
        var account = AccountIds.Find(order.Account);
        if (account < 0)
        {
            account = FreeAccount;
            FreeAccount = Accounts[account].NextFree;
            Accounts[account] = new AccountNode { Id = order.Account, First = -1, Last = -1 };
            AccountIds.Add(order.Account, account);
        }
        ref var owner = ref Accounts[account];
        order.AccountSlot = account;
        order.AccountPrevious = owner.Last;
        order.AccountNext = -1;
        if (owner.Last < 0) owner.First = slot;
        else Orders[owner.Last].AccountNext = slot;
        owner.Last = slot;
        owner.Count++;
        LiveOrders++;
        TotalQuantity += order.Quantity;
    }

    public void EndIfDone(int slot)
    {
        ref var order = ref Orders[slot];
        if (order.Id == 0 || order.Remaining > 0 || order.OpenTrades > 0) return;
        Events.Add(Event(EventKind.Done, order) with { Quantity = order.Settled });
        if (order.ClientEntry >= 0) ClientIds.Retire(order.ClientEntry);
        OrderIds.Remove(order.Id);
        LeaveAccount(order);
        LiveOrders--;
        TotalQuantity -= order.Quantity;
        order = new OrderNode { Next = FreeOrder };
        FreeOrder = slot;
    }

    private void LeaveAccount(in OrderNode order)
    {
        ref var owner = ref Accounts[order.AccountSlot];
        if (order.AccountPrevious < 0) owner.First = order.AccountNext;
        else Orders[order.AccountPrevious].AccountNext = order.AccountNext;
        if (order.AccountNext < 0) owner.Last = order.AccountPrevious;
        else Orders[order.AccountNext].AccountPrevious = order.AccountPrevious;
        if (--owner.Count > 0) return;
        AccountIds.Remove(owner.Id);
        owner = new AccountNode { NextFree = FreeAccount };
        FreeAccount = order.AccountSlot;
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
    public void Rest(int slot)
    {
        ref var order = ref Orders[slot];
        var levels = LevelsOf(order.Side);
        order.Level = levels.FindOrAdd(order.Price);
        ref var level = ref levels[order.Level];
        order.Previous = level.Last;
        order.Next = -1;
        if (level.Last < 0) level.First = slot;
        else Orders[level.Last].Next = slot;
        level.Last = slot;
        level.Count++;
        level.Quantity += order.Remaining;
        Events.Add(Event(EventKind.Rested, order));
    }

    /// <summary>Takes the order off its level, if it rests.</summary>
    public void Unrest(int slot)
    {
        ref var order = ref Orders[slot];
        if (order.Level < 0) return;
        var levels = LevelsOf(order.Side);
        ref var level = ref levels[order.Level];
        level.Quantity -= order.Remaining;
        level.Count--;
        if (order.Previous < 0) level.First = order.Next;
        else Orders[order.Previous].Next = order.Next;
        if (order.Next < 0) level.Last = order.Previous;
        else Orders[order.Next].Previous = order.Previous;
        if (level.Count == 0) levels.Remove(order.Level);
        order.Level = -1;
        order.Next = -1;
        order.Previous = -1;
    }

    /// <summary>Cancels the order's remaining quantity; what a swap returns may still go back to the book.</summary>
    public void Drop(int slot, Reason reason)
    {
        ref var order = ref Orders[slot];
        Unrest(slot);
        var quantity = order.Remaining;
        order.Remaining = 0;
        Events.Add(Event(EventKind.Cancelled, order) with { Quantity = quantity, Reason = reason });
    }

    /// <summary>Cancels the order's remaining quantity, and what swaps return from now on.</summary>
    public void Withdraw(int slot, Reason reason)
    {
        if (reason != Reason.RestBelowMinimum) Orders[slot].Withdrawn = reason;
        Drop(slot, reason);
    }
}
