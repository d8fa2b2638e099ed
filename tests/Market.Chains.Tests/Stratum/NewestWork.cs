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
        var (share, block) = (await shares.GetTipAsync(), await main.GetTipAsync());
        await miner.HearUntilAsync(() => server.Newest is { } newest
            && newest.Header.Parent.Value == share.Id && newest.MainHeader.Previous.Value == block.Id
            && Encoding.ASCII.GetString(new StratumWork(newest.PaidTo(payTo)).Notify("0", true))
                .Contains(miner.Wire.Job.Coinbase2, StringComparison.Ordinal));
    }
}
