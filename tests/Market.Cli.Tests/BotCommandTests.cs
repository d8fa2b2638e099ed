using System.Text.Json;
using Market.Cli.Common;
using Market.Cli.Verbs;
using Market.Client.Strategies;
using Market.Contracts;
using Market.Strategies;

namespace Market.Cli.Tests;

public sealed class BotCommandTests
{
    private const string Instrument = "P2SHARE-BTC";
    private const long One = Quantity.UnitsPerShare;

    [Fact]
    public void A_quote_on_paper_is_filled_only_by_what_trades_through_it()
    {
        var tally = Tally();
        Assert.True(tally.Quote(Quote(Side.Buy, 100, 2)));
        Assert.False(tally.Quote(Quote(Side.Buy, 100, 2)));
        Assert.True(tally.Quote(Quote(Side.Sell, 110, 2)));

        // At the very price it may have been another's turn; a buyer fills no bid; a withdrawn trade was none.
        Assert.Empty(tally.Hear([
            Trade(2, Side.Sell, 100, 5), Trade(3, Side.Buy, 90, 5), Trade(4, Side.Sell, 90, 5, TradeStatus.Withdrawn)]));
        var filled = Assert.Single(tally.Hear([Trade(5, Side.Sell, 99, 1)]));
        Assert.Equal(MakerEventKind.Fill, filled.Event);
        Assert.Equal((Side.Buy, new Price(100), new Quantity(One)), (filled.Side, filled.Price, filled.Quantity));
        Assert.Equal((One, -100), (tally.Shares, tally.Sats));

        // Heard of before, and then more than is left of the bid.
        Assert.Empty(tally.Hear([Trade(5, Side.Sell, 99, 1)]));
        Assert.Equal(new Quantity(One), Assert.Single(tally.Hear([Trade(6, Side.Sell, 50, 9)])).Quantity);
        Assert.Single(tally.Standing);
        Assert.Single(tally.Hear([Trade(7, Side.Buy, 111, 2)]));
        Assert.Equal((0, 20), (tally.Shares, tally.Sats));
        Assert.Empty(tally.Standing);
    }

    [Fact]
    public void Position_and_profit_are_told_where_they_changed()
    {
        var tally = Tally();
        Assert.Equal([MakerEventKind.Position, MakerEventKind.Profit], tally.Stand(100).Select(each => each.Event));
        Assert.Empty(tally.Stand(100));
        tally.Quote(Quote(Side.Buy, 100, 2));
        tally.Hear([Trade(2, Side.Sell, 99, 2)]);
        Assert.Equal(-10, tally.Stand(95)[1].Profit);
        Assert.Equal(4, Assert.Single(tally.Stand(102.4m)).Profit);
    }

    [Fact]
    public void Own_fills_count_from_the_start_with_their_fees()
    {
        var tally = new MakerTally(isPaper: false);
        tally.TurnTo(Instrument);
        Assert.Empty(tally.Hear([Fill(1, Side.Sell, 100)]));
        Assert.Single(tally.Hear([Fill(2, Side.Sell, 100), Fill(1, Side.Sell, 100)]));
        Assert.Equal((-One, 97), (tally.Shares, tally.Sats));
    }

    [Fact]
    public void Every_event_is_a_line_of_JSON()
    {
        var tally = Tally();
        var bid = Quote(Side.Buy, 100, 1);
        tally.Quote(bid);
        MakerEvent[] events =
            [tally.Quoted(bid), .. tally.Hear([Trade(2, Side.Sell, 99, 1)]), .. tally.Stand(95.5m)];
        using var result = new StringWriter();
        var output = new Output(json: true, result, TextWriter.Null);
        foreach (var happened in events)
        {
            BotCommand.Print(output, happened);
        }

        var lines = result.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["quote", "fill", "position", "profit"], lines.Select(line => line.GetProperty("event").GetString()));
        Assert.All(lines, line => Assert.True(line.GetProperty("paper").GetBoolean()));
        Assert.Equal("buy", lines[0].GetProperty("side").GetString());
        Assert.False(lines[0].TryGetProperty("profit", out _));
        Assert.Equal("-5", lines[3].GetProperty("profit").ToString());
    }

    [Fact]
    public void On_paper_a_quote_in_discount_moves_with_face_value()
    {
        var tally = Tally();
        tally.Quote(Quote(Side.Buy, 100, 2) with { Discount = new DiscountFactor(500_000), Worst = new Price(110) });
        tally.Move(210, new Price(1));
        Assert.Equal(105, Assert.Single(tally.Standing).Price.Sats);
        Assert.Equal(105, Assert.Single(tally.Hear([Trade(2, Side.Sell, 104, 1)])).Price!.Value.Sats);
        tally.Move(300, new Price(1));
        Assert.Equal(110, Assert.Single(tally.Standing).Price.Sats);
    }

    private static Quote Quote(Side side, long price, long shares) =>
        new() { Side = side, Price = new Price(price), Quantity = new Quantity(shares * One), Worst = new Price(price) };

    private static MakerTally Tally()
    {
        var tally = new MakerTally(isPaper: true);
        tally.TurnTo(Instrument);
        tally.Quote(Quote(Side.Sell, 1, 1));
        // What was traded before it began fills nothing.
        Assert.Empty(tally.Hear([Trade(1, Side.Buy, 50, 1)]));
        tally.Withdraw();
        return tally;
    }

    private static Trade Trade(int id, Side taker, long price, long shares, TradeStatus status = TradeStatus.Pending) => new()
    {
        Id = $"{id}",
        Instrument = Instrument,
        Price = new Price(price),
        Quantity = new Quantity(shares * One),
        Notional = new Sats(price * shares),
        TakerSide = taker,
        SwapId = "s",
        Time = default,
        Status = status,
    };

    private static Fill Fill(int id, Side side, long price) => new()
    {
        TradeId = $"{id}",
        OrderId = "7",
        ClientOrderId = "c1",
        Instrument = Instrument,
        Side = side,
        Price = new Price(price),
        Quantity = new Quantity(One),
        Notional = new Sats(price),
        Fee = new Sats(3),
        Maker = true,
        SwapId = "s1",
        Time = default,
        Status = TradeStatus.Pending,
    };
}
