namespace Market.Sharechain.Tests.Economics;

public sealed class PoolHashrateTests
{
    [Fact]
    public void Hashrate_is_the_work_of_the_newest_shares_by_their_time()
    {
        var lab = new Lab();
        Assert.Equal(0, PoolHashrate.Estimate(lab.Chain.TipNode, 50).HashesPerSecond);
        lab.AddMany(21);
        var estimate = PoolHashrate.Estimate(lab.Chain.TipNode, 10);

        Assert.Equal(10, estimate.Shares);
        Assert.Equal(20, estimate.Seconds);
        Assert.Equal(10 * lab.Profile.Genesis.Bits.Work().ToDouble() / 20, estimate.HashesPerSecond);
        Assert.Equal(1 / Math.Sqrt(10), estimate.RelativeError);
        Assert.Equal(20, PoolHashrate.Estimate(lab.Chain.TipNode, 1_000).Shares);
    }
}
