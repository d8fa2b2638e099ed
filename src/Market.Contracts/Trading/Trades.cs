namespace Market.Contracts;

/// <summary>Where a trade stands. It goes forward only: from pending to final or withdrawn, from final to withdrawn.</summary>
public enum TradeStatus
{
    /// <summary>Two orders met; not both legs of the swap are locked yet. It counts in no price, candle, volume or d.</summary>
    Pending,

    /// <summary>Both legs are locked as deep as the swap asks for. It counts where it was made: at its time and in its place.
    /// </summary>
    Final,

    /// <summary>Its swap failed. It counts nowhere, and stays readable.</summary>
    Withdrawn,
}

/// <summary>One trade, as everybody sees it.</summary>
public sealed record Trade
{
    /// <summary>The trade's id; later trades have larger numbers.</summary>
    public required string Id { get; init; }

    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>The maker's price.</summary>
    public required Price Price { get; init; }

    /// <summary>How much.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>What is paid for it.</summary>
    public required Sats Notional { get; init; }

    /// <summary>The side of the order that came later.</summary>
    public required Side TakerSide { get; init; }

    /// <summary>The swap that settles it.</summary>
    public required string SwapId { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whether it counts.</summary>
    public required TradeStatus Status { get; init; }

    /// <summary>When it became final, or was withdrawn; absent while pending.</summary>
    public DateTimeOffset? StatusAt { get; init; }

    /// <summary>What was said of a share's worth then; absent where nothing was known.</summary>
    public Valuation? Valuation { get; init; }

    /// <summary>Price over the full-pay-per-share worth of the work behind a share, as it was said then.</summary>
    public double? OverFpps => Valuation?.OverFpps(Price);

    /// <summary>Price over face value, as it was said then, over the valuation's horizon.</summary>
    public double? D => Valuation?.DiscountOf(Price);
}

/// <summary>How long a candle is.</summary>
public enum CandleInterval
{
    /// <summary>10 seconds (for chains whose blocks take seconds).</summary>
    TenSeconds,

    /// <summary>One minute.</summary>
    Minute,

    /// <summary>Five minutes.</summary>
    FiveMinutes,

    /// <summary>One hour.</summary>
    Hour,

    /// <summary>One day, from midnight UTC.</summary>
    Day,
}

/// <summary>
/// The final trades of one interval, by the times at which they were made: a candle may still change, or come to be, while swaps of
/// trades made in it run. Intervals without a final trade have no candle; a stream tells one that is no more with 0 trades.
/// </summary>
public sealed record Candle
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>How long it is.</summary>
    public required CandleInterval Interval { get; init; }

    /// <summary>Where it starts: a multiple of the interval since 1970.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>First price.</summary>
    public required Price Open { get; init; }

    /// <summary>Highest price.</summary>
    public required Price High { get; init; }

    /// <summary>Lowest price.</summary>
    public required Price Low { get; init; }

    /// <summary>Last price.</summary>
    public required Price Close { get; init; }

    /// <summary>Shares traded.</summary>
    public required Quantity Volume { get; init; }

    /// <summary>Satoshis paid.</summary>
    public required Sats QuoteVolume { get; init; }

    /// <summary>How many trades.</summary>
    public required int Trades { get; init; }

    /// <summary>What was said of a share's worth at the last trade; absent where nothing was known then.</summary>
    public Valuation? Valuation { get; init; }

    /// <summary>Close over the full-pay-per-share worth of the work behind a share, as it was said then.</summary>
    public double? OverFpps => Valuation?.OverFpps(Close);

    /// <summary>Close over face value, as it was said then, over the valuation's horizon.</summary>
    public double? D => Valuation?.DiscountOf(Close);
}

/// <summary>The instrument at a glance.</summary>
public sealed record Ticker
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>When this was so.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Price of the newest final trade; absent before the first.</summary>
    public Price? Last { get; init; }

    /// <summary>Best buy price.</summary>
    public Price? Bid { get; init; }

    /// <summary>Best sell price.</summary>
    public Price? Ask { get; init; }

    /// <summary>Where the market has traded for less than 24 hours, the minute of its first final trade: what is said of 24 hours
    /// is of the time since. Absent where they are whole, and before the first.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The last price against the first of the last 24 hours, as a fraction: -0.008 is -0.8 %.</summary>
    public double? Change { get; init; }

    /// <summary>Highest price of 24 hours.</summary>
    public Price? High { get; init; }

    /// <summary>Lowest price of 24 hours.</summary>
    public Price? Low { get; init; }

    /// <summary>Shares of final trades made in 24 hours.</summary>
    public required Quantity Volume { get; init; }

    /// <summary>Satoshis paid in 24 hours.</summary>
    public required Sats QuoteVolume { get; init; }

    /// <summary>Final trades made in 24 hours.</summary>
    public required int Trades { get; init; }

    /// <summary>The last price over what the work behind a new share earns at a full-pay-per-share pool; needs no horizon.
    /// </summary>
    public double? OverFpps { get; init; }

    /// <summary>The discount factor of the last price: price / face value over the horizon.</summary>
    public double? D { get; init; }

    /// <summary>Standard error of d.</summary>
    public double? DError { get; init; }

    /// <summary>The horizon that d is for, in years.</summary>
    public double? HorizonYears { get; init; }

    /// <summary>The part of d that is time value of money.</summary>
    public double? DTime { get; init; }

    /// <summary>The part of d that is left: d / dTime, what the chain's rules and risk take away.</summary>
    public double? DParams { get; init; }
}
