namespace Market.Trading;

/// <summary>What a command asks. The values are part of the journal.</summary>
public enum CommandKind : byte
{
    /// <summary>Not a command.</summary>
    None = 0,

    /// <summary>Place an order.</summary>
    Place = 1,

    /// <summary>Cancel what is left of one of the account's orders, named by its id.</summary>
    Cancel = 2,

    /// <summary>The same, named by the client order id.</summary>
    CancelByClientId = 3,

    /// <summary>Cancel what is left of all orders of the account.</summary>
    CancelAll = 4,

    /// <summary>The market takes an order off the book.</summary>
    Withdraw = 5,

    /// <summary>Take a part off an order; it keeps its priority.</summary>
    Reduce = 6,

    /// <summary>The swap of a trade has ended.</summary>
    CloseTrade = 7,

    /// <summary>Open or halt trading.</summary>
    SetStatus = 8,

    /// <summary>Change price or quantity of one of the account's orders.</summary>
    Amend = 9,

    /// <summary>Both legs of a trade's swap are locked: the trade is final unless its swap fails.</summary>
    LockTrade = 10,

    /// <summary>The time of a good-till-date order has come.</summary>
    Expire = 11,
}

/// <summary>
/// One command to the engine: a plain value, made by the factories below, which say what each kind needs.
/// </summary>
public readonly record struct Command
{
    private readonly ClientOrderId _clientId;

    /// <summary>What is asked.</summary>
    public CommandKind Kind { get; init; }

    /// <summary>Who asks; 0 is the market.</summary>
    public AccountId Account { get; init; }

    /// <summary>The order it is about.</summary>
    public OrderId Order { get; init; }

    /// <summary>The trade it is about.</summary>
    public TradeId Trade { get; init; }

    /// <summary>The client's name for the order.</summary>
#pragma warning disable S2292 // Its field is read below without a copy of the name.
    public ClientOrderId ClientId
#pragma warning restore S2292
    {
        get => _clientId;
        init => _clientId = value;
    }

    /// <summary>Whether the client named the order; asked without a copy of the name.</summary>
    internal bool HasClientId => _clientId.Exists;

    /// <summary>Digest of everything the client said about the order, told apart under one client order id.</summary>
    public UInt128 Body { get; init; }

    /// <summary>Satoshis per whole share.</summary>
    public long Price { get; init; }

    /// <summary>Base units.</summary>
    public long Quantity { get; init; }

    /// <summary>Buy or sell.</summary>
    public Side Side { get; init; }

    /// <summary>How the price is meant.</summary>
    public OrderType Type { get; init; }

    /// <summary>How long it stands.</summary>
    public TimeInForce TimeInForce { get; init; }

    /// <summary>Marks.</summary>
    public OrderFlags Flags { get; init; }

    /// <summary>What happens on meeting an own order.</summary>
    public SelfTradePrevention SelfTrade { get; init; }

    /// <summary>Which orders a cancel-all means.</summary>
    public CancelScope Scope { get; init; }

    /// <summary>What the end of a swap means for the maker.</summary>
    public TradeOutcome Maker { get; init; }

    /// <summary>What the end of a swap means for the taker.</summary>
    public TradeOutcome Taker { get; init; }

    /// <summary>The status to set.</summary>
    public TradingStatus Status { get; init; }

    /// <summary>Why the market withdraws or reduces an order.</summary>
    public Reason Reason { get; init; }

    /// <summary>Unix milliseconds: when a good-till-date order expires; of an expiry, what time it is. Else unused.</summary>
    public long Time { get; init; }

    /// <summary>A limit order.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="side">Buy or sell.</param>
    /// <param name="price">Satoshis per whole share.</param>
    /// <param name="quantity">Base units.</param>
    /// <param name="timeInForce">How long it stands.</param>
    /// <param name="flags">Marks.</param>
    /// <param name="clientId">The client's name for it, or default.</param>
    /// <param name="body">Digest of all the client said about it.</param>
    /// <param name="selfTrade">What happens on meeting an own order.</param>
    /// <param name="expires">Unix milliseconds when it expires, where it is good till a date.</param>
    public static Command Limit(AccountId account, Side side, long price, long quantity,
        TimeInForce timeInForce = TimeInForce.GoodTilCancelled, OrderFlags flags = OrderFlags.None,
        ClientOrderId clientId = default, UInt128 body = default,
        SelfTradePrevention selfTrade = SelfTradePrevention.CancelNewest, long expires = 0) => new()
        {
            Kind = CommandKind.Place,
            Account = account,
            Side = side,
            Price = price,
            Quantity = quantity,
            TimeInForce = timeInForce,
            Flags = flags,
            ClientId = clientId,
            Body = body,
            SelfTrade = selfTrade,
            Time = expires,
        };

    /// <summary>A market order: trades at once, or not at all, and never rests.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="side">Buy or sell.</param>
    /// <param name="protection">The worst price at which it trades: satoshis per whole share.</param>
    /// <param name="quantity">Base units.</param>
    /// <param name="timeInForce">Immediate or cancel, or fill or kill.</param>
    /// <param name="clientId">The client's name for it, or default.</param>
    /// <param name="body">Digest of all the client said about it.</param>
    /// <param name="selfTrade">What happens on meeting an own order.</param>
    public static Command Market(AccountId account, Side side, long protection, long quantity,
        TimeInForce timeInForce = TimeInForce.ImmediateOrCancel, ClientOrderId clientId = default, UInt128 body = default,
        SelfTradePrevention selfTrade = SelfTradePrevention.CancelNewest) =>
        Limit(account, side, protection, quantity, timeInForce, OrderFlags.None, clientId, body, selfTrade) with
        {
            Type = OrderType.Market,
        };

    /// <summary>Cancels what is left of the account's order.</summary>
    public static Command Cancel(AccountId account, OrderId order) =>
        new() { Kind = CommandKind.Cancel, Account = account, Order = order };

    /// <summary>Cancels what is left of the order the account named so.</summary>
    public static Command Cancel(AccountId account, ClientOrderId clientId) =>
        new() { Kind = CommandKind.CancelByClientId, Account = account, ClientId = clientId };

    /// <summary>Cancels what is left of the orders of the account, all or those of one side.</summary>
    public static Command CancelAll(AccountId account, CancelScope scope = CancelScope.Both) =>
        new() { Kind = CommandKind.CancelAll, Account = account, Scope = scope };

    /// <summary>Takes what is left of an order off the book for a reason such as a spent outpoint.</summary>
    public static Command Withdraw(OrderId order, Reason reason) =>
        new() { Kind = CommandKind.Withdraw, Order = order, Reason = reason };

    /// <summary>
    /// Changes an order that stands in the book. Less at the same price keeps its place; anything else comes as a new order does.
    /// </summary>
    /// <param name="account">Whose.</param>
    /// <param name="order">The order.</param>
    /// <param name="price">Satoshis per whole share; 0 for the price that it has.</param>
    /// <param name="quantity">Base units, what is filled among them; 0 for as many as are left.</param>
    public static Command Amend(AccountId account, OrderId order, long price, long quantity) => new()
    {
        Kind = CommandKind.Amend,
        Account = account,
        Order = order,
        Price = price,
        Quantity = quantity,
    };

    /// <summary>Takes what is left of a good-till-date order off the book, its time having come.</summary>
    /// <param name="order">The order.</param>
    /// <param name="time">Unix milliseconds: what time it is.</param>
    public static Command Expire(OrderId order, long time) => new() { Kind = CommandKind.Expire, Order = order, Time = time };

    /// <summary>
    /// Takes <paramref name="quantity"/> base units off an order, which keeps its priority; account 0 is the market.
    /// </summary>
    public static Command Reduce(AccountId account, OrderId order, long quantity, Reason reason) => new()
    {
        Kind = CommandKind.Reduce,
        Account = account,
        Order = order,
        Quantity = quantity,
        Reason = reason,
    };

    /// <summary>Tells how the swap of a trade ended for each side.</summary>
    public static Command CloseTrade(TradeId trade, TradeOutcome maker, TradeOutcome taker) =>
        new() { Kind = CommandKind.CloseTrade, Trade = trade, Maker = maker, Taker = taker };

    /// <summary>Tells that both legs of a trade's swap are locked.</summary>
    public static Command LockTrade(TradeId trade) => new() { Kind = CommandKind.LockTrade, Trade = trade };

    /// <summary>Opens or halts trading.</summary>
    public static Command SetStatus(TradingStatus status) => new() { Kind = CommandKind.SetStatus, Status = status };
}
