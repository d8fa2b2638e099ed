using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
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
        TimeInForce = TimeInForce.Gtd,
        ExpiresAt = Then.AddDays(1),
        PostOnly = true,
        PostOnlyMode = PostOnlyMode.Reprice,
        SelfTradePrevention = SelfTradePrevention.Decrement,
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
        TimeInForce = TimeInForce.Gtd,
        ExpiresAt = Then.AddDays(1),
        PostOnly = true,
        PostOnlyMode = PostOnlyMode.Reprice,
        Status = OrderStatus.Open,
        Outpoints = [TxId + ":0"],
        CreatedAt = Then,
        UpdatedAt = Then,
    };

    private static PlaceOrder AtDiscount { get; } = PlaceOrder with
    {
        ClientOrderId = "a2",
        Price = new Price(95_000),
        Discount = new DiscountFactor(970_000),
        Outpoints = [PlaceOrder.Outpoints[0] with { Outpoint = TxId + ":1" }],
    };

    private static Order DiscountOrder { get; } = Order with
    {
        Id = "43",
        ClientOrderId = "a2",
        Price = new Price(97_410),
        Discount = new DiscountFactor(970_000),
        WorstPrice = new Price(95_000),
        Filled = new Quantity(0),
        Remaining = Order.Quantity,
        Outpoints = [TxId + ":1"],
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
        Maker = true,
        SwapId = "5f4dcc3b5aa765d61d8327deb882cf99",
        Time = Then,
        Status = TradeStatus.Pending,
    };

    /// <summary>What placing it gave: it stands, and traded nothing at once.</summary>
    public static PlacedOrder PlacedOrder { get; } = new()
    {
        Order = Order with { Filled = new Quantity(0), Remaining = Order.Quantity },
        Fills = [],
    };

    /// <summary>Body of amendOrder.</summary>
    public static AmendOrder Amend { get; } = new() { Price = new Price(98_110), Quantity = new Quantity(4_000_000_000) };

    /// <summary>What amending it gave.</summary>
    public static PlacedOrder AmendedOrder { get; } = new()
    {
        Order = Order with
        {
            Price = new Price(98_110),
            Quantity = new Quantity(4_000_000_000),
            Remaining = new Quantity(3_750_000_000),
        },
        Fills = [],
    };

    private static Problem NoSuchOrder { get; } = ProblemTable.Document(
        OrderMapping.ToRefusal(Market.Trading.Reason.UnknownOrder), Routes.OrderBatch, "0HN1");

    /// <summary>Body of placeOrders.</summary>
    public static PlaceOrders PlaceOrders { get; } = new()
    {
        Orders = [PlaceOrder, AtDiscount, PlaceOrder with { ClientOrderId = "a3" }],
    };

    /// <summary>What placing several gave.</summary>
    public static PlacedOrders PlacedOrders { get; } = new()
    {
        Answers =
        [
            new PlacedAnswer { Placed = PlacedOrder },
            new PlacedAnswer { Placed = new PlacedOrder { Order = DiscountOrder, Fills = [] } },
            new PlacedAnswer
            {
                Problem = ProblemTable.Document(
                    OrderMapping.ToRefusal(Market.Trading.Reason.WouldCross), Routes.OrderBatch, "0HN1"),
            },
        ],
    };

    /// <summary>Body of cancelOrders.</summary>
    public static CancelOrders CancelOrders { get; } = new()
    {
        Orders = [new OrderName { Id = "42", Instrument = Examples.InstrumentId }, new OrderName { Id = "client:a2" }],
    };

    /// <summary>What cancelling several gave.</summary>
    public static CancelledAnswers CancelledOrders { get; } = new()
    {
        Answers =
        [
            new CancelledAnswer
            {
                Order = Order with { Status = OrderStatus.Cancelled, CancelReason = CancelReason.Requested },
            },
            new CancelledAnswer { Problem = NoSuchOrder },
        ],
    };

    /// <summary>Body of setDeadMan.</summary>
    public static SetDeadMan SetDeadMan { get; } = new() { Seconds = 30 };

    /// <summary>What setting it gave.</summary>
    public static DeadMan DeadMan { get; } = new() { FiresAt = Then.AddSeconds(30) };

    /// <summary>A page of orders.</summary>
    public static Page<Order> Orders { get; } = new()
    {
        Items = [DiscountOrder, Order],
        NextCursor = "42",
        PreviousCursor = "after:43",
    };

    /// <summary>A page of fills.</summary>
    public static Page<Fill> Fills { get; } = new()
    {
        Items = [Fill with { SwapState = SwapState.InitiatorLocked, SwapOutcome = SwapOutcome.Moving }],
        NextCursor = "17",
        PreviousCursor = "after:17",
    };

    /// <summary>Body of cancelAllOrders.</summary>
    public static CancelAllOrders CancelAll { get; } = new() { Instrument = Examples.InstrumentId, Side = Side.Sell };

    /// <summary>What a cancel-all did.</summary>
    public static CancelledOrders Cancelled { get; } = new()
    {
        Orders = [Order with { Status = OrderStatus.Cancelled, CancelReason = CancelReason.Requested }],
    };
}
