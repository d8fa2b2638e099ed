using Market.Bitcoin;
using Market.Chains.Light;
using Market.Chains.Rpc;
using Market.Testing.Chains;

namespace Market.Client.NBitcoin.Tests;

/// <summary>The light client and the compact filters of Bitcoin Core's nodes; bcoin of npm serves none.</summary>
public sealed class NodeFilterTests
{
    private const int Whole = 20;
    private const int PaidAt = 30;
    private const int Tip = 150;

    [Fact]
    public async Task Old_blocks_are_passed_over_by_the_filters_of_two_nodes()
    {
        int[] ports = [NodeHost.FreePort(), NodeHost.FreePort()];
        await using var one = await NodeProcess.StartAsync("bitcoind", false, Options(ports[0]));
        await using var other = await NodeProcess.StartAsync(
            "bitcoind", false, [.. Options(ports[1]), $"-addnode=127.0.0.1:{ports[0]}"]);
        await using var rpc = await RpcMainchain.ConnectAsync(one.Options);
        await using var second = await RpcMainchain.ConnectAsync(other.Options);
        var own = Script.P2wsh(Coins.Owner(6));
        await GenerateAsync(rpc, PaidAt - 1, Coins.Owner(5));
        await GenerateAsync(rpc, 1, Coins.Owner(6));
        await GenerateAsync(rpc, Tip - PaidAt, Coins.Owner(5));
        foreach (var node in new[] { rpc, second })
        {
            await Eventually.TrueAsync(
                async () => (await node.GetTipAsync()).Height == Tip && await HasFiltersAsync(node), "the filters of both");
        }

        var network = NetworkProfile.Of("regtest");
        var peers = new PeerOptions
        {
            Named = [.. ports.Select(port => $"127.0.0.1:{port}")],
            Greeting = Eventually.Patience / 2,
            Pause = TimeSpan.FromMilliseconds(200),
        };
        var sources = new AllAtOnce(new PeerPool(network, peers, TimeProvider.System), ports.Length);
        await using var light = new LightMainchain(
            network, sources, TimeProvider.System,
            new LightOptions
            {
                PollInterval = TimeSpan.FromMilliseconds(500),
                Timeout = Eventually.Patience / 2,
                WholeBlocks = Whole,
            });
        await Eventually.TrueAsync(
            async () => (await light.GetTipAsync()).Height == Tip && await light.GetTroubleAsync() is null,
            "the blocks to be read");
        Assert.Equal(Enumerable.Range(Tip - Whole + 1, Whole), await HeightsAsync(light, sources));

        Assert.Equal(PaidAt, Assert.Single(await light.GetCoinsAsync(own)).Height);
        Assert.Equal([PaidAt, .. Enumerable.Range(Tip - Whole + 1, Whole)], await HeightsAsync(light, sources));
    }

    private static string[] Options(int port) =>
    [
        "-listen=1", $"-bind=127.0.0.1:{port}", "-whitelist=noban@127.0.0.1", "-blockfilterindex=1", "-peerblockfilters=1",
    ];

    private static async Task<bool> HasFiltersAsync(RpcMainchain node)
    {
        var indexes = await node.CallAsync("getindexinfo", default, "basic block filter index");
        return indexes.GetProperty("basic block filter index").GetProperty("best_block_height").GetInt32() == Tip;
    }

    private static async Task<List<int>> HeightsAsync(LightMainchain light, AllAtOnce sources)
    {
        var heights = new SortedSet<int>();
        foreach (var id in sources.Asked)
        {
            heights.Add((await light.GetHeaderAsync(id))!.Height);
        }

        return [.. heights];
    }

    private static async Task GenerateAsync(RpcMainchain rpc, int count, Script to) => await rpc.CallAsync(
        "generatetoaddress", default, count, BitcoinAddress.FromScript(Script.P2wsh(to), rpc.Network).ToString());
}
