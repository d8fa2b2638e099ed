using System.Text.Json;
using Market.Client.Tests.Orders;
using Market.Contracts;
using Market.Strategies;

namespace Market.Client.Tests.Strategies;

/// <summary>What a quote in a recording is filled by, what it is not filled by, and what comes of it.</summary>
public sealed class BackTestTests
{
    private const long One = Quantity.UnitsPerShare;
    private const decimal Worth = 100_000;
    private const long Bid = 98_500;
    private const long Ask = 101_500;
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<TapeEvent> _tape = [];
    private DateTimeOffset _now = Start;
    private long _sequence;
    private long _trade;

    public BackTestTests()
    {
        Value(Worth);
        _tape.Add(new TapeEvent.Book(_now, new BookSnapshot
        {
            Instrument = "P2SHARE-BTC",
            Sequence = 0,
            Time = _now,
            Bids = [],
            Asks = [],
            Checksum = 0,
        }));
    }

    [Fact]
    public void A_quote_waits_behind_what_stood_at_its_price()
    {
        Level(Side.Buy, Bid, 5);
        Wait(4);
        Trade(Side.Sell, Bid, 4);
        Level(Side.Buy, Bid, 1);
        Assert.Equal(0, Play().MakerFills);
        Trade(Side.Sell, Bid, 3);
        Level(Side.Buy, Bid, 0);
        var report = Play();
        Assert.Equal((1, 2 * One), (report.MakerFills, report.Result.Pending.Bought));
    }

