using Market.Api.Hosting;
using Market.Api.Tests.Orders;
using Market.Chains.Stratum;
using Market.Testing.Chains;
using Npgsql;

namespace Market.Api.Tests.Interface;

/// <summary>A server's sharechain is mined by whoever connects where --stratum says.</summary>
public sealed class StratumHookTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Nobody_is_let_in_before_the_server_has_its_database_and_nobody_after_it_stops()
    {
        var folder = Directory.CreateTempSubdirectory();
        var options = ServerOptions.Parse(
            ["--network", "regtest", "--data", folder.FullName, "--mine", "no", "--stratum", ":0", "--urls", "http://127.0.0.1:0"])
            .Options!;
        var database = await postgres.NewDatabaseAsync();
        await using var chains = await OpenChains.OpenAsync(options, database, TimeProvider.System, cancel: Cancel);
        await using var app = ServerApp.Build(options, database, chains.Pairs, TimeProvider.System, miners: chains.Stratum);
        var unpooled = new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString;
        await using (var other = new NpgsqlConnection(unpooled))
        {
            await other.OpenAsync(Cancel);
            await using var take = new NpgsqlCommand(DatabaseLock.Taking, other);
            await take.ExecuteNonQueryAsync(Cancel);
            await Assert.ThrowsAsync<StartupException>(() => app.PrepareAsync(Cancel));
            Assert.False(chains.Stratum!.IsStarted);
        }

        await app.PrepareAsync(Cancel);
        await app.StartAsync(Cancel);
        await using (var miner = await StratumClient.ConnectAsync(chains.Stratum.EndPoint))
        {
            await miner.AskAsync("mining.ping");
        }

        await app.StopAsync(Cancel);
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => StratumClient.ConnectAsync(chains.Stratum.EndPoint));
        folder.Delete(recursive: true);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Miners_are_given_work_where_the_server_was_told_to_listen_and_nowhere_else()
    {
        var folder = Directory.CreateTempSubdirectory();
        var options = ServerOptions.Parse(["--network", "regtest", "--data", folder.FullName, "--mine", "no", "--stratum", ":0"])
            .Options!;
        var database = await postgres.NewDatabaseAsync();
        await using (var chains = await OpenChains.OpenAsync(options, database, TimeProvider.System, cancel: Cancel))
        {
            var user = Market.Bitcoin.BitcoinAddress.FromScript(
                Market.Bitcoin.Script.P2wsh(Coins.Owner(4)), chains.Pairs[0].Shares.Network).ToString();
            Assert.False(chains.Stratum!.IsStarted);
            chains.Stratum.Start();
            await using var miner = await StratumClient.MiningAsync(chains.Stratum.EndPoint, $"{user}.rig");
            Assert.Equal(0, await miner.SubmitAsync(miner.Wire.Mine($"{user}.rig")));
            await Eventually.TrueAsync(async () => (await chains.Pairs[0].Shares.GetTipAsync(Cancel)).Height == 1, "the share");
            var report = await StratumQuery.AskAsync(
                "127.0.0.1", chains.Stratum.EndPoint.Port, user, TimeProvider.System, TestContext.Current.CancellationToken);
            var worker = Assert.Single(Assert.Single(report.Sharechains).Workers);
            Assert.Equal(("rig", 1L), (worker.Name, worker.Accepted));

            var taken = options with { Stratum = chains.Stratum.EndPoint };
            var other = await postgres.NewDatabaseAsync();
            var error = await Assert.ThrowsAsync<StartupException>(
                () => OpenChains.OpenAsync(taken, other, TimeProvider.System, cancel: Cancel));
            Assert.Contains("--stratum", error.Message, StringComparison.Ordinal);
        }

        var nowhere = options with { Stratum = null };
        await using (var without = await OpenChains.OpenAsync(nowhere, database, TimeProvider.System, cancel: Cancel))
        {
            Assert.Null(without.Stratum);
        }

        folder.Delete(recursive: true);
    }
}
