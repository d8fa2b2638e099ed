using Market.Client.Orders;
using Market.Contracts;

namespace Market.Client.Tests.Orders;

/// <summary>What an amended order may trade at, as whoever drives its swaps reads it.</summary>
public sealed class OrderTermsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Orders => Path.Combine(_folder, "orders.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Side.Sell, 90, 90)]
    [InlineData(Side.Sell, 110, 100)]
    [InlineData(Side.Buy, 90, 100)]
    [InlineData(Side.Buy, 110, 110)]
    [InlineData(Side.Buy, null, 100)]
    public void The_widest_terms_hold_the_old_and_the_new_price(Side side, int? price, int widest)
    {
        var before = new OrderTerms("a", new Price(100), new Quantity(5));
        var amend = new AmendOrder { Price = price is { } sats ? new Price(sats) : null, Quantity = new Quantity(4) };
        Assert.Equal(before with { Price = new Price(widest) }, OrderAmends.Widest(before, side, amend));
        Assert.Equal(7, OrderAmends.Widest(before, side, new AmendOrder { Quantity = new Quantity(7) }).Quantity.Units);
    }

    [Fact]
    public void Who_has_the_orders_open_sees_what_another_amends()
    {
        using var log = OrderLog.Open(Orders);
        log.Add(new SentOrder("a", "P2SHARE-BTC", Side.Sell, new Price(100), new Quantity(5)) { State = SentOrderState.Placed });
        Assert.Equal(new Price(100), log.Find("a")!.Price);
        var other = new OrderTermsFile(OrderTermsFile.Beside(Orders));
        other.Add(new OrderTerms("a", new Price(90), new Quantity(6)));
        Assert.Equal((90L, 6L), (log.Find("a")!.Price.Sats, log.Find("a")!.Quantity.Units));
        other.Add(new OrderTerms("a", new Price(100), new Quantity(5)));
        other.Add(new OrderTerms("b", new Price(1), new Quantity(1)));
        Assert.Equal((100L, 5L), (log.Find("a")!.Price.Sats, log.Find("a")!.Quantity.Units));
        // Terms alone make no order.
        Assert.Null(log.Find("b"));
        Assert.Equal(new Price(100), OrderLog.Peek(Orders, "a")!.Price);
        Assert.Null(OrderLog.Peek(Orders, "b"));
        Assert.Null(OrderLog.Peek(Path.Combine(_folder, "none"), "a"));
    }
}
