using System.Collections.Concurrent;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Trading;
using Microsoft.Extensions.DependencyInjection;
using Side = Market.Contracts.Side;

namespace Market.Api.Tests.Orders;

/// <summary>What becomes of orders on proved coins when these are spent, replaced, reorganised away or expire.</summary>
public sealed class ProvedWatchTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;
    private const string Shares = "p2share-devnet";
    private static readonly Script Htlc = Script.P2wsh(Script.OpReturn([7]));

    private readonly TestChain _shares = new(ChainKind.Sharechain), _main = new(ChainKind.Mainchain);
    private readonly TestLegs _legs = new();
    private readonly Dictionary<string, ulong> _ids = new(StringComparer.Ordinal);
    private string _database = "";
    private TradingHost _host = null!;
    private Trader _ann = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        await StartAsync();
    }

    private async Task StartAsync(TimeProvider? clock = null)
    {
        _host = await TradingHost.StartAsync(_database, clock: clock, parts: services =>
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

    private async Task DrawAsync(string name, long quantity, params OutPoint[] coins) =>
        _ids[name] = ulong.Parse(
            (await _ann.PlaceAsync(Trader.Drawing(name, Side.Sell, Price, quantity, coins))).Order.Id, null);

    [Fact]
    public async Task A_spend_by_a_stranger_makes_orders_smaller_or_cancels_them_and_a_pool_draws_on_what_is_left()
    {
        var (one, two, three) = (_ann.Coin(5 * Share), _ann.Coin(5 * Share), _ann.Coin(5 * Share));
        await _ann.ProveAsync(Shares, one, two);
        await DrawAsync("named", 8 * Share, one, two);
        await _ann.ProveAsync(Shares, three);
        await DrawAsync("pool", 4 * Share);
        await DrawAsync("only", Share / 2, three);

        _shares.See(Spending(one, (5 * Share - 500, Script.OpReturn([1]))));
        var named = await UntilAsync("named", o => o.Remaining.Units < 8 * Share);
        Assert.Equal((OrderStatus.Open, 4 * Share + 99_000_000), (named.Status, named.Remaining.Units));

        // What is spent in the mempool is drawn on no more.
        Assert.Equal(ProblemCodes.OutpointUnavailable, await _ann.RefusedAsync(
            Trader.Drawing("late", Side.Sell, Price, Share, one)));

        // The pool's coin goes, and so does the order on it alone; the pool moves to a fresh one.
        var four = _ann.Coin(5 * Share);
        await _ann.ProveAsync(Shares, four);
        _shares.See(Spending(three, (5 * Share - 500, Script.OpReturn([1]))));
        Assert.Equal(CancelReason.OutpointSpent, (await UntilAsync("only", o => o.Status == OrderStatus.Cancelled)).CancelReason);
        await Eventually.TrueAsync(
            () => Holds("pool", four) && !Holds("pool", three), "the pool's order draws on the fresh coin");
        Assert.Equal(4 * Share, (await OrderAsync("pool")).Remaining.Units);
    }

    [Fact]
    public async Task An_order_that_is_amended_draws_on_nothing_that_is_not_there_any_more()
    {
        var (small, spent, large) = (_ann.Coin(5 * Share), _ann.Coin(9 * Share), _ann.Coin(8 * Share));
        await _ann.ProveAsync(Shares, small, spent);
        await DrawAsync("pool", 4 * Share);
        await DrawAsync("named", Share / 2, small, spent);
        // Nobody watches a coin that nothing stands on.
        Assert.False(Holds("pool", spent) || Holds("named", spent));
        _shares.Lose(spent);
        foreach (var name in new[] { "pool", "named" })
        {
            Assert.Equal(ProblemCodes.InsufficientOutpoints, await _ann.RefusedAsync(
                HttpMethod.Patch, $"{Routes.Orders}/client:{name}", new AmendOrder { Quantity = new Quantity(6 * Share) }));
        }
        await _ann.ProveAsync(Shares, large);
        await _ann.SendAsync<PlacedOrder>(
            HttpMethod.Patch, $"{Routes.Orders}/client:pool", new AmendOrder { Quantity = new Quantity(6 * Share) });
        Assert.True(Holds("pool", large) && !Holds("pool", spent));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Change_of_an_own_swap_carries_all_that_stood_on_the_coin(bool restarted)
    {
        var coin = _ann.Coin(10 * Share);
        await _ann.ProveAsync(Shares, coin);
        await DrawAsync("a", 4 * Share);
        await DrawAsync("b", 5 * Share);
        using (var bob = await _host.TraderAsync(2)) await bob.PlaceAsync("buy", Side.Buy, Price, 4 * Share);
        _legs.Of[new OrderId(1)] = [new OwnLeg(Htlc, 4 * Share, null, true)];

        var funding = Spending(coin, (4 * Share, Htlc), (6 * Share - 50_000_000, TestCoins.ScriptOf(coin)));
        _shares.See(funding);
        var change = new OutPoint(funding.Id, 1);
        await Eventually.TrueAsync(() => Holds("b", change) && !Holds("a", coin), "the change carries them");
        Assert.Equal((OrderStatus.Open, 5 * Share), ((await OrderAsync("b")).Status, (await OrderAsync("b")).Remaining.Units));
        if (restarted)
        {
            await DisposeAsync();
            await StartAsync();
        }
        var shown = (await _ann.SendAsync<Page<ProvedOutpoint>>(HttpMethod.Get, Routes.Outpoints)).Items;
        Assert.Equal([change.ToString(), coin.ToString()], shown.Select(c => c.Outpoint));
        Assert.Equal((OutpointState.Ordered, true), (shown[0].State, shown[0].Change));
        Assert.Equal(["b"], shown[0].Orders.Select(o => o.ClientOrderId));

        // A dearer funding takes its place, and its change that of the former one.
        var dearer = Spending(coin, (4 * Share, Htlc), (6 * Share - 60_000_000, TestCoins.ScriptOf(coin)));
        _shares.Replace(funding, dearer);
        var after = new OutPoint(dearer.Id, 1);
        await Eventually.TrueAsync(() => Holds("b", after) && !Holds("b", change), "the dearer one's change carries it");
        Assert.Equal((OrderStatus.Open, 5 * Share), ((await OrderAsync("b")).Status, (await OrderAsync("b")).Remaining.Units));
    }

    [Fact]
    public async Task What_a_reorganisation_takes_away_counts_again_once_it_is_back()
    {
        var coin = _ann.Coin(10 * Share);
        await _ann.ProveAsync(Shares, coin);
        await DrawAsync("s", 9 * Share);
        _shares.Lose(coin);
        var order = new OrderId(1);
        Assert.Null((await _host.Sequencer.JudgeAsync(
            new BackingSight.Lost(order, ChainKind.Sharechain, new OwnLegs([], 0), coin), default)).Refusal);
        Assert.Equal(CancelReason.OutpointSpent, (await OrderAsync("s")).CancelReason);
        Assert.Equal(OutpointState.Gone, await StateAsync());
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await _ann.RefusedAsync(Trader.Drawing("t", Side.Sell, Price, Share)));

        _shares.Lose(coin, isThereAgain: true);
        Assert.Equal(OutpointState.Free, await StateAsync());
        await DrawAsync("u", 9 * Share);

        async Task<OutpointState> StateAsync() =>
            Assert.Single((await _ann.SendAsync<Page<ProvedOutpoint>>(HttpMethod.Get, Routes.Outpoints)).Items).State;
    }

    [Fact]
    public async Task A_coin_of_several_orders_is_gone_for_all_of_them_and_only_where_two_looks_miss_it()
    {
        var coin = _ann.Coin(10 * Share);
        await _ann.ProveAsync(Shares, coin);
        await DrawAsync("a", 4 * Share);
        await DrawAsync("b", 5 * Share);

        // A server that starts looks every coin up.
        await DisposeAsync();
        _shares.MissOnce(coin);
        await StartAsync();
        await LookAsync(() => Task.FromResult(_shares.LookUpsOf(coin) >= 2), "it is looked up again");
        Assert.Equal((OrderStatus.Open, OrderStatus.Open), await BothAsync());

        await DisposeAsync();
        _shares.Lose(coin);
        await StartAsync();
        await LookAsync(async () => await BothAsync() == (OrderStatus.Cancelled, OrderStatus.Cancelled), "both are cancelled");

        async Task<(OrderStatus, OrderStatus)> BothAsync() => ((await OrderAsync("a")).Status, (await OrderAsync("b")).Status);

        // Events that were lost make it look at once.
        Task LookAsync(Func<Task<bool>> isSo, string what) => Eventually.TrueAsync(
            async () =>
            {
                _shares.See(Spending(_ann.Coin(Share), (Share, Htlc)), silently: true);
                return await isSo();
            }, what);
    }

    [Fact]
    public async Task When_a_proof_expires_nothing_stands_on_it_any_more()
    {
        var clock = new ManualClock();
        await DisposeAsync();
        await StartAsync(clock);
        var coin = _ann.Coin(10 * Share);
        var proof = _ann.Proof(Shares, clock.Now.AddMinutes(5), null, coin);
        await _ann.SendAsync<ProvedOutpoints>(HttpMethod.Post, Routes.Outpoints, proof);
        await DrawAsync("s", 9 * Share);
        clock.Advance(TimeSpan.FromMinutes(5));
        await Eventually.TrueAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(2));
                return (await OrderAsync("s")).Status == OrderStatus.Cancelled;
            }, "the order is cancelled");
        var shown = Assert.Single((await _ann.SendAsync<Page<ProvedOutpoint>>(HttpMethod.Get, Routes.Outpoints)).Items);
        Assert.Equal((OutpointState.Expired, "0"), (shown.State, shown.Free));
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await _ann.RefusedAsync(Trader.Drawing("t", Side.Sell, Price, Share)));
        Assert.Equal(ProblemCodes.OutpointNotOwned, await _ann.RefusedAsync(Trader.Drawing("t", Side.Sell, Price, Share, coin)));
        // Proved again it does.
        await _ann.SendAsync<ProvedOutpoints>(
            HttpMethod.Post, Routes.Outpoints, _ann.Proof(Shares, clock.Now.AddMinutes(5), null, coin));
        await DrawAsync("u", 9 * Share);
    }

    [Fact]
    public async Task When_a_proof_expires_what_swaps_wait_for_is_promised_to_nobody_else()
    {
        var clock = new ManualClock();
        await DisposeAsync();
        await StartAsync(clock);
        var coin = _ann.Coin(10 * Share);
        // Sooner than the swap, for which nobody gives keys, ends and makes the coin wait.
        await ProveAsync(TimeSpan.FromSeconds(20));
        await DrawAsync("s", 9 * Share);
        using (var bob = await _host.TraderAsync(2)) await bob.PlaceAsync("buy", Side.Buy, Price, 6 * Share);
        _legs.Of[new OrderId(1)] = [new OwnLeg(Htlc, 6 * Share, null, true)];
        Assert.Equal(ProblemCodes.OutpointInUse, await _ann.RefusedAsync(
            HttpMethod.Post, Routes.Outpoints, _ann.Proof(Shares, clock.Now.AddSeconds(1), null, coin)));
        clock.Advance(TimeSpan.FromSeconds(20));
        var looks = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                if (looks++ % 20 == 0) clock.Advance(TimeSpan.FromSeconds(2));
                return (await OrderAsync("s")).Remaining.Units == 0;
            }, "what is on the book is cancelled");
        Assert.True(Holds("s", coin));

        // Proved again it may be drawn on for what the swap leaves, and for no more.
        await ProveAsync(TimeSpan.FromHours(5));
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await _ann.RefusedAsync(Trader.Drawing("t", Side.Sell, Price, 4 * Share)));
        await DrawAsync("u", 3 * Share);
        await _ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:u");
        Assert.Equal(ProblemCodes.OutpointInUse, await _ann.RefusedAsync(HttpMethod.Delete, $"{Routes.Outpoints}/{coin}"));

        Task ProveAsync(TimeSpan time) => _ann.SendAsync<ProvedOutpoints>(
            HttpMethod.Post, Routes.Outpoints, _ann.Proof(Shares, clock.Now + time, null, coin));
    }

    private bool Holds(string name, OutPoint coin) =>
        _host.Sequencer.Locks().Any(l => l.Coin.OutPoint == coin && l.Order.Value == _ids[name]);

    private Task<Order> OrderAsync(string name) => _ann.SendAsync<Order>(HttpMethod.Get, $"{Routes.Orders}/client:{name}");

    private async Task<Order> UntilAsync(string name, Func<Order, bool> isSo)
    {
        Order? order = null;
        await Eventually.TrueAsync(async () => isSo(order = await OrderAsync(name)), $"{name} is so");
        return order!;
    }


    private static Transaction Spending(OutPoint coin, params (long Value, Script Script)[] outputs) => new(
        2, [new TxIn(coin, Script.Empty, TxIn.ReplaceableSequence)],
        [.. outputs.Select(o => new TxOut(new Amount(o.Value), o.Script))], 0);

    private sealed class TestLegs : IOwnLegs
    {
        public ConcurrentDictionary<OrderId, IReadOnlyList<OwnLeg>> Of { get; } = new();

        Task<OwnLegs> IOwnLegs.OfAsync(string instrument, OrderId order, ChainKind chain, CancellationToken cancel) =>
            Task.FromResult(new OwnLegs(Of.GetValueOrDefault(order, []), Newest: 1));

        Task<IReadOnlyList<OwnLeg>> IOwnLegs.OfKeyAsync(string key, ChainKind chain, CancellationToken cancel) =>
            Task.FromResult<IReadOnlyList<OwnLeg>>([.. Of.Values.SelectMany(legs => legs)]);
    }
}
