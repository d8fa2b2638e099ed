using Market.Contracts;
using Market.Web.Tests.Host;
using Microsoft.Playwright;

namespace Market.Web.Tests.Browser;

/// <summary>The book and the page's lists under mouse and keyboard while what they show changes.</summary>
public sealed class BookTests(Chromium chromium)
{
    private const string Book = "book:P2SHARE-BTC";
    private const string FocusedPrice = "() => document.activeElement.querySelector('.pxv')?.textContent ?? 'none'";

    [Theory]
    [InlineData(".asks", "buy", 2)]
    [InlineData(".bids", "sell", 1)]
    public async Task A_row_is_a_button_as_wide_as_it_is(string side, string verb, int cell)
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenAsync(host);
        var row = tab.Page.Locator($"{side} tr:not(.side-label):not(.blank)").Nth(2);
        var price = (await row.Locator(".pxv").InnerTextAsync()).Replace(",", "", StringComparison.Ordinal);
        // Its middle, whatever stands there: a click of a person asks nobody which element it hits.
        var box = (await row.Locator("td").Nth(cell).BoundingBoxAsync())!;
        await tab.Page.Mouse.ClickAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        await Assertions.Expect(tab.Page.Locator($"[data-cmd='{verb}']")).ToContainTextAsync($"--price {price}");
        await Assertions.Expect(row).ToHaveClassAsync("picked");
    }

    [Fact]
    public async Task Focus_stays_with_its_price_and_where_the_level_goes_with_what_takes_its_place()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenAsync(host);
        await tab.Page.SelectOptionAsync("[data-bin]", "10");
        var (best, next) = (Asks(host)[0], Asks(host)[1]);
        await tab.Page.Locator(".asks .pxb[tabindex='0']").FocusAsync();
        Assert.Equal(Units.Whole(best), await tab.Page.EvaluateAsync<string>(FocusedPrice));

        await SetAsync(host, best - 10, 150_000_000);
        await Assertions.Expect(tab.Page.Locator(".asks tr").Last).ToContainTextAsync(Units.Whole(best - 10));
        Assert.Equal(Units.Whole(best), await tab.Page.EvaluateAsync<string>(FocusedPrice));

        await SetAsync(host, best, 0);
        await Assertions.Expect(tab.Page.Locator(".asks")).Not.ToContainTextAsync(Units.Whole(best));
        Assert.Equal(Units.Whole(next), await tab.Page.EvaluateAsync<string>(FocusedPrice));
        await Assertions.Expect(tab.Page.Locator(".book .pxb[tabindex='0']")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Focus_goes_to_the_other_side_where_one_is_empty_and_the_book_stays_a_tab_stop()
    {
        var market = new RecordedMarket(TimeProvider.System);
        market.SetLevel(Side.Sell, 98_200, 500_000_000);
        market.SetLevel(Side.Buy, 98_000, 500_000_000);
        await using var host = await PageHost.StartAsync(market);
        await using var tab = await OpenAsync(host);
        await tab.Page.Locator(".asks .pxb[tabindex='0']").FocusAsync();
        await SetAsync(host, 98_200, 0);
        await Assertions.Expect(tab.Page.Locator(".asks")).ToContainTextAsync("nobody offers shares");
        Assert.Equal("98,000", await tab.Page.EvaluateAsync<string>(FocusedPrice));
        await tab.Page.ReloadAsync();
        await Assertions.Expect(tab.Page.Locator(".bids .pxb[tabindex='0']")).ToHaveTextAsync("98,000");
    }

    [Fact]
    public async Task A_list_is_one_tab_stop_while_trades_come_and_swaps_move()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenAsync(host);
        for (var i = 0; i < 3; i++)
        {
            var (trade, _) = host.Market.TradeAt(98_470 + (10 * i), 123_450_000, Side.Buy);
            await host.SendAsync("trades:P2SHARE-BTC", StreamEventType.Update, trade);
        }
        await Assertions.Expect(tab.Page.Locator("[data-tape] tr").First).ToContainTextAsync("98,490");
        foreach (var list in new[] { "[data-tape]", "[data-swaps]", ".commands >> nth=0", "[data-book]" })
        {
            var stops = tab.Page.Locator(list).Locator(":is(a, button):not([tabindex='-1'])");
            await Assertions.Expect(stops).ToHaveCountAsync(1);
        }
        var all = await tab.Page.EvaluateAsync<int>(
            """
            () => [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex]')]
              .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility()).length
            """);
        Assert.InRange(all, 10, 36);
    }

    [Fact]
    public async Task A_link_keeps_the_focus_when_its_row_is_drawn_anew()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenAsync(host);
        var (trade, _) = host.Market.TradeAt(98_470, 123_450_000, Side.Buy);
        var row = tab.Page.Locator($"[data-trade='{trade.Id}']");
        await host.SendAsync("trades:P2SHARE-BTC", StreamEventType.Update, trade with { Status = TradeStatus.Pending });
        await row.Locator("a").FocusAsync();
        await host.SendAsync("trades:P2SHARE-BTC", StreamEventType.Update, trade with { Status = TradeStatus.Final });
        await Assertions.Expect(row.Locator(".state")).ToHaveTextAsync("final");
        await Assertions.Expect(row.Locator("a")).ToBeFocusedAsync();
        await host.SendAsync("trades:P2SHARE-BTC", StreamEventType.Snapshot, host.Market.NewestTrades(60));
        await Assertions.Expect(row.Locator("a")).ToBeFocusedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Keys_lead_to_the_sides_commands_and_to_the_instruments(bool phone)
    {
        await using var host = await PageHost.StartAsync(
            new RecordedMarket(TimeProvider.System) { Other = "P2SHARE-K20-BTC" }.Filled());
        await using var tab = await OpenAsync(host, phone: phone);
        await tab.Page.Keyboard.PressAsync("b");
        await Assertions.Expect(tab.Page.Locator(".cmd:has([data-cmd='buy']) button")).ToBeFocusedAsync();
        await tab.Page.Keyboard.PressAsync("s");
        await Assertions.Expect(tab.Page.Locator(".cmd:has([data-cmd='sell']) button")).ToBeFocusedAsync();
        await tab.Page.Keyboard.PressAsync("/");
        await Assertions.Expect(tab.Page.Locator(".markets [aria-current]")).ToBeFocusedAsync();
        await tab.Page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(tab.Page.Locator(".markets a").Last).ToBeFocusedAsync();
    }

    [Fact]
    public async Task What_was_chosen_stands_in_the_address_for_a_reload_and_for_whoever_is_sent_the_link()
    {
        await using var host = await PageHost.StartAsync(
            new RecordedMarket(TimeProvider.System) { Other = "P2SHARE-K20-BTC" }.Filled());
        await using var tab = await OpenAsync(host, "/?instrument=P2SHARE-K20-BTC");
        await tab.Page.SelectOptionAsync("[data-bin]", "50");
        await tab.Page.SelectOptionAsync("[data-interval]", "fiveMinutes");
        await tab.Page.ClickAsync("#tab-depth");
        await tab.Page.ClickAsync("#tab-orders");
        await tab.Page.ClickAsync("[data-theme-button]");
        var address = new Uri(tab.Page.Url).PathAndQuery;
        await tab.Page.ReloadAsync();
        await ExpectAsync(tab.Page);
        await using var other = await Tab.OpenAsync(chromium, host.Address, address);
        await ExpectAsync(other.Page);
        await Assertions.Expect(other.Page.Locator(".markets a").First)
            .ToHaveAttributeAsync("href", "/?instrument=P2SHARE-BTC&chart=depth&activity=orders&candle=fiveMinutes&theme=dark");
        await other.Page.ClickAsync("#tab-candles");
        Assert.DoesNotContain("chart=", other.Page.Url, StringComparison.Ordinal);
        Assert.Empty(other.ConsoleErrors);

        static async Task ExpectAsync(IPage page)
        {
            await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-market", "P2SHARE-K20-BTC");
            await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
            await Assertions.Expect(page.Locator("[data-bin]")).ToHaveValueAsync("50");
            await Assertions.Expect(page.Locator("[data-interval]")).ToHaveValueAsync("fiveMinutes");
            var state = await page.Locator("#state").TextContentAsync();
            Assert.Contains("\"interval\":\"fiveMinutes\"", state, StringComparison.Ordinal);
            await Assertions.Expect(page.Locator("#tab-depth")).ToHaveAttributeAsync("aria-selected", "true");
            await Assertions.Expect(page.Locator("[data-chart-depth] svg")).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator("#act-orders")).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator("#watch-key")).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task An_address_that_names_what_there_is_not_shows_the_usual()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenAsync(host, "/?bin=7&candle=1&chart=moon&activity=&theme=pink");
        await Assertions.Expect(tab.Page.Locator("[data-interval]")).ToHaveValueAsync("tenSeconds");
        await Assertions.Expect(tab.Page.Locator("#tab-candles")).ToHaveAttributeAsync("aria-selected", "true");
        Assert.NotEqual("7", await tab.Page.InputValueAsync("[data-bin]"));
        Assert.Null(await tab.Page.Locator("html").GetAttributeAsync("data-theme"));
        Assert.Empty(tab.ConsoleErrors);
    }

    private static long[] Asks(PageHost host) => [.. host.Market.Snapshot(20).Asks.Select(level => level.Price.Sats)];

    private static async Task SetAsync(PageHost host, long price, long units)
    {
        var delta = host.Market.SetLevel(Side.Sell, price, units);
        await host.SendAsync(Book, StreamEventType.Delta, delta, delta.Sequence);
    }

    private async Task<Tab> OpenAsync(PageHost host, string path = "/", bool phone = false)
    {
        var tab = await Tab.OpenAsync(chromium, host.Address, path, phone);
        for (var i = 0; i < 600 && host.Asked(Book) + host.Asked("book:P2SHARE-K20-BTC") == 0; i++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        return tab;
    }
}
