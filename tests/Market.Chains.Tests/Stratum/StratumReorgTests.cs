using System.Net;
using Market.Bitcoin;
using Market.Chains.Stratum;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>Bitcoin reorganises while miners work.</summary>
public sealed class StratumReorgTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reorganisation_moves_the_jobs_and_what_was_found_below_it_is_late_and_a_share_all_the_same()
    {
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 6);
        await using var node = await ShareLab.NodeAsync(main, clock);
        var options = new StratumOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) };
        await using var server = new StratumServer(node, main, options, clock);
        server.Start();
        var winner = Script.P2wsh(Coins.Owner(4));
        var user = BitcoinAddress.FromScript(winner, node.Network).ToString();
        await using var miner = await StratumClient.MiningAsync(server.EndPoint, user);
        await NewestWork.HearAsync(miner, server, winner, node, main);
        var (before, lost) = (miner.Wire.Job, (await main.GetTipAsync(Cancel)).Id);
        var found = miner.Wire.Mine(user, "00000001");
        clock.Advance(TimeSpan.FromSeconds(5));

        // Two blocks on the tip's parent take its place.
        await main.MineForkAsync((await main.GetTipAsync(Cancel)).Height - 1, 2, cancellation: Cancel);
        await NewestWork.HearAsync(miner, server, winner, node, main);
        Assert.True(miner.Wire.Job.Clean);
        Assert.NotEqual(before.Previous, miner.Wire.Job.Previous);

        // What stands on the block that lost is told as late, is no block, and is a share by rule 5.
        var below = (await main.GetTipAsync(Cancel)).Height;
        Assert.Equal(21, await miner.SubmitAsync(found));
        await Eventually.TrueAsync(async () => (await node.GetTipAsync(Cancel)).Height == 1, "the late share");
        var share = await node.GetShareAsync(new ShareId((await node.GetTipAsync(Cancel)).Id), Cancel);
        Assert.Equal(lost, share!.Proof.MainHeader.Previous.Value);
        await Eventually.TrueAsync(() => server.Report().Blocks.Length == 1, "what became of the block");
        Assert.Equal(SubmitCode.SideChain, server.Report().Blocks[0].Result!.Code);
        Assert.Equal(below, (await main.GetTipAsync(Cancel)).Height);

        // Work goes on upon both: the share that stands on the lost block, and the block that took its place.
        await NewestWork.HearAsync(miner, server, winner, node, main);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, await miner.SubmitAsync(miner.Wire.Mine(user, "00000002")));
        await Eventually.TrueAsync(async () => (await node.GetTipAsync(Cancel)).Height == 2, "a share on top of it");
        await Eventually.TrueAsync(async () => (await main.GetTipAsync(Cancel)).Height == below + 1, "and a block");
        await Eventually.TrueAsync(
            () => server.Totals().Workers[0] is { Accepted: 1, Stale: 1 }, "the two results to be counted");
    }
}
