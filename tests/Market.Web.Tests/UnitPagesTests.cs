using System.Net;
using Market.Web.Tests.Host;

namespace Market.Web.Tests;

/// <summary>Which unit the server shows amounts in: by the address, and where that names none by the cookie.</summary>
public sealed class UnitPagesTests : IAsyncLifetime
{
    private PageHost _host = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(_host.Address) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData("", null, "sat")]
    [InlineData("?units=btc", null, "btc")]
    [InlineData("", "btc", "btc")]
    [InlineData("?units=sat", "btc", "sat")]
    [InlineData("?units=btc", "sat", "btc")]
    [InlineData("?units=pink", null, "sat")]
    [InlineData("?units=BTC&units=sat", "btc", "btc")]
    [InlineData("", "<b>", "sat")]
    public async Task The_address_goes_before_the_cookie_and_what_is_no_unit_is_passed_over(
        string query, string? cookie, string unit)
    {
        var page = await ReadAsync("/swaps" + query, cookie);
        Assert.Contains($"data-units=\"{unit}\"", page, StringComparison.Ordinal);
        var (shown, other) = unit == "sat" ? ("98,120", "0.00098120") : ("0.00098120", "98,120");
        Assert.Contains($"<span data-sat=\"98120\">{shown}</span>", page, StringComparison.Ordinal);
        Assert.DoesNotContain(other, page, StringComparison.Ordinal);
        Assert.Contains($"data-l=\"Price ({(unit == "sat" ? "sat" : "BTC")})\"", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sat", "<span data-sat=\"4900000\">4,900,000</span> <span data-money=\"\">sat</span> to the buyer at 2 sat/vB.")]
    [InlineData("btc", "<span data-sat=\"4900000\">0.04900000</span> <span data-money=\"\">BTC</span> to the buyer at 2 sat/vB.")]
    public async Task Sentences_say_amounts_in_the_unit_that_was_chosen(string unit, string sentence)
    {
        Assert.Contains(sentence, await ReadAsync("/?units=" + unit), StringComparison.Ordinal);
        var swap = _host.Market.Newest(100).First(one => one.Outcome == Market.Contracts.SwapOutcome.Refunded);
        Assert.Contains(sentence, await ReadAsync($"/swaps/{swap.Id}?units={unit}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_switch_is_a_link_to_the_same_in_the_other_unit()
    {
        Assert.Contains("href=\"?outcome=settled&units=btc\"", await ReadAsync("/swaps?outcome=settled"), StringComparison.Ordinal);
        Assert.Contains(
            "href=\"?outcome=settled&units=sat\"", await ReadAsync("/swaps?units=btc&outcome=settled"), StringComparison.Ordinal);
        Assert.Contains("href=\"?q=%22%3E%3Cb%3E&units=btc\"", await ReadAsync("/explorer?q=\"><b>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_name_the_unit_where_the_browser_does_not_remember_it_and_what_programs_read_has_none()
    {
        var named = await ReadAsync("/analytics?units=btc");
        Assert.Contains("href=\"/swaps?units=btc\"", named, StringComparison.Ordinal);
        Assert.Matches("href=\"/analytics[?]show=yield&[^\"]*units=btc\"", named);
        Assert.Contains("href=\"/api/", named, StringComparison.Ordinal);
        Assert.DoesNotMatch("href=\"/api/[^\"]*units=", named);
        var field = "<input name=\"units\" type=\"hidden\" value=\"btc\"";
        Assert.Contains(field, await ReadAsync("/explorer?units=btc"), StringComparison.Ordinal);
        Assert.DoesNotContain("/swaps?units=", await ReadAsync("/analytics?units=btc", "btc"), StringComparison.Ordinal);
        Assert.DoesNotContain("/swaps?units=", await ReadAsync("/analytics", "btc"), StringComparison.Ordinal);
        Assert.Contains("/swaps?units=sat", await ReadAsync("/analytics?units=sat", "btc"), StringComparison.Ordinal);
    }

    private async Task<string> ReadAsync(string path, string? cookie = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (cookie is not null) request.Headers.Add("Cookie", $"units={cookie}");
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