    [Fact]
    public void What_others_cancel_makes_its_place_no_better()
    {
        Level(Side.Buy, Bid, 5);
        Wait(4);
        Level(Side.Buy, Bid, 10);
        Level(Side.Buy, Bid, 5);
        Trade(Side.Sell, Bid, 5);
        Assert.Equal(0, Play().MakerFills);
        Level(Side.Buy, Bid, 0);
        Trade(Side.Sell, Bid, 1);
        Assert.Equal(One, Play().Result.Pending.Bought);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_trade_and_its_change_come_to_the_same_in_either_order(bool changeFirst)
    {
        Level(Side.Buy, Bid, 5);
        Wait(4);
        if (changeFirst)
        {
            Level(Side.Buy, Bid, 2);
            Trade(Side.Sell, Bid, 3, at: _now);
        }
        else
        {
            Trade(Side.Sell, Bid, 3);
            Level(Side.Buy, Bid, 2);
        }

        Wait(5);
        Trade(Side.Sell, Bid, 3);
        Level(Side.Buy, Bid, 0);
        Wait(5);
        Assert.Equal(One, Play().Result.Pending.Bought);
    }

    [Fact]
    public void A_better_quote_is_filled_first_at_its_own_price_and_by_no_more_than_was_traded()
    {
        Level(Side.Buy, Bid - 1_000, 5);
        Wait(4);
        Trade(Side.Sell, Bid - 1_000, 4);
        Level(Side.Buy, Bid - 1_000, 1);
        var pending = Play().Result.Pending;
        Assert.Equal((4 * One, -4 * Bid), (pending.Bought, pending.Sats));
    }

    [Fact]
    public void What_stands_in_a_quotes_way_is_taken_once()
    {
        Level(Side.Sell, 90_000, 3);
        Wait(30);
        Level(Side.Sell, 95_000, 1);
        Level(Side.Sell, 95_000, 0);
        Wait(30);
        var report = Play();
        Assert.Equal((1, 1), (report.TakerFills, report.MakerFills));
        // Three at the offer's price, and one that came to stand at a price that met the bid, at the bid's.
        Assert.Equal((4 * One, -3 * 90_000 - Bid), (report.Result.Pending.Bought, report.Result.Pending.Sats));
        // More of the same price may be taken.
        Level(Side.Sell, 90_000, 5);
        Wait(4);
        Assert.Equal(6 * One, Play().Result.Pending.Bought);
    }

    [Fact]
    public void In_a_gap_nothing_is_filled_and_nothing_stands_afterwards_until_the_next_look()
    {
        Wait(10);
        _tape.Add(new TapeEvent.Gap(_now));
        Trade(Side.Sell, 90_000, 5);
        Wait(60);
        _tape.Add(new TapeEvent.Book(_now, new BookSnapshot
        {
            Instrument = "P2SHARE-BTC",
            Sequence = 7,
            Time = _now,
            Bids = [],
            Asks = [],
            Checksum = 0,
        }));
        var report = Play();
        Assert.Equal((1, 0, 60), (report.Gaps, report.MakerFills, (int)report.GapSeconds));
        Assert.True(report.BothTime is > 0.1 and < 0.2, $"{report.BothTime}");
        // A change whose number does not follow is a gap, too.
        _sequence = 9;
        Level(Side.Sell, 90_000, 3);
        Wait(10);
        Assert.Equal((2, 0), (Play().Gaps, (int)Play().TakerFills));
    }

    [Fact]
    public void Swaps_end_after_their_time_fail_as_the_seed_draws_and_all_of_it_is_in_purse_and_accounts_alike()
    {
        for (var i = 0; i < 40; i++)
        {
            Wait(4);
            Trade(Side.Sell, 90_000, 2);
            Trade(Side.Buy, 110_000, 1);
        }

        Value(104_000);
        Assert.Equal(0, Play().Result.Trades.Count);
        Wait(26 * 3_600);
        var all = Play(options => options with { SwapFailures = 0 });
        Assert.Equal((80, 80 * One, 40 * One), (all.Result.Trades.Count, all.Result.Trades.Bought, all.Result.Trades.Sold));
        Assert.Equal(40 * One, all.Result.Inventory);
        Assert.Equal(40m * (Ask - Bid), all.Result.Realized);
        Assert.Equal(40m * (104_000 - Bid), all.Result.Unrealized);
        Assert.Equal(-(40 * 100 + 40 * 200), all.Result.CoinFees);

        var some = Play(options => options with { SwapFailures = 0.3m });
        Assert.Equal([SwapOutcome.Settled, SwapOutcome.Refunded], some.Result.Outcomes.Select(each => each.Outcome));
        Assert.Equal(80, some.Result.Outcomes.Sum(each => each.Count));
        Assert.Equal(0, some.Result.Pending.Count);
        foreach (var report in new[] { all, some })
        {
            var purse = report.EndCoins - 100_000_000 + Worth * 1.04m * (report.EndShares - 100 * One) / One;
            Assert.Equal(decimal.Round(report.Result.Total, 6), decimal.Round(purse, 6));
        }

        Assert.Equal(Text(some), Text(Play(options => options with { SwapFailures = 0.3m })));
        Assert.NotEqual(Text(some), Text(Play(options => options with { SwapFailures = 0.3m, Seed = 2 })));
        Assert.Equal(0, Play(options => options with { SwapFailures = 1 }).Result.Trades.Count);

        static string Text(BackTestReport report) => JsonSerializer.Serialize(report with { Seed = 0 }, MarketJson.Options);
    }

    [Fact]
    public void Its_inventory_stays_within_its_limits_with_what_its_quotes_and_swaps_would_bring()
    {
        for (var i = 0; i < 5; i++)
        {
            Wait(4);
            Trade(Side.Sell, 90_000, 4);
            Trade(Side.Buy, 110_000, 4);
        }

        var report = Play(options => options with
        {
            Maker = options.Maker with { MaxInventory = new(106 * One), MinInventory = new(93 * One) },
            ShareFees = new SwapFees(0, 0, 0),
        });
        // Bids fill up to what there is room for; what was sold meanwhile makes more.
        Assert.Equal(7 * One, report.Result.Pending.Sold);
        Assert.Equal(13 * One, report.Result.Pending.Bought);
        var free = Play();
        Assert.Equal((18 * One, 18 * One), (free.Result.Pending.Bought, free.Result.Pending.Sold));
    }

    [Fact]
    public void Without_coins_it_does_not_quote()
    {
        Wait(20);
        Trade(Side.Sell, 90_000, 4);
        Trade(Side.Buy, 110_000, 4);
        var poor = Play(options => options with { Coins = new(1_000), Shares = new(One) });
        Assert.Equal((0, 0), (poor.MakerFills, poor.Quotes));
        Assert.True(poor.Unfunded > 0);
    }

    [Fact]
    public void In_discount_its_quotes_follow_face_value_without_being_made_anew()
    {
        Wait(10);
        Value(101_000);
        Trade(Side.Sell, 99_000, 1);
        var moved = Play(options => options with { Maker = options.Maker with { InDiscount = true, Levels = 1 } });
        Assert.Equal((2, -99_480), (moved.Quotes, moved.Result.Pending.Sats));
        // At its worst it stays until the quotes are made anew.
        Value(150_000);
        Trade(Side.Sell, 100_000, 1);
        var pinned = Play(options => options with { Maker = options.Maker with { InDiscount = true, Levels = 1 } });
        Assert.Equal((2, -99_480 - 101_460), (pinned.Quotes, pinned.Result.Pending.Sats));
    }

    private BackTestReport Play(Func<BackTestOptions, BackTestOptions>? change = null)
    {
        var options = new BackTestOptions
        {
            Maker = new MakerOptions { Levels = 1 },
            Instrument = "P2SHARE-BTC",
            Rules = OrderExchange.TheInstrument.Rules,
            WorthAge = TimeSpan.FromDays(1),
            CoinFees = new SwapFees(100, 200, 150),
            ShareFees = new SwapFees(10_000, 20_000, 15_000),
        };
        var test = new BackTest(change is null ? options : change(options));
        var sorter = new TapeSorter();
        var played = _tape.SelectMany(sorter.Take).ToList();
        foreach (var next in played.Concat(sorter.End()))
        {
            test.Take(next);
        }

        return test.End();
    }

    private void Wait(int seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        // Something is told, or no time passes.
        _tape.Add(new TapeEvent.Traded(_now, TradeOf("0", Side.Buy, 1, 1, _now)));
    }

    private void Value(decimal worth) => _tape.Add(new TapeEvent.Valued(_now, worth, worth));

    private void Level(Side side, long price, long shares)
    {
        IReadOnlyList<BookLevel> levels =
            [new BookLevel { Price = new(price), Quantity = new(shares * One), Orders = shares > 0 ? 1 : 0 }];
        _tape.Add(new TapeEvent.Change(_now, new BookDelta
        {
            Instrument = "P2SHARE-BTC",
            Sequence = ++_sequence,
            Time = _now,
            Bids = side == Side.Buy ? levels : [],
            Asks = side == Side.Sell ? levels : [],
            Checksum = 0,
        }));
    }

    private void Trade(Side taker, long price, long shares, DateTimeOffset? at = null) => _tape.Add(
        new TapeEvent.Traded(_now, TradeOf($"{++_trade}", taker, price, shares, at ?? _now)));

    private static Trade TradeOf(string id, Side taker, long price, long shares, DateTimeOffset at) => new()
    {
        Id = id,
        Instrument = "P2SHARE-BTC",
        Price = new Price(price),
        Quantity = new Quantity(shares * One),
        Notional = new Sats(price * shares),
        TakerSide = taker,
        SwapId = "s",
        Time = at,
        Status = TradeStatus.Pending,
    };
}
