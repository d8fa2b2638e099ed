using System.Net;
using System.Net.Http.Json;
using Market.Api.Data;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Side = Market.Contracts.Side;

namespace Market.Api.Tests.Orders;

/// <summary>d is stored as it was said.</summary>
public sealed class ValuationTests(PostgresFixture postgres)
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    [Fact]
    public async Task What_is_said_later_rewrites_no_trade_and_no_candle_nor_does_a_restart()
    {
        var database = await postgres.NewDatabaseAsync();
        string first;
        await using (var host = await TradingHost.StartAsync(database))
        {
            Say(host, face: 200_000, worth: 50_000);
            await TradeAsync(host, "a");
            Assert.Equal([0.5], await DiscountsAsync(host));
            Say(host, face: 800_000, worth: 10_000);
            Assert.Equal([0.5], await DiscountsAsync(host));
            Assert.Equal(0.5, (await CandleAsync(host)).D);

            Say(host, face: 50_000, worth: 25_000);
            await TradeAsync(host, "b");
            await TradeAsync(host, "c");
            Assert.Equal([2, 2, 0.5], await DiscountsAsync(host));
            first = (await TradesAsync(host))[^1].Valuation!.Id;
        }

        await using (var host = await TradingHost.StartAsync(database))
        {
            Say(host, face: 1, worth: 1);
            Assert.Equal([2, 2, 0.5], await DiscountsAsync(host));
            var trades = await TradesAsync(host);
            Assert.Equal(trades[0].Valuation!.Id, trades[1].Valuation!.Id);
            Assert.Equal([4, 4, 2], trades.Select(t => t.OverFpps!.Value));
            foreach (var span in new[] { "", "&from=2025-01-01" })
            {
                var candle = await CandleAsync(host, span);
                Assert.Equal((2, 4, 50_000), (candle.D, candle.OverFpps, candle.Valuation!.FaceValue));
                Assert.Equal(10, candle.Valuation.HorizonYears);
            }

            var said = await GetAsync<Discount>(host, Routes.Valuation.Replace("{id}", first, StringComparison.Ordinal));
            Assert.Equal((200_000, 50_000, 90_000), (said.FaceValue, said.FppsWorth, said.Inputs.PoolHashrate));
            Assert.Null(said.D);
            Assert.Null(said.Price);
            foreach (var id in new[] { new string('0', 32), "nonsense" })
            {
                using var none = await AskAsync(host, Routes.Valuation.Replace("{id}", id, StringComparison.Ordinal));
                Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
                Assert.Contains(ProblemCodes.UnknownValuation, await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Where_nothing_was_said_within_a_minute_d_is_unknown()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        await TradeAsync(host, "a");
        Say(host, face: 200_000, worth: 50_000, ago: TimeSpan.FromMinutes(2));
        await TradeAsync(host, "b");
        Assert.All(await TradesAsync(host), trade => Assert.Null(trade.Valuation));
        Assert.Equal([null, null], await DiscountsAsync(host));
        var candle = await CandleAsync(host, "&from=2025-01-01");
        Assert.Null(candle.Valuation);
        Assert.Null(candle.D);
        Assert.Null(candle.OverFpps);
    }

    [Fact]
    public async Task Trades_of_before_are_kept_and_their_worth_is_unknown()
    {
        var database = await postgres.NewEmptyDatabaseAsync();
        await using (var db = Open(database))
        {
            await db.GetService<IMigrator>().MigrateAsync("20261121061017_Refusals");
            await db.Database.ExecuteSqlAsync($"""
                insert into market.trades (instrument, id, price, quantity, notional, taker_side, "time", swap_id, maker_order,
                    taker_order, maker_key, taker_key)
                values ({"P2SHARE-BTC"}, 1, 777, 1, 1, 0, now(), '', 1, 2, '', '')
                """);
        }

        await using (var db = Open(database))
        {
            Assert.False(db.Database.HasPendingModelChanges());
            await db.Database.MigrateAsync();
            var kept = await db.Trades.Include(t => t.Valuation).SingleAsync();
            Assert.Equal(777, kept.Price);
            Assert.Null(kept.Valuation);
            Assert.Null(kept.ToContract().D);
        }
    }

    [Fact]
    public async Task Trades_of_before_have_the_status_that_matching_was_told_and_swaps_who_let_them_fail()
    {
        var database = await postgres.NewEmptyDatabaseAsync();
        await using (var db = Open(database))
        {
            await db.GetService<IMigrator>().MigrateAsync("20261128213442_Valuations");
            string[] machines =
            [
                "{}", """{"failure":{"code":"keysMissing"},"initiatorKeys":{}}""",
                """{"failure":{"code":"notRevealed","blamed":"initiator"}}""",
                """{"failure":{"code":"initiatorLockedLate"}}""", "{}",
            ];
            await db.Database.ExecuteSqlAsync($"""
                insert into market.trades (instrument, id, price, quantity, notional, taker_side, "time", swap_id, maker_order,
                    taker_order, maker_key, taker_key)
                select {"P2SHARE-BTC"}, n, 777, 1, 1, 0, now(), 's' || n, 1, 2, '', '' from generate_series (1, 5) n;
                insert into market.swaps (id, instrument, trade_id, seller_key, buyer_key, seller_is_maker, price, quantity,
                    notional, created_at, updated_at, version, state, outcome, closed, machine)
                select 's' || n, {"P2SHARE-BTC"}, n, '', '', true, 1, 1, 1, now(), now(), 1, 0, 0, false,
                    ({machines})[n]
                from generate_series (1, 5) n;
                insert into market.swap_outbox (swap_id, seller, buyer, done) values ('s1', 0, 0, true), ('s2', 1, 2, true),
                    ('s3', 2, 1, true), ('s3', 0, 0, true), ('s4', 1, 1, false)
                """);
        }

        await using (var db = Open(database))
        {
            await db.Database.MigrateAsync();
            Assert.Equal(
                [TradeStatus.Final, TradeStatus.Withdrawn, TradeStatus.Withdrawn, TradeStatus.Pending, TradeStatus.Pending],
                await db.Trades.OrderBy(t => t.Id).Select(t => t.Status).ToListAsync());
            Assert.Equal([null, FailedBy.Buyer, FailedBy.Seller, FailedBy.None, null],
                await db.Set<SwapRow>().OrderBy(s => s.TradeId).Select(s => s.FailedBy).ToListAsync());
        }
    }

    private static MarketDb Open(string database) =>
        new(new DbContextOptionsBuilder<MarketDb>().UseNpgsql(database, Database.Options).Options);

    /// <summary>A worth as the model would say it now, or said a while ago.</summary>
    private static void Say(TradingHost host, double face, double worth, TimeSpan ago = default)
    {
        host.Get<MarketFeed>().SetDiscount(Examples.Discount with
        {
            Time = host.Get<TimeProvider>().GetUtcNow() - ago,
            FaceValue = face,
            FppsWorth = worth,
        });
    }

    private static async Task TradeAsync(TradingHost host, string name)
    {
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s" + name, Side.Sell, Price, Share);
        var fill = Assert.Single((await bob.PlaceAsync("b" + name, Side.Buy, Price, Share)).Fills);
        Assert.True((await host.Sequencer.LockTradeAsync(long.Parse(fill.TradeId), default)).IsOk);
        await host.PublishedAsync();
    }

    private static async Task<double?[]> DiscountsAsync(TradingHost host) => [.. (await TradesAsync(host)).Select(t => t.D)];

    private static async Task<IReadOnlyList<Trade>> TradesAsync(TradingHost host) =>
        (await GetAsync<Page<Trade>>(host, Routes.Trades)).Items;

    private static async Task<Candle> CandleAsync(TradingHost host, string span = "") =>
        (await GetAsync<List<Candle>>(host, $"{Routes.Candles}?interval=day{span}"))[^1];

    private static async Task<T> GetAsync<T>(TradingHost host, string route)
    {
        using var answer = await AskAsync(host, route);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<T>(MarketJson.Options))!;
    }

    private static async Task<HttpResponseMessage> AskAsync(TradingHost host, string route)
    {
        using var http = new HttpClient { BaseAddress = host.Address };
        return await http.GetAsync(new Uri(
            route.Replace("{instrument}", "P2SHARE-BTC", StringComparison.Ordinal), UriKind.Relative));
    }
}
