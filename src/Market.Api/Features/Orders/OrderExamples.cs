using Market.Api.Doors.OpenApi;
using Market.Contracts;

namespace Market.Api.Features.Orders;

/// <summary>Examples of orders for the OpenAPI document.</summary>
internal static class OrderExamples
{
    private const string TxId = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b";
    private static readonly DateTimeOffset Then = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Body of placeOrder.</summary>
    public static PlaceOrder PlaceOrder { get; } = new()
    {
        ClientOrderId = "a1",
        Instrument = Examples.InstrumentId,
        Side = Side.Sell,
        Price = new Price(98_120),
        Quantity = new Quantity(5_000_000_000),
        Outpoints =
        [
            new OutpointProof
            {
                Outpoint = TxId + ":0",
                Signature = "smpAkcwRAIgZRfIY3p7/DoVTty6YZbWS71bc5Vct9p9Fia83eRmw2QCICK/ENGfwLtptFluMGs2KsqoNSk8"
                    + "9pO7F29zJLUx9a/sASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=",
            },
        ],
    };

    /// <summary>An order.</summary>
    public static Order Order { get; } = new()
    {
        Id = "42",
        ClientOrderId = "a1",
        Instrument = Examples.InstrumentId,
        Side = Side.Sell,
        Type = OrderType.Limit,
        Price = new Price(98_120),
        Quantity = new Quantity(5_000_000_000),
        Filled = new Quantity(250_000_000),
        Remaining = new Quantity(4_750_000_000),
        TimeInForce = TimeInForce.Gtc,
        PostOnly = false,
        Status = OrderStatus.Open,
        Outpoints = [TxId + ":0"],
        CreatedAt = Then,
        UpdatedAt = Then,
    };

    /// <summary>A fill.</summary>
    public static Fill Fill { get; } = new()
    {
        TradeId = "17",
        OrderId = "42",
        ClientOrderId = "a1",
        Instrument = Examples.InstrumentId,
        Side = Side.Sell,
        Price = new Price(98_120),
        Quantity = new Quantity(250_000_000),
        Notional = new Sats(245_300),
        Fee = new Sats(0),
        Maker = false,
        SwapId = "5f4dcc3b5aa765d61d8327deb882cf99",
        Time = Then,
        Status = TradeStatus.Pending,
    };

    /// <summary>What placing it gave.</summary>
    public static PlacedOrder PlacedOrder { get; } = new() { Order = Order, Fills = [Fill] };

    /// <summary>A page of orders.</summary>
    public static Page<Order> Orders { get; } = new() { Items = [Order], NextCursor = "42" };

    /// <summary>A page of fills.</summary>
    public static Page<Fill> Fills { get; } = new() { Items = [Fill], NextCursor = "17" };

    /// <summary>Body of cancelAllOrders.</summary>
    public static CancelAllOrders CancelAll { get; } = new() { Instrument = Examples.InstrumentId, Side = Side.Sell };

    /// <summary>What a cancel-all did.</summary>
    public static CancelledOrders Cancelled { get; } = new()
    {
        Orders = [Order with { Status = OrderStatus.Cancelled, CancelReason = CancelReason.Requested }],
    };
}
