using Market.Contracts;
using Market.Web.Tests.Host;
using Microsoft.Playwright;

namespace Market.Web.Tests.Browser;

public sealed class AnalyticsBrowserTests(Chromium chromium)
{
    [Fact]
    public async Task Charts_draw_what_the_table_lists_and_follow_what_is_said_next()
    {
        var market = new RecordedMarket(TimeProvider.System) { SaidMinutes = 5 }.Filled();
        await using var host = await PageHost.StartAsync(market);
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/analytics?every=minute");
        var rows = tab.Page.Locator(".readings tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(5);
        await tab.Page.Locator(".readings-chart canvas").First.WaitForAsync();
        var keys = tab.Page.Locator(".keys-of-lines li");
        var drawn = ReadingFigures.Of(false)[0].Figures.Where(figure => figure.Line is not null).ToList();
        await Assertions.Expect(keys).ToHaveCountAsync(drawn.Count);
        // The key says the newest value as the server writes it.
        var newest = market.Readings(RecordedMarket.First)[0];
        for (var i = 0; i < drawn.Count; i++)
        {
            var text = $"{drawn[i].Name} {drawn[i].Text(newest)} {drawn[i].ErrorText(newest)}".TrimEnd();
            await Assertions.Expect(keys.Nth(i)).ToHaveTextAsync(text);
        }

        // The chart is there again after the page was renewed, and an open word stays open.
        await tab.Page.Locator(".said details").First.ClickAsync();
        market.SaidMinutes = 8;
        await host.SendAsync(Channels.Chains(RecordedMarket.First), StreamEventType.Update, market.NextShare());
        await Assertions.Expect(rows).ToHaveCountAsync(8);
        await Assertions.Expect(tab.Page.Locator(".readings-chart canvas").First).ToBeVisibleAsync();
        await Assertions.Expect(tab.Page.Locator(".said details[open]")).ToHaveCountAsync(1);
        await tab.Page.ClickAsync("[data-theme-button]");
        await tab.ShootAsync("analytics-renewed", whole: true);
        Assert.Empty(tab.ConsoleErrors);
        Assert.Empty(tab.ForeignRequests);
    }

    [Fact]
    public async Task Without_scripts_every_group_reads_and_its_words_open()
    {
        await using var host = await PageHost.StartAsync(
            new RecordedMarket(TimeProvider.System) { FirstSeries = RecordedMarket.SeriesOf(SeriesState.Listed) }.Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/analytics", scripts: false);
        foreach (var group in ReadingFigures.Of(expires: true).Where(one => one.Figures.Count > 0))
        {
            await tab.Page.GetByRole(AriaRole.Navigation, new() { Name = "Figures" }).GetByText(group.Name, new() { Exact = true })
                .ClickAsync();
            await Assertions.Expect(tab.Page.Locator(".said tbody tr")).ToHaveCountAsync(group.Figures.Count);
            await tab.Page.Locator(".said summary").First.ClickAsync();
            await Assertions.Expect(tab.Page.GetByText(group.Figures[0].Words)).ToBeVisibleAsync();
            Assert.False(await tab.Page.Locator("[data-chart-readings]").IsVisibleAsync(), "the room of a chart is shown");
        }
    }
}
