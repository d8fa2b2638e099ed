using System.Globalization;
using System.Text.RegularExpressions;
using Market.Contracts;
using Market.Web.Tests.Host;
using Microsoft.Playwright;

namespace Market.Web.Tests.Browser;

/// <summary>The switch between satoshis and BTC, under the hands of a reader.</summary>
public sealed class UnitSwitchTests(Chromium chromium)
{
    private const string Switch = "[data-units-switch]";
    private const string Ticker = "ticker:P2SHARE-BTC";

    // All figures of the page that carry their satoshis, as they are written.
    private const string Written = "() => [...document.querySelectorAll('[data-sat]')].map(e => [e.dataset.sat, e.textContent])";

    [Fact]
    public async Task Switching_writes_all_of_the_trading_page_anew_without_a_reload_and_the_address_keeps_it()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenAsync(host, "/?activity=orders");
        await tab.Page.FillAsync("#watch-key", RecordedMarket.OwnKey);
        await tab.Page.PressAsync("#watch-key", "Enter");
        await tab.Page.Locator("[data-own-orders] tbody tr").First.WaitForAsync();
        var best = tab.Page.Locator(".asks .pxb:visible").Last;
        var ask = long.Parse(await best.InnerTextAsync(), NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        await best.ClickAsync();
        await tab.Page.EvaluateAsync("() => { window.first = true; }");
        var before = await tab.Page.EvaluateAsync<string[][]>(Written);

        await tab.Page.ClickAsync(Switch);
        await Assertions.Expect(tab.Page.Locator(".fig-last")).ToContainTextAsync(" BTC/share");
        await ExpectAllAsync(tab, MoneyUnit.Btc);
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => window.first"), "the page was loaded again");
        Assert.Contains("units=btc", tab.Page.Url, StringComparison.Ordinal);
        Assert.Contains("activity=orders", tab.Page.Url, StringComparison.Ordinal);
        Assert.Equal(
            before.Select(one => one[0]).Order(),
            (await tab.Page.EvaluateAsync<string[][]>(Written)).Select(one => one[0]).Order());
        await Assertions.Expect(tab.Page.Locator("[data-cmd='buy']"))
            .ToContainTextAsync($"--price {Units.Money(ask, MoneyUnit.Btc)}BTC");
        await Assertions.Expect(tab.Page.Locator("[data-cmd-hint]")).ToContainTextAsync($"{Units.Money(ask, MoneyUnit.Btc)} BTC");
        await Assertions.Expect(tab.Page.Locator("[data-own-orders] thead")).ToContainTextAsync("Price (BTC)");
        await tab.ShootAsync("switched-wide");

        await tab.Page.ClickAsync(Switch);
        await ExpectAllAsync(tab, MoneyUnit.Sat);
        Assert.DoesNotContain("units=", tab.Page.Url, StringComparison.Ordinal);
        Assert.Equal(before, await tab.Page.EvaluateAsync<string[][]>(Written));
        await Assertions.Expect(tab.Page.Locator("[data-cmd='buy']")).ToContainTextAsync($"--price {ask}");
        Assert.Empty(tab.ConsoleErrors);
    }

    [Fact]
    public async Task What_comes_after_the_switch_is_in_the_unit_and_so_is_whoever_is_sent_the_link()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenAsync(host, "/");
        await tab.Page.ClickAsync(Switch);
        var (trade, _) = host.Market.TradeAt(98_770, 123_450_000, Side.Buy);
        await host.SendAsync("trades:P2SHARE-BTC", StreamEventType.Update, trade);
        await host.SendAsync(Ticker, StreamEventType.Update, host.Market.Ticker());
        var id = host.Market.AddSwap(SwapState.ParticipantLocking, 1);
        await host.SendAsync("swaps", StreamEventType.Update, host.Market.Newest(1)[0]);
        await Assertions.Expect(tab.Page.Locator("[data-tape] tr").First).ToContainTextAsync("0.00098770");
        await Assertions.Expect(tab.Page.Locator("[data-fig='last']")).ToHaveTextAsync("0.00098770");
        await Assertions.Expect(tab.Page.Locator($"[data-swap='{id}']")).ToContainTextAsync("0.00098120 BTC");
        await ExpectAllAsync(tab, MoneyUnit.Btc);
        await tab.Page.ClickAsync(Switch);
        await Assertions.Expect(tab.Page.Locator("[data-tape] tr").First).ToContainTextAsync("98,770");
        await ExpectAllAsync(tab, MoneyUnit.Sat);
        await tab.Page.ClickAsync(Switch);

