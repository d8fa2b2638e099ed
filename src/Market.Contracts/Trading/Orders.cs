namespace Market.Contracts;

/// <summary>Which way an order trades.</summary>
public enum Side
{
    /// <summary>Pays BTC, receives shares.</summary>
    Buy,

    /// <summary>Gives shares, receives BTC.</summary>
    Sell,
}

/// <summary>How an order is priced.</summary>
public enum OrderType
{
    /// <summary>At the price or better.</summary>
    Limit,
}

/// <summary>How long an order stands.</summary>
public enum TimeInForce
{
    /// <summary>Good till cancelled.</summary>
    Gtc,

    /// <summary>Immediate or cancel: what does not trade at once is cancelled.</summary>
    Ioc,
}

/// <summary>What happens when an order would trade with one of the same account.</summary>
public enum SelfTradePrevention
{
    /// <summary>The incoming order's rest is cancelled.</summary>
    CancelNewest,

    /// <summary>The resting order is cancelled and matching goes on.</summary>
    CancelOldest,
}

/// <summary>Where an order stands.</summary>
public enum OrderStatus
{
    /// <summary>In the book.</summary>
    Open,

    /// <summary>Filled whole, and a swap of it runs. It is final until a swap fails, and cannot be cancelled; what comes back from
    /// one that fails without the account's doing stands in the book again.</summary>
    Settling,

    /// <summary>Filled whole, and all its swaps have settled.</summary>
    Filled,

    /// <summary>Ended before it was filled whole; see the reason.</summary>
    Cancelled,
}

/// <summary>Why an order was cancelled.</summary>
public enum CancelReason
{
    /// <summary>The account asked.</summary>
    Requested,

    /// <summary>The rest of an immediate-or-cancel order.</summary>
    ImmediateOrCancel,

    /// <summary>It would have traded with the account's own order.</summary>
    SelfTrade,

    /// <summary>One of its outpoints was spent or reorganised away.</summary>
    OutpointSpent,

    /// <summary>What was left is smaller than the smallest swap.</summary>
    BelowMinimum,

    /// <summary>A swap made from it failed by this account's doing.</summary>
    SwapFailed,

    /// <summary>The market withdrew it; the instrument was closed.</summary>
    InstrumentClosed,

    /// <summary>One order, or the market, had opened as many swaps at once as it may.</summary>
    TooManySwaps,

    /// <summary>
    /// It came back from a failed swap and could not stand: post-only and crossing, or trading is paused; or nobody was to
    /// blame and it was the taker, which would meet the same maker again at once.
    /// </summary>
    CannotReturn,
}

/// <summary>A coin that stands behind an order, with its owner's signature. A sell order names share outpoints, a buy order
/// mainchain outpoints.</summary>
public sealed record OutpointProof
{
    /// <summary>"txid:index": the transaction id as block explorers print it (reversed hex) and the output's number.
    /// </summary>
    public required string Outpoint { get; init; }

    /// <summary>
    /// A signature of <see cref="OrderText"/> for the address of the output, as BIP322's simple form: "smp" and the base64 of
    /// the witness, at most 2,000 characters; the prefix may be left out. Addresses of P2WPKH, P2WSH and P2TR can sign.
    /// </summary>
    public required string Signature { get; init; }
}

/// <summary>A new order. The same client order id with the same body again returns the first order.</summary>
public sealed record PlaceOrder
{
    /// <summary>The client's own id, unique in the account: 1 to 32 of A-Z a-z 0-9 _ -</summary>
    public required string ClientOrderId { get; init; }

    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>Buy or sell.</summary>
    public required Side Side { get; init; }

    /// <summary>How it is priced; limit when left out.</summary>
    public OrderType Type { get; init; } = OrderType.Limit;

    /// <summary>The worst price that is taken.</summary>
    public required Price Price { get; init; }

    /// <summary>How much.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>How long it stands; good till cancelled when left out.</summary>
    public TimeInForce TimeInForce { get; init; } = TimeInForce.Gtc;

    /// <summary>Refuse the order rather than let it trade at once.</summary>
    public bool PostOnly { get; init; }

    /// <summary>What happens on meeting an own order.</summary>
    public SelfTradePrevention SelfTradePrevention { get; init; } = SelfTradePrevention.CancelNewest;

    /// <summary>The coins behind the order: their sum covers the quantity (sell) or the notional (buy) and the funding
    /// fee.</summary>
    public required IReadOnlyList<OutpointProof> Outpoints { get; init; }
}

/// <summary>An order as its account sees it.</summary>
public sealed record Order
{
    /// <summary>The market's id.</summary>
    public required string Id { get; init; }

    /// <summary>The client's id.</summary>
    public required string ClientOrderId { get; init; }

    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>Buy or sell.</summary>
    public required Side Side { get; init; }

    /// <summary>How it is priced.</summary>
    public required OrderType Type { get; init; }

    /// <summary>The worst price that is taken.</summary>
    public required Price Price { get; init; }

    /// <summary>As placed.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>Filled so far.</summary>
    public required Quantity Filled { get; init; }

    /// <summary>Still in the book.</summary>
    public required Quantity Remaining { get; init; }

    /// <summary>How long it stands.</summary>
    public required TimeInForce TimeInForce { get; init; }

    /// <summary>Never a taker.</summary>
    public required bool PostOnly { get; init; }

    /// <summary>Where it stands.</summary>
    public required OrderStatus Status { get; init; }

    /// <summary>When cancelled: why.</summary>
    public CancelReason? CancelReason { get; init; }

    /// <summary>The outpoints behind it, as "txid:index".</summary>
    public required IReadOnlyList<string> Outpoints { get; init; }

    /// <summary>When it was placed.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What placing an order gave.</summary>
public sealed record PlacedOrder
{
    /// <summary>The order after matching.</summary>
    public required Order Order { get; init; }

    /// <summary>What it traded at once; each fill opened a swap.</summary>
    public required IReadOnlyList<Fill> Fills { get; init; }
}

/// <summary>Cancels all open orders of the account.</summary>
public sealed record CancelAllOrders
{
    /// <summary>Only of this instrument; of all when left out.</summary>
    public string? Instrument { get; init; }

    /// <summary>Only of this side; both when left out.</summary>
    public Side? Side { get; init; }
}

/// <summary>What a cancel-all did.</summary>
public sealed record CancelledOrders
{
    /// <summary>The orders it cancelled.</summary>
    public required IReadOnlyList<Order> Orders { get; init; }
}

/// <summary>One own trade.</summary>
public sealed record Fill
{
    /// <summary>The trade.</summary>
    public required string TradeId { get; init; }

    /// <summary>The own order.</summary>
    public required string OrderId { get; init; }

    /// <summary>The own order's client id.</summary>
    public required string ClientOrderId { get; init; }

    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>The own side.</summary>
    public required Side Side { get; init; }

    /// <summary>The maker's price.</summary>
    public required Price Price { get; init; }

    /// <summary>How much.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>What is paid for it.</summary>
    public required Sats Notional { get; init; }

    /// <summary>The market's fee.</summary>
    public required Sats Fee { get; init; }

    /// <summary>Whether the own order was resting.</summary>
    public required bool Maker { get; init; }

    /// <summary>The swap that settles it.</summary>
    public required string SwapId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whether the trade counts.</summary>
    public required TradeStatus Status { get; init; }
}

/// <summary>A page of a list, newest first unless said otherwise.</summary>
/// <typeparam name="T">What is listed.</typeparam>
public sealed record Page<T>
{
    /// <summary>What is on this page.</summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>Ask again with cursor= this for the next page; absent on the last one.</summary>
    public string? NextCursor { get; init; }
}
