using System.Globalization;
using Market.Api.Settlement;
using Market.Api.Tests.Swaps;
using Market.Bitcoin;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>Whoever lets a swap fail waits, with its coins, and twice as long each time.</summary>
public sealed class WaitTests(PostgresFixture postgres)
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;
    private const int KeysWithin = 30;
    private readonly ManualClock _clock = new();
    private int _names;

    [Fact]
    public async Task Takes_by_somebody_who_never_gives_keys_move_nothing_are_withdrawn_and_come_twice_as_late_each_time()
    {
        await using var host = await StartAsync();
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s", Side.Sell, Price, Share);
        foreach (var times in new[] { 1, 2, 4 })
        {
            await TakeAsync(host, bob, bob.Coin(2 * Price), ann);
            await FailAsync(host);
            var refused = await bob.ProblemAsync(Take(bob, bob.Coin(2 * Price)));
            Assert.Equal((ProblemCodes.MustWait, 409), (refused.Code, refused.Status));
            var until = refused.RetryAt!.Value;
            Assert.Equal(_clock.Seconds + times * KeysWithin, until.ToUnixTimeSeconds());
            Assert.Equal(until, (await bob.SendAsync<Account>(HttpMethod.Get, Routes.Account)).WaitsUntil);

            _clock.Now = until.AddSeconds(-1);
            Assert.Equal(ProblemCodes.MustWait, await bob.RefusedAsync(Take(bob, bob.Coin(2 * Price))));
            _clock.Now = until;
            Assert.Null((await bob.SendAsync<Account>(HttpMethod.Get, Routes.Account)).WaitsUntil);
        }
        using var http = host.Http();
        Assert.Equal([TradeStatus.Withdrawn, TradeStatus.Withdrawn, TradeStatus.Withdrawn],
            (await TapeReader.GetAsync<Page<Trade>>(http, Routes.Trades)).Items.Select(t => t.Status));
        Assert.Null((await TapeReader.GetAsync<Ticker>(http, Routes.Ticker)).Last);
        Assert.Equal("[]", await TapeReader.TableAsync(host, CandleInterval.Day));
        // The innocent maker is back each time, does not wait, and takes.
        Assert.Equal(OrderStatus.Open, (await ann.SendAsync<Order>(HttpMethod.Get, "/api/v1/orders/client:s")).Status);
        Assert.Null((await ann.SendAsync<Account>(HttpMethod.Get, Routes.Account)).WaitsUntil);
        var counts = await TapeReader.GetAsync<SwapCounts>(http, Routes.SwapCounts);
        Assert.Equal((0, 0, 3, 0), (counts.Moving, counts.Settled, counts.Failed, counts.FailedByNobody));
        Assert.Equal([(0, 0), (0, 3)], counts.Sides.Select(s => ((int)s.FailedAsMaker, (int)s.FailedAsTaker)));
    }

    [Fact]
    public async Task Its_coins_wait_with_it_whoever_names_them_and_nobody_elses()
    {
        await using var host = await StartAsync();
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        using var cid = await host.TraderAsync(3);
        await ann.PlaceAsync("s", Side.Sell, Price, Share);
        var coin = bob.Coin(2 * Price);
        await TakeAsync(host, bob, coin, ann);
        await FailAsync(host);

        // A key that was never seen over the very same coin: neither takes nor rests.
        foreach (var price in new[] { Price, Price / 2 })
        {
            var fresh = await cid.ProblemAsync(cid.Signed(Take(cid, coin, price), bob));
            Assert.Equal(ProblemCodes.MustWait, fresh.Code);
            Assert.Equal(_clock.Seconds + KeysWithin, fresh.RetryAt!.Value.ToUnixTimeSeconds());
        }
        // The account may rest with another coin: that takes nothing. Another account takes with its own.
        await bob.PlaceAsync(Take(bob, bob.Coin(2 * Price), Price / 2));
        Assert.Single((await cid.PlaceAsync(Take(cid, cid.Coin(2 * Price)))).Fills);
    }

    [Fact]
    public async Task A_fresh_key_over_a_coin_that_waited_has_its_failures()
    {
        await using var host = await StartAsync();
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        using var cid = await host.TraderAsync(3);
        await ann.PlaceAsync("s", Side.Sell, Price, Share);
        var coin = bob.Coin(2 * Price);
        await TakeAsync(host, bob, coin, ann);
        await FailAsync(host);
        _clock.Advance(TimeSpan.FromSeconds(KeysWithin));
        await TakeAsync(host, cid, cid.Signed(Take(cid, coin), bob), ann);
        await FailAsync(host);
        var refused = await cid.ProblemAsync(Take(cid, cid.Coin(2 * Price)));
        Assert.Equal(_clock.Seconds + 2 * KeysWithin, refused.RetryAt!.Value.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task A_wait_survives_a_restart()
    {
        var database = await postgres.NewDatabaseAsync();
        await using (var host = await StartAsync(database))
        {
            using var ann = await host.TraderAsync(1);
            using var bob = await host.TraderAsync(2);
            await ann.PlaceAsync("s", Side.Sell, Price, Share);
            await TakeAsync(host, bob, bob.Coin(2 * Price), ann);
            await FailAsync(host);
        }

        await using var again = await StartAsync(database);
        using var back = await again.TraderAsync(2);
        var refused = await back.ProblemAsync(Take(back, back.Coin(2 * Price)));
        Assert.Equal((ProblemCodes.MustWait, _clock.Seconds + KeysWithin),
            (refused.Code, refused.RetryAt!.Value.ToUnixTimeSeconds()));
        using var http = again.Http();
        var counts = await TapeReader.GetAsync<SwapCounts>(http, Routes.SwapCounts);
        Assert.Equal((1, 1), (counts.Failed, counts.Sides[1].FailedAsTaker));
    }

    [Fact]
    public async Task Where_neither_gives_keys_both_wait_and_the_order_that_was_there_stands_again()
    {
        await using var host = await StartAsync();
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s", Side.Sell, Price, Share);
        await bob.PlaceAsync(Take(bob, bob.Coin(2 * Price)));
        await FailAsync(host);
        Assert.Equal(ProblemCodes.MustWait, await bob.RefusedAsync(Take(bob, bob.Coin(2 * Price))));
        Assert.NotNull((await ann.SendAsync<Account>(HttpMethod.Get, Routes.Account)).WaitsUntil);
        Assert.Equal(OrderStatus.Open, (await ann.SendAsync<Order>(HttpMethod.Get, "/api/v1/orders/client:s")).Status);
        Assert.Equal(OrderStatus.Open, (await ann.PlaceAsync("rests", Side.Sell, 2 * Price, Share)).Order.Status);
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(16, false)]
    public async Task Nobody_waits_for_what_it_could_not_say_while_the_market_was_away_for_more_than_half_of_the_time(
        int away, bool waits)
    {
        var database = await postgres.NewDatabaseAsync();
        await using (var host = await StartAsync(database))
        {
            using var ann = await host.TraderAsync(1);
            using var bob = await host.TraderAsync(2);
            await ann.PlaceAsync("s", Side.Sell, Price, Share);
            await bob.PlaceAsync(Take(bob, bob.Coin(2 * Price)));
        }

        _clock.Advance(TimeSpan.FromSeconds(away));
        await using var again = await StartAsync(database);
        await FailAsync(again);
        using var back = await again.TraderAsync(2);
        Assert.Equal(waits, (await back.SendAsync<Account>(HttpMethod.Get, Routes.Account)).WaitsUntil is not null);
        using var http = again.Http();
        Assert.Equal(waits ? 0 : 1, (await TapeReader.GetAsync<SwapCounts>(http, Routes.SwapCounts)).FailedByNobody);
    }

    [Fact]
    public async Task A_swap_in_trouble_does_not_keep_others_from_their_ends()
    {
        var database = await postgres.NewDatabaseAsync();
        await using (var host = await StartAsync(database))
        {
            using var ann = await host.TraderAsync(1);
            using var bob = await host.TraderAsync(2);
            await ann.PlaceAsync("s", Side.Sell, Price, 2 * Share);
            await bob.PlaceAsync(Take(bob, bob.Coin(2 * Price)));
            await bob.PlaceAsync(Take(bob, bob.Coin(2 * Price)));
        }

        await using (var source = Npgsql.NpgsqlDataSource.Create(database))
        await using (var command = source.CreateCommand("update market.swaps set machine = '{}' where trade_id = 1"))
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        await using var again = await StartAsync(database);
        _clock.Advance(TimeSpan.FromSeconds(KeysWithin + 1));
        using var http = again.Http();
        await Eventually.TrueAsync(async () => (await TapeReader.GetAsync<Page<Trade>>(http, Routes.Trades)).Items
            .Select(t => t.Status).SequenceEqual([TradeStatus.Withdrawn, TradeStatus.Pending]), "the second swap has its end");
    }

    [Fact]
    public async Task Whoever_declines_waits_and_its_counterparty_does_not()
    {
        await using var host = await StartAsync();
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s", Side.Sell, Price, Share);
        var swap = Assert.Single((await bob.PlaceAsync(Take(bob, bob.Coin(2 * Price)))).Fills).SwapId;
        await bob.SendAsync<SwapDetail>(HttpMethod.Post, Routes.SwapDecline.Replace("{id}", swap, StringComparison.Ordinal));
        await Eventually.TrueAsync(async () => (await ann.SendAsync<Order>(HttpMethod.Get, "/api/v1/orders/client:s")).Status
            == OrderStatus.Open, "the innocent order is back");
        Assert.Equal(ProblemCodes.MustWait, await bob.RefusedAsync(Take(bob, bob.Coin(2 * Price))));
        Assert.Null((await ann.SendAsync<Account>(HttpMethod.Get, Routes.Account)).WaitsUntil);
    }

    [Fact]
    public async Task An_order_that_was_placed_before_is_answered_while_its_account_waits()
    {
        await using var host = await StartAsync();
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s", Side.Sell, Price, Share);
        var order = Take(bob, bob.Coin(2 * Price));
        var first = await bob.PlaceAsync(order);
        await FailAsync(host);
        Assert.Equal(first.Order.Id, (await bob.PlaceAsync(order)).Order.Id);
    }

    private async Task<TradingHost> StartAsync(string? database = null) =>
        await TradingHost.StartAsync(database ?? await postgres.NewDatabaseAsync(), clock: _clock);

    private PlaceOrder Take(Trader trader, OutPoint coin, long price = Price) =>
        trader.Order($"t{++_names}", Side.Buy, price, Share, coin: coin);

    private Task TakeAsync(TradingHost host, Trader taker, OutPoint coin, Trader maker) =>
        TakeAsync(host, taker, Take(taker, coin), maker);

    /// <summary>Takes the maker's order; the maker gives its keys.</summary>
    private async Task TakeAsync(TradingHost host, Trader taker, PlaceOrder order, Trader maker)
    {
        var swap = Assert.Single((await taker.PlaceAsync(order)).Fills).SwapId;
        await host.PublishedAsync();
        await maker.SendAsync<SwapDetail>(HttpMethod.Post, Routes.SwapKeys.Replace("{id}", swap, StringComparison.Ordinal),
            new SwapParty(string.Create(CultureInfo.InvariantCulture, $"{swap} seller")).Keys(SwapRole.Seller));
    }

    /// <summary>The time for keys runs out for all swaps.</summary>
    private async Task FailAsync(TradingHost host)
    {
        _clock.Advance(TimeSpan.FromSeconds(KeysWithin + 1));
        await Eventually.TrueAsync(() => host.Get<SwapBoard>().MovingOf("P2SHARE-BTC") == 0, "no swap is waited for");
        using var http = host.Http();
        await Eventually.TrueAsync(async () => (await TapeReader.GetAsync<Page<Trade>>(http, Routes.Trades)).Items
            .All(t => t.Status == TradeStatus.Withdrawn), "matching is told");
    }
}
