namespace Market.Trading;

/// <summary>
/// What orders of one instrument may look like. Prices are satoshis per whole share, quantities base units (1e-8
/// share). Changing a rule takes a new engine: replaying commands under other rules gives another book.
/// </summary>
public sealed record InstrumentRules
{
    /// <summary>Prices are whole multiples of it.</summary>
    public long Tick { get; init; } = 1;

    /// <summary>Quantities are whole multiples of it.</summary>
    public long Lot { get; init; } = 1;

    /// <summary>The greatest price.</summary>
    public long MaxPrice { get; init; } = 2_100_000_000_000_000;

    /// <summary>The greatest quantity of one order.</summary>
    public long MaxQuantity { get; init; } = 2_100_000_000_000_000;

    /// <summary>The least quantity of a fill: the share leg of the smallest swap.</summary>
    public long MinQuantity { get; init; } = 1;

    /// <summary>The least worth of a fill in satoshis: the coin leg of the smallest swap.</summary>
    public long MinNotional { get; init; } = 1;

    /// <summary>The greatest worth of one order in satoshis.</summary>
    public long MaxNotional { get; init; } = 2_100_000_000_000_000;

    /// <summary>The trades (each of them a swap) one incoming order may open; what is left then is cancelled.</summary>
    public int MaxFillsPerOrder { get; init; } = 100;

    /// <summary>
    /// Whether an order of which nothing stands in the book can be cancelled no more: what is filled is final until its swap
    /// fails. False where it is left out, as in books of before there was this rule.
    /// </summary>
    public bool FilledIsFinal { get; init; }

    /// <summary>Why an order of this price and quantity cannot be taken whatever the book is, or None.</summary>
    /// <param name="price">Satoshis per whole share.</param>
    /// <param name="quantity">Base units.</param>
    public Reason Judge(long price, long quantity)
    {
        if (price <= 0 || price > MaxPrice) return Reason.PriceOutOfRange;
        if (Tick != 1 && price % Tick != 0) return Reason.PriceOffTick;
        if (quantity <= 0 || quantity > MaxQuantity) return Reason.QuantityOutOfRange;
        if (Lot != 1 && quantity % Lot != 0) return Reason.QuantityOffLot;
        if (!Notional.TryOf(price, quantity, out var sats) || sats > MaxNotional) return Reason.AboveMaximum;
        return quantity < MinQuantity || sats < MinNotional ? Reason.BelowMinimum : Reason.None;
    }

    /// <summary>True when a fill of this size is large enough to be swapped.</summary>
    internal bool IsViable(long price, long quantity) =>
        quantity >= MinQuantity && Notional.TryOf(price, quantity, out var sats) && sats >= MinNotional;

    /// <summary>Throws when the rules contradict themselves.</summary>
    /// <exception cref="ArgumentException">Names the rule.</exception>
    internal void Check()
    {
        if (Tick <= 0) throw new ArgumentException("Tick must be positive");
        if (Lot <= 0) throw new ArgumentException("Lot must be positive");
        if (MaxPrice < Tick) throw new ArgumentException("MaxPrice is below one tick");
        if (MinQuantity <= 0 || MinQuantity % Lot != 0) throw new ArgumentException("MinQuantity must be whole lots");
        if (MaxQuantity < MinQuantity) throw new ArgumentException("MaxQuantity is below MinQuantity");
        if (MaxQuantity > 1L << 60) throw new ArgumentException("MaxQuantity is above 2^60");
        if (MinNotional <= 0 || MaxNotional < MinNotional) throw new ArgumentException("MinNotional, MaxNotional");
        if (MaxFillsPerOrder <= 0) throw new ArgumentException("MaxFillsPerOrder must be positive");
    }
}

/// <summary>How much one engine holds. Everything is allocated when the engine is made.</summary>
public sealed record BookLimits
{
    /// <summary>The greatest number any of the limits may have.</summary>
    public const int Ceiling = 1 << 22;

    /// <summary>Orders that are not done: resting, or with a swap under way.</summary>
    public int MaxOrders { get; init; } = 1 << 17;

    /// <summary>The same for one account.</summary>
    public int MaxOrdersPerAccount { get; init; } = 1_000;

    /// <summary>Trades whose swap has not ended.</summary>
    public int MaxOpenTrades { get; init; } = 1 << 16;

    /// <summary>
    /// Done orders whose client order ids are still known; the oldest is forgotten first
    /// (<see cref="OrderBook.ForgottenClientIds"/> counts them).
    /// </summary>
    public int ClientIdMemory { get; init; } = 1 << 16;

    /// <summary>Throws when a limit is not in range.</summary>
    /// <exception cref="ArgumentException">Names the limit.</exception>
    internal void Check()
    {
        if (MaxOrders is <= 0 or > Ceiling) throw new ArgumentException("MaxOrders is out of range");
        if (MaxOrdersPerAccount <= 0) throw new ArgumentException("MaxOrdersPerAccount is out of range");
        if (MaxOpenTrades is <= 0 or > Ceiling) throw new ArgumentException("MaxOpenTrades is out of range");
        if (ClientIdMemory is < 0 or > Ceiling) throw new ArgumentException("ClientIdMemory is out of range");
    }
}
