using System.Collections.Concurrent;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Trading;
using Microsoft.Extensions.DependencyInjection;
using Side = Market.Contracts.Side;

namespace Market.Api.Tests.Orders;

public sealed class BackingWatchTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    private readonly TestChain _shares = new(ChainKind.Sharechain), _main = new(ChainKind.Mainchain);
    private readonly TestLegs _legs = new();
    private string _database = "";
    private TradingHost _host = null!;
    private Trader _ann = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        await StartAsync();
    }

    private async Task StartAsync()
    {
        _host = await TradingHost.StartAsync(_database, parts: services =>
        {
            services.AddSingleton(new BackingChains([_main, _shares]));
            services.AddSingleton<IOutpointSource, ChainOutpointSource>();
            services.AddSingleton<IOwnLegs>(_legs);
        });
        _ann = await _host.TraderAsync(1);
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_coin_spent_otherwise_cancels_the_orders_rest(bool silently)
    {
        var coin = _ann.Coin(10 * Share);
        await _ann.PlaceAsync(_ann.Order("s", Side.Sell, Price, 9 * Share, coin: coin));
        _shares.See(Spending(coin, (10 * Share - 500, Script.OpReturn([1]))), silently);
        var order = await UntilAsync("s", o => o.Status == OrderStatus.Cancelled);
        Assert.Equal(CancelReason.OutpointSpent, order.CancelReason);
        Assert.Empty(_host.Sequencer.Locks());
    }

    [Fact]
    public async Task Change_of_the_orders_own_funding_takes_the_coins_place_and_carries_what_it_can()
    {
        var coin = _ann.Coin(10 * Share);
        var script = TestCoins.ScriptOf(coin);
        await _ann.PlaceAsync(_ann.Order("s", Side.Sell, Price, 9 * Share, coin: coin));
        using var bob = await _host.TraderAsync(2);
        await bob.PlaceAsync("b", Side.Buy, Price, 4 * Share);
        var htlc = Script.P2wsh(Script.OpReturn([7]));
        _legs.Of[new OrderId(1)] = [new OwnLeg(htlc, 4 * Share, null, true)];

        // Of the six shares of change five and a lot's rest remain after a large fee: the order's five still fit.
        var funding = Spending(coin, (4 * Share, htlc), (6 * Share - 90_000_000, script));
        _shares.See(funding);
        var change = new OutPoint(funding.Id, 1);
        await EventuallyAsync(() => _host.Sequencer.LockOf(ChainKind.Sharechain, change) == new OrderId(1));
        Assert.False(_host.Sequencer.LockOf(ChainKind.Sharechain, coin).Exists);
        var order = await _ann.SendAsync<Order>(HttpMethod.Get, "/api/v1/orders/client:s");
        Assert.Equal((OrderStatus.Open, 5 * Share), (order.Status, order.Remaining.Units));

        // A dearer funding takes the first one's place; now less stands behind the order, which gives way.
        var dearer = Spending(coin, (4 * Share, htlc), (4 * Share + 500_000, script));
        _shares.See(dearer);
        _shares.See(Spending(change, (1_000, Script.OpReturn([2]))), silently: true);
        order = await UntilAsync("s", o => o.Status == OrderStatus.Cancelled);
        Assert.Equal(CancelReason.OutpointSpent, order.CancelReason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_funding_replaced_by_a_dearer_one_leaves_the_orders_rest_in_the_book(bool restarted)
    {
        var coin = _ann.Coin(10 * Share);
        var script = TestCoins.ScriptOf(coin);
        await _ann.PlaceAsync(_ann.Order("s", Side.Sell, Price, 9 * Share, coin: coin));
        using (var bob = await _host.TraderAsync(2)) await bob.PlaceAsync("b", Side.Buy, Price, 4 * Share);
        var htlc = Script.P2wsh(Script.OpReturn([7]));
        _legs.Of[new OrderId(1)] = [new OwnLeg(htlc, 4 * Share, null, true)];
        var funding = Spending(coin, (4 * Share, htlc), (6 * Share - 50_000_000, script));
        _shares.See(funding);
        await EventuallyAsync(() => _host.Sequencer.LockOf(ChainKind.Sharechain, new OutPoint(funding.Id, 1)).Exists);
        if (restarted)
        {
            await DisposeAsync();
            await StartAsync();
        }

        var dearer = Spending(coin, (4 * Share, htlc), (6 * Share - 60_000_000, script));
        _shares.Replace(funding, dearer);
        await EventuallyAsync(() => _host.Sequencer.LockOf(ChainKind.Sharechain, new OutPoint(dearer.Id, 1)) == new OrderId(1)
            && !_host.Sequencer.LockOf(ChainKind.Sharechain, new OutPoint(funding.Id, 1)).Exists);
        var order = await _ann.SendAsync<Order>(HttpMethod.Get, "/api/v1/orders/client:s");
        Assert.Equal((OrderStatus.Open, 5 * Share), (order.Status, order.Remaining.Units));
    }

    [Fact]
    public async Task An_order_is_made_no_larger_than_its_change()
    {
        var coin = _ann.Coin(10 * Share);
        await _ann.PlaceAsync(_ann.Order("s", Side.Sell, Price, 9 * Share, coin: coin));
        using var bob = await _host.TraderAsync(2);
        await bob.PlaceAsync("b", Side.Buy, Price, 4 * Share);
        var htlc = Script.P2wsh(Script.OpReturn([7]));
        _legs.Of[new OrderId(1)] = [new OwnLeg(htlc, 4 * Share, null, true)];
        _shares.See(Spending(coin, (4 * Share, htlc), (3 * Share + 1_500_000, TestCoins.ScriptOf(coin))));
        var order = await UntilAsync("s", o => o.Remaining.Units < 5 * Share);
        Assert.Equal((OrderStatus.Open, 3 * Share + 1_000_000), (order.Status, order.Remaining.Units));
    }

    [Fact]
    public async Task While_a_chain_is_away_no_orders_are_taken_and_cancels_are()
    {
        await _ann.PlaceAsync("s", Side.Sell, Price, Share);
        _main.Away = true;
        await EventuallyAsync(() => _host.Sequencer.IsHalted);
        Assert.Equal(ProblemCodes.TradingPaused, await _ann.RefusedAsync(_ann.Order("x", Side.Sell, Price, Share)));
        await _ann.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:s");
        _main.Away = false;
        await EventuallyAsync(() => !_host.Sequencer.IsHalted);
        await _ann.PlaceAsync("y", Side.Sell, Price, Share);
    }

    [Fact]
    public async Task While_looking_at_a_chain_meets_a_bug_no_orders_are_taken()
    {
        await EventuallyAsync(() => !_host.Sequencer.IsHalted);
        _main.Broken = true;
        await EventuallyAsync(() => _host.Sequencer.IsHalted);
        Assert.Equal("The market fails to look at the Mainchain.", _host.Sequencer.Reason);
        _main.Broken = false;
        await EventuallyAsync(() => !_host.Sequencer.IsHalted);
    }

    [Fact]
    public async Task While_a_chain_lags_no_orders_are_taken_cancels_are_and_status_and_refusal_say_why()
    {
        await _ann.PlaceAsync("s", Side.Sell, Price, Share);
        _main.Trouble = "its node is still in its initial download";
        await EventuallyAsync(() => _host.Sequencer.IsHalted);
        const string why = "The mainchain lags: its node is still in its initial download.";
        var refused = await _ann.ProblemAsync(_ann.Order("x", Side.Sell, Price, Share));
        Assert.Equal((ProblemCodes.TradingPaused, $"{why} Only cancels are taken now."), (refused.Code, refused.Detail));
        var instrument = await _ann.SendAsync<Instrument>(HttpMethod.Get, "/api/v1/instruments/P2SHARE-BTC");
        Assert.Equal((InstrumentStatus.Paused, why), (instrument.Status, instrument.StatusReason));
        var status = await _ann.SendAsync<ServerStatus>(HttpMethod.Get, "/api/v1/status");
        Assert.Equal(
            (Health.Lagging, why),
            status.Components.Where(c => c.Name == "mainchain").Select(c => (c.Health, c.Detail)).Single());
        await _ann.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:s");
        _main.Trouble = null;
        await EventuallyAsync(() => !_host.Sequencer.IsHalted);
        await _ann.PlaceAsync("y", Side.Sell, Price, Share);
    }


    private static Transaction Spending(OutPoint coin, params (long Value, Script Script)[] outputs) => new(
        2, [new TxIn(coin, Script.Empty, TxIn.ReplaceableSequence)],
        [.. outputs.Select(o => new TxOut(new Amount(o.Value), o.Script))], 0);

    private async Task<Order> UntilAsync(string name, Func<Order, bool> isSo)
    {
        Order? order = null;
        await EventuallyAsync(async () =>
            isSo(order = await _ann.SendAsync<Order>(HttpMethod.Get, $"/api/v1/orders/client:{name}")));
        return order!;
    }

    private static Task EventuallyAsync(Func<bool> isSo) => EventuallyAsync(() => Task.FromResult(isSo()));

    private static async Task EventuallyAsync(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await isSo()) return;
            await Task.Delay(100);
        }
        Assert.Fail("It did not become so within a minute.");
    }

    private sealed class TestLegs : IOwnLegs
    {
        public ConcurrentDictionary<OrderId, IReadOnlyList<OwnLeg>> Of { get; } = new();

        Task<OwnLegs> IOwnLegs.OfAsync(
            string instrument, OrderId order, ChainKind chain, CancellationToken cancel) =>
            Task.FromResult(new OwnLegs(Of.GetValueOrDefault(order, []), Newest: 1));

        Task<IReadOnlyList<OwnLeg>> IOwnLegs.OfKeyAsync(string key, ChainKind chain, CancellationToken cancel) =>
            Task.FromResult<IReadOnlyList<OwnLeg>>([]);
    }
}
