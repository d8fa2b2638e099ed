namespace Market.Trading;

/// <summary>What an order does: buys shares for BTC, or sells shares for BTC. The values are part of the journal.</summary>
public enum Side : byte
{
    /// <summary>Gives BTC, gets shares.</summary>
    Buy = 0,

    /// <summary>Gives shares, gets BTC.</summary>
    Sell = 1,
}

/// <summary>How an order's price is meant. The values are part of the journal.</summary>
public enum OrderType : byte
{
    /// <summary>Trades at its price or better.</summary>
    Limit = 0,

    /// <summary>Trades at once with whomever there is, at its price at the worst, and never rests.</summary>
    Market = 1,
}

/// <summary>How long an order stands. The values are part of the journal.</summary>
public enum TimeInForce : byte
{
    /// <summary>Until it is filled or cancelled.</summary>
    GoodTilCancelled = 0,

    /// <summary>Trades what it can at once; the rest is cancelled and it never rests.</summary>
    ImmediateOrCancel = 1,

    /// <summary>Until it is filled, cancelled or told that its time has come.</summary>
    GoodTilDate = 2,

    /// <summary>Trades whole at once, or not at all; it never rests.</summary>
    FillOrKill = 3,
}

/// <summary>Marks of an order. The values are part of the journal.</summary>
[Flags]
public enum OrderFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Refused instead of trading at once: it only ever makes.</summary>
    PostOnly = 1,

    /// <summary>
    /// With <see cref="PostOnly"/>: where it would trade, it comes at the best price at which it does not, rather than be refused.
    /// </summary>
    Reprice = 2,
}

/// <summary>
/// What happens when an order would trade with one of its own account. The values are part of the journal.
/// </summary>
public enum SelfTradePrevention : byte
{
    /// <summary>What is left of the incoming order is cancelled.</summary>
    CancelNewest = 0,

    /// <summary>The resting order is cancelled and matching goes on.</summary>
    CancelOldest = 1,

    /// <summary>Both lose the smaller quantity of the two, without a trade, and matching goes on.</summary>
    Decrement = 2,
}

/// <summary>Which orders a cancel-all means. The values are part of the journal.</summary>
public enum CancelScope : byte
{
    /// <summary>All.</summary>
    Both = 0,

    /// <summary>Buy orders.</summary>
    Buys = 1,

    /// <summary>Sell orders.</summary>
    Sells = 2,
}

/// <summary>Whether the instrument takes orders. The values are part of the journal.</summary>
public enum TradingStatus : byte
{
    /// <summary>Everything is taken.</summary>
    Open = 0,

    /// <summary>No new orders and no matches; cancels, reductions and ends of swaps are still taken.</summary>
    CancelOnly = 1,
}

/// <summary>What a swap's end means for one of the two orders. The values are part of the journal.</summary>
public enum TradeOutcome : byte
{
    /// <summary>This side got what it bargained for.</summary>
    Settled = 0,

    /// <summary>The swap failed and not by this side's doing: its quantity goes back to the book.</summary>
    Returned = 1,

    /// <summary>The swap failed by this side's doing: its quantity is dropped and its order's rest cancelled.</summary>
    Forfeited = 2,
}
