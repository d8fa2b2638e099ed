namespace Market.Trading.Audit;

/// <summary>An order as the table of orders has it: what was said when it was placed, and how it stands at the end.</summary>
public sealed record WrittenOrder
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required long Account { get; init; }

    /// <summary>The client's name for it.</summary>
    public required string ClientOrderId { get; init; }

    /// <summary>16 bytes of the digest of all that the client said, the command's body with its least byte first.</summary>
    public required byte[] Body { get; init; }

    /// <summary>As <see cref="Trading.Side"/>.</summary>
    public required short Side { get; init; }

    /// <summary>As <see cref="OrderType"/>.</summary>
    public required short Type { get; init; }

    /// <summary>As <see cref="Trading.TimeInForce"/>.</summary>
    public required short TimeInForce { get; init; }

    /// <summary>As <see cref="OrderFlags"/>.</summary>
    public required short Flags { get; init; }

    /// <summary>As <see cref="SelfTradePrevention"/>.</summary>
    public required short SelfTrade { get; init; }

    /// <summary>Unix milliseconds when it expires; 0 where it does not.</summary>
    public required long Expires { get; init; }

    /// <summary>At the end: satoshis per whole share.</summary>
    public required long Price { get; init; }

    /// <summary>At the end: base units on the book.</summary>
    public required long Remaining { get; init; }

    /// <summary>At the end: base units in trades whose swap has not ended.</summary>
    public required long InSwap { get; init; }

    /// <summary>At the end: base units swapped for good.</summary>
    public required long Settled { get; init; }

    /// <summary>At the end: whether it is not done.</summary>
    public required bool Live { get; init; }
}
