using Market.Cli.Verbs;
using Market.Contracts;

namespace Market.Cli.Tests;

public sealed class TradeCommandTests
{
    private static readonly BookLevel[] Bids =
        [Level(100_000, 1), Level(99_000, 4), Level(98_000, 4), Level(97_999, 50)];

    [Theory]
    [InlineData(1, 100_000)]
    [InlineData(2, 99_000)]
    [InlineData(5, 99_000)]
    [InlineData(6, 98_000)]
    [InlineData(50, 98_000)]
    public void Without_a_price_an_order_goes_as_deep_as_it_needs_and_two_percent_at_most(long shares, long price) =>
        Assert.Equal(new Price(price), TradeCommand.PriceFor(Bids, new Quantity(shares * Quantity.UnitsPerShare)));

    [Fact]
    public void An_empty_side_has_no_price() => Assert.Null(TradeCommand.PriceFor([], new Quantity(1)));

    private static BookLevel Level(long price, long shares) => new()
    {
        Price = new Price(price),
        Quantity = new Quantity(shares * Quantity.UnitsPerShare),
        Orders = 1,
    };
}
