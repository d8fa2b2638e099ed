using Market.Contracts;

namespace Market.Web.Tests;

public sealed class UnitsTests
{
    [Theory]
    [InlineData(0, "0.0000")]
    [InlineData(1, "0.00000001")]
    [InlineData(100_000_000, "1.0000")]
    [InlineData(125_000_000_000, "1,250.0000")]
    [InlineData(123_456_789, "1.23456789")]
    [InlineData(130, "0.00000130")]
    [InlineData(-50_000_000, "\u22120.5000")]
    [InlineData(-150_000_000, "\u22121.5000")]
    public void Shares_have_four_decimals_and_more_only_where_they_are_not_zero(long units, string expected) =>
        Assert.Equal(expected, Units.Shares(units));

    [Fact]
    public void A_day_is_told_as_what_it_is_in_a_market_that_is_younger()
    {
        Assert.Equal("24 h", Units.Period(null));
        Assert.Equal("since 09:12 UTC", Units.Period(new DateTimeOffset(2026, 3, 1, 11, 12, 59, TimeSpan.FromHours(2))));
    }

    [Fact]
    public void Columns_cut_off_and_never_round_up() =>
        Assert.Equal("1,234.9999", Units.Column(new Quantity(123_499_999_999)));

    [Theory]
    [InlineData(-0.0082, "\u22120.8\u2009%")]
    [InlineData(0.0123, "+1.2\u2009%")]
    [InlineData(-0.0001, "0.0\u2009%")]
    [InlineData(12.5, "+1,250.0\u2009%")]
    [InlineData(null, "\u2013")]
    [InlineData(double.NaN, "\u2013")]
    public void Signed_percentages_have_a_true_minus_and_no_signed_zero(double? fraction, string expected) =>
        Assert.Equal(expected, Units.SignedPercent(fraction));

    [Theory]
    [InlineData(0, "0 H/s")]
    [InlineData(999, "999 H/s")]
    [InlineData(92_400, "92.4 kH/s")]
    [InlineData(999_999, "1.00 MH/s")]
    [InlineData(1.8e9, "1.80 GH/s")]
    [InlineData(-1, "\u2013")]
    public void Hashrates_have_a_prefix(double rate, string expected) => Assert.Equal(expected, Units.Hashrate(rate));

    [Theory]
    [InlineData(-3, "0 s")]
    [InlineData(59, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(7_500, "2 h 5 min")]
    [InlineData(273_600, "3 d 4 h")]
    public void Spans_name_two_units_at_most(int seconds, string expected) =>
        Assert.Equal(expected, Units.Span(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(-1, 10, "w0")]
    [InlineData(5, 0, "w0")]
    [InlineData(5, 10, "w50")]
    [InlineData(11, 10, "w100")]
    public void Widths_stay_between_nothing_and_all(double part, double of, string expected) =>
        Assert.Equal(expected, Units.Width(part, of));
}
