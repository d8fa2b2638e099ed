using System.Text;
using Market.Bitcoin;
using Market.Chains.Stratum;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>How long jobs are known.</summary>
public sealed class StratumJobsTests
{
    [Fact]
    public async Task A_Bitcoin_block_is_handed_in_however_many_shares_came_since_its_job()
    {
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(new NoBlocks(main), clock);
        var miner = Script.P2wsh(Coins.Owner(1));
        var user = BitcoinAddress.FromScript(miner, node.Network).ToString();
        var session = new StratumSession(
            new byte[] { 1, 2, 3, 4 }, StratumAddresses.Of(node.Network), new StratumRules(), clock.Now);
        var wire = new StratumWire();
        Ask("""{"id":1,"method":"mining.subscribe","params":[]}""");
        Ask($$"""{"id":2,"method":"mining.authorize","params":["{{user}}","x"]}""");
        await OfferAsync();
        for (var i = 0; i < 5; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(2));
            var share = ShareLab.Solve(await node.GetTemplateAsync(Coins.Owner(77), TestContext.Current.CancellationToken));
            var taken = await node.SubmitShareAsync(share, TestContext.Current.CancellationToken);
            Assert.Equal(SubmitCode.Accepted, taken.Code);
            await OfferAsync();
        }

        Assert.Equal(6, wire.Jobs.Count(job => job.Clean));
        Assert.Single(wire.Jobs.Select(job => job.Previous).Distinct());
        var template = await node.GetTemplateAsync(miner, TestContext.Current.CancellationToken);
        var difficulty = Math.Max(wire.Difficulty, StratumDifficulty.Of(template.MainTarget) * 1.01);
        foreach (var job in wire.Jobs)
        {
            var found = string.Join("\",\"", wire.Mine(user, job: job, difficulty: difficulty));
            var step = Ask($$"""{"id":3,"method":"mining.submit","params":["{{found}}"]}""");
            Assert.Equal(job == wire.Job ? StratumReject.None : StratumReject.Stale, step.Result!.Reject);
            Assert.True(template.MainTarget.IsMetBy(step.Result.Share!.Proof.MainHeader.Id.Value));
        }

        StratumStep Ask(string line) => Hear(session.Take(Encoding.UTF8.GetBytes(line), clock.Now));

        async Task OfferAsync() => Hear(session.Offer(
            new StratumWork(await node.GetTemplateAsync(miner, TestContext.Current.CancellationToken)), clock.Now));

        StratumStep Hear(StratumStep step)
        {
            foreach (var line in step.Lines)
            {
                wire.Hear(Encoding.UTF8.GetString(line));
            }

            return step;
        }
    }
}
