using System.Net.Http.Json;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Api.Tests.Interface;

/// <summary>What the interface says of miners is what Stratum counted and what the chain has.</summary>
public sealed class MinersTests(PostgresFixture postgres)
{
    private static readonly SharechainProfile[] Both =
        [SharechainProfiles.P2ShareDevnet, SharechainProfile.Find("p2share-k20-devnet")!];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_machine_that_hands_in_a_share_is_told_of()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync(), miners: true);
        var address = BitcoinAddress.FromScript(Script.P2wsh(Coins.Owner(4)), host.Shares.Network).ToString();
        var before = await ReadAsync(host, address);
        Assert.Equal((0, 0L, null), (before.WorkersInAll, before.Total.Accepted, before.SecondsToShare));
        Assert.Equal(0, before.Holdings.Held.Units);

        await using var machine = await StratumClient.MiningAsync(host.Miners!.EndPoint, $"{address}.rig");
        Assert.Equal(0, await machine.SubmitAsync(machine.Wire.Mine($"{address}.rig")));
        await Eventually.TrueAsync(async () => (await ReadAsync(host, address)).Total.Shares == 1, "the share is counted");
        await Eventually.TrueAsync(async () => (await host.Shares.GetTipAsync(Cancel)).Height == 1, "the share");

        var miner = await ReadAsync(host, address);
        Assert.Equal(("p2share-devnet", host.Miners.EndPoint.ToString()), (miner.Sharechain, miner.Stratum));
        var worker = Assert.Single(miner.Workers);
        Assert.Equal(("rig", 1, 1L), (worker.Name, worker.Connections, worker.Figures.Accepted));
        Assert.True(miner.SecondsToShare > 0 && miner.SecondsToBlock > 0, "what is expected at its rate");
        Assert.Equal((50 * Quantity.UnitsPerShare, 0L), (miner.Holdings.Maturing.Units, miner.Holdings.Mature.Units));
        Assert.Null(miner.Holdings.WorthNow);

        var all = (await host.Http.GetFromJsonAsync<MiningServer>(Routes.Miners, MarketJson.Options, Cancel))!;
        Assert.Equal((1, 1L, 1L), (all.Connections, all.Total.Accepted, all.Total.Shares));
        Assert.True(all.ShareDifficulty > 0 && all.MainDifficulty > 0, "there is work");
    }

    [Fact]
    public async Task A_server_without_a_port_says_so_and_tells_what_the_chain_has_and_whose_addresses_it_reads()
    {
        await using var host = await MarketHost.StartAsync(
            await postgres.NewDatabaseAsync(),
            profiles: Both);
        var all = (await host.Http.GetFromJsonAsync<MiningServer>(Routes.Miners, MarketJson.Options, Cancel))!;
        Assert.Equal((null, 0), (all.Stratum, all.Connections));

        var owner = Script.P2wsh(Coins.Owner(4));
        await host.MineSharesAsync(host.AllShares[1], 7, owner);
        var second = BitcoinAddress.FromScript(owner, host.AllShares[1].Network).ToString();
        var miner = await ReadAsync(host, second);
        Assert.Equal((host.Instruments.Ids[1], null), (miner.Instrument, miner.Stratum));
        // Of seven sharebases those of the first three may be spent by the next block, with a maturity of five.
        Assert.Equal(
            (350 * Quantity.UnitsPerShare, 150 * Quantity.UnitsPerShare),
            (miner.Holdings.Held.Units, miner.Holdings.Mature.Units));

        foreach (var (path, code) in new[]
        {
            ("nonsense", ProblemCodes.ValidationFailed),
            (new string('q', 91), ProblemCodes.ValidationFailed),
            ($"{second}?instrument={host.Instruments.Ids[0]}", ProblemCodes.ValidationFailed),
            ($"{second}?instrument=NO-BTC", ProblemCodes.UnknownInstrument),
        })
        {
            using var answer = await host.Http.GetAsync(new Uri($"{Routes.Miners}/{path}", UriKind.Relative), Cancel);
            var problem = (await answer.Content.ReadFromJsonAsync<Problem>(MarketJson.Options, Cancel))!;
            Assert.Equal(code, problem.Code);
        }
    }

    private static async Task<Miner> ReadAsync(MarketHost host, string address) =>
        (await host.Http.GetFromJsonAsync<Miner>($"{Routes.Miners}/{address}", MarketJson.Options, Cancel))!;
}
