using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Interface;

/// <summary>Who is live and what stands still is told once: the status, the tips and the instrument say the same.</summary>
public sealed class StatusTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_chain_without_blocks_stands_still_in_status_tips_and_their_channel_alike_and_goes_on_alike()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var tips = host.Instruments.All[0].Tips;
        await host.MineMainAsync(1);
        await host.MineSharesAsync(1, Coins.Owner(7));
        await ExpectAsync(isLive: true);
        host.Clock.Advance(TimeSpan.FromDays(1));
        await ExpectAsync(isLive: false);
        await host.MineMainAsync(1);
        await host.MineSharesAsync(1, Coins.Owner(7));
        await ExpectAsync(isLive: true);

        async Task ExpectAsync(bool isLive) => await Eventually.TrueAsync(
            async () =>
            {
                var status = await StatusAsync(host);
                return new[] { status.Chains[0], tips.Topic.Value! }
                    .SelectMany(both => new[] { both.Sharechain, both.Mainchain })
                    .All(tip =>
                    {
                        var part = status.Components.Single(one => one.Name == tip.Chain.ToString().ToLowerInvariant());
                        return tip.Live == isLive && (part.Health == Health.Live) == isLive
                            && tip.Trouble == (isLive ? null : part.Detail);
                    });
            },
            isLive ? "both chains are live" : "both chains stand still, and all say why");
    }

    [Fact]
    public async Task A_restart_does_not_begin_a_blocks_age_anew()
    {
        var database = await postgres.NewDatabaseAsync();
        var host = await MarketHost.StartAsync(database);
        await host.MineMainAsync(1);
        await host.MineSharesAsync(1, Coins.Owner(7));
        var tip = await host.Shares.GetTipAsync(TestContext.Current.CancellationToken);
        await host.StopServerAsync();
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        await using var again = await MarketHost.StartAsync(database, on: host);
        var age = again.Clock.Now.ToUnixTimeSeconds() - tip.Time;
        Assert.InRange(age, 10, 20);
        await Eventually.TrueAsync(
            async () => (await StatusAsync(again)).Components.Single(one => one.Name == "sharechain").Detail
                == $"Block {tip.Height}, {age} s ago.",
            "the age is that of the block");
    }

    private static Task<ServerStatus> StatusAsync(MarketHost host) => TapeReader.GetAsync<ServerStatus>(host.Http, Routes.Status);
}
