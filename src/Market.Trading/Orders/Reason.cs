namespace Market.Trading;

/// <summary>
/// Why a command was refused or a quantity left the book. A closed set; the values are part of the journal.
/// </summary>
public enum Reason : byte
{
    /// <summary>None.</summary>
    None = 0,

    // Refusals of a command.

    /// <summary>A field has a value this engine does not know, or fields contradict each other.</summary>
    Malformed = 1,

    /// <summary>The instrument takes no new orders now.</summary>
    TradingHalted = 2,

    /// <summary>The price is not in 1..MaxPrice.</summary>
    PriceOutOfRange = 3,

    /// <summary>The price is not a whole multiple of the tick.</summary>
    PriceOffTick = 4,

    /// <summary>The quantity is not in 1..MaxQuantity.</summary>
    QuantityOutOfRange = 5,

    /// <summary>The quantity is not a whole multiple of the lot.</summary>
    QuantityOffLot = 6,

    /// <summary>The order is smaller than the smallest swap, by quantity or by worth.</summary>
    BelowMinimum = 7,

    /// <summary>The order is worth more than an order may be.</summary>
    AboveMaximum = 8,

    /// <summary>A post-only order would have traded.</summary>
    WouldCross = 9,

    /// <summary>The account named another order so.</summary>
    ClientIdReused = 10,

    /// <summary>The engine holds as many orders, or as much quantity, as it may.</summary>
    BookFull = 11,

    /// <summary>The account holds as many orders as it may.</summary>
    AccountFull = 12,

    /// <summary>There is no such order of this account.</summary>
    UnknownOrder = 13,

    /// <summary>The order has nothing left that could be cancelled.</summary>
    NothingLeft = 14,

    /// <summary>There is no such open trade.</summary>
    UnknownTrade = 15,

    /// <summary>The order is filled whole: it is final until one of its swaps fails.</summary>
    OrderSettling = 16,

    /// <summary>It was told before that both legs of the trade's swap are locked.</summary>
    TradeLockedBefore = 17,

    /// <summary>The order does not expire, or not yet.</summary>
    NotExpired = 18,

    // Why a quantity left the book.

    /// <summary>Its owner asked.</summary>
    ByOwner = 32,

    /// <summary>An immediate-or-cancel order's rest.</summary>
    ImmediateOrCancel = 33,

    /// <summary>It would have traded with an order of its own account.</summary>
    SelfTrade = 34,

    /// <summary>The rest is smaller than the smallest swap.</summary>
    RestBelowMinimum = 35,

    /// <summary>It opened as many trades as one order may at once.</summary>
    TooManyFills = 36,

    /// <summary>The engine holds as many open trades as it may.</summary>
    TooManyTrades = 37,

    /// <summary>An outpoint that backed the order was spent.</summary>
    BackingSpent = 38,

    /// <summary>The order's side let a swap fail.</summary>
    SwapForfeited = 39,

    /// <summary>The market took it off the book.</summary>
    ByMarket = 40,

    /// <summary>
    /// It came back from a swap while there is no trading, or would have traded though post-only, or with the very order
    /// the swap was with, where nobody was to blame.
    /// </summary>
    CannotReturn = 41,

    /// <summary>Its time came.</summary>
    Expired = 42,

    /// <summary>A fill-or-kill order that could not trade whole.</summary>
    FillOrKill = 43,
}
