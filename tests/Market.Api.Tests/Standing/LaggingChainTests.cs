using System.Reflection;
using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Standing;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Tests.Standing;

/// <summary>A node that is behind, or does not say what it is asked, takes nothing away from anybody.</summary>
public sealed class LaggingChainTests(PostgresFixture postgres)
{
    private static readonly string Ann = new('a', 64);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StandingSource.FidelityBond)]
    [InlineData(StandingSource.BurnedCoins)]
    [InlineData(StandingSource.LateWork)]
    public async Task What_is_not_seen_on_a_chain_that_lags_stands_until_the_chain_is_live(StandingSource source)
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        await host.MineMainAsync(1);
        await host.MineSharesAsync(1, Coins.Owner(7));
        var verdicts = host.Instruments.Chains[0].Get<ChainVerdicts>();
        host.Clock.Advance(TimeSpan.FromDays(1));
        await Eventually.TrueAsync(
            () => Enum.GetValues<ChainName>().All(name => verdicts.Of(name).Health == Health.Lagging), "both chains lag");

        var (book, watch) = (host.Get<StandingBook>(), host.Get<HoldWatch>());
        var until = host.Clock.Now.ToUnixTimeSeconds() + 1_000_000;
        var chain = source == StandingSource.LateWork ? host.Shares.Name : host.Main.Name;
        var proof = $"{chain}:{new string('a', 64)}" + (source == StandingSource.LateWork ? "" : ":0");
        Assert.True(await book.HoldAsync(new StandingHold(source, proof, Ann, BondDesk.LeastValue, until), Cancel));
        await watch.LookAsync(Cancel);
        Assert.NotNull(book.FindHold(source, proof));

        await host.MineMainAsync(1);
        await host.MineSharesAsync(1, Coins.Owner(7));
        await Eventually.TrueAsync(
            async () =>
            {
                await watch.LookAsync(Cancel);
                return book.FindHold(source, proof) is null;
            },
            "it is taken away");
    }

    [Fact]
    public async Task A_chain_that_is_lower_than_it_was_takes_nothing_away()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var verdicts = host.Get<StandingVerdicts>();
        await Eventually.TrueAsync(() => verdicts.MayTakeAway(host.Main, 0), "the chain is live");
        verdicts.Saw(host.Main, 10);
        verdicts.Saw(host.Main, 4);
        Assert.False(verdicts.MayTakeAway(host.Main, 9));
        Assert.True(verdicts.MayTakeAway(host.Main, 10));
        await Eventually.TrueAsync(() => verdicts.MayTakeAway(host.Shares, 0), "the other chain is live, as low as it is");
    }

    [Fact]
    public async Task How_high_a_chain_was_is_known_after_a_restart_and_begins_anew_with_another_chain()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await MarketHost.StartAsync(database);
        await host.MineMainAsync(1);
        await host.Get<HoldWatch>().LookAsync(Cancel);
        host.Get<StandingVerdicts>().Saw(host.Main, 1_000);
        await host.Get<HoldWatch>().LookAsync(Cancel);
        await host.StopServerAsync();

        await using (var again = await MarketHost.StartAsync(database, on: host))
        {
            await again.Get<HoldWatch>().LookAsync(Cancel);
            var verdicts = again.Get<StandingVerdicts>();
            await Eventually.TrueAsync(() => verdicts.MayTakeAway(again.Main, 1_000), "the chain is live");
            Assert.False(verdicts.MayTakeAway(again.Main, 999));

            var fresh = new StandingVerdicts(_ => true);
            var kept = new HighestSeen(again.Get<IDbContextFactory<MarketDb>>(), fresh);
            await kept.LoadAsync(Begun.Of(again.Main), Cancel);
            Assert.True(fresh.MayTakeAway(again.Main, 0));
        }
    }

    /// <summary>A chain that was begun anew: of the same network, and so with the same genesis, and another block on it.</summary>
    internal class Begun : DispatchProxy
    {
        private IMainchain _main = null!;

        public static IMainchain Of(IMainchain main)
        {
            var begun = Create<IMainchain, Begun>();
            ((Begun)(object)begun)._main = main;
            return begun;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IChain.GetBlockIdAsync) && args![0] is > 0
                ? ValueTask.FromResult<Hash256?>(Hash256.Zero)
                : targetMethod.Invoke(_main, args);
    }

    [Fact]
    public async Task What_shares_are_worth_is_not_nothing_while_the_mainchain_does_not_say_its_difficulty()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        await host.MineSharesAsync(1, Coins.Owner(7));
        var amount = new Amount(100_000_000);
        Assert.True(await host.Get<StandingChains>().SatsAsync(host.Shares, amount, Cancel) > 0);
        var chains = new StandingChains([new ChainPair(Headerless.Of(host.Main), host.Shares)]);
        await Assert.ThrowsAsync<ChainUnavailableException>(() => chains.SatsAsync(host.Shares, amount, Cancel));
    }

    /// <summary>A mainchain as it is, but that its node knows no header: what a node says while it starts anew.</summary>
    internal class Headerless : DispatchProxy
    {
        private IMainchain _inner = null!;

        public static IMainchain Of(IMainchain inner)
        {
            var proxy = Create<IMainchain, Headerless>();
            ((Headerless)(object)proxy)._inner = inner;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IMainchain.GetHeaderAsync)
                ? ValueTask.FromResult<MainHeader?>(null)
                : targetMethod.Invoke(_inner, args);
    }
}
