using Market.Api.Features.Orders;
using Market.Contracts;

namespace Market.Api.Tests.Orders;

/// <summary>What is let through at a glance is what the rules let through.</summary>
public sealed class QuickShapeTests
{
    private const string Coin = "00000000000000000000000000000000000000000000000000000000000000ff";

    private static readonly PlaceOrder Plain = new()
    {
        ClientOrderId = "a-1_B",
        Instrument = "P2SHARE-BTC",
        Side = Side.Sell,
        Price = new Price(100_000),
        Quantity = new Quantity(100_000_000),
        Outpoints = [Proof(Coin + ":0")],
    };

    private static readonly Func<PlaceOrder, PlaceOrder>[] Changes =
    [
        o => o,
        o => o with { ClientOrderId = "" },
        o => o with { ClientOrderId = null! },
        o => o with { ClientOrderId = "a b" },
        o => o with { ClientOrderId = "\u00e9" },
        o => o with { ClientOrderId = new string('a', 32) },
        o => o with { ClientOrderId = new string('a', 33) },
        o => o with { Instrument = "" },
        o => o with { Instrument = null! },
        o => o with { Instrument = " " },
        o => o with { Instrument = new string('a', 64) },
        o => o with { Instrument = new string('a', 65) },
        o => o with { Side = Side.Buy },
        o => o with { Side = (Side)7 },
        o => o with { Type = OrderType.Market },
        o => o with { Type = OrderType.Market, Price = null, Protection = new Price(1) },
        o => o with { Type = (OrderType)7 },
        o => o with { Price = null },
        o => o with { Protection = new Price(1) },
        o => o with { Discount = new DiscountFactor(970_000) },
        o => o with { Discount = new DiscountFactor(0) },
        o => o with { TimeInForce = TimeInForce.Ioc },
        o => o with { TimeInForce = TimeInForce.Fok },
        o => o with { TimeInForce = TimeInForce.Gtd },
        o => o with { TimeInForce = (TimeInForce)7 },
        o => o with { ExpiresAt = DateTimeOffset.UnixEpoch.AddYears(60) },
        o => o with { ExpiresAt = DateTimeOffset.UnixEpoch.AddTicks(1) },
        o => o with { PostOnly = true },
        o => o with { PostOnlyMode = PostOnlyMode.Reprice },
        o => o with { SelfTradePrevention = SelfTradePrevention.CancelOldest },
        o => o with { SelfTradePrevention = SelfTradePrevention.Decrement },
        o => o with { SelfTradePrevention = (SelfTradePrevention)7 },
        o => o with { Outpoints = null! },
        o => o with { Outpoints = [] },
        o => o with { Outpoints = [null!] },
        o => o with { Outpoints = [Proof(null!)] },
        o => o with { Outpoints = [Proof("")] },
        o => o with { Outpoints = [Proof(Coin)] },
        o => o with { Outpoints = [Proof(Coin + ":")] },
        o => o with { Outpoints = [Proof(Coin + ":01")] },
        o => o with { Outpoints = [Proof(Coin + ":+1")] },
        o => o with { Outpoints = [Proof(Coin + ":4294967295")] },
        o => o with { Outpoints = [Proof(Coin + ":4294967296")] },
        o => o with { Outpoints = [Proof(Coin.ToUpperInvariant() + ":0")] },
        o => o with { Outpoints = [Proof(Coin[1..] + ":00")] },
        o => o with { Outpoints = [Proof(Coin + "-0")] },
        o => o with { Outpoints = [Proof(Coin + ":0", "")] },
        o => o with { Outpoints = [Proof(Coin + ":0", null!)] },
        o => o with { Outpoints = [Proof(Coin + ":0", new string('a', 2_000))] },
        o => o with { Outpoints = [Proof(Coin + ":0", new string('a', 2_001))] },
        o => o with { Outpoints = [Proof(Coin + ":0"), Proof(Coin + ":0")] },
        o => o with { Outpoints = [Proof(Coin + ":0"), Proof(Coin + ":1")] },
    ];

    private readonly PlaceOrderValidator _rules = new();

    [Fact]
    public void What_is_plain_breaks_no_rule()
    {
        foreach (var (first, second) in Changes.SelectMany(_ => Changes, (first, second) => (first, second)))
        {
            var request = new PlaceOrderRequest("", second(first(Plain)));
            if (_rules.IsPlain(request)) Assert.Empty(_rules.Validate(request).Errors);
        }
    }

    [Fact]
    public void The_commonest_orders_are_plain()
    {
        Assert.True(_rules.IsPlain(new PlaceOrderRequest("", Plain)));
        Assert.True(_rules.IsPlain(new PlaceOrderRequest("", Plain with { Side = Side.Buy, TimeInForce = TimeInForce.Ioc })));
    }

    private static OutpointProof Proof(string coin, string signature = "smpAA==") =>
        new() { Outpoint = coin, Signature = signature };
}
