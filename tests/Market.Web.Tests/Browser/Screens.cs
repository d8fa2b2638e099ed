using Market.Contracts;
using Market.Web.Tests.Host;

namespace Market.Web.Tests.Browser;

[Collection("browser")]
public sealed class Screens(Chromium chromium)
{
    private static readonly string Axe = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "axe.min.js"));

    [Theory]
    [InlineData("wide", false, false)]
    [InlineData("wide-dark", false, true)]
    [InlineData("phone", true, false)]
    [InlineData("phone-dark", true, true)]
    public async Task Every_page_is_accessible_and_quiet_and_fits(string name, bool phone, bool dark)
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        var moving = host.Market.Newest(1)[0].Id;
        var refunded = host.Market.Newest(50).First(s => s.Outcome == SwapOutcome.Refunded).Id;
        var settled = host.Market.Newest(50).First(s => s.Outcome == SwapOutcome.Settled).Id;
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/", phone, dark);
        (string File, string Path)[] pages =
        [
            ("trade", "/"),
            ("swap", $"/swaps/{moving}"),
            ("swap-refunded", $"/swaps/{refunded}"),
            ("swap-settled", $"/swaps/{settled}"),
            ("swaps", "/swaps"),
            ("explorer", "/explorer"),
            ("share", "/explorer/sharechain/blocks/51202"),
            ("block", "/explorer/mainchain/blocks/9300"),
            ("tx", $"/explorer/mainchain/tx/{SwapScript.Hex("some")}"),
            ("status", "/status"),
            ("docs", "/docs"),
            ("how", "/how"),
        ];
        foreach (var (file, path) in pages)
        {
            await tab.GotoAsync(path);
            await CheckAsync(tab, path);
            await tab.ShootAsync($"{file}-{name}", whole: file != "trade");
        }
        Assert.Empty(tab.ConsoleErrors);
        Assert.Empty(tab.ForeignRequests);
    }

    [Theory]
    [InlineData("wide", false, false)]
    [InlineData("phone-dark", true, true)]
    public async Task Every_tab_of_the_trading_page_is_accessible_and_fits(string name, bool phone, bool dark)
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/", phone, dark);
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

    [Theory]
    [InlineData("/swaps/none", "no such swap")]
    [InlineData("/explorer/sharechain/blocks/999999", "no such block")]
    [InlineData("/explorer/mainchain/tx/0011", "no such transaction")]
    [InlineData("/explorer/moonchain/blocks/1", "no such chain")]
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

    private static async Task CheckAsync(Tab tab, string what)
    {
        Assert.True(await tab.OverhangAsync() <= 0, $"{what} scrolls sideways");
        await tab.Page.EvaluateAsync(Axe);
        var found = await tab.Page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
              'best-practice'] })).violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')}: ` +
              `${n.failureSummary.split('\n').slice(0, 3).join(' ')}`))
            """);
        Assert.True(found.Length == 0, $"{what}: {string.Join('\n', found.Take(12))}");
    }
}

[CollectionDefinition("browser")]
public sealed class BrowserCollection : ICollectionFixture<Chromium>;
