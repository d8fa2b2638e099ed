namespace Market.Trading;

/// <summary>All resting orders of one price.</summary>
/// <param name="Price">Satoshis per whole share.</param>
/// <param name="Quantity">Base units of all of them.</param>
/// <param name="Orders">How many they are.</param>
public readonly record struct BookLevel(long Price, long Quantity, int Orders);

/// <summary>An order that is not done, as it stands.</summary>
public readonly record struct OrderState
{
    /// <summary>Its number.</summary>
    public OrderId Order { get; init; }

    /// <summary>Whose it is.</summary>
    public AccountId Account { get; init; }

    /// <summary>The client's name for it, or default.</summary>
    public ClientOrderId ClientId { get; init; }

    /// <summary>Digest of all the client said about it; 0 without a client order id.</summary>
    public UInt128 Body { get; init; }

    /// <summary>Buy or sell.</summary>
    public Side Side { get; init; }

    /// <summary>How long it stands.</summary>
    public TimeInForce TimeInForce { get; init; }

    /// <summary>Marks.</summary>
    public OrderFlags Flags { get; init; }

    /// <summary>Satoshis per whole share.</summary>
    public long Price { get; init; }

    /// <summary>Base units as placed, less what was taken off by reductions.</summary>
    public long Quantity { get; init; }

    /// <summary>Base units on the book.</summary>
    public long Remaining { get; init; }

    /// <summary>Base units in trades whose swap has not ended.</summary>
    public long InSwap { get; init; }

    /// <summary>Base units swapped for good.</summary>
    public long Settled { get; init; }

    /// <summary>Unix milliseconds when it expires; 0 where it does not.</summary>
    public long Expires { get; init; }

    /// <summary>Why it will not go back to the book, or None.</summary>
    public Reason Withdrawn { get; init; }
}

/// <summary>A trade whose swap has not ended.</summary>
/// <param name="Trade">Its number.</param>
/// <param name="Maker">The order that stood on the book.</param>
/// <param name="Taker">The order that came to it.</param>
/// <param name="Price">Satoshis per whole share.</param>
/// <param name="Quantity">Base units.</param>
/// <param name="IsLocked">Both legs of its swap are locked.</param>
public readonly record struct OpenTradeState(
    TradeId Trade, OrderId Maker, OrderId Taker, long Price, long Quantity, bool IsLocked);