        await using var other = await Tab.OpenAsync(chromium, host.Address, new Uri(tab.Page.Url).PathAndQuery, scripts: false);
        await Assertions.Expect(other.Page.Locator("[data-fig='last']")).ToHaveTextAsync("0.00098770");
        await tab.Page.ReloadAsync();
        await ExpectAllAsync(tab, MoneyUnit.Btc);
    }

    [Fact]
    public async Task The_choice_is_remembered_on_other_pages_which_follow_the_switch_in_place()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenAsync(host, "/");
        await tab.Page.ClickAsync(Switch);
        await tab.GotoAsync($"/swaps/{host.Market.Newest(1)[0].Id}");
        await Assertions.Expect(tab.Page.Locator("h1")).ToContainTextAsync(" BTC");
        Assert.Contains("units=btc", tab.Page.Url, StringComparison.Ordinal);
        await tab.GotoAsync("/analytics?show=price");
        await Assertions.Expect(tab.Page.Locator(".keys-of-lines .num").First).ToContainTextAsync("0.000");
        await tab.Page.EvaluateAsync("() => { window.first = true; }");
        await tab.Page.ClickAsync(Switch);
        await Assertions.Expect(tab.Page.Locator(".keys-of-lines .num").First).Not.ToContainTextAsync("0.000");
        await Assertions.Expect(tab.Page.Locator(".said")).ToContainTextAsync(" sat");
        await Assertions.Expect(tab.Page.Locator(".said")).Not.ToContainTextAsync(" BTC");
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => window.first"), "the page was loaded again");
        await tab.GotoAsync("/swaps");
        await Assertions.Expect(tab.Page.Locator("thead")).ToContainTextAsync("Price (sat)");
        Assert.Empty(tab.ConsoleErrors);
    }

    [Fact]
    public async Task A_page_that_renews_itself_stays_in_its_unit_whatever_another_tab_chose()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/swaps");
        await AskedAsync(host, "swaps");
        await tab.Page.EvaluateAsync("() => { document.cookie = 'units=btc; path=/'; }");
        var id = host.Market.AddSwap(SwapState.ParticipantLocking, 1);
        await host.SendAsync("swaps", StreamEventType.Update, host.Market.Newest(1)[0]);
        var row = tab.Page.Locator($"tr[data-k='{id}']");
        await Assertions.Expect(row).ToContainTextAsync("98,120");
        await Assertions.Expect(tab.Page.Locator("thead")).ToContainTextAsync("Price (sat)");
    }

    [Fact]
    public async Task Without_scripts_the_switch_is_a_link_and_all_others_keep_what_it_chose()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/?candle=minute", scripts: false);
        await tab.Page.ClickAsync(Switch);
        await Assertions.Expect(tab.Page.Locator("[data-fig='last']")).ToContainTextAsync("0.000");
        Assert.Contains("candle=minute", tab.Page.Url, StringComparison.Ordinal);
        await tab.Page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" }).GetByText("Swaps").ClickAsync();
        await Assertions.Expect(tab.Page.Locator("thead")).ToContainTextAsync("Price (BTC)");
        await tab.Page.ClickAsync(Switch);
        await Assertions.Expect(tab.Page.Locator("thead")).ToContainTextAsync("Price (sat)");
    }

    private static async Task ExpectAllAsync(Tab tab, MoneyUnit unit)
    {
        var name = Units.NameOf(unit);
        await Assertions.Expect(tab.Page.Locator($"[data-money]:not(:text-is('{name}'))")).ToHaveCountAsync(0);
        var figures = await tab.Page.EvaluateAsync<string[][]>(Written);
        Assert.InRange(figures.Length, 100, int.MaxValue);
        Assert.All(figures, one => Assert.Equal(
            Units.Money(long.Parse(one[0], CultureInfo.InvariantCulture), unit), one[1]));
        await Assertions.Expect(tab.Page.Locator("[data-fig='spread']")).ToHaveTextAsync(Ends(name));
        Assert.EndsWith($" {name} \u00b7 P2SHARE-BTC \u00b7 Market", await tab.Page.TitleAsync(), StringComparison.Ordinal);
        Assert.All(await tab.Page.Locator("[data-bin] option").AllTextContentsAsync(), text => Assert.EndsWith($" {name}", text));
        var rows = await tab.Page.Locator(".pxv").AllTextContentsAsync();
        var prices = rows.Where(text => text.Length > 0).ToList();
        Assert.NotEmpty(prices);
        var decimals = unit == MoneyUnit.Btc;
        Assert.All(prices, text => Assert.Equal(decimals, text.Contains('.', StringComparison.Ordinal)));
    }

    private static Regex Ends(string name) => new($"^spread [0-9.,]+ {name}$");

    private async Task<Tab> OpenAsync(PageHost host, string path)
    {
        var tab = await Tab.OpenAsync(chromium, host.Address, path);
        await tab.Page.Locator("[data-book] .pxb:visible").First.WaitForAsync();
        await tab.Page.Locator("canvas").First.WaitForAsync();
        await AskedAsync(host, "swaps");
        return tab;
    }

    private static async Task AskedAsync(PageHost host, string channel)
    {
        for (var i = 0; i < 600 && host.Asked(channel) == 0; i++) await Task.Delay(100, TestContext.Current.CancellationToken);
    }
}
