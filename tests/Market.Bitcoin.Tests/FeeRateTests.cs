namespace Market.Bitcoin.Tests;

public sealed class FeeRateTests
{
    [Theory]
    [InlineData(1000, 141, 141)]
    [InlineData(1001, 141, 142)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 1000, 1)]
    [InlineData(1, 1001, 2)]
    [InlineData(0, 1001, 0)]
    [InlineData(1234, 0, 0)]
    [InlineData(long.MaxValue, 0, 0)]
    public void A_fee_is_rounded_up(long rate, int vsize, long fee) =>
        Assert.Equal(fee, new FeeRate(rate).FeeFor(vsize).Sats);

    [Theory]
    [InlineData(141, 141, 1000)]
    [InlineData(142, 141, 1007)]
    [InlineData(0, 141, 0)]
    public void A_rate_is_rounded_down(long fee, int vsize, long rate) =>
        Assert.Equal(rate, FeeRate.Of(new Amount(fee), vsize).SatsPerKvB);

    [Fact]
    public void No_rate_is_negative_and_no_arithmetic_wraps()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FeeRate(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => FeeRate.PerVByte(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => FeeRate.Of(new Amount(-1000), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => FeeRate.Of(new Amount(1), 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => FeeRate.MinimumRelay.FeeFor(-1));
        Assert.Throws<OverflowException>(() => FeeRate.PerVByte(long.MaxValue));
        Assert.Throws<OverflowException>(() => FeeRate.Of(new Amount(long.MaxValue), 1));
    }

    [Theory]
    [InlineData(Amount.MaxMoney, 1000)]
    [InlineData(Amount.MaxMoney, 1001)]
    [InlineData(long.MaxValue, 2)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public void No_fee_is_more_than_all_the_money_there_is(long rate, int vsize) =>
        Assert.Equal(Amount.MaxMoney, new FeeRate(rate).FeeFor(vsize).Sats);

    [Theory]
    [InlineData(1000, "1 sat/vB")]
    [InlineData(1234, "1.234 sat/vB")]
    [InlineData(5, "0.005 sat/vB")]
    public void A_rate_is_written_in_satoshis_per_virtual_byte(long rate, string text) =>
        Assert.Equal(text, new FeeRate(rate).ToString());
}
