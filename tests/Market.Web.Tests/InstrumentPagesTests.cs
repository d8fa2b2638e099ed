using System.Net;
using Market.Contracts;
using Market.Web.Tests.Host;

namespace Market.Web.Tests;

/// <summary>Which instrument a page is about, and that its links keep it.</summary>
public sealed partial class InstrumentPagesTests : IAsyncLifetime
{
    private const string Other = "P2SHARE-K20-BTC";

    private PageHost _host = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System) { Other = Other }.Filled());
        _http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(_host.Address) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData("/", RecordedMarket.First)]
    [InlineData("/?instrument=P2SHARE-BTC", RecordedMarket.First)]
    [InlineData("/?instrument=P2SHARE-K20-BTC", Other)]
    [InlineData("/explorer?instrument=P2SHARE-K20-BTC", Other)]
    [InlineData("/status?instrument=P2SHARE-K20-BTC", Other)]
    public async Task A_page_is_about_the_instrument_that_its_address_names_or_the_first(string path, string instrument)
    {
        var page = await ReadAsync(path);
        Assert.Contains($"data-market=\"{instrument}\"", page, StringComparison.Ordinal);
        Assert.Contains($"aria-current=\"true\">{instrument}</a>", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/?instrument=P2SHARE-K20-BTC")]
    [InlineData("/swaps?instrument=P2SHARE-K20-BTC")]
    [InlineData("/explorer?instrument=P2SHARE-K20-BTC")]
    [InlineData("/how?instrument=P2SHARE-K20-BTC")]
    public async Task Links_keep_the_choice_and_the_search_does(string path)
    {
        var page = await ReadAsync(path);
        var links = Links().Matches(page).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).ToList();
        Assert.Contains($"/swaps?instrument={Other}", links);
        Assert.Contains($"/explorer?instrument={Other}#sharechain", links);
        Assert.All(links, link => Assert.Contains("instrument=", link, StringComparison.Ordinal));
        if (path.StartsWith("/explorer", StringComparison.Ordinal))
            Assert.Contains($"name=\"instrument\" type=\"hidden\" value=\"{Other}\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_of_a_market_younger_than_a_day_are_told_of_the_time_since_its_first_trade()
    {
        Assert.Contains("<dt data-period>24 h</dt>", await ReadAsync("/"), StringComparison.Ordinal);
        _host.Market.Since = new DateTimeOffset(2026, 3, 1, 9, 12, 0, TimeSpan.Zero);
        var young = await ReadAsync("/");
        Assert.DoesNotContain("24 h", young, StringComparison.Ordinal);
        foreach (var expected in new[] { ">since 09:12 UTC</dt>", "Volume, <span data-period>since 09:12 UTC<" })
            Assert.Contains(expected, young, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_shares_that_expire_the_trade_page_shows_both_prices_and_nothing_of_draws()
    {
        const string keeps = "worth to who is not paid and keeps it";
        var lasting = await ReadAsync("/");
        Assert.Contains("grinding (cost / gain", lasting, StringComparison.Ordinal);
        Assert.DoesNotContain(keeps, lasting, StringComparison.Ordinal);

        _host.Market.FirstSeries = RecordedMarket.SeriesOf(SeriesState.Listed);
        var series = await ReadAsync("/");
        string[] all = [keeps, "data-dv=\"mTop\">2.500<", "data-dv=\"owner\">0<", "data-dv=\"aged\">40.0"];
        foreach (var expected in all) Assert.Contains(expected, ShownAmounts.Plain(series), StringComparison.Ordinal);
        Assert.DoesNotContain("grinding (cost / gain", series, StringComparison.Ordinal);
        Assert.DoesNotContain("variance, holder of", series, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_leads_to_a_page_about_the_same_instrument()
    {
        using var found = await _http.GetAsync(new Uri($"/explorer?q=100&instrument={Other}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, found.StatusCode);
        Assert.EndsWith($"?instrument={Other}", found.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_of_the_first_name_none_and_a_swap_tells_itself_what_it_is_about()
    {
        var page = await ReadAsync("/");
        Assert.Contains("href=\"/swaps\"", page, StringComparison.Ordinal);
        var swap = _host.Market.Newest(1)[0];
        var shown = await ReadAsync($"/swaps/{swap.Id}?instrument={Other}");
        Assert.Contains($"data-market=\"{swap.Instrument}\"", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_count_of_all_instruments_swaps_leads_to_no_list_of_ones()
    {
        const string link = "<a class=\"tip tip-swaps\" href=";
        Assert.Contains($"{link}\"/status?instrument=", await ReadAsync($"/?instrument={Other}"), StringComparison.Ordinal);
        await using var one = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        using var http = new HttpClient { BaseAddress = new Uri(one.Address) };
        Assert.Contains(
            $"{link}\"/swaps\"", await http.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_instruments_page_says_how_its_wallet_is_made()
    {
        var other = await ReadAsync($"/?instrument={Other}");
        Assert.Contains("wallet create --sharechain p2share-k20<", other, StringComparison.Ordinal);
        Assert.Contains("export MARKET_WALLET=~/.market/p2share-k20", other, StringComparison.Ordinal);
        var first = await ReadAsync("/");
        Assert.Contains("wallet create --sharechain p2share<", first, StringComparison.Ordinal);
        Assert.DoesNotContain("export MARKET_WALLET", first, StringComparison.Ordinal);
        Assert.DoesNotContain("--instrument", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_of_shares_that_expire_name_their_series()
    {
        const string series = "P2POOLV2-12-BTC";
        _host.Market.Other = series;
        var page = await ReadAsync($"/?instrument={series}");
        Assert.Contains("wallet create --sharechain p2poolv2<", page, StringComparison.Ordinal);
        foreach (var verb in new[] { "sell", "buy" })
            Assert.Matches($"/market {verb} 1 --price [0-9]+ --instrument {series}<", ShownAmounts.Plain(page));
    }

    [Fact]
    public async Task Where_one_is_traded_nothing_is_to_be_chosen_and_another_is_not_there()
    {
        _host.Market.Other = null;
        Assert.DoesNotContain("class=\"markets\"", await ReadAsync("/"), StringComparison.Ordinal);
        foreach (var path in new[] { $"/?instrument={Other}", $"/watch/{new string('a', 64)}?instrument={Other}" })
        {
            using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    private async Task<string> ReadAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    [System.Text.RegularExpressions.GeneratedRegex("<a [^>]*href=\"(/[^\"]*)\"")]
    private static partial System.Text.RegularExpressions.Regex Links();
}
