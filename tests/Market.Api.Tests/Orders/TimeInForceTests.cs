using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>How long orders stand and what those do that must not take, over HTTP; a replay needs no clock for it.</summary>
public sealed class TimeInForceTests(PostgresFixture postgres)
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task A_good_till_date_order_ends_when_its_time_comes_and_lets_its_coin_go()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var host = await TradingHost.StartAsync(database, clock: _clock);
        using var ann = await host.TraderAsync(1);
        var coin = ann.Coin(3 * Share);
        var until = _clock.Now.AddSeconds(30);
        var placed = await ann.PlaceAsync(ann.Order("g", Side.Sell, Price, Share, o => Until(o, until), coin));
        Assert.Equal((OrderStatus.Open, TimeInForce.Gtd, until),
            (placed.Order.Status, placed.Order.TimeInForce, placed.Order.ExpiresAt));
        Assert.Equal(ProblemCodes.OutpointInUse, await ann.RefusedAsync(ann.Order("x", Side.Sell, Price, Share, coin: coin)));

        _clock.Advance(TimeSpan.FromSeconds(30));
        await EndsAsync(ann, "g");
        await ann.PlaceAsync(ann.Order("x", Side.Sell, Price, Share, coin: coin));
        Assert.Equal(host.Sequencer.Sequence, (long)(await Journals.RebuildAsync(database)).Sequence);
        // It is answered again as it was, also after its time.
        var again = await ann.PlaceAsync(ann.Order("g", Side.Sell, Price, Share, o => Until(o, until), coin));
        Assert.Equal((placed.Order.Id, CancelReason.Expired), (again.Order.Id, again.Order.CancelReason));
    }

    [Fact]
    public async Task Nothing_trades_with_an_order_whose_time_is_over_however_late_the_timer()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), clock: _clock);
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        for (var i = 0; i < 5; i++)
        {
            var until = _clock.Now.AddSeconds(1);
            await ann.PlaceAsync(ann.Order($"g{i}", Side.Sell, Price, Share, o => Until(o, until)));
            var take = bob.Order($"b{i}", Side.Buy, Price, Share, o => o with { TimeInForce = TimeInForce.Ioc });
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Empty((await bob.PlaceAsync(take)).Fills);
        }
    }

    [Fact]
    public async Task A_time_that_ran_out_while_no_server_ran_is_over_when_the_next_one_starts()
    {
        var database = await postgres.NewDatabaseAsync();
        using (var killed = await ChildServer.StartAsync(database))
        {
            using var ann = await Trader.SignInAsync(killed.Address, 1);
            var until = new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);
            await ann.PlaceAsync(ann.Order("over", Side.Sell, Price, Share, o => Until(o, until)));
            await ann.PlaceAsync(ann.Order("later", Side.Sell, Price, Share, o => Until(o, _clock.Now.AddSeconds(20))));
            await killed.KillAsync();
        }
        await using var host = await TradingHost.StartAsync(database, clock: _clock);
        using var again = await host.TraderAsync(1);
        await EndsAsync(again, "over");
        Assert.Equal(OrderStatus.Open, (await GetAsync(again, "later")).Status);
        _clock.Advance(TimeSpan.FromSeconds(20));
        await EndsAsync(again, "later");
        Assert.Equal(0, (await Journals.RebuildAsync(database)).LiveOrders);
    }

    [Fact]
    public async Task Refuses_times_and_modes_that_an_order_cannot_have()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), clock: _clock);
        using var ann = await host.TraderAsync(1);
        async Task Refuses(string code, Func<PlaceOrder, PlaceOrder> change) =>
            Assert.Equal(code, await ann.RefusedAsync(ann.Order("x", Side.Sell, Price, Share, change)));
        await Refuses(ProblemCodes.BadExpiry, o => Until(o, _clock.Now));
        await Refuses(ProblemCodes.BadExpiry, o => Until(o, _clock.Now.AddDays(-1)));
        await Refuses(ProblemCodes.ValidationFailed, o => Until(o, DateTimeOffset.UnixEpoch));
        await Refuses(ProblemCodes.ValidationFailed, o => Until(o, _clock.Now.AddTicks(10_001)));
        await Refuses(ProblemCodes.ValidationFailed, o => o with { TimeInForce = TimeInForce.Gtd });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { ExpiresAt = _clock.Now.AddDays(1) });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { PostOnlyMode = PostOnlyMode.Reprice });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { PostOnly = true, TimeInForce = TimeInForce.Fok });
        Assert.Equal(0, host.Sequencer.Sequence);
    }

    [Fact]
    public async Task A_fill_or_kill_order_fills_whole_or_is_cancelled_and_says_why()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s", Side.Sell, Price, 2 * Share);
        PlaceOrder Take(string name, long quantity) =>
            bob.Order(name, Side.Buy, Price, quantity, o => o with { TimeInForce = TimeInForce.Fok });
        var large = await bob.PlaceAsync(Take("b", 3 * Share));
        Assert.Empty(large.Fills);
        Assert.Equal((OrderStatus.Cancelled, CancelReason.FillOrKill), (large.Order.Status, large.Order.CancelReason));
        var fits = await bob.PlaceAsync(Take("c", 2 * Share));
        Assert.Equal((OrderStatus.Settling, 2 * Share), (fits.Order.Status, Assert.Single(fits.Fills).Quantity.Units));
    }

    [Fact]
    public async Task A_post_only_order_is_repriced_to_stand_a_tick_off_and_keeps_its_name()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s", Side.Sell, Price, Share);
        var order = bob.Order(
            "b", Side.Buy, Price + 500, Share, o => o with { PostOnly = true, PostOnlyMode = PostOnlyMode.Reprice });
        var placed = await bob.PlaceAsync(order);
        Assert.Equal((OrderStatus.Open, Price - 10, PostOnlyMode.Reprice),
            (placed.Order.Status, placed.Order.Price.Sats, placed.Order.PostOnlyMode));
        Assert.Equal(placed.Order.Id, (await bob.PlaceAsync(order)).Order.Id);
        Assert.Equal(ProblemCodes.WouldTrade, await bob.RefusedAsync(bob.Order(
            "c", Side.Buy, Price, Share, o => o with { PostOnly = true, PostOnlyMode = PostOnlyMode.Reject })));
    }

    [Fact]
    public async Task Own_orders_that_meet_lose_the_smaller_quantity_and_say_so()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var host = await TradingHost.StartAsync(database);
        using var ann = await host.TraderAsync(1);
        await ann.PlaceAsync("s", Side.Sell, Price, 3 * Share);
        var met = await ann.PlaceAsync(ann.Order(
            "b", Side.Buy, Price, Share, o => o with { SelfTradePrevention = SelfTradePrevention.Decrement }));
        Assert.Equal((OrderStatus.Cancelled, CancelReason.SelfTrade), (met.Order.Status, met.Order.CancelReason));
        var left = await GetAsync(ann, "s");
        Assert.Equal((OrderStatus.Open, 2 * Share, 3 * Share), (left.Status, left.Remaining.Units, left.Quantity.Units));
        Assert.Equal(1, (await Journals.RebuildAsync(database)).LiveOrders);
    }

    [Fact]
    public async Task A_market_order_takes_what_is_there_down_to_its_protection_and_never_stands()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var host = await TradingHost.StartAsync(database);
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("s1", Side.Sell, Price, Share);
        await ann.PlaceAsync("s2", Side.Sell, Price + 1_000, Share);
        PlaceOrder Market(string name, Func<PlaceOrder, PlaceOrder> change) => bob.Order(name, Side.Buy, Price + 500, 3 * Share,
            o => change(o with { Type = OrderType.Market, Price = null, Protection = o.Price }));
        var placed = await bob.PlaceAsync(Market("m", o => o));
        Assert.Equal((Price, Share), (Assert.Single(placed.Fills).Price.Sats, placed.Fills[0].Quantity.Units));
        Assert.Equal((OrderType.Market, Price + 500, TimeInForce.Ioc, OrderStatus.Cancelled, CancelReason.ImmediateOrCancel), (
            placed.Order.Type, placed.Order.Price.Sats, placed.Order.TimeInForce, placed.Order.Status, placed.Order.CancelReason));
        Assert.Equal(CancelReason.FillOrKill, (await bob.PlaceAsync(
            Market("f", o => o with { TimeInForce = TimeInForce.Fok }))).Order.CancelReason);
        Assert.Equal(OrderType.Market, (await GetAsync(bob, "m")).Type);
        // What rests, and both sides of the trade whose swap runs.
        Assert.Equal(3, (await Journals.RebuildAsync(database)).LiveOrders);

        async Task Refuses(string code, Func<PlaceOrder, PlaceOrder> change) =>
            Assert.Equal(code, await bob.RefusedAsync(Market("x", change)));
        await Refuses(ProblemCodes.ValidationFailed, o => o with { Price = o.Protection });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { Protection = null });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { PostOnly = true });
        await Refuses(ProblemCodes.ValidationFailed, o => Until(o, DateTimeOffset.UtcNow.AddDays(1)));
        await Refuses(ProblemCodes.ValidationFailed, o => o with { Type = OrderType.Limit });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { Type = OrderType.Limit, Protection = null });
        await Refuses(ProblemCodes.BadPrice, o => o with { Protection = new Price(5) });
        await Refuses(ProblemCodes.InsufficientOutpoints, o => o with { Protection = new Price(2 * Price) });
    }

    private static PlaceOrder Until(PlaceOrder order, DateTimeOffset time) =>
        order with { TimeInForce = TimeInForce.Gtd, ExpiresAt = time };

    private static Task<Order> GetAsync(Trader trader, string name) =>
        trader.SendAsync<Order>(HttpMethod.Get, $"/api/v1/orders/client:{name}");

    private static Task EndsAsync(Trader trader, string name) => Eventually.TrueAsync(
        async () => await GetAsync(trader, name) is { Status: OrderStatus.Cancelled, CancelReason: CancelReason.Expired },
        $"{name} has expired");
}
