using System.Net;
using System.Net.Http.Json;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Testing.Chains.P2PoolV2;

namespace Market.Api.Tests.Sources;

/// <summary>A market tells what a p2poolv2 node says beside its own chains, and is no other market for it.</summary>
public sealed class P2PoolSourceTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_market_that_names_no_node_has_none()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        using var answer = await host.Http.GetAsync(new Uri(Routes.P2PoolSource, UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<Problem>(MarketJson.Options, Cancel);
        Assert.Equal(ProblemCodes.NotFound, problem!.Code);
        Assert.Contains(
            "--p2poolv2", await host.Http.GetStringAsync(new Uri("/sources", UriKind.Relative), Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_node_says_is_told_beside_the_own_instruments_and_a_lie_changes_nothing_else()
    {
        var start = new ManualClock().Now;
        await using var node = new PoolHost(PoolChain.Played(300, start), "admin:secret");
        var signIn = new UriBuilder(node.Address) { UserName = "admin", Password = "secret" }.Uri;
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync(), pool: signIn);
        await host.MineSharesAsync(12, Coins.Owner(3));
        var told = await WaitAsync(host, SourceState.Live);
        Assert.Equal(SourceVersion.SinceV014, told.Version);
        Assert.Equal((300L, false), (told.Chain!.Height, told.Chain.IsOurBitcoin));
        Assert.Equal((301, true, 1.0, 3), (told.Window!.Shares, told.Window.IsWhole, told.Window.Coverage, told.Window.Holders));
        Assert.Equal(3, told.Window.Owners);
        Assert.Equal([1, 2, 3], told.Window.Items.Select(holder => holder.Rank));
        Assert.Equal(1, told.Window.Items.Sum(holder => holder.Part), 9);
        Assert.Equal(told.Value!.ModelPrice / told.Value.FppsWorth, told.Value.ModelOverFpps, 12);
        Assert.Equal(1 - told.Chain.Fee, told.Value.Fee, 12);
        Assert.InRange(told.Value.ModelPrice, told.Value.ModelLeast, told.Value.ModelMost);
        Assert.Contains("Nothing here was validated", told.Unchecked, StringComparison.Ordinal);
        var own = Assert.Single(told.Own);
        Assert.Equal((host.Instruments.All[0].Id, 1, 1.0), (own.Instrument, own.Holders, own.Largest!.Value));

        var body = await host.Http.GetStringAsync(new Uri(Routes.P2PoolSource, UriKind.Relative), Cancel);
        foreach (var secret in new[] { "secret", node.Address.Authority, "127.0.0.1" })
            Assert.DoesNotContain(secret, body, StringComparison.Ordinal);
        var page = await host.Http.GetStringAsync(new Uri("/sources", UriKind.Relative), Cancel);
        Assert.Contains("Nothing here was validated", page, StringComparison.Ordinal);
        Assert.DoesNotContain(node.Address.Authority, page, StringComparison.Ordinal);

        node.Chain = node.Chain.With("shares", answer => answer["shares"]![300]!["bits"] = 0);
        var lying = await WaitAsync(host, SourceState.Nonsense);
        Assert.Contains("bits is no target", lying.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", lying.Reason, StringComparison.Ordinal);
        Assert.Equal((told.ReadAt, 301), (lying.ReadAt, lying.Window!.Shares));
        // How the market is doing does not hang on it.
        var status = (await host.Http.GetFromJsonAsync<ServerStatus>(Routes.Status, MarketJson.Options, Cancel))!;
        Assert.DoesNotContain(
            status.Components, part => $"{part.Name} {part.Detail}".Contains("p2pool", StringComparison.Ordinal));
    }

    private static async Task<PoolSource> WaitAsync(MarketHost host, SourceState state)
    {
        PoolSource? told = null;
        await Eventually.TrueAsync(
            async () =>
            {
                host.Clock.Advance(TimeSpan.FromMilliseconds(500));
                told = await host.Http.GetFromJsonAsync<PoolSource>(Routes.P2PoolSource, MarketJson.Options, Cancel);
                return told!.State == state;
            },
            $"the node is {state}");
        return told!;
    }
}
