using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Strategies;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Strategies;
using Market.Testing.Chains;

namespace Market.Client.Tests.Orders;

/// <summary>A maker that waits because it let a swap fail.</summary>
public sealed class MarketMakerTests(ArenaFixture fixture) : IClassFixture<ArenaFixture>
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_it_may_not_take_it_only_rests_and_afterwards_it_takes_again()
    {
        var clock = new ManualClock(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        var until = clock.GetUtcNow().AddSeconds(60);
        using var market = new OrderExchange(clock) { Refuse = Waits };
        using var log = OrderLog.Open(null);
        var arena = fixture.Arena;
        var wallet = new Wallet(arena.Seller.Wallet.Keys, WalletFile.Open(null, Devnet.Chains), arena.Main, arena.Shares);
        using var api = new MarketApi(new Uri("http://market.test"), wallet.Keys, clock, market);
        var desk = new OrderDesk(api, wallet, log, _ => false, clock);
        var said = new List<string>();
        var maker = new MarketMaker(
            api, desk, wallet, new MakerOptions { Levels = 1, Size = new(Quantity.UnitsPerShare) }, clock)
        { OnSaid = said.Add };

        await maker.StepAsync(Now);
        Assert.Empty(market.Orders);
        Assert.Contains(said, text => text.Contains("waits", StringComparison.Ordinal));
        await maker.StepAsync(Now);
        Assert.NotEmpty(market.Open);
        Assert.All(market.Open, order => Assert.True(order.PostOnly));

        clock.Advance(TimeSpan.FromMinutes(1));
        await desk.Cancels.CancelAllAsync(desk.InstrumentId, Now);
        await maker.StepAsync(Now);
        Assert.NotEmpty(market.Open);
        Assert.All(market.Open, order => Assert.False(order.PostOnly));

        Problem? Waits(PlaceOrder order) => clock.GetUtcNow() >= until || order.PostOnly ? null : new Problem
        {
            Type = "/problems/mustWait",
            Title = "Whoever let a swap fail waits",
            Status = 409,
            Code = ProblemCodes.MustWait,
            RetryAt = until,
        };
    }

    [Fact]
    public async Task It_goes_on_to_the_next_series_with_its_quotes_around_a_worth_of_its_own()
    {
        var clock = new ManualClock(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var market = new OrderExchange(clock);
        using var log = OrderLog.Open(null);
        var arena = fixture.Arena;
        var wallet = new Wallet(arena.Buyer.Wallet.Keys, WalletFile.Open(null, Devnet.Chains), arena.Main, arena.Shares);
        using var api = new MarketApi(new Uri("http://market.test"), wallet.Keys, clock, market);
        var desk = new OrderDesk(api, wallet, log, _ => false, clock);
        string? listed = null;
        var maker = new MarketMaker(
            api, desk, wallet,
            new MakerOptions { Levels = 1, Bid = 0.5m, Size = new(4 * Quantity.UnitsPerShare), MostWorth = new(45_200) }, clock)
        {
            Choose = _ => Task.FromResult<string?>(listed),
            Worth = _ => Task.FromResult(60_000m),
        };

        await maker.StepAsync(Now);
        Assert.Empty(market.Orders);
        listed = "P2POOLV2-3-BTC";
        await maker.StepAsync(Now);
        Assert.Equal((listed, 30_000L), Of(Assert.Single(market.Open)));
        listed = "P2POOLV2-4-BTC";
        await maker.StepAsync(Now);
        Assert.Equal((listed, 30_000L), Of(Assert.Single(market.Open)));
        Assert.Equal(2, market.Orders.Count);

        // Worth 45,200 at 30,000 and no more: rounded down to lots, here of one unit.
        Assert.All(market.Orders, order => Assert.Equal(150_666_666, order.Quantity.Units));

        static (string Instrument, long Price) Of(Order order) => (order.Instrument, order.Price.Sats);
    }

    [Fact]
    public async Task In_discount_its_orders_name_parts_of_face_value_stand_while_it_moves_and_are_told_by_their_ids()
    {
        var clock = new ManualClock(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var market = new OrderExchange(clock) { ModelPrice = 1_000 };
        using var log = OrderLog.Open(null);
        var arena = fixture.Arena;
        var wallet = new Wallet(arena.Buyer.Wallet.Keys, WalletFile.Open(null, Devnet.Chains), arena.Main, arena.Shares);
        using var api = new MarketApi(new Uri("http://market.test"), wallet.Keys, clock, market);
        var desk = new OrderDesk(api, wallet, log, _ => false, clock);
        var events = new List<MakerEvent>();
        var maker = new MarketMaker(
            api, desk, wallet,
            new MakerOptions
            {
                Levels = 1,
                InDiscount = true,
                Size = new(Quantity.UnitsPerShare),
                MaxInventory = new(Quantity.UnitsPerShare / 2),
            },
            clock)
        { OnEvent = events.Add };

        await maker.StepAsync(Now);
        var bid = Assert.Single(market.Open);
        Assert.Equal((Side.Buy, "0.985", 1_020L, Quantity.UnitsPerShare / 2), (
            bid.Side, bid.Discount.ToString(), bid.WorstPrice!.Value.Sats, bid.Quantity.Units));
        Assert.StartsWith("bot", bid.ClientOrderId, StringComparison.Ordinal);
        Assert.Equal(bid.Discount, Assert.Single(events, each => each.Event == MakerEventKind.Quote).Discount);
        market.ModelPrice = 1_020;
        await maker.StepAsync(Now);
        Assert.Single(market.Orders);
        market.ModelPrice = 1_040;
        await maker.StepAsync(Now);
        Assert.Equal(2, market.Orders.Count);
        Assert.Equal(1_060, Assert.Single(market.Open).WorstPrice!.Value.Sats);
    }

    [Fact]
    public async Task What_keeps_its_quotes_in_one_book_keeps_them_in_no_other_and_is_tried_again()
    {
        var clock = new ManualClock(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var market = new OrderExchange(clock);
        using var log = OrderLog.Open(null);
        var arena = fixture.Arena;
        var wallet = new Wallet(arena.Buyer.Wallet.Keys, WalletFile.Open(null, Devnet.Chains), arena.Main, arena.Shares);
        using var api = new MarketApi(new Uri("http://market.test"), wallet.Keys, clock, market);
        var desk = new OrderDesk(api, wallet, log, _ => false, clock);
        string? listed = "S-1-BTC";
        var said = new List<string>();
        var maker = new MarketMaker(
            api, desk, wallet, new MakerOptions { Levels = 1, Bid = 0.5m, Size = new(Quantity.UnitsPerShare) }, clock)
        {
            Choose = _ => Task.FromResult<string?>(listed),
            Worth = _ => Task.FromResult(60_000m),
            OnSaid = said.Add,
        };
        await maker.StepAsync(Now);
        market.Stuck.Add("S-1-BTC");
        listed = "S-2-BTC";
        await maker.StepAsync(Now);
        Assert.Equal(["S-1-BTC", "S-2-BTC"], Books());

        // Where it ends meanwhile the other book's are taken out, and the first is named.
        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => maker.RunAsync(over.Token));
        Assert.Equal(["S-1-BTC"], Books());
        Assert.Contains("--instrument S-1-BTC", said[^1], StringComparison.Ordinal);

        // Where it goes on it tries again, and where nothing is to be quoted in, nothing stays.
        await maker.StepAsync(Now);
        market.Stuck.Clear();
        await maker.StepAsync(Now);
        Assert.Equal(["S-2-BTC"], Books());
        listed = null;
        await maker.StepAsync(Now);
        Assert.Empty(Books());

        // One that is gone is not asked about again.
        listed = "S-3-BTC";
        await maker.StepAsync(Now);
        market.Gone.Add("S-3-BTC");
        listed = "S-4-BTC";
        await maker.StepAsync(Now);
        var told = said.Count;
        await maker.StepAsync(Now);
        Assert.Equal(told, said.Count);
        Assert.Equal(["S-3-BTC", "S-4-BTC"], Books());

        IEnumerable<string> Books() => market.Open.Select(order => order.Instrument).Order(StringComparer.Ordinal);
    }
}
