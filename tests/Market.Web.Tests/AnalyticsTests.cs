using System.Net;
using System.Text.RegularExpressions;
using Market.Contracts;
using Market.Web.Tests.Host;

namespace Market.Web.Tests;

/// <summary>What was said of a share's worth, as the server writes it.</summary>
public sealed partial class AnalyticsTests : IAsyncLifetime
{
    private const string Other = "P2SHARE-K20-BTC";

    private PageHost _host = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System) { Other = Other }.Filled());
        _http = new HttpClient { BaseAddress = new Uri(_host.Address) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Every_figure_of_every_group_has_its_words_beside_it_and_a_row_for_each_reading()
    {
        foreach (var series in new[] { null, RecordedMarket.SeriesOf(SeriesState.Listed) })
        {
            _host.Market.FirstSeries = series;
            foreach (var group in ReadingFigures.Of(series is not null).Where(one => one.Figures.Count > 0))
            {
                var page = await ReadAsync($"/analytics?show={group.Id}&every=minute");
                Assert.Contains($"aria-current=\"page\">{group.Name}</a>", page, StringComparison.Ordinal);
                foreach (var figure in group.Figures)
                {
                    var words = $"<details><summary>{figure.Name}</summary><p>{figure.Words}</p></details>";
                    Assert.Contains(words, page, StringComparison.Ordinal);
                    Assert.Equal(AnalyticsLength, Count(page, $"data-l=\"{figure.Name}\""));
                }
                // What is drawn is what is listed.
                Assert.Contains($"\"times\":[{Oldest(page)},", page, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Of_shares_that_expire_the_window_is_told_and_both_prices_and_no_hashrate_is_implied()
    {
        Assert.DoesNotContain("show=expiry", await ReadAsync("/analytics"), StringComparison.Ordinal);
        Assert.DoesNotContain("an owner who is not paid", await ReadAsync("/analytics?show=price"), StringComparison.Ordinal);
        Assert.Contains("implied hashrate", await ReadAsync("/analytics?show=hashrate"), StringComparison.Ordinal);
        _host.Market.FirstSeries = RecordedMarket.SeriesOf(SeriesState.Listed);
        var expiry = await ReadAsync($"/analytics?show=expiry&instrument={RecordedMarket.First}");
        string[] all = ["40.0\u2009%", "30 min", "Series of this sharechain", "900 – 1,199", "root height"];
        foreach (var expected in all) Assert.Contains(expected, expiry, StringComparison.Ordinal);
        Assert.Contains("an owner who is not paid", await ReadAsync("/analytics?show=price"), StringComparison.Ordinal);
        Assert.DoesNotContain("implied hashrate", await ReadAsync("/analytics?show=hashrate"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_instrument_and_all_choices_stand_in_the_address_and_links_keep_them()
    {
        var page = await ReadAsync($"/analytics?show=yield&every=hour&instrument={Other}");
        Assert.Contains($"What a share of <span class=\"num\">{Other}</span> is worth", page, StringComparison.Ordinal);
        Assert.Contains($"/analytics?show=price&every=hour&instrument={Other}", page, StringComparison.Ordinal);
        Assert.Contains($"/analytics?show=yield&every=day&instrument={Other}", page, StringComparison.Ordinal);
        Assert.Contains(
            $"/api/v1/instruments/{Other}/readings?every=hour&limit=500&format=csv", page, StringComparison.Ordinal);
        // The other instrument's page shows the same figures.
        Assert.Contains(
            $"/analytics?instrument={RecordedMarket.First}&show=yield&every=hour", page, StringComparison.Ordinal);
        var nonsense = await ReadAsync("/analytics?show=nonsense&every=nonsense");
        Assert.Contains("<h2 id=\"now\">Discount,", nonsense, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_young_market_is_shown_by_the_minute_since_its_first_reading_and_an_old_one_by_the_hour()
    {
        _host.Market.SaidMinutes = 9;
        var young = await ReadAsync("/analytics");
        Assert.Contains("aria-current=\"true\">each minute</a>", young, StringComparison.Ordinal);
        var first = _host.Market.Readings(RecordedMarket.First)[^1].Time;
        Assert.Contains($"Readings are kept since {Units.Moment(first)}.", young, StringComparison.Ordinal);
        Assert.DoesNotContain("Older ones", young, StringComparison.Ordinal);

        _host.Market.SaidMinutes = 60 * 24;
        var old = await ReadAsync("/analytics");
        Assert.Contains("aria-current=\"true\">each hour</a>", old, StringComparison.Ordinal);
        var minutes = await ReadAsync("/analytics?every=minute");
        Assert.DoesNotContain("Readings are kept since", minutes, StringComparison.Ordinal);
        var older = Links().Matches(minutes).Select(match => match.Groups[1].Value)
            .Single(link => link.Contains("from=", StringComparison.Ordinal));
        Assert.Contains("Older ones", await ReadAsync(older), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_anything_was_said_the_page_says_what_it_waits_for()
    {
        _host.Market.Young = true;
        foreach (var show in new[] { "discount", "holders", "chains" })
        {
            var page = await ReadAsync($"/analytics?show={show}");
            Assert.Contains("Nothing was said of this instrument's shares yet", page, StringComparison.Ordinal);
            Assert.DoesNotContain("data-readings>", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_a_trade_what_needs_a_price_is_a_dash_and_the_page_says_why()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System));
        using var http = new HttpClient { BaseAddress = new Uri(host.Address) };
        var page = WebUtility.HtmlDecode(await http.GetStringAsync(
            new Uri("/analytics", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.Contains("Nothing was traded yet", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"num r\">–", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sharechains_stand_beside_each_other_with_the_rule_that_tells_them_apart()
    {
        var page = await ReadAsync($"/analytics?show=chains&instrument={RecordedMarket.First}");
        string[] all =
        [
            $"{Other} beside {RecordedMarket.First}", "differ in one rule: the market pays 1.043\u2009× for it.",
            "20 drawn owners", "instead of 1 drawn owner",
            "0.310\u2009×", "±4\u2009%", "1.02\u2009×", "±13\u2009%", "412,000,000",
            "5,200.0000",
            // The hashrate's error is 30 in a hundred: no more digits than that allows.
            "92 kH/s", "±30\u2009%",
            $"readings/compared?with={Other}&every=minute&limit=500&format=csv",
        ];
        foreach (var expected in all) Assert.Contains(expected, page, StringComparison.Ordinal);
        await using var alone = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        using var http = new HttpClient { BaseAddress = new Uri(alone.Address) };
        var one = await http.GetStringAsync(
            new Uri("/analytics?show=chains", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("it trades the shares of one sharechain", one, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FigureKind.Factor, 0.94217, 0.12, "0.94", "±12\u2009%")]
    [InlineData(FigureKind.Factor, 0.94217, null, "0.942", "")]
    [InlineData(FigureKind.Sats, 104_161.4, 9_374.5, "104,200", "±9\u2009%")]
    [InlineData(FigureKind.Part, 0.0841, 0.3, "8\u2009%", "±30\u2009%")]
    [InlineData(FigureKind.Part, 0.0841, null, "8.4\u2009%", "")]
    [InlineData(FigureKind.Hashrate, 92_412.0, 27_723.6, "92 kH/s", "±30\u2009%")]
    [InlineData(FigureKind.Hashrate, 92_412.0, 2_772.0, "92.4 kH/s", "±3\u2009%")]
    [InlineData(FigureKind.Hashrate, 1_234_567.0, 900_000.0, "1.23 MH/s", "±73\u2009%")]
    [InlineData(FigureKind.Hashrate, 92_412.0, null, "92.4 kH/s", "")]
    [InlineData(FigureKind.Span, 11_527.0, 1_037.0, "3 h 11 min", "±9\u2009%")]
    [InlineData(FigureKind.Count, 41.0, null, "41", "")]
    [InlineData(FigureKind.Factor, double.NaN, null, "–", "")]
    [InlineData(FigureKind.Sats, null, 3.0, "–", "")]
    public void A_figure_says_no_more_digits_than_its_error(
        FigureKind kind, double? value, double? error, string text, string errorText)
    {
        var reading = _host.Market.Readings(RecordedMarket.First)[0];
        var figure = new ShownFigure("it", "Words.", kind, _ => value) { ErrorOf = _ => error };
        Assert.Equal((text, errorText), (figure.Text(reading), figure.ErrorText(reading)));
    }

    [Fact]
    public void Every_line_of_a_chart_is_told_apart_without_its_colour_and_every_figure_has_words()
    {
        foreach (var expires in new[] { false, true })
        {
            foreach (var group in ReadingFigures.Of(expires).Where(one => one.Figures.Count > 0))
            {
                var lines = group.Figures.Select(figure => figure.Line).OfType<FigureLine>().ToList();
                Assert.NotEmpty(lines);
                Assert.Equal(lines.Count, lines.Select(line => (line.Dash, line.Width)).Distinct().Count());
                Assert.Single(group.Figures.Where(figure => figure.Line is not null).Select(figure => figure.Kind).Distinct());
                Assert.Equal(group.Figures.Count, group.Figures.Select(figure => figure.Name).Distinct().Count());
                Assert.All(group.Figures, figure => Assert.EndsWith(".", figure.Words, StringComparison.Ordinal));
            }
        }
    }

    private static int AnalyticsLength => Market.Web.Pages.AnalyticsModel.PerPage;

    private static int Count(string page, string part) => page.Split(part).Length - 1;

    private static long Oldest(string page)
    {
        var times = Times().Matches(page).Select(match => DateTimeOffset.Parse(
            match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
        return times.Min().ToUnixTimeSeconds();
    }

    [GeneratedRegex("<th scope=\"row\" class=\"num\"><time datetime=\"([^\"]+)\"")]
    private static partial Regex Times();

    [GeneratedRegex("<a href=\"(/analytics[^\"]*)\"")]
    private static partial Regex Links();

    private async Task<string> ReadAsync(string path) =>
        WebUtility.HtmlDecode(await _http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken));
}
