using System.Diagnostics;
using System.Text;
using Market.Bitcoin;
using Market.Chains.Stratum;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

internal static class NewestWork
{
    /// <summary>Hears until the miner's newest job stands on both chains' tips: its coinbase is that of the server's newest
    /// template, and that one's parents are the tips.</summary>
    public static async Task HearAsync(
        StratumClient miner, StratumServer server, Script payTo, IChain shares, IChain main)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await IsNewestAsync())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Eventually.Patience, "Heard in vain.");
            Assert.True(await miner.HearAsync(), "The server closed the connection.");
        }

        // The tips may move meanwhile.
        async ValueTask<bool> IsNewestAsync() =>
            (await shares.GetTipAsync(), await main.GetTipAsync()) is var (share, block) && server.Newest is { } newest
            && newest.Header.Parent.Value == share.Id && newest.MainHeader.Previous.Value == block.Id
            && Encoding.ASCII.GetString(new StratumWork(newest.PaidTo(payTo)).Notify("0", true))
                .Contains(miner.Wire.Job.Coinbase2, StringComparison.Ordinal);
    }
}
