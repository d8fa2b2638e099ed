using System.Collections.Immutable;
using System.Net;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Chains.Stratum;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>Several sharechains at one port.</summary>
public sealed class StratumRowsTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private EmbeddedMainchain _main = null!;
    private ImmutableArray<ShareNode> _nodes;
    private StratumServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _main = await Lab.MainchainAsync(_clock, premine: 3);
        _nodes = [await OpenAsync("p2share-devnet"), await OpenAsync("p2poolv2-devnet")];
        _server = new StratumServer(
            [.. _nodes.Select(node => new StratumRow(node))], _main,
            new StratumOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, _clock);
        _server.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _main.DisposeAsync();
    }

    [Fact]
    public async Task Each_miner_works_on_the_sharechain_that_its_address_is_of()
    {
        for (var row = 0; row < _nodes.Length; row++)
        {
            var user = AddressOf(row, row + 1) + ".rig";
            await using var miner = await StratumClient.MiningAsync(_server.EndPoint, user);
            _clock.Advance(TimeSpan.FromSeconds(2));
            var (own, other) = (await HeightAsync(row), await HeightAsync(1 - row));
            var share = await _nodes[row].GetTemplateAsync(ScriptOf(row + 1));
            Assert.True(share.ShareTarget.TryExpand(out var target));
            Assert.Equal(
                0, await miner.SubmitAsync(miner.Wire.Mine(user, difficulty: 1.001 * StratumDifficulty.Of(target))));
            await Eventually.TrueAsync(async () => await HeightAsync(row) == own + 1, "the share on its own chain");
            Assert.Equal(other, await HeightAsync(1 - row));
            // What may be a block is on its way before the result is counted.
            MinersReport report = null!;
            await Eventually.TrueAsync(
                async () => (report = await AskAsync(AddressOf(row, row + 1))).Sharechains is [{ Workers.Length: > 0 }],
                "the result to be counted");
            Assert.Equal(_nodes[row].Name, Assert.Single(report.Sharechains).Sharechain);
            Assert.Equal("rig", Assert.Single(report.Sharechains[0].Workers).Name);
        }

        var all = await AskAsync(null);
        Assert.Equal(["p2share-devnet", "p2poolv2-devnet"], all.Sharechains.Select(each => each.Sharechain));
        Assert.All(all.Sharechains, each => Assert.Empty(each.Workers));
        Assert.All(_nodes, node => Assert.Equal(1, _server.Totals(node.Name).Workers[0].Accepted));
    }

    [Fact]
    public async Task A_new_share_of_one_gives_no_new_job_to_miners_of_another()
    {
        await using var one = await StratumClient.MiningAsync(_server.EndPoint, AddressOf(0, 1));
        await using var two = await StratumClient.MiningAsync(_server.EndPoint, AddressOf(1, 2));
        var jobs = two.Wire.Jobs.Count;
        await ShareLab.MineAsync(_nodes[0], _clock, 1, Coins.Owner(7));
        await one.HearUntilAsync(() => one.Wire.Job.Clean && one.Wire.Jobs.Count > 1);
        await two.AskAsync("mining.ping");
        Assert.Equal(jobs, two.Wire.Jobs.Count);
    }

    [Fact]
    public async Task An_address_that_reads_the_same_on_both_is_refused_with_words()
    {
        await using var miner = await StratumClient.ConnectAsync(_server.EndPoint);
        await miner.AskAsync("mining.subscribe");
        var any = BitcoinAddress.FromScript(Script.P2pkh(Hash160.Of(new byte[1])), _nodes[0].Network).ToString();
        var error = (await miner.AskAsync("mining.authorize", any)).GetProperty("error");
        Assert.Equal(24, error[0].GetInt32());
        Assert.Contains("use a bech32 address", error[1].GetString(), StringComparison.Ordinal);
        Assert.Empty((await AskAsync(any)).Sharechains);

        // Of one sharechain alone it says all that is to be said.
        await using var single = new StratumServer(
            _nodes[1], _main, new StratumOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, _clock);
        single.Start();
        await using var other = await StratumClient.MiningAsync(single.EndPoint, any);
    }

    [Fact]
    public async Task A_connection_stays_with_its_first_sharechain()
    {
        await using var miner = await StratumClient.MiningAsync(_server.EndPoint, AddressOf(0, 1));
        var error = (await miner.AskAsync("mining.authorize", AddressOf(1, 1))).GetProperty("error");
        Assert.Contains("another address", error[1].GetString(), StringComparison.Ordinal);
    }

    private static Script ScriptOf(int number) => Script.P2wsh(Coins.Owner(number));

    private string AddressOf(int row, int number) =>
        BitcoinAddress.FromScript(ScriptOf(number), _nodes[row].Network).ToString();

    private async Task<int> HeightAsync(int row) => (await _nodes[row].GetTipAsync()).Height;

    private async Task<ShareNode> OpenAsync(string row) => await ShareNode.OpenAsync(
        SharechainProfile.Find(row)!, InterpreterRules.Consensus, new MemoryBlockStore(), new NoBlocks(_main), _clock);

    private Task<MinersReport> AskAsync(string? address) => StratumQuery.AskAsync(
        "127.0.0.1", _server.EndPoint.Port, address, TimeProvider.System, TestContext.Current.CancellationToken);
}
