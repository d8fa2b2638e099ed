using Market.Bitcoin;
using Market.Chains.Stratum;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>The line that is written once for all miners, and patched for each.</summary>
public sealed class StratumWorkTests
{
    // As long as any that a coinbase pays.
    private static readonly Script Longest = new(new byte[] { 0x60, 0x28 }.Concat(new byte[40]).ToArray());

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(12)]
    public async Task What_a_miner_is_given_is_what_a_template_of_its_own_would_say(int shares)
    {
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(new NoBlocks(main), clock);
        await ShareLab.MineAsync(node, clock, shares, Coins.Owner(9));
        var template = await node.GetTemplateAsync(Longest, TestContext.Current.CancellationToken);
        var pattern = new StratumPattern(template);

        // While nobody holds what is mature a miner pays itself.
        Assert.Equal(shares < 12, template.PaysItself);
        var key = PrivateKey.Create([.. Enumerable.Repeat((byte)3, 32)]);
        foreach (var miner in new[] { Script.P2wsh(Coins.Owner(1)), Script.P2wpkh(key.PublicKey) })
        {
            var work = StratumWork.Of(pattern, miner);
            var own = new StratumWork(template.PaidTo(miner));
            Assert.Equal(own.Notify("7", true), work.Notify("7", true));
            Assert.NotEqual(StratumWork.Of(pattern, Longest).Notify("7", true), work.Notify("7", true));
            Assert.Equal(own.Template.MainHeader, work.Template.MainHeader);
            Assert.Equal(own.Template.Header.Commitment, work.Template.Header.Commitment);
            Assert.True(own.IsBeside(work));
        }
    }
}
