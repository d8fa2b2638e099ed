using System.Globalization;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Trading;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Trading;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Side = Market.Contracts.Side;

namespace Market.Api.Tests.Orders;

/// <summary>A trade moves nothing before both its legs are locked, and leaves nothing behind where its swap fails.</summary>
public sealed class TapeTests(PostgresFixture postgres)
{
    private const long Share = 100_000_000;
    private readonly ManualClock _clock = new();
    private int _names;

    [Fact]
    public async Task A_pending_trade_is_shown_and_moves_no_price_no_candle_and_no_volume()
    {
        await using var host = await StartAsync();
        var trade = await TradeAsync(host, 100_000);
        var shown = Assert.Single(await TradesAsync(host));
        Assert.Equal((TradeStatus.Pending, null), (shown.Status, shown.StatusAt));
        await AssertNothingCountsAsync(host);

        _clock.Advance(TimeSpan.FromSeconds(90));
        await LockAsync(host, trade);
        shown = Assert.Single(await TradesAsync(host));
        Assert.Equal((TradeStatus.Final, _clock.Now), (shown.Status, shown.StatusAt));
        var ticker = await TickerAsync(host);
        Assert.Equal((100_000, Share, 100_000, 1), (
            ticker.Last?.Sats, ticker.Volume.Units, ticker.QuoteVolume.Value, ticker.Trades));
        Assert.Equal(new Price(100_000), host.Get<MarketFeed>().LastPrice);
        // It counts where it was made, not where it became final.
        Assert.Equal(CandleTimes.StartOf(CandleInterval.Minute, shown.Time), Assert.Single(await CandlesAsync(host)).Start);

        await CloseAsync(host, trade, TradeOutcome.Settled);
        Assert.Equal(TradeStatus.Final, Assert.Single(await TradesAsync(host)).Status);
        Assert.Equal(1, (await TickerAsync(host)).Trades);
    }

    [Fact]
    public async Task It_is_read_from_a_time_to_a_time_also_where_a_clock_was_set_back()
    {
        await using var host = await StartAsync();
        var begin = _clock.Now;
        foreach (var (at, price) in new[] { (0, 100_000), (60, 110_000), (30, 120_000), (90, 130_000), (90, 140_000) })
        {
            _clock.Now = begin.AddSeconds(at);
            await TradeAsync(host, price);
        }
        Assert.Equal([140, 130, 120, 110, 100], await ReadAsync(null, null));
        Assert.Equal([140, 130, 110], await ReadAsync(60, null));
        Assert.Equal([120, 100], await ReadAsync(null, 60));
        Assert.Equal([120, 110], await ReadAsync(30, 90));
        Assert.Equal([140, 130], await ReadAsync(90, null));
        Assert.Empty(await ReadAsync(91, null));
        Assert.Empty(await ReadAsync(null, 0));

        async Task<IEnumerable<long>> ReadAsync(int? from, int? to)
        {
            using var http = host.Http();
            string Of(string name, int? at) => at is { } second
                ? $"&{name}={Uri.EscapeDataString(begin.AddSeconds(second).ToString("O", CultureInfo.InvariantCulture))}"
                : "";
            var page = await TapeReader.GetAsync<Page<Trade>>(http, $"{Routes.Trades}?limit=9{Of("from", from)}{Of("to", to)}");
            return page.Items.Select(trade => trade.Price.Sats / 1_000);
        }
    }

    [Fact]
    public async Task A_day_that_is_not_over_since_the_first_trade_is_told_with_its_beginning()
    {
        var database = await postgres.NewDatabaseAsync();
        DateTimeOffset first;
        await using (var host = await StartAsync(database))
        {
            Assert.Null((await TickerAsync(host)).Since);
            await LockAsync(host, await TradeAsync(host, 100_000));
            first = CandleTimes.StartOf(CandleInterval.Minute, Assert.Single(await TradesAsync(host)).Time);
            Assert.Equal(first, (await TickerAsync(host)).Since);
        }
        await using var again = await StartAsync(database);
        Assert.Equal(first, (await TickerAsync(again)).Since);
        _clock.Advance(TimeSpan.FromHours(25));
        await LockAsync(again, await TradeAsync(again, 110_000));
        var ticker = await TickerAsync(again);
        Assert.Equal((null, 1), (ticker.Since, ticker.Trades));
    }

