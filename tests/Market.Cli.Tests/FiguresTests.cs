using Market.Cli.Common;

namespace Market.Cli.Tests;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(5_000_000_000, "50")]
    [InlineData(50_000_000, "0.5")]
    [InlineData(123_400_000_001, "1,234.00000001")]
    public void Writes_shares_without_rounding(long units, string expected) =>
        Assert.Equal(expected, Figures.Shares(units));

    [Theory]
    [InlineData("50", 5_000_000_000)]
    [InlineData("0.5", 50_000_000)]
    [InlineData("1,000", 100_000_000_000)]
    [InlineData("1,000,000.25", 100_000_025_000_000)]
    [InlineData("0.00000001", 1)]
    public void Reads_shares(string text, long expected) => Assert.Equal(expected, Figures.ParseShares(text).Units);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("0.000000001")]
    [InlineData("many")]
    [InlineData("1e5")]
    [InlineData("0,5")]
    [InlineData("0,001")]
    [InlineData("1,50")]
    [InlineData("1000,000")]
    [InlineData("1.")]
    [InlineData("999999999999999999999999")]
    public void Refuses_what_is_no_quantity(string text) =>
        Assert.Equal("bad-quantity", Assert.Throws<CliException>(() => Figures.ParseShares(text)).Code);

    [Theory]
    [InlineData("98120", 98_120)]
    [InlineData("98,120", 98_120)]
    [InlineData("98120 sat", 98_120)]
    [InlineData("0.0009812 BTC", 98_120)]
    [InlineData("0.00098120BTC", 98_120)]
    public void Reads_a_price(string text, long expected) => Assert.Equal(expected, Figures.ParsePrice(text).Sats);

    [Theory]
    [InlineData("98.5")]
    [InlineData("0")]
    [InlineData("-5")]
    public void Refuses_what_is_no_price(string text) =>
        Assert.Equal("bad-price", Assert.Throws<CliException>(() => Figures.ParsePrice(text)).Code);

    [Theory]
    [InlineData("0.5")]
    [InlineData("")]
    public void Refuses_what_is_no_amount_of_bitcoin(string text) =>
        Assert.Equal("bad-amount", Assert.Throws<CliException>(() => Figures.ParseSats(text)).Code);

    [Theory]
    [InlineData("0.001 BTC", 100_000)]
    [InlineData("0.001btc", 100_000)]
    [InlineData("1 BTC", 100_000_000)]
    [InlineData("100000 sat", 100_000)]
    [InlineData("100,000sats", 100_000)]
    [InlineData("100000", 100_000)]
    public void Reads_bitcoin_in_its_units(string text, long expected) => Assert.Equal(expected, Figures.ParseSats(text));

    [Theory]
    [InlineData("0.5", "may be BTC or sat: say \"0.5 BTC\", which is 50,000,000 sat")]
    [InlineData("100.00", "may be BTC or sat")]
    [InlineData("1 mBTC", "\"mBTC\" is no unit here")]
    [InlineData("5 shares", "\"shares\" is no unit here")]
    [InlineData("0.5 sat", "is no amount of bitcoin")]
    [InlineData("0,001 BTC", "is no amount of bitcoin")]
    [InlineData("0.000000001 BTC", "is no amount of bitcoin")]
    [InlineData("0 BTC", "is no amount of bitcoin")]
    public void What_may_mean_two_things_is_refused_by_name(string text, string why)
    {
        var refused = Assert.Throws<CliException>(() => Figures.ParseSats(text));
        Assert.Equal("bad-amount", refused.Code);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_how_far_a_time_is()
    {
        var now = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

        Assert.Equal("in 9 min", Figures.Relative(now.AddMinutes(9), now));
        Assert.Equal("12 s ago", Figures.Relative(now.AddSeconds(-12), now));
        Assert.Equal("in 2.5 h", Figures.Relative(now.AddMinutes(150), now));
    }
}
