namespace Market.Contracts;

/// <summary>Several new orders. Each is answered by itself; those of one instrument that are taken are on disk together.</summary>
public sealed record PlaceOrders
{
    /// <summary>The most orders of one request.</summary>
    public const int Most = 20;

    /// <summary>The orders, 1 to 20, in the order in which they are carried out.</summary>
    public required IReadOnlyList<PlaceOrder> Orders { get; init; }
}

/// <summary>What became of one of several new orders: it was placed, or refused.</summary>
public sealed record PlacedAnswer
{
    /// <summary>The order, where it was placed, now or before under the same client order id.</summary>
    public PlacedOrder? Placed { get; init; }

    /// <summary>Why it was refused.</summary>
    public Problem? Problem { get; init; }
}

/// <summary>What became of several new orders.</summary>
public sealed record PlacedOrders
{
    /// <summary>An answer for each, in the order in which they were sent.</summary>
    public required IReadOnlyList<PlacedAnswer> Answers { get; init; }
}

/// <summary>One own order.</summary>
public sealed record OrderName
{
    /// <summary>The market's id, or "client:" and the client's.</summary>
    public required string Id { get; init; }

    /// <summary>The instrument in which the market's id is good; it may be left out where one is traded.</summary>
    public string? Instrument { get; init; }
}

/// <summary>Orders to cancel. Each is answered by itself; those of one instrument are cancelled together.</summary>
public sealed record CancelOrders
{
    /// <summary>The most orders of one request.</summary>
    public const int Most = 50;

    /// <summary>The orders, 1 to 50.</summary>
    public required IReadOnlyList<OrderName> Orders { get; init; }
}

/// <summary>What became of one of several cancels: it went through, or was refused.</summary>
public sealed record CancelledAnswer
{
    /// <summary>The order, where it was cancelled.</summary>
    public Order? Order { get; init; }

    /// <summary>Why it was not.</summary>
    public Problem? Problem { get; init; }
}

/// <summary>What became of several cancels.</summary>
public sealed record CancelledAnswers
{
    /// <summary>An answer for each, in the order in which they were sent.</summary>
    public required IReadOnlyList<CancelledAnswer> Answers { get; init; }
}