    [Fact]
    public async Task A_trade_of_which_only_the_end_is_told_counts_where_it_settled()
    {
        await using var host = await StartAsync();
        await CloseAsync(host, await TradeAsync(host, 100_000), TradeOutcome.Settled);
        Assert.Equal(TradeStatus.Final, Assert.Single(await TradesAsync(host)).Status);
        Assert.Equal(100_000, (await TickerAsync(host)).Last?.Sats);
    }

    [Theory]
    [InlineData(TradeOutcome.Returned)]
    [InlineData(TradeOutcome.Forfeited)]
    public async Task A_pending_trade_whose_swap_fails_is_withdrawn_and_stays_readable(TradeOutcome taker)
    {
        await using var host = await StartAsync();
        await CloseAsync(host, await TradeAsync(host, 100_000), TradeOutcome.Returned, taker);
        Assert.Equal(TradeStatus.Withdrawn, Assert.Single(await TradesAsync(host)).Status);
        await AssertNothingCountsAsync(host);
    }

    [Fact]
    public async Task A_final_trade_whose_swap_fails_is_taken_out_of_price_candles_and_volume()
    {
        await using var host = await StartAsync();
        var first = await TradeAsync(host, 100_000);
        var high = await TradeAsync(host, 130_000);
        _clock.Advance(TimeSpan.FromMinutes(3));
        var alone = await TradeAsync(host, 90_000);
        foreach (var trade in new[] { alone, first, high }) await LockAsync(host, trade);
        Assert.Equal((90_000, 3), ((await TickerAsync(host)).Last?.Sats, (await TickerAsync(host)).Trades));
        Assert.Equal([(100_000, 130_000, 130_000, 2), (90_000, 90_000, 90_000, 1)], await ShapesAsync(host));

        await CloseAsync(host, alone, TradeOutcome.Returned, TradeOutcome.Forfeited);
        Assert.Equal([(100_000, 130_000, 130_000, 2)], await ShapesAsync(host));
        await CloseAsync(host, high, TradeOutcome.Returned, TradeOutcome.Forfeited);
        Assert.Equal([(100_000, 100_000, 100_000, 1)], await ShapesAsync(host));
        var ticker = await TickerAsync(host);
        Assert.Equal((100_000, 100_000, Share, 1), (
            ticker.Last?.Sats, ticker.High?.Sats, ticker.Volume.Units, ticker.Trades));
        await CloseAsync(host, first, TradeOutcome.Returned, TradeOutcome.Returned);
        await AssertNothingCountsAsync(host);
        Assert.All(await TradesAsync(host), trade => Assert.Equal(TradeStatus.Withdrawn, trade.Status));
    }

    [Fact]
    public async Task The_last_price_is_that_of_the_newest_trade_that_counts_whenever_it_became_final()
    {
        await using var host = await StartAsync();
        var older = await TradeAsync(host, 100_000);
        var newer = await TradeAsync(host, 110_000);
        await TradeAsync(host, 120_000);
        await LockAsync(host, newer);
        await LockAsync(host, older);
        Assert.Equal(110_000, (await TickerAsync(host)).Last?.Sats);
        Assert.Equal([(100_000, 110_000, 110_000, 2)], await ShapesAsync(host));
    }

    [Fact]
    public async Task Whoever_reads_from_the_first_trade_or_from_a_later_moment_knows_the_same_and_so_does_a_server_that_restarts()
    {
        var database = await postgres.NewDatabaseAsync();
        var random = new Random(41);
        await using (var host = await StartAsync(database))
        {
            var readers = new List<TapeReader>();
            var open = new List<string>();
            for (var step = 0; step < 60; step++)
            {
                if (step % 12 == 0) readers.Add(await TapeReader.JoinAsync(host));
                _clock.Advance(TimeSpan.FromSeconds(random.Next(90)));
                if (step < 8 || random.Next(3) == 0) open.Add(await TradeAsync(host, 90_000 + 10 * random.Next(2_000)));
                var trade = open[random.Next(open.Count)];
                switch (random.Next(4))
                {
                    case 0 or 1: await host.Sequencer.LockTradeAsync(long.Parse(trade), default); break;
                    case 2: await CloseAsync(host, trade, TradeOutcome.Settled); open.Remove(trade); break;
                    default:
                        await CloseAsync(host, trade, TradeOutcome.Forfeited, TradeOutcome.Forfeited);
                        open.Remove(trade);
                        break;
                }
                if (open.Count == 0) open.Add(await TradeAsync(host, 100_000));
            }
            await TradeAsync(host, 100_000);
            var said = await TapeReader.AskAsync(host);
            var statuses = (await TradesAsync(host)).Select(t => t.Status).Distinct();
            Assert.Equal(3, statuses.Count());
            foreach (var reader in readers) Assert.Equal(said, await reader.TellAsync());
            foreach (var interval in new[] { CandleInterval.Minute, CandleInterval.Hour })
                Assert.Equal(await TapeReader.TableAsync(host, interval), readers[0].Candles(interval));
        }

        await using var again = await StartAsync(database);
        var late = await TapeReader.JoinAsync(again);
        Assert.Equal(await TapeReader.AskAsync(again), await late.TellAsync());
        foreach (var interval in new[] { CandleInterval.Minute, CandleInterval.Hour })
            Assert.Equal(await TapeReader.TableAsync(again, interval), late.Candles(interval));
    }

