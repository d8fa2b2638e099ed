using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Strategies;
using Market.Client.Wallets;
using Market.Contracts;
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
}
