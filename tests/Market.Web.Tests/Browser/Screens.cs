using Market.Contracts;
using Market.Web.Tests.Host;
using Microsoft.Playwright;
using static Market.Web.Tests.Browser.AllPages;

namespace Market.Web.Tests.Browser;

/// <summary>Single pages and states in the browser.</summary>
public sealed class Screens(Chromium chromium)
{
    [Fact]
    public async Task A_list_is_one_tab_stop_and_the_arrows_go_through_it_also_after_it_was_renewed()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/explorer");
        var stops = tab.Page.Locator("#sharechain tbody a:not([tabindex='-1'])");
        await Assertions.Expect(stops).ToHaveCountAsync(1);
        var links = tab.Page.Locator("#sharechain tbody a");
        await links.First.FocusAsync();
        await tab.Page.Keyboard.PressAsync("ArrowDown");
        await tab.Page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(links.Nth(2)).ToBeFocusedAsync();
        await Assertions.Expect(stops).ToHaveCountAsync(1);
        await tab.Page.Keyboard.PressAsync("End");
        await Assertions.Expect(links.Last).ToBeFocusedAsync();
        await tab.Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(tab.Page.Locator("#mainchain a").First).ToBeFocusedAsync();
        await tab.Page.Keyboard.PressAsync("Shift+Tab");
        await Assertions.Expect(links.Last).ToBeFocusedAsync();
    }

    [Theory]
    [InlineData("wide", false, false)]
    [InlineData("phone-dark", true, true)]
    public async Task Every_tab_of_the_trading_page_is_accessible_and_fits(string name, bool phone, bool dark)
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, In(phone ? "btc" : "sat", "/"), phone, dark);
        async Task Choose(string part, string shot)
        {
            await tab.Page.Locator($"[data-tab='{part}']").ClickAsync();
            await CheckAsync(tab, part);
            await tab.ShootAsync($"tab-{shot}-{name}");
        }
        if (phone) await Choose("chart", "chart");
        await Choose("depth", "depth");
        await Choose("discount", "discount");
        await Choose("orders", "orders");
        await tab.Page.FillAsync("#watch-key", RecordedMarket.OwnKey);
        await tab.Page.PressAsync("#watch-key", "Enter");
        await tab.Page.Locator("[data-own-orders] tbody tr").First.WaitForAsync();
        await Choose("myswaps", "myswaps");
        if (phone) await Choose("trade", "trade");
        if (phone) await Choose("swaps", "swaps");
        Assert.Empty(tab.ConsoleErrors);
        Assert.Empty(tab.ForeignRequests);
    }

    [Theory]
    [InlineData("wide-dark", false)]
    [InlineData("phone", true)]
    public async Task Window_and_expiry_are_accessible_and_fit_also_before_anything_was_said(string name, bool phone)
    {
        var market = new RecordedMarket(TimeProvider.System)
        {
            FirstSeries = RecordedMarket.SeriesOf(SeriesState.Listed),
            Other = "P2SHARE-K20-BTC",
        }.Filled();
        await using var host = await PageHost.StartAsync(market);
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/how", phone, dark: !phone);
        foreach (var young in new[] { false, true })
        {
            market.Young = young;
            foreach (var group in ReadingFigures.Of(expires: true))
            {
                var path = $"/analytics?show={group.Id}";
                await tab.GotoAsync(path);
                await CheckAsync(tab, path);
                await tab.ShootAsync($"analytics-series-{group.Id}{(young ? "-young" : "")}-{name}", whole: true);
                Assert.Empty(await CutAsync(tab));
            }
        }
        Assert.Empty(tab.ConsoleErrors);
    }

    [Theory]
    [InlineData("wide", false)]
    [InlineData("phone", true)]
    public async Task An_empty_market_says_what_will_be_here(string name, bool phone)
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System));
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/", phone);
        await CheckAsync(tab, "/");
        await tab.ShootAsync($"empty-{name}");
        var spread = await tab.Page.Locator(".spread").InnerTextAsync();
        Assert.Contains("no trade yet", spread, StringComparison.Ordinal);
        Assert.Contains("the book is empty", spread, StringComparison.Ordinal);
        Assert.Contains("No trades yet", await tab.Page.ContentAsync(), StringComparison.Ordinal);
        await tab.GotoAsync("/swaps");
        Assert.Contains("No swaps yet", await tab.Page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Empty(tab.ConsoleErrors);
    }

    [Fact]
    public async Task Without_scripts_the_page_still_reads()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/", scripts: false);
        var text = await tab.Page.InnerTextAsync("main");
        string[] all = ["98,120", "0.942", "Waiting for the buyer to lock BTC.", "both chains live", "model price"];
        foreach (var expected in all)
            Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.Equal(80, await tab.Page.Locator(".plain-chart g").CountAsync());
        Assert.False(await tab.Page.Locator("[data-bin]").IsVisibleAsync(), "a control that needs scripts is shown");
        await tab.ShootAsync("no-scripts-wide", whole: true);
    }

    [Fact]
    public async Task A_market_that_cannot_read_its_state_says_so_and_shows_no_figures()
    {
        var market = new RecordedMarket(TimeProvider.System).Filled();
        await using var host = await PageHost.StartAsync(market);
        market.Broken = true;
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/how");
        var answer = await tab.GotoAsync("/");
        Assert.Equal(503, answer!.Status);
        Assert.Contains("cannot read its own state", await tab.Page.InnerTextAsync("h1"), StringComparison.Ordinal);
        Assert.DoesNotContain("98,120", await tab.Page.ContentAsync(), StringComparison.Ordinal);
        await CheckAsync(tab, "the failure page");
        await tab.ShootAsync("failure-wide");
    }

    [Fact]
    public async Task A_chain_that_is_behind_is_named_on_the_first_view()
    {
        var market = new RecordedMarket(TimeProvider.System).Filled();
        market.ShareChainBehind = true;
        await using var host = await PageHost.StartAsync(market);
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/");
        Assert.Contains("takes no new orders now", await tab.Page.InnerTextAsync("main"), StringComparison.Ordinal);
        await tab.Page.GetByText("sharechain behind: nothing new is matched").WaitForAsync();
        await CheckAsync(tab, "/");
        await tab.ShootAsync("behind-wide");
    }

    [Fact]
    public async Task The_list_of_markets_reads_without_scripts_and_says_what_a_listing_means_also_where_there_is_none()
    {
        var market = new RecordedMarket(TimeProvider.System).Filled();
        await using var host = await PageHost.StartAsync(market);
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/explorer", scripts: false);
        await tab.Page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" }).GetByText("Markets").ClickAsync();
        var text = await tab.Page.InnerTextAsync("main");
        string[] all =
        [
            "https://market-7.a-rather-long-name-of-a-host.example:8443", "no fee; open since 2026 <b>", "4 late blocks", "#10,318",
            "in about", "It does not mean", "checks the signatures itself",
        ];
        foreach (var expected in all) Assert.Contains(expected, text, StringComparison.Ordinal);
        var link = tab.Page.Locator(".markets-table a[rel~='noreferrer']").First;
        Assert.Equal("https://market-7.a-rather-long-name-of-a-host.example:8443", await link.GetAttributeAsync("href"));

        market.HasDirectory = false;
        await tab.GotoAsync("/markets");
        Assert.Contains("No market is announced.", await tab.Page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Contains("It does not mean", await tab.Page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standing_reads_without_scripts_and_offers_nothing_that_needs_them()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/standing", scripts: false);
        await tab.Page.FillAsync("#key", "02" + RecordedMarket.HighKey);
        await tab.Page.PressAsync("#key", "Enter");
        await tab.Page.GetByText("What it may do").WaitForAsync();
        var text = await tab.Page.InnerTextAsync("main");
        string[] all =
        [
            "trusted", RecordedMarket.HighKey, "It has earned authority", "takes nothing until", "There is no higher tier",
            "15 credits where others wait", "free now", "Locked coins", "A late block", "./market standing ticket --kind argon2",
        ];
        foreach (var expected in all) Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.False(await tab.Page.Locator("[data-solve-start]").IsVisibleAsync(), "a control that needs scripts is shown");
        await tab.GotoAsync("/standing?key=0011");
        Assert.Contains("That is no public key", await tab.Page.InnerTextAsync("[role=alert]"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/swaps/none", "no such swap")]
    [InlineData("/explorer/sharechain/blocks/999999", "no such block")]
    [InlineData("/explorer/mainchain/tx/0011", "no such transaction")]
    [InlineData("/explorer/moonchain/blocks/1", "no such chain")]
    [InlineData("/explorer/sharechain/address/nonsense", "no such address")]
    [InlineData("/nowhere", "no such page")]
    public async Task What_is_not_there_is_a_404_in_words(string path, string words)
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/how");
        var answer = await tab.GotoAsync(path);
        Assert.Equal(404, answer!.Status);
        Assert.Contains(words, await tab.Page.InnerTextAsync("h1"), StringComparison.Ordinal);
        await CheckAsync(tab, path);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", 404)]
    [InlineData("POST", "/api/v1/status", 405)]
    [InlineData("POST", "/nowhere", 404)]
    [InlineData("GET", "/assets/nothing.js", 404)]
    [InlineData("GET", "/watch/nobody", 404)]
    public async Task The_page_for_unknown_addresses_leaves_all_others_alone(string method, string path, int status)
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), host.Address + path);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
