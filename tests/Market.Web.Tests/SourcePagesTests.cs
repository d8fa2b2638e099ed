using System.Net;
using Market.Contracts;
using Market.Web.Tests.Host;

namespace Market.Web.Tests;

/// <summary>The page of another pool says what is not checked, how much was read and between what figures lie.</summary>
public sealed class SourcePagesTests : IAsyncLifetime
{
    private RecordedMarket _market = null!;
    private PageHost _host = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _market = new RecordedMarket(TimeProvider.System);
        _host = await PageHost.StartAsync(_market.Filled());
        _http = new HttpClient { BaseAddress = new Uri(_host.Address) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Before_any_figure_it_says_that_nothing_is_checked()
    {
        var page = await ReadAsync("/sources");
        var said = page.IndexOf("Nothing here was validated.", StringComparison.Ordinal);
        Assert.InRange(said, 0, page.IndexOf("60,400", StringComparison.Ordinal));
        Assert.Contains("not checked", page, StringComparison.Ordinal);
        Assert.Contains("Its satoshis are not the satoshis here", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_read_in_part_stands_with_what_the_rest_may_change()
    {
        var page = await ReadAsync("/sources");
        string[] all =
        [
            "50.0 % of what is in it", "The rest is taken to be like it", "at least 204", "18.0 % ±0.1 %",
            "9.0 % to 59.0 %", "21.6 sat, from 19.8 to 24.1", "about 12.2 ZH", "0.43 ×",
        ];
        foreach (var expected in all) Assert.Contains(Plain(expected), Plain(ShownAmounts.Plain(page)), StringComparison.Ordinal);

        _market.SourceIsWhole = true;
        var whole = await ReadAsync("/sources");
        Assert.Contains("all of it", whole, StringComparison.Ordinal);
        foreach (var gone in new[] { "at least", "about 12.2", "±0.1", "to 59.0", ", from 21.6" })
            Assert.DoesNotContain(gone, Plain(whole), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_stands_beside_the_instruments_of_the_market_in_the_same_figures()
    {
        var page = Plain(await ReadAsync("/sources"));
        foreach (var expected in new[] { RecordedMarket.First, "1.80 GH/s", "1.23 ×", "1.20 ×", "0.942", "10.1 PH/s" })
            Assert.Contains(expected, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_node_is_not_believed_or_away_it_says_so_and_of_when_the_figures_are()
    {
        _market.Source = SourceState.Nonsense;
        var lying = await ReadAsync("/sources");
        Assert.Contains("not believed", lying, StringComparison.Ordinal);
        Assert.Contains("bits is no target", lying, StringComparison.Ordinal);
        Assert.Contains("and not of now", lying, StringComparison.Ordinal);
        _market.Source = SourceState.Away;
        Assert.Contains("it does not answer", await ReadAsync("/sources"), StringComparison.Ordinal);
        _market.Source = SourceState.Reading;
        var first = await ReadAsync("/sources");
        Assert.Contains("The first look is under way.", first, StringComparison.Ordinal);
        Assert.DoesNotContain("Its window", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_market_that_reads_none_says_how_its_operator_would()
    {
        _market.Source = null;
        Assert.Contains("--p2poolv2 URL", await ReadAsync("/sources"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_linked_where_other_markets_and_chains_are()
    {
        foreach (var path in new[] { "/markets", "/explorer" })
            Assert.Contains("href=\"/sources\"", await ReadAsync(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(123_456.7, "123,457")]
    [InlineData(999.6, "1000")]
    [InlineData(123.4, "123")]
    [InlineData(50.74, "50.7")]
    [InlineData(1.234, "1.23")]
    [InlineData(0.01234, "0.012")]
    [InlineData(0, "0")]
    [InlineData(double.NaN, "–")]
    public void Satoshis_keep_three_digits(double value, string text) => Assert.Equal(text, SourceText.Sats(value));

    [Fact]
    public void A_range_of_one_figure_is_none()
    {
        Assert.Equal("", SourceText.Range(21.61, 21.62));
        Assert.Equal(", from 21.6 to 21.9", SourceText.Range(21.6, 21.9));
    }

    private async Task<string> ReadAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    // Thin spaces as others.
    private static string Plain(string text) => text.Replace('\u2009', ' ');
}
