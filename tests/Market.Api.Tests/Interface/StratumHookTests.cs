using Market.Api.Hosting;
using Market.Api.Tests.Orders;
using Market.Chains.Stratum;
using Market.Testing.Chains;

namespace Market.Api.Tests.Interface;

/// <summary>A server's sharechain is mined by whoever connects where --stratum says.</summary>
public sealed class StratumHookTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Miners_are_given_work_where_the_server_was_told_to_listen_and_nowhere_else()
    {
        var folder = Directory.CreateTempSubdirectory();
        var options = ServerOptions.Parse(["--network", "regtest", "--data", folder.FullName, "--mine", "no", "--stratum", ":0"])
            .Options!;
        var database = await postgres.NewDatabaseAsync();
        await using (var chains = await OpenChains.OpenAsync(options, database, TimeProvider.System))
        {
            var user = Market.Bitcoin.BitcoinAddress.FromScript(
                Market.Bitcoin.Script.P2wsh(Coins.Owner(4)), chains.Pairs[0].Shares.Network).ToString();
            await using var miner = await StratumClient.MiningAsync(chains.Stratum!.EndPoint, $"{user}.rig");
            Assert.Equal(0, await miner.SubmitAsync(miner.Wire.Mine($"{user}.rig")));
            await Eventually.TrueAsync(async () => (await chains.Pairs[0].Shares.GetTipAsync()).Height == 1, "the share");
            var report = await StratumQuery.AskAsync(
                "127.0.0.1", chains.Stratum.EndPoint.Port, user, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Equal(("rig", 1L), (Assert.Single(report.Workers).Name, report.Workers[0].Accepted));

            var taken = options with { Stratum = chains.Stratum.EndPoint };
            var other = await postgres.NewDatabaseAsync();
            var error = await Assert.ThrowsAsync<StartupException>(() => OpenChains.OpenAsync(taken, other, TimeProvider.System));
            Assert.Contains("--stratum", error.Message, StringComparison.Ordinal);
        }

        await using (var without = await OpenChains.OpenAsync(options with { Stratum = null }, database, TimeProvider.System))
        {
            Assert.Null(without.Stratum);
        }

        folder.Delete(recursive: true);
    }
}
