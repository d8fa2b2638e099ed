using System.Text.Json.Serialization;

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

    /// <summary>At once with whomever there is, at the protection price at the worst; it never rests.</summary>
    Market,
}

/// <summary>How long an order stands.</summary>
public enum TimeInForce
{
    /// <summary>Good till cancelled.</summary>
    Gtc,

    /// <summary>Immediate or cancel: what does not trade at once is cancelled.</summary>
    Ioc,

    /// <summary>Good till a date: cancelled when its time comes; see expiresAt.</summary>
    Gtd,

    /// <summary>Fill or kill: trades whole at once, or is cancelled and trades nothing.</summary>
    Fok,
}

/// <summary>What becomes of a post-only order that would trade at once.</summary>
public enum PostOnlyMode
{
    /// <summary>It is refused.</summary>
    Reject,

    /// <summary>It stands at the best price at which it does not trade: one tick off the best order of the other side.</summary>
    Reprice,
}

/// <summary>What happens when an order would trade with one of the same account.</summary>
public enum SelfTradePrevention
{
    /// <summary>The incoming order's rest is cancelled.</summary>
    CancelNewest,

    /// <summary>The resting order is cancelled and matching goes on.</summary>
    CancelOldest,

    /// <summary>Both lose the smaller quantity of the two, without a trade, and matching goes on.</summary>
    Decrement,
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

    /// <summary>One of its outpoints was spent or reorganised away, or its proof expired.</summary>
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

    /// <summary>Its time came.</summary>
    Expired,

    /// <summary>A fill-or-kill order that could not trade whole at once.</summary>
    FillOrKill,
}

/// <summary>A coin that stands behind an order, with its owner's signature, or without one where it was proved before. A sell order
/// names share outpoints, a buy order mainchain outpoints.</summary>
public sealed record OutpointProof
{
    /// <summary>"txid:index": the transaction id as block explorers print it (reversed hex) and the output's number.
    /// </summary>
    public required string Outpoint { get; init; }

    /// <summary>
    /// A signature of <see cref="OrderText"/> for the address of the output, as BIP322's simple form: "smp" and the base64 of
    /// the witness, at most 2,000 characters; the prefix may be left out. Addresses of P2WPKH, P2WSH and P2TR can sign. Left out
    /// of all of an order's outpoints where these are proved: then other orders may draw on what it leaves of them.
    /// </summary>
    public string? Signature { get; init; }
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

    /// <summary>A limit order's, and no other's: the worst price that is taken.</summary>
    public Price? Price { get; init; }

    /// <summary>Of a limit order of timeInForce gtc or gtd: it stands at this part of a share's face value, from 0.01 to 10,
    /// rounded to the tick to its own side and never worse than its price, and is priced again when face value moves: at once where
    /// it is near the best price or about to trade, else within a minute. It never trades at a price worse than this part of the
    /// face value that the market said last.</summary>
    public DiscountFactor? Discount { get; init; }

    /// <summary>A market order's, and no other's: the worst price that is taken.</summary>
    public Price? Protection { get; init; }

    /// <summary>The worst price that is taken, of whichever type it is; nought where none is named.</summary>
    [JsonIgnore]
    public Price WorstPrice => (Type == OrderType.Market ? Protection : Price) ?? default;

    /// <summary>How much.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>How long it stands; good till cancelled when left out, and of a market order immediate or cancel.</summary>
    public TimeInForce TimeInForce { get; init; } = TimeInForce.Gtc;

    /// <summary>With timeInForce gtd, and only then: when it expires, in whole milliseconds, after now.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The order never trades at once: where it would, postOnlyMode says what becomes of it.</summary>
    public bool PostOnly { get; init; }

    /// <summary>With postOnly, and only then: what becomes of it where it would trade at once; refused when left out.</summary>
    public PostOnlyMode? PostOnlyMode { get; init; }

    /// <summary>What happens on meeting an own order.</summary>
    public SelfTradePrevention SelfTradePrevention { get; init; } = SelfTradePrevention.CancelNewest;

    /// <summary>The coins behind the order: their sum covers the quantity (sell) or the notional (buy) and the funding
    /// fee. Left out, or none, it draws on any that the account has proved.</summary>
    public IReadOnlyList<OutpointProof> Outpoints { get; init; } = [];
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

    /// <summary>The worst price that is taken; a market order's protection. Of an order that names a discount the one at which it
    /// stands now.</summary>
    public required Price Price { get; init; }

    /// <summary>Of an order that is priced by face value: the part of it.</summary>
    public DiscountFactor? Discount { get; init; }

    /// <summary>With a discount, and only then: the worst price that is ever taken.</summary>
    public Price? WorstPrice { get; init; }

    /// <summary>As placed, or amended.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>Filled so far.</summary>
    public required Quantity Filled { get; init; }

    /// <summary>Still in the book.</summary>
    public required Quantity Remaining { get; init; }

    /// <summary>How long it stands.</summary>
    public required TimeInForce TimeInForce { get; init; }

    /// <summary>Good till a date: when it expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Never a taker.</summary>
    public required bool PostOnly { get; init; }

    /// <summary>A post-only order's that is repriced rather than refused.</summary>
    public PostOnlyMode? PostOnlyMode { get; init; }

    /// <summary>Where it stands.</summary>
    public required OrderStatus Status { get; init; }

    /// <summary>When cancelled: why.</summary>
    public CancelReason? CancelReason { get; init; }

    /// <summary>The outpoints behind it, as "txid:index": those that it named or, where it draws on any that are proved, those
    /// that it drew on when it was placed.</summary>
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

/// <summary>
/// Changes an order that stands in the book. As much or less at its price keeps its place in the queue; anything else loses
/// it, and trades first where it crosses, as a new order does.
/// </summary>
public sealed record AmendOrder
{
    /// <summary>The worst price that is taken from now on; as it is when left out.</summary>
    public Price? Price { get; init; }

    /// <summary>Of an order that was placed with one, and no other: the part of face value from now on; as it is when left
    /// out.</summary>
    public DiscountFactor? Discount { get; init; }

    /// <summary>How much in all, what is filled among it; as it is when left out. No more than is filled cancels the
    /// rest.</summary>
    public Quantity? Quantity { get; init; }
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

    /// <summary>In lists: where the swap stands. Absent where a fill is told as it comes; the swaps' own stream tells each step.
    /// </summary>
    public SwapState? SwapState { get; init; }

    /// <summary>In lists: the same in one word.</summary>
    public SwapOutcome? SwapOutcome { get; init; }
}

/// <summary>A page of a list, newest first unless said otherwise.</summary>
/// <typeparam name="T">What is listed.</typeparam>
public sealed record Page<T>
{
    /// <summary>What is on this page.</summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>Ask again with cursor= this for the next page; absent on the last one.</summary>
    public string? NextCursor { get; init; }

    /// <summary>Of a list that can be read both ways: ask with cursor= this for what is newer than this page, now or later; a page
    /// without items says that nothing is newer yet. Absent of other lists.</summary>
    public string? PreviousCursor { get; init; }
}
