namespace Market.Client.Orders;

/// <summary>An order was sent and whether the market took it is not known yet. It is written down: the same wish, asked for again,
/// finds it and goes on with it.</summary>
/// <param name="clientOrderId">The order.</param>
/// <param name="inner">What came in place of an answer.</param>
public sealed class OrderUnknownException(string clientOrderId, Exception? inner = null) : Exception(
    $"Whether the market took the order is not known yet: it may stand in the book. Its coins stay promised to it. Do the same "
        + $"again, and it is found: nothing is placed twice. The order: client:{clientOrderId}",
    inner)
{
    /// <summary>The order.</summary>
    public string ClientOrderId { get; } = clientOrderId;
}
