using Market.Api.Tests.Doors;
using Market.Api.Tests.Host;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>Orders of whom is not heard of any more are cancelled: by a timer, by a stream's end, after a restart.</summary>
public sealed class DeadManTests(PostgresFixture postgres)
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;
    private static readonly string Tied = Channels.Chains("P2SHARE-BTC") + "&cancelOnDisconnect=true";
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Orders_in_all_instruments_are_cancelled_when_it_is_not_renewed_in_time()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), clock: _clock, instruments: 2);
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        foreach (var trader in new[] { ann, bob })
        {
            await trader.PlaceAsync("a", Side.Sell, Price, Share);
            await trader.PlaceAsync(trader.Order(
                "b", Side.Sell, Price, Share, o => o with { Instrument = "P2SHARE-K20-BTC" }));
        }
        Assert.Equal(_clock.Now.AddSeconds(10), (await SetAsync(ann, 10)).FiresAt);
        await SetAsync(bob, 10);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(_clock.Now.AddSeconds(10), (await SetAsync(ann, 10)).FiresAt);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await EndsAsync(bob);
        Assert.Equal(2, await OpenAsync(ann));
        _clock.Advance(TimeSpan.FromSeconds(9));
        await EndsAsync(ann);

        // It fired once, and takes nothing of what comes after.
        await ann.PlaceAsync("c", Side.Sell, Price, Share);
        await SetAsync(bob, 10);
        await bob.PlaceAsync("c", Side.Sell, Price, Share);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await EndsAsync(bob);
        Assert.Equal(1, await OpenAsync(ann));
    }

    [Fact]
    public async Task Turned_off_it_does_nothing()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), clock: _clock);
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("a", Side.Sell, Price, Share);
        await bob.PlaceAsync("a", Side.Sell, Price, Share);
        await SetAsync(ann, 10);
        await SetAsync(bob, 10);
        Assert.Null((await SetAsync(ann, 0)).FiresAt);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await EndsAsync(bob);
        Assert.Equal(1, await OpenAsync(ann));
    }

    [Fact]
    public async Task One_that_ran_out_while_no_server_ran_fires_at_the_start_and_so_does_a_stream_of_the_server_that_is_gone()
    {
        var database = await postgres.NewDatabaseAsync();
        using (var killed = await ChildServer.StartAsync(database))
        {
            using var ann = await Trader.SignInAsync(killed.Address, 1);
            using var bob = await Trader.SignInAsync(killed.Address, 2);
            using var cid = await Trader.SignInAsync(killed.Address, 3);
            foreach (var trader in new[] { ann, bob, cid }) await trader.PlaceAsync("a", Side.Sell, Price, Share);
            await SetAsync(ann, 3_600);
            await using var stream = await SseReader.OpenAsync(bob.Http, Tied);
            await killed.KillAsync();
        }
        await using var host = await TradingHost.StartAsync(database, clock: _clock);
        using var first = await host.TraderAsync(1);
        using var second = await host.TraderAsync(2);
        using var third = await host.TraderAsync(3);
        await EndsAsync(first);
        await EndsAsync(second);
        Assert.Equal(1, await OpenAsync(third));
        Assert.Equal(1, (await Journals.RebuildAsync(database)).LiveOrders);
    }

    [Fact]
    public async Task Orders_that_are_tied_to_a_stream_are_cancelled_when_it_ends_and_those_of_others_are_not()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("a", Side.Sell, Price, Share);
        await bob.PlaceAsync("a", Side.Sell, Price, Share);
        await using (await SseReader.OpenAsync(bob.Http, Channels.Chains("P2SHARE-BTC")))
        await using (await SseReader.OpenAsync(ann.Http, Tied))
        {
            Assert.Equal(1, await OpenAsync(ann));
        }
        await EndsAsync(ann);
        Assert.Equal(1, await OpenAsync(bob));
    }

    [Fact]
    public async Task Orders_that_are_tied_to_a_hub_connection_are_cancelled_when_it_ends()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var ann = await host.TraderAsync(1);
        await ann.PlaceAsync("a", Side.Sell, Price, Share);
        await using (var hub = await HubClient.ConnectAsync(host.Address))
        {
            Assert.False((bool)(await hub.CallAsync(Streams.CancelOnDisconnectMethod)).Result!);
            await hub.CallAsync(Streams.SignInMethod, ann.Http.DefaultRequestHeaders.Authorization!.Parameter!);
            Assert.True((bool)(await hub.CallAsync(Streams.CancelOnDisconnectMethod)).Result!);
            Assert.Equal(1, await OpenAsync(ann));
        }
        await EndsAsync(ann);
    }

    [Fact]
    public async Task Refuses_times_out_of_range_and_streams_of_nobody()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var ann = await host.TraderAsync(1);
        foreach (var seconds in new[] { -1, SetDeadMan.LongestSeconds + 1 })
        {
            Assert.Equal(ProblemCodes.ValidationFailed, await ann.RefusedAsync(
                HttpMethod.Put, Routes.DeadMan, new SetDeadMan { Seconds = seconds }));
        }
        using var nobody = host.Http();
        using var refused = await nobody.GetAsync(Streams.SsePath + "?channels=" + Tied);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    private static Task<DeadMan> SetAsync(Trader trader, int seconds) =>
        trader.SendAsync<DeadMan>(HttpMethod.Put, Routes.DeadMan, new SetDeadMan { Seconds = seconds });

    private static async Task<int> OpenAsync(Trader trader) =>
        (await trader.SendAsync<Page<Order>>(HttpMethod.Get, Routes.Orders + "?status=open")).Items.Count;

    private static Task EndsAsync(Trader trader) =>
        Eventually.TrueAsync(async () => await OpenAsync(trader) == 0, "all orders are cancelled");
}
