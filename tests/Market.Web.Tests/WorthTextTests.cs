namespace Market.Web.Tests;

public sealed class WorthTextTests
{
    [Theory]
    [InlineData(1.2034, "1.20\u2009×")]
    [InlineData(12.34, "12.3\u2009×")]
    [InlineData(1_234.5, "1,234\u2009×")]
    [InlineData(null, "–")]
    [InlineData(double.PositiveInfinity, "–")]
    public void A_ratio_has_three_digits(double? ratio, string expected) => Assert.Equal(expected, WorthText.Times(ratio));

    [Theory]
    [InlineData(0.983, 0.09, "1.7\u2009% below face", "±9\u2009%")]
    [InlineData(0.983, 0.12, "2\u2009% below face", "±12\u2009%")]
    [InlineData(1.2345, 0.004, "23.45\u2009% above face", "±0.4\u2009%")]
    [InlineData(1.0001, 0.09, "at face", "±9\u2009%")]
    [InlineData(31.0, 3.0, "3,000\u2009% above face", "±300\u2009%")]
    [InlineData(0.5, null, "50.0\u2009% below face", "")]
    [InlineData(null, 0.1, "–", "±10\u2009%")]
    public void A_discount_has_no_more_digits_than_its_error_allows(double? d, double? error, string face, string said)
    {
        Assert.Equal(face, WorthText.Face(d, error));
        Assert.Equal(said, WorthText.Error(error));
    }

    [Theory]
    [InlineData(0.996, null, "−0.4\u2009%")]
    [InlineData(0.9458, 0.09, "−5.4\u2009%")]
    [InlineData(1.034, 0.3, "+3\u2009%")]
    [InlineData(1.0001, null, "0.0\u2009%")]
    public void What_a_factor_takes_has_a_sign(double factor, double? error, string expected) =>
        Assert.Equal(expected, WorthText.Takes(factor, error));

    [Theory]
    [InlineData(0.94217, null, "0.942")]
    [InlineData(0.94217, 0.09, "0.942")]
    [InlineData(0.94217, 0.12, "0.94")]
    public void A_factor_is_cut_to_its_error(double factor, double? error, string expected) =>
        Assert.Equal(expected, WorthText.Factor(factor, error));

    [Theory]
    [InlineData(104_161.4, 0.09, "104,200")]
    [InlineData(104_161.4, 0.2, "104,000")]
    [InlineData(104_161.4, null, "104,161")]
    [InlineData(12, 0.1, "12")]
    public void An_amount_is_cut_to_its_error(double value, double? error, string expected) =>
        Assert.Equal(expected, WorthText.Amount(value, error));

    [Fact]
    public void Rates_and_horizons_are_said_with_their_units()
    {
        Assert.Equal("8.4\u2009% ±2\u2009%", WorthText.Yield(0.084, 0.02));
        Assert.Equal("8.4\u2009%", WorthText.Yield(0.084, null));
        Assert.Equal("10 years", WorthText.Horizon(10));
        Assert.Equal("1 year", WorthText.Horizon(1));
        Assert.Equal("–", WorthText.Horizon(null));
    }
}
