using System.CommandLine;
using System.Globalization;
using Market.Cli.Common;
using Market.Cli.Verbs;
using Market.Client.Orders;
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

    [Theory]
    [InlineData("sell 1 100", TimeInForce.Gtc, false, null, SelfTradePrevention.CancelNewest)]
    [InlineData("sell 1 100 --ioc", TimeInForce.Ioc, false, null, SelfTradePrevention.CancelNewest)]
    [InlineData("buy 1 100 --fok --self-trade oldest", TimeInForce.Fok, false, null, SelfTradePrevention.CancelOldest)]
    [InlineData("buy 1 100 --post-only --self-trade decrement", TimeInForce.Gtc, true, null, SelfTradePrevention.Decrement)]
    [InlineData("buy 1 100 --reprice --until 2h", TimeInForce.Gtd, true, PostOnlyMode.Reprice, SelfTradePrevention.CancelNewest)]
    public void What_is_typed_is_what_is_wanted(
        string line, TimeInForce time, bool postOnly, PostOnlyMode? mode, SelfTradePrevention selfTrade)
    {
        var wish = OrderOptions.WishOf(Parse(line), Side.Buy, new Price(100), new Quantity(1), Noon);
        Assert.Equal((time, postOnly, mode, selfTrade),
            (wish.TimeInForce, wish.PostOnly, wish.PostOnlyMode, wish.SelfTradePrevention));
        Assert.Equal(time == TimeInForce.Gtd ? Noon.AddHours(2) : null, wish.ExpiresAt);
    }

    [Theory]
    [InlineData("sell 1 100 --ioc --fok")]
    [InlineData("sell 1 100 --until 2h --fok")]
    [InlineData("sell 1 100 --post-only --ioc")]
    [InlineData("orders note a1 --ioc --fok")]
    [InlineData("orders note a1 --fok --until 2h")]
    [InlineData("sell 1 100 --reprice --fok")]
    [InlineData("sell 1 100 --self-trade never")]
    [InlineData("sell 1 100 --market")]
    [InlineData("sell 1 --price 100 --market")]
    [InlineData("sell 1 --protection 100")]
    [InlineData("sell 1 --market --until 2h")]
    [InlineData("sell 1 --market --post-only")]
    [InlineData("buy 1 --market --reprice")]
    [InlineData("sell 1 --discount 0.97")]
    [InlineData("sell 1 100 --discount 0.97 --ioc")]
    [InlineData("sell 1 100 --discount 0.97 --fok")]
    [InlineData("sell 1 --discount 0.97 --market --protection 100")]
    public void What_contradicts_itself_is_refused(string line) => Assert.NotEmpty(Parse(line).Errors);

    [Theory]
    [InlineData("sell 1 95000 --discount 0.97", "0.97")]
    [InlineData("sell 1 --price 95000 --discount 1.050 --until 2h --reprice", "1.05")]
    [InlineData("sell 1 95000 --discount 10", "10")]
    [InlineData("sell 1 95000", null)]
    public void A_discount_goes_with_a_worst_price(string line, string? part)
    {
        var typed = Parse(line);
        Assert.Empty(typed.Errors);
        var wish = OrderOptions.WishOf(typed, Side.Sell, new Price(95_000), new Quantity(1), Noon);
        Assert.Equal((part, new Price(95_000), OrderType.Limit), (wish.Discount?.ToString(), wish.Price, wish.Type));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.009")]
    [InlineData("10.1")]
    [InlineData("0.9700001")]
    [InlineData("97%")]
    [InlineData("-1")]
    [InlineData(".5")]
    public void What_is_no_part_of_face_value_is_refused(string text) =>
        Assert.Equal("bad-discount", Assert.Throws<CliException>(() => Figures.ParseDiscount(text)).Code);

    [Theory]
    [InlineData("buy 2 --market --protection 101000", TimeInForce.Ioc)]
    [InlineData("buy 2 --market --protection 101000 --fok", TimeInForce.Fok)]
    public void A_market_order_says_what_it_costs_at_the_worst_before_it_is_sent(string line, TimeInForce time)
    {
        var typed = Parse(line);
        Assert.Empty(typed.Errors);
        var wish = OrderOptions.WishOf(typed, Side.Buy, new Price(101_000), new Quantity(2 * Quantity.UnitsPerShare), Noon);
        Assert.Equal((OrderType.Market, time), (wish.Type, wish.TimeInForce));
        var question = OrderOptions.Question(wish);
        Assert.Contains("at 101,000 sat a share at the worst (202,000 sat at most for all", question, StringComparison.Ordinal);
        var sale = OrderOptions.Question(wish with { Side = Side.Sell });
        Assert.Contains("(202,000 sat at least for all", sale, StringComparison.Ordinal);
        // Who cannot be asked is not taken to have agreed.
        if (Console.IsInputRedirected)
        {
            var refused = Assert.Throws<CliException>(() => OrderOptions.Confirm(wish, BookPreview.Of([], wish)));
            Assert.Equal("not-confirmed", refused.Code);
        }
    }

    [Theory]
    [InlineData("sell 5", false, true)]
    [InlineData("sell 5 --yes", false, false)]
    [InlineData("sell 5 98000", true, false)]
    [InlineData("buy 5 --market --protection 98000", true, true)]
    [InlineData("buy 5 --market --protection 98000 --yes", true, false)]
    public void What_the_book_prices_is_asked_for(string line, bool hasPrice, bool asks) =>
        Assert.Equal(asks, OrderOptions.IsAskedFor(Parse(line), hasPrice));

    [Theory]
    [InlineData(Side.Sell, 5, 98_000, "The book has all of it now, at 99,200 sat a share on average.")]
    [InlineData(Side.Sell, 20, 98_000, "The book has 9 shares of it now, at 98,666 sat a share on average.")]
    [InlineData(Side.Sell, 20, 100_000, "The book has 1 share of it now, at 100,000 sat a share on average.")]
    [InlineData(Side.Sell, 20, 100_001, "The book has nobody to trade with at that price now.")]
    [InlineData(Side.Buy, 3, 102_000, "The book has all of it now, at 101,334 sat a share on average.")]
    [InlineData(Side.Buy, 3, 101_000, "The book has 2 shares of it now, at 101,000 sat a share on average.")]
    public void Before_an_order_is_sent_it_says_what_the_book_has_for_it(Side side, long shares, long price, string said)
    {
        BookLevel[] asks = [Level(101_000, 2), Level(102_000, 1), Level(103_000, 9)];
        var wish = new OrderWish(side, new Price(price), new Quantity(shares * Quantity.UnitsPerShare));
        Assert.Equal(said, BookPreview.Of(side == Side.Sell ? Bids : asks, wish).Sentence);
        Assert.EndsWith("what cannot be had at once stands in the book)?", OrderOptions.Question(wish), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--yse", "sell", "5", "--yse")]
    [InlineData("--protectoin", "sell", "5", "--market", "--protectoin=3")]
    [InlineData(null, "sell", "5", "--price=98000", "--json", "--wallet", "/a--b")]
    [InlineData(null, "sell", "--", "--5")]
    [InlineData(null, "keys", "--help")]
    public void An_option_that_there_is_not_is_told_and_is_no_argument(string? unknown, params string[] line) =>
        Assert.Equal(unknown, MarketProgram.UnknownOption(MarketProgram.BuildRoot().Parse(line), line));

    [Theory]
    [InlineData("90s", "2026-03-01T12:01:30Z")]
    [InlineData("7d", "2026-03-08T12:00:00Z")]
    [InlineData("2026-03-01T12:00:00.5Z", "2026-03-01T12:00:00.5Z")]
    [InlineData("2026-03-01T14:00:00+01:00", "2026-03-01T13:00:00Z")]
    public void An_order_ends_at_a_time_or_after_a_period(string text, string until) =>
        Assert.Equal(DateTimeOffset.Parse(until, CultureInfo.InvariantCulture), Figures.ParseUntil(text, Noon));

    [Theory]
    [InlineData("0s")]
    [InlineData("2026-03-01T12:00:00Z")]
    [InlineData("tomorrow")]
    [InlineData("5")]
    [InlineData("-5m")]
    [InlineData("2026-03-01")]
    public void What_is_over_or_no_time_is_refused(string text) =>
        Assert.Equal("bad-time", Assert.Throws<CliException>(() => Figures.ParseUntil(text, Noon)).Code);

    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static ParseResult Parse(string line) =>
        new RootCommand { TradeCommand.BuildSell(), TradeCommand.BuildBuy() }.Parse(line);

    private static BookLevel Level(long price, long shares) => new()
    {
        Price = new Price(price),
        Quantity = new Quantity(shares * Quantity.UnitsPerShare),
        Orders = 1,
    };
}
