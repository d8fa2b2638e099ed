using Microsoft.Playwright;

namespace Market.Web.Tests.Browser;

/// <summary>The page over the real server: demo miners earn shares, sell them to a bot, and a reader watches.</summary>
[Collection("demo")]
public sealed class RealServerTests(Chromium chromium, Demo demo)
{
    private static readonly LocatorAssertionsToContainTextOptions Patient = new() { Timeout = 300_000 };

    [Fact]
    public async Task A_reader_who_places_nothing_sees_a_trade_and_a_swap_advance_live()
    {
        var market = demo.Market;
        await using var tab = await Tab.OpenAsync(chromium, market.Address, "/");
        var page = tab.Page;
        await page.EvaluateAsync("() => { window.sameDocument = true; }");
        var newest = await NewestTradeAsync(page);
        await page.WaitForFunctionAsync(
            "last => (document.querySelector('[data-tape] tr a')?.getAttribute('href') ?? '') !== last",
            newest,
            new PageWaitForFunctionOptions { Timeout = 300_000 });
        var swap = await NewestTradeAsync(page);
        Assert.StartsWith("/swaps/", swap, StringComparison.Ordinal);
        var card = page.Locator($"[data-swap='{swap["/swaps/".Length..]}']");
        await Assertions.Expect(card).ToHaveCountAsync(1);
        await tab.ShootAsync("real-trade");

        await using var other = await Tab.OpenAsync(chromium, market.Address, swap);
        await other.Page.EvaluateAsync("() => { window.sameDocument = true; }");
        var done = await other.Page.Locator(".step.is-done").CountAsync();
        await other.ShootAsync("real-swap-started", whole: true);
        await other.Page.WaitForFunctionAsync(
            "before => document.querySelectorAll('.step.is-done').length > before",
            done,
            new PageWaitForFunctionOptions { Timeout = 300_000 });
        await Assertions.Expect(card).ToContainTextAsync("settled", Patient);
        await Assertions.Expect(page.Locator($"[data-tape] tr:has(a[href='{swap}']) .state")).ToHaveTextAsync("final");
        await Assertions.Expect(page.Locator("[data-fig='last']")).Not.ToHaveTextAsync("\u2013");
        await Assertions.Expect(other.Page.Locator(".verdict")).ToContainTextAsync("settled", Patient);
        await other.ShootAsync("real-swap-settled", whole: true);
        await tab.ShootAsync("real-trade-settled");

        foreach (var seen in new[] { tab, other })
        {
            Assert.True(await seen.Page.EvaluateAsync<bool>("() => window.sameDocument === true"), "it was reloaded");
            Assert.Empty(seen.ConsoleErrors);
            Assert.Empty(seen.ForeignRequests);
        }
    }

    private static async Task<string> NewestTradeAsync(IPage page) =>
        await page.Locator("[data-tape] tr a").CountAsync() == 0
            ? ""
            : await page.Locator("[data-tape] tr a").First.GetAttributeAsync("href") ?? "";
}
