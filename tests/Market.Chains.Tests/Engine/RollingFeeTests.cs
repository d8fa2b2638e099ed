using Market.Bitcoin;
using Market.Chains.Engine;

namespace Market.Chains.Tests.Engine;

/// <summary>The least feerate of a pool that was full, as Bitcoin Core's.</summary>
public sealed class RollingFeeTests
{
    private const long Most = 1_000;

    [Fact]
    public void Rises_on_eviction_and_falls_by_half_only_once_a_block_came()
    {
        var fee = new RollingFee(new FeeRate(1_000));
        Assert.Equal(0, fee.At(0, Most, 0).SatsPerKvB);
        fee.Evicted(new FeeRate(7_000));
        fee.Evicted(new FeeRate(3_000));
        Assert.Equal(8_000, fee.At(Most, Most, 10_000_000).SatsPerKvB);

        fee.Connected(0);
        Assert.Equal(8_000, fee.At(Most, Most, 10).SatsPerKvB);
        Assert.Equal(4_000, fee.At(Most, Most, RollingFee.HalfLife).SatsPerKvB);
        Assert.Equal(2_000, fee.At(Most / 3, Most, RollingFee.HalfLife + (RollingFee.HalfLife / 2)).SatsPerKvB);
        Assert.Equal(1_000, fee.At(Most / 5, Most, RollingFee.HalfLife + (RollingFee.HalfLife * 3 / 4)).SatsPerKvB);

        // Never below the increment, until it is below half of it and gone.
        Assert.Equal(0, fee.At(Most / 5, Most, (2 * RollingFee.HalfLife) + 60).SatsPerKvB);
    }

    [Fact]
    public void Stands_still_again_when_something_dearer_is_put_out()
    {
        var fee = new RollingFee(new FeeRate(1_000));
        fee.Evicted(new FeeRate(2_000));
        fee.Connected(0);
        fee.Evicted(new FeeRate(9_000));
        Assert.Equal(10_000, fee.At(0, Most, 100 * RollingFee.HalfLife).SatsPerKvB);
    }
}