    [Fact]
    public async Task A_server_that_restarts_in_the_middle_goes_on_with_every_trade_where_it_stood()
    {
        var database = await postgres.NewDatabaseAsync();
        string pending, final, before;
        await using (var host = await StartAsync(database))
        {
            final = await TradeAsync(host, 100_000);
            pending = await TradeAsync(host, 120_000);
            await LockAsync(host, final);
            before = await TapeReader.AskAsync(host);
        }

        await using var again = await StartAsync(database);
        Assert.Equal(before, await TapeReader.AskAsync(again));
        var refused = await again.Sequencer.LockTradeAsync(long.Parse(final), default);
        Assert.Equal(ProblemCodes.UnknownOrder, refused.Refusal?.Code);
        await LockAsync(again, pending);
        Assert.Equal(120_000, (await TickerAsync(again)).Last?.Sats);
        await CloseAsync(again, pending, TradeOutcome.Returned, TradeOutcome.Forfeited);
        Assert.Equal(100_000, (await TickerAsync(again)).Last?.Sats);
    }

    [Fact]
    public async Task A_filled_order_settles_until_its_swap_has_ended_and_is_not_cancelled_meanwhile()
    {
        await using var host = await StartAsync();
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s", Side.Sell, 100_000, 2 * Share);
        var trades = new List<string>();
        foreach (var name in new[] { "b1", "b2" })
        {
            var placed = await bob.PlaceAsync(name, Side.Buy, 100_000, Share);
            Assert.Equal(OrderStatus.Settling, placed.Order.Status);
            var fill = Assert.Single(placed.Fills);
            Assert.Equal(TradeStatus.Pending, fill.Status);
            trades.Add(fill.TradeId);
        }
        static async Task<OrderStatus> StatusAsync(Trader trader, string name) =>
            (await trader.SendAsync<Order>(HttpMethod.Get, $"/api/v1/orders/client:{name}")).Status;
        static async Task<int> CountAsync(Trader trader, string status) =>
            (await trader.SendAsync<Page<Order>>(HttpMethod.Get, $"/api/v1/orders?status={status}")).Items.Count;

        foreach (var (trader, name) in new[] { (ann, "s"), (bob, "b1") })
            Assert.Equal(ProblemCodes.OrderSettling, await trader.RefusedAsync(HttpMethod.Delete, $"/api/v1/orders/client:{name}"));
        Assert.Empty((await ann.SendAsync<CancelledOrders>(HttpMethod.Post, Routes.CancelAll, new CancelAllOrders())).Orders);
        Assert.Equal(OrderStatus.Settling, await StatusAsync(ann, "s"));
        Assert.Equal((2, 0), (await CountAsync(bob, "settling"), await CountAsync(bob, "filled")));

        await LockAsync(host, trades[0]);
        await CloseAsync(host, trades[0], TradeOutcome.Settled);
        Assert.Equal((OrderStatus.Settling, OrderStatus.Filled), (await StatusAsync(ann, "s"), await StatusAsync(bob, "b1")));
        Assert.Equal((1, 1), (await CountAsync(bob, "settling"), await CountAsync(bob, "filled")));
        Assert.Equal(ProblemCodes.OrderClosed, await bob.RefusedAsync(HttpMethod.Delete, "/api/v1/orders/client:b1"));
        await CloseAsync(host, trades[1], TradeOutcome.Returned, TradeOutcome.Forfeited);
        Assert.Equal((OrderStatus.Open, OrderStatus.Cancelled), (await StatusAsync(ann, "s"), await StatusAsync(bob, "b2")));
        Assert.Equal([TradeStatus.Withdrawn, TradeStatus.Final],
            (await ann.SendAsync<Page<Fill>>(HttpMethod.Get, Routes.Fills)).Items.Select(f => f.Status));
        Assert.Equal(OrderStatus.Cancelled, (await ann.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:s")).Status);
    }

    [Fact]
    public async Task Parties_are_told_what_becomes_of_their_fills()
    {
        await using var host = await StartAsync();
        var topics = host.Get<Topics>();
        var reader = topics.Open(Trader.KeyOf(1));
        Assert.True((await topics.SubscribeAsync(reader, Channels.Fills, default)).IsOk);
        var trade = await TradeAsync(host, 100_000);
        await LockAsync(host, trade);
        await CloseAsync(host, trade, TradeOutcome.Returned, TradeOutcome.Forfeited);
        var told = new List<TradeStatus>();
        while (await reader.ReadyAsync(default) is { } message)
        {
            if (message.Type == StreamEventType.Update)
                told.Add(System.Text.Json.JsonSerializer.Deserialize<Fill>(message.Event.Data!.Value, MarketJson.Options)!.Status);
        }
        Assert.Equal([TradeStatus.Pending, TradeStatus.Final, TradeStatus.Withdrawn], told);
    }

    // No swap is opened: how each goes is told by the test.
    private async Task<TradingHost> StartAsync(string? database = null) => await TradingHost.StartAsync(
        database ?? await postgres.NewDatabaseAsync(), parts: services => services.RemoveAll<ITradeSink>(), clock: _clock);

    /// <summary>Two orders meet; the trade's id.</summary>
    private async Task<string> TradeAsync(TradingHost host, long price)
    {
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        var name = (++_names).ToString(CultureInfo.InvariantCulture);
        await ann.PlaceAsync("s" + name, Side.Sell, price, Share);
        var placed = await bob.PlaceAsync("b" + name, Side.Buy, price, Share);
        await host.PublishedAsync();
        return Assert.Single(placed.Fills).TradeId;
    }

    private static async Task LockAsync(TradingHost host, string trade)
    {
        Assert.True((await host.Sequencer.LockTradeAsync(long.Parse(trade), default)).IsOk);
        await host.PublishedAsync();
    }

    private static async Task CloseAsync(TradingHost host, string trade, TradeOutcome maker, TradeOutcome? taker = null)
    {
        Assert.True((await host.Sequencer.CloseTradeAsync(long.Parse(trade), maker, taker ?? maker, default)).IsOk);
        await host.PublishedAsync();
    }

    private static async Task AssertNothingCountsAsync(TradingHost host)
    {
        var ticker = await TickerAsync(host);
        Assert.Equal((null, null, 0L, 0), (ticker.Last, ticker.High, ticker.Volume.Units, ticker.Trades));
        Assert.Null(host.Get<MarketFeed>().LastPrice);
        foreach (var interval in Enum.GetValues<CandleInterval>())
            Assert.Empty(host.Get<MarketFeed>().Candles.Of(interval).Items());
        Assert.Equal("[]", await TapeReader.TableAsync(host, CandleInterval.Day));
    }

    private static async Task<IReadOnlyList<Trade>> TradesAsync(TradingHost host)
    {
        using var http = host.Http();
        return (await TapeReader.GetAsync<Page<Trade>>(http, Routes.Trades)).Items;
    }

    private static async Task<Ticker> TickerAsync(TradingHost host)
    {
        using var http = host.Http();
        return await TapeReader.GetAsync<Ticker>(http, Routes.Ticker);
    }

    private static async Task<List<Candle>> CandlesAsync(TradingHost host)
    {
        using var http = host.Http();
        return await TapeReader.GetAsync<List<Candle>>(http, $"{Routes.Candles}?interval=minute");
    }

    /// <summary>Open, high, close and trades of each minute.</summary>
    private static async Task<List<(int, int, int, int)>> ShapesAsync(TradingHost host) => (await CandlesAsync(host))
        .ConvertAll(c => ((int)c.Open.Sats, (int)c.High.Sats, (int)c.Close.Sats, c.Trades));
}
