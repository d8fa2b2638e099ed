using Market.Api.Data;
using Market.Api.Trading;
using Market.Contracts;
using Market.Trading;
using Side = Market.Trading.Side;

namespace Market.Api.Tests.Orders;

/// <summary>Which orders that follow face value a batch looks at, and in which order: without a server.</summary>
public sealed class DiscountTurnTests
{
    private const long Face = 100_000;
    private static readonly InstrumentRules Rules = BookRules.Definition.Rules;
    private readonly OrderBook _book = new(Rules, new BookLimits { MaxOrders = 32, MaxOpenTrades = 16, ClientIdMemory = 16 });
    private readonly DiscountOrders _orders;
    private DateTimeOffset _time = DateTimeOffset.UnixEpoch;
    private ValuationRow? _said = Said(Face);

    public DiscountTurnTests() => _orders = new DiscountOrders(Rules, _ => _said);

    [Fact]
    public void A_batch_looks_at_so_many_and_another_goes_on_until_all_were_looked_at_twice()
    {
        const int count = DiscountOrders.MostLooked + 1;
        _orders.Restart(Enumerable.Range(1, count).Select(id => Row(id, Side.Sell, Face)));
        var batches = 0;
        do
        {
            Assert.True(_orders.Begin(_book, _time));
            Assert.Empty(Taken());
            batches++;
        }
        while (_orders.IsBehind && batches < 10);
        Assert.Equal(3, batches);
        // The same valuation is looked at once.
        Assert.True(_orders.Begin(_book, _time));
        Assert.False(_orders.IsBehind);
    }

    [Fact]
    public void Those_that_go_away_are_first_and_again_where_a_new_valuation_comes_before_the_others_were_moved()
    {
        _orders.Restart([Row(1, Side.Buy, Face), Row(2, Side.Sell, Face), Row(3, Side.Buy, Face)]);
        _said = Said(110_000);
        Assert.True(_orders.Begin(_book, _time));
        Assert.True(_orders.TryTake(_book, out var first, out var price));
        Assert.Equal((2L, 110_000L), (first.Id, price));
        Move(first, price);
        _said = Said(120_000);
        Assert.True(_orders.Begin(_book, _time));
        // Of the others the one that was moved longest ago is first.
        Assert.Equal([(2L, 120_000L), (1L, 120_000L), (3L, 120_000L)], Taken());
        Assert.False(_orders.IsBehind);
    }

    [Fact]
    public void What_has_ended_is_not_looked_at_and_where_none_is_left_none_is_there()
    {
        var rows = new[] { Row(1, Side.Buy, Face), Row(2, Side.Buy, Face), Row(3, Side.Buy, Face) };
        _orders.Restart(rows);
        rows[1].Remaining = 0;
        _orders.Remove(rows[0]);
        _said = Said(110_000);
        Assert.True(_orders.Begin(_book, _time));
        Assert.Equal([(3L, 110_000L)], Taken());
        _orders.Remove(rows[1]);
        Assert.True(_orders.AreThere);
        _orders.Remove(rows[2]);
        Assert.False(_orders.AreThere || _orders.IsBehind);
    }

    [Fact]
    public void One_valuation_moves_so_many_of_those_that_are_near_and_each_once_a_minute()
    {
        const int count = DiscountOrders.MostNear + 10;
        foreach (var id in Enumerable.Range(1, count)) _orders.Add(Row(id, Side.Sell, Face), _time);
        _said = Said(110_000);
        Assert.True(_orders.Begin(_book, _time));
        Assert.Equal(Enumerable.Range(1, DiscountOrders.MostNear).Select(id => ((long)id, 110_000L)), Taken());
        // Those that were not moved are first the next time.
        _said = Said(111_000);
        Assert.True(_orders.Begin(_book, _time));
        Assert.Equal(
            Enumerable.Range(DiscountOrders.MostNear + 1, 10).Concat(Enumerable.Range(1, DiscountOrders.MostNear - 10)),
            Taken().Select(one => (int)one.Id));
        _time += DiscountOrders.Pace;
        _said = Said(112_000);
        Assert.True(_orders.Begin(_book, _time));
        Assert.Equal(count, Taken().Count);
    }

    [Fact]
    public void What_stands_behind_the_best_and_does_not_come_among_them_is_moved_once_a_minute()
    {
        for (var i = 0UL; i < DiscountOrders.NearOrders; i++)
            _book.Execute(Command.Limit(new AccountId(i + 1), Side.Sell, 90_000, Quantity.UnitsPerShare), new EventBuffer(16));
        _orders.Add(Row(1, Side.Sell, Face), _time);
        _said = Said(95_000);
        Assert.True(_orders.Begin(_book, _time));
        Assert.Empty(Taken());
        // Nobody may trade with it meanwhile where it goes away.
        Assert.False(_orders.MustGo(_orders.Find(new OrderId(1))!, _book, out _));
        _said = Said(110_000);
        Assert.True(_orders.Begin(_book, _time));
        Assert.Empty(Taken());
        Assert.True(_orders.MustGo(_orders.Find(new OrderId(1))!, _book, out var price));
        Assert.Equal(110_000, price);
        _said = Said(90_000);
        Assert.True(_orders.Begin(_book, _time));
        Assert.Equal([(1L, 90_000L)], Taken());
        _said = Said(120_000);
        _time += DiscountOrders.Pace;
        Assert.True(_orders.Begin(_book, _time));
        Assert.Equal([(1L, 120_000L)], Taken());
    }

    [Fact]
    public void Nothing_begins_while_nothing_is_said()
    {
        _orders.Restart([Row(1, Side.Buy, Face)]);
        _said = null;
        Assert.False(_orders.Begin(_book, _time));
        _said = Said(double.NaN);
        Assert.False(_orders.Begin(_book, _time));
    }

    private static ValuationRow Said(double face) => new() { FaceValue = face };

    private static OrderRow Row(long id, Side side, long price) => new()
    {
        Id = id,
        Side = (short)side,
        Price = price,
        Discount = DiscountFactor.One,
        WorstPrice = side == Side.Sell ? 10 : 1_000_000,
        Remaining = Quantity.UnitsPerShare,
    };

    private List<(long Id, long Price)> Taken()
    {
        var taken = new List<(long Id, long Price)>();
        while (_orders.TryTake(_book, out var row, out var price))
        {
            taken.Add((row.Id, price));
            Move(row, price);
        }
        return taken;
    }

    private void Move(OrderRow row, long price)
    {
        row.Price = price;
        _orders.Moved(row, _time);
    }
}
