using Market.Cli.Verbs;
using Market.Contracts;

namespace Market.Cli.Tests;

public sealed class OrderWordsTests
{
    private const long One = Quantity.UnitsPerShare;

    [Fact]
    public void What_was_filled_is_told_at_what_it_was_filled_for_and_what_rests_at_its_limit()
    {
        var told = OrderWords.Of(
            Order(OrderStatus.Open, 3 * One), Traded.Of([Fill(2, 458_497_390), Fill(1, 458_497_387)]));
        Assert.Equal(
            "Sell 5 shares: 3 shares filled for 1,375,492,167 sat, 458,497,389 sat a share; "
            + "2 shares in the book at 350,000,000 sat a share. Order 7",
            told);
    }

    [Fact]
    public void What_rests_is_what_the_market_says_and_not_what_swaps_hold_as_well() => Assert.Equal(
        "Sell 5 shares: 2 shares filled; 1 share in the book at 350,000,000 sat a share. Order 7",
        OrderWords.Of(Order(OrderStatus.Open, 2 * One) with { Remaining = new Quantity(One) }, new Traded(1, 1)));

    [Fact]
    public void What_follows_face_value_says_which_part_of_it_and_what_it_takes_at_the_worst() => Assert.Equal(
        "Sell 5 shares: 4 shares filled; 1 share in the book at 350,000,000 sat a share (0.97 of face value, 340,000,000 sat at "
        + "the worst). Order 7",
        OrderWords.Of(
            Order(OrderStatus.Open, 4 * One) with
            {
                Remaining = new Quantity(One),
                Discount = new DiscountFactor(970_000),
                WorstPrice = new Price(340_000_000),
            },
            default));

    [Theory]
    [InlineData(OrderStatus.Open, 0, "nothing filled; 5 shares in the book at 350,000,000 sat a share.")]
    [InlineData(OrderStatus.Settling, 5, "5 shares filled; settling until its swaps are done.")]
    [InlineData(OrderStatus.Filled, 5, "5 shares filled.")]
    [InlineData(OrderStatus.Cancelled, 1, "1 share filled; 4 shares cancelled.")]
    public void A_price_that_is_not_known_is_not_told(OrderStatus status, long filled, string said) => Assert.Equal(
        $"Sell 5 shares: {said} Order 7",
        // Of another quantity than was filled: part of the fills is not known.
        OrderWords.Of(Order(status, filled * One), new Traded(filled * One + 1, 1_000)));

    [Fact]
    public void An_average_that_is_rounded_is_said_to_be() =>
        Assert.Equal("about 34 sat", new Traded(3 * One, 101).Average);

    [Fact]
    public void Scripts_get_the_order_with_its_fills()
    {
        var node = OrderWords.Plain(new PlacedOrder { Order = Order(OrderStatus.Open, One), Fills = [Fill(1, 458_497_390)] });
        Assert.Equal("7", (string?)node["id"]);
        Assert.Equal("458497390", node["fills"]![0]!["price"]!.ToString());
    }

    private static Fill Fill(long shares, long price) => new()
    {
        TradeId = "1",
        OrderId = "7",
        ClientOrderId = "c1",
        Instrument = "P2SHARE-BTC",
        Side = Side.Sell,
        Price = new Price(price),
        Quantity = new Quantity(shares * One),
        Notional = new Sats(shares * price),
        Fee = new Sats(0),
        Maker = false,
        Time = default,
        SwapId = "s1",
        Status = TradeStatus.Pending,
    };

    private static Order Order(OrderStatus status, long filled) => new()
    {
        Id = "7",
        ClientOrderId = "c1",
        Instrument = "P2SHARE-BTC",
        Side = Side.Sell,
        Type = OrderType.Limit,
        Price = new Price(350_000_000),
        Quantity = new Quantity(5 * One),
        Filled = new Quantity(filled),
        Remaining = new Quantity(status == OrderStatus.Open ? 5 * One - filled : 0),
        TimeInForce = TimeInForce.Gtc,
        PostOnly = false,
        Status = status,
        Outpoints = [],
        CreatedAt = default,
        UpdatedAt = default,
    };
}
