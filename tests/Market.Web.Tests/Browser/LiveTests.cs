using System.Diagnostics;
using System.Text.RegularExpressions;
using Market.Contracts;
using Market.Web.Tests.Host;
using Microsoft.Playwright;

namespace Market.Web.Tests.Browser;

public sealed class LiveTests(Chromium chromium)
{
    private const string Book = "book:P2SHARE-BTC";

    [Fact]
    public async Task A_trade_appears_on_tape_header_and_title()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenTradeAsync(host);
        var (trade, candle) = host.Market.TradeAt(98_470, 123_450_000, Side.Buy);
        await host.SendAsync("trades:P2SHARE-BTC", StreamEventType.Update, trade);
        await host.SendAsync("candles:P2SHARE-BTC:tenSeconds", StreamEventType.Update, candle);
        await host.SendAsync("ticker:P2SHARE-BTC", StreamEventType.Update, host.Market.Ticker());
        var first = tab.Page.Locator("[data-tape] tr").First;
        await Assertions.Expect(first).ToContainTextAsync("98,470");
        await Assertions.Expect(first).ToContainTextAsync("1.2345");
        await Assertions.Expect(tab.Page.Locator("[data-fig='last']")).ToHaveTextAsync("98,470");
        await Assertions.Expect(tab.Page).ToHaveTitleAsync("98,470 sat · P2SHARE-BTC · Market");
        Assert.Empty(tab.ConsoleErrors);
    }

    [Fact]
    public async Task A_trade_is_pending_becomes_final_and_is_withdrawn_where_it_stands_and_the_counts_follow()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenTradeAsync(host);
        const string channel = "trades:P2SHARE-BTC";
        var (trade, _) = host.Market.TradeAt(98_470, 123_450_000, Side.Buy);
        var row = tab.Page.Locator($"[data-trade='{trade.Id}']");
        var rows = await tab.Page.Locator("[data-tape] tr").CountAsync();
        await host.SendAsync(channel, StreamEventType.Update, trade with { Status = TradeStatus.Pending });
        await Assertions.Expect(row.Locator(".state")).ToHaveTextAsync("pending");
        var (next, _) = host.Market.TradeAt(98_480, 123_450_000, Side.Buy);
        await host.SendAsync(channel, StreamEventType.Update, next with { Status = TradeStatus.Pending });
        await Assertions.Expect(tab.Page.Locator("[data-tape] tr").First).ToContainTextAsync("98,480");
        foreach (var status in new[] { TradeStatus.Final, TradeStatus.Withdrawn })
        {
            await host.SendAsync(channel, StreamEventType.Update, trade with { Status = status });
            await Assertions.Expect(row.Locator(".state")).ToHaveTextAsync(TapeText.Of(status));
            await Assertions.Expect(tab.Page.Locator("[data-tape] tr").Nth(1)).ToContainTextAsync("98,470");
        }
        Assert.Equal(rows + 2, await tab.Page.Locator("[data-tape] tr").CountAsync());

        var counts = tab.Page.Locator("[data-counts]");
        await Assertions.Expect(counts).ToHaveTextAsync(TapeText.Of(host.Market.SwapCounts()));
        await Assertions.Expect(counts).ToContainTextAsync("2 settled, 12 failed (3 by sellers, 7 by buyers, 2 by nobody)");
        host.Market.AddSwap(SwapState.Settled, 1);
        await host.SendAsync("swaps", StreamEventType.Update, host.Market.Newest(1)[0]);
        await Assertions.Expect(counts).ToContainTextAsync("3 settled");
        Assert.Empty(tab.ConsoleErrors);
    }

    [Fact]
    public async Task A_candle_of_before_changes_comes_to_be_and_is_no_more()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenTradeAsync(host);
        await tab.Page.ClickAsync("[data-tab='discount']");
        var legend = tab.Page.Locator(".legend");
        var candles = host.Market.Candles(CandleInterval.TenSeconds);
        async Task ExpectAsync(int unvalued, int all) => await Assertions.Expect(legend)
            .ToContainTextAsync($"{unvalued} of {all} candles: face value unknown");
        await ExpectAsync(RecordedMarket.UnvaluedCandles, 180);
        async Task TellAsync(Candle candle) =>
            await host.SendAsync("candles:P2SHARE-BTC:tenSeconds", StreamEventType.Update, candle);

        await TellAsync(candles[100] with { Valuation = null });
        await ExpectAsync(RecordedMarket.UnvaluedCandles + 1, 180);
        await TellAsync(candles[100] with { Trades = 0 });
        await ExpectAsync(RecordedMarket.UnvaluedCandles, 179);
        await TellAsync(candles[100] with { Valuation = null });
        await ExpectAsync(RecordedMarket.UnvaluedCandles + 1, 180);
        await TellAsync(candles[^1] with { Trades = 0 });
        await ExpectAsync(RecordedMarket.UnvaluedCandles + 1, 179);
        Assert.Empty(tab.ConsoleErrors);
    }

    [Fact]
    public async Task The_discount_chart_shows_what_was_said_then_whatever_is_said_now()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenTradeAsync(host);
        await tab.Page.ClickAsync("[data-tab='discount']");
        var legend = tab.Page.Locator(".legend");
        var last = host.Market.Candles(CandleInterval.TenSeconds)[^1];
        var then = $"the last {WorthText.Factor(last.D, last.D * 0.09)} ±";
        await Assertions.Expect(legend).ToContainTextAsync(then);
        await Assertions.Expect(legend).ToContainTextAsync($"{RecordedMarket.UnvaluedCandles} of 180 candles: face value unknown");
        await host.SendAsync(
            "discount:P2SHARE-BTC", StreamEventType.Update, host.Market.Discount() with { FaceValue = 30_000, D = 3.2 });
        await Assertions.Expect(tab.Page.Locator("[data-dv='face']")).ToHaveTextAsync("30,000");
        await Assertions.Expect(legend).ToContainTextAsync(then);

        var (_, candle) = host.Market.TradeAt(98_470, 123_450_000, Side.Buy);
        await host.SendAsync(
            "candles:P2SHARE-BTC:tenSeconds", StreamEventType.Update,
            candle with { Valuation = RecordedMarket.Said(0) with { FaceValue = 49_235 } });
        await Assertions.Expect(legend).ToContainTextAsync("the last 2.00 ±");
        Assert.Empty(tab.ConsoleErrors);
    }

    [Fact]
    public async Task A_delta_changes_the_book_and_its_checksum_holds()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenTradeAsync(host);
        await tab.Page.SelectOptionAsync("[data-bin]", "10");
        for (var i = 0; i < 5; i++)
        {
            var delta = host.Market.SetLevel(Side.Sell, 98_130, 700_000_000 + i * 10_000_000);
            await host.SendAsync(Book, StreamEventType.Delta, delta, delta.Sequence);
        }
        var best = tab.Page.Locator(".asks tr:not(.side-label)").Last;
        await Assertions.Expect(best).ToContainTextAsync("98,130");
        await Assertions.Expect(best).ToContainTextAsync("7.4000");
        var gone = host.Market.SetLevel(Side.Sell, 98_130, 0);
        await host.SendAsync(Book, StreamEventType.Delta, gone, gone.Sequence);
        await Assertions.Expect(best).Not.ToContainTextAsync("98,130");
        Assert.Equal(1, host.Asked(Book));
    }

    [Fact]
    public async Task An_empty_market_comes_to_life()
    {
        var market = new RecordedMarket(TimeProvider.System) { Young = true };
        await using var host = await PageHost.StartAsync(market);
        await using var tab = await OpenTradeAsync(host);
        await tab.Page.ClickAsync("[data-tab='discount']");
        await Assertions.Expect(tab.Page.GetByText("The discount cannot be computed yet")).ToBeVisibleAsync();
        foreach (var (side, price) in new[] { (Side.Sell, 98_200L), (Side.Buy, 98_000L) })
        {
            var delta = market.SetLevel(side, price, 500_000_000);
            await host.SendAsync(Book, StreamEventType.Delta, delta, delta.Sequence);
        }
        market.Young = false;
        await host.SendAsync("discount:P2SHARE-BTC", StreamEventType.Update, market.Discount());
        await Assertions.Expect(tab.Page.Locator("[data-fig='spread']")).ToHaveTextAsync("spread 200 sat");
        await Assertions.Expect(tab.Page.Locator("[data-cmd='buy']")).ToContainTextAsync("./market buy 1 --price 98200");
        await Assertions.Expect(tab.Page.Locator("[data-bin] option")).Not.ToHaveCountAsync(1);
        await Assertions.Expect(tab.Page.Locator("[data-dv='face']")).ToHaveTextAsync("104,200");
        await Assertions.Expect(tab.Page.GetByText("The discount cannot be computed yet")).ToBeHiddenAsync();
        Assert.Empty(tab.ConsoleErrors);
    }

    [Fact]
    public async Task A_row_of_a_series_book_is_taken_by_a_command_that_names_the_series()
    {
        const string series = "P2POOLV2-12-BTC";
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System) { Other = series }.Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, $"/?instrument={series}");
        await tab.Page.Locator(".asks .pxb[tabindex='0']").ClickAsync();
        await Assertions.Expect(tab.Page.Locator("[data-cmd-hint]")).ToContainTextAsync("The buy command takes");
        await Assertions.Expect(tab.Page.Locator("[data-cmd='buy']")).ToContainTextAsync($" --instrument {series}");
    }

    [Fact]
    public async Task A_pause_of_trading_comes_and_goes_without_a_reload()
    {
        var market = new RecordedMarket(TimeProvider.System).Filled();
        await using var host = await PageHost.StartAsync(market);
        await using var tab = await OpenTradeAsync(host);
        var note = tab.Page.GetByText("takes no new orders now");
        await Assertions.Expect(note).ToBeHiddenAsync();
        foreach (var paused in new[] { true, false })
        {
            market.ShareChainBehind = paused;
            await Assertions.Expect(note).ToBeVisibleAsync(new() { Visible = paused });
            if (paused) await Assertions.Expect(note).ToContainTextAsync("200 blocks behind");
        }
        Assert.Empty(tab.ConsoleErrors);
    }

    [Fact]
    public async Task What_stands_still_is_said_alike_by_the_trading_page_and_the_status_page_without_a_block_or_a_reload()
    {
        var market = new RecordedMarket(TimeProvider.System).Filled();
        await using var host = await PageHost.StartAsync(market);
        await using var trade = await OpenTradeAsync(host);
        await using var status = await Tab.OpenAsync(chromium, host.Address, "/status");
        var badge = trade.Page.Locator("[data-live-text]");
        async Task ExpectAsync(string words, string summary)
        {
            await Assertions.Expect(badge).ToHaveTextAsync(words);
            await Assertions.Expect(status.Page.Locator(".verdict")).ToContainTextAsync(summary);
            await using var plain = await Tab.OpenAsync(chromium, host.Address, "/", scripts: false);
            await Assertions.Expect(plain.Page.Locator("[data-live-text]")).ToHaveTextAsync(words);
        }
        await ExpectAsync("both chains live", "Everything works");
        market.SwapsTrouble = "Nobody drives them now.";
        await ExpectAsync("swaps down", "Orders are matched.");
        await Assertions.Expect(status.Page.GetByText("Nobody drives them now.")).ToBeVisibleAsync();
        market.ShareChainBehind = true;
        await ExpectAsync("sharechain behind, swaps down: nothing new is matched", "Nothing new is matched;");
        (market.SwapsTrouble, market.ShareChainBehind) = (null, false);
        await ExpectAsync("both chains live", "Everything works");
        Assert.Empty(status.ConsoleErrors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_gap_or_a_wrong_checksum_makes_it_ask_for_a_snapshot(bool gap)
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenTradeAsync(host);
        await tab.Page.SelectOptionAsync("[data-bin]", "10");
        var missed = host.Market.SetLevel(Side.Buy, 98_110, 111_000_000);
        var sent = gap
            ? host.Market.SetLevel(Side.Buy, 98_120, 222_000_000)
            : missed with { Checksum = missed.Checksum ^ 1 };
        await host.SendAsync(Book, StreamEventType.Delta, sent, sent.Sequence);
        await Assertions.Expect(tab.Page.Locator(".bids")).ToContainTextAsync("1.1100");
        await WaitUntilAsync(() => host.Asked(Book) == 2);
    }

    [Fact]
    public async Task A_swap_moves_in_the_list_and_on_its_own_page()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var trade = await OpenTradeAsync(host);
        var id = host.Market.Newest(1)[0].Id;
        await using var page = await Tab.OpenAsync(chromium, host.Address, $"/swaps/{id}");
        await WaitUntilAsync(() => host.Asked($"swap:{id}") == 1);
        await Assertions.Expect(page.Page.Locator(".step[aria-current='step']")).ToContainTextAsync("If nobody acts:");
        await page.Page.ClickAsync("summary >> nth=0");
        var card = trade.Page.Locator($"[data-swap='{id}']");
        foreach (var (state, done) in SwapScript.Way.Skip(4))
        {
            var detail = host.Market.Move(id, state);
            await host.SendAsync("swaps", StreamEventType.Update, detail.Summary);
            await host.SendAsync($"swap:{id}", StreamEventType.Update, detail);
            await Assertions.Expect(card).ToContainTextAsync($"{done}/6");
            await Assertions.Expect(page.Page.Locator(".verdict")).ToContainTextAsync(detail.Summary.Sentence);
            await Assertions.Expect(page.Page.Locator(".step.is-done")).ToHaveCountAsync(done);
        }
        await Assertions.Expect(card.Locator(".state")).ToHaveTextAsync("settled");
        var open = await page.Page.Locator("details").First.EvaluateAsync<bool>("d => d.open");
        Assert.True(open, "an opened part was closed");
        await Assertions.Expect(page.Page.GetByText("known to the seller alone")).ToHaveCountAsync(0);
        Assert.Empty(page.ConsoleErrors);
        Assert.Empty(trade.ConsoleErrors);
    }

    [Fact]
    public async Task Both_tips_follow_and_their_ages_tick()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenTradeAsync(host);
        await host.SendAsync("chains:P2SHARE-BTC", StreamEventType.Update, host.Market.NextShare());
        await Assertions.Expect(tab.Page.Locator("[data-tip='sharechain-height']")).ToHaveTextAsync("#51,205");
        var age = tab.Page.Locator("[data-tip='mainchain-age']");
        var before = await age.InnerTextAsync();
        await Assertions.Expect(age).Not.ToHaveTextAsync(before);
    }

    [Fact]
    public async Task What_becomes_of_a_block_found_is_told_without_a_reload()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, "/explorer");
        var row = tab.Page.Locator("#found tbody tr").First;
        await Assertions.Expect(row).ToContainTextAsync("waiting for an answer");
        host.Market.NewestFate = FoundFate.Accepted;
        // What is told before the page listens is not heard by it.
        var started = Stopwatch.GetTimestamp();
        while (!(await row.InnerTextAsync()).Contains("accepted: it is a block", StringComparison.Ordinal))
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Chromium.Patience, "The page does not hear of it.");
            await host.SendAsync("chains:P2SHARE-BTC", StreamEventType.Update, host.Market.NextShare());
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Empty(tab.ConsoleErrors);
    }

    [Fact]
    public async Task A_lost_stream_says_since_when_and_comes_back_by_itself()
    {
        var market = new RecordedMarket(TimeProvider.System).Filled();
        var host = await PageHost.StartAsync(market);
        var port = new Uri(host.Address).Port;
        await using var tab = await OpenTradeAsync(host);
        await host.DisposeAsync();
        var note = tab.Page.Locator("[data-stream-note]");
        await Assertions.Expect(note).ToContainTextAsync("Live data stopped at");
        await Assertions.Expect(note).ToContainTextAsync("trying again");
        await Assertions.Expect(tab.Page.Locator("[data-live-text]")).ToHaveTextAsync("not live: reconnecting");
        await tab.ShootAsync("disconnected-wide");
        Assert.True(await tab.OverhangAsync() <= 0, "the note makes the page scroll sideways");
        market.SetLevel(Side.Buy, 98_120, 333_000_000);
        await using var again = await PageHost.StartAsync(market, port);
        await tab.Page.GetByText("Try now").ClickAsync();
        await Assertions.Expect(note).ToBeHiddenAsync();
        await Assertions.Expect(tab.Page.Locator("[data-live-text]")).ToHaveTextAsync("both chains live");
        await tab.Page.SelectOptionAsync("[data-bin]", "10");
        await Assertions.Expect(tab.Page.Locator(".bids tr").First).ToContainTextAsync("3.3300");
    }

    [Fact]
    public async Task A_watched_key_marks_its_orders_and_is_kept()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenTradeAsync(host);
        await Assertions.Expect(tab.Page.Locator(".book tr.own")).ToHaveCountAsync(0);
        await tab.Page.ClickAsync("[data-tab='orders']");
        await tab.Page.FillAsync("#watch-key", "not a key");
        await tab.Page.PressAsync("#watch-key", "Enter");
        await Assertions.Expect(tab.Page.Locator("[data-watch-help]")).ToContainTextAsync("not a public key");
        await tab.Page.FillAsync("#watch-key", "02" + RecordedMarket.OwnKey.ToUpperInvariant());
        await tab.Page.PressAsync("#watch-key", "Enter");
        await Assertions.Expect(tab.Page.Locator(".asks tr.own")).ToHaveCountAsync(1);
        await Assertions.Expect(tab.Page.Locator("[data-own-orders]")).ToContainTextAsync("3.2000");
        await tab.Page.ReloadAsync();
        await Assertions.Expect(tab.Page.Locator(".asks tr.own")).ToHaveCountAsync(1);
        Assert.Empty(tab.ForeignRequests);
    }

    [Fact]
    public async Task The_keyboard_reaches_book_tabs_search_and_help()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenTradeAsync(host);
        var page = tab.Page;
        await page.Locator(".asks .pxb[tabindex='0']").FocusAsync();
        await page.Keyboard.PressAsync("ArrowUp");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-cmd='buy']")).ToContainTextAsync("--price 98");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-cmd-hint]")).ToContainTextAsync("The sell command takes");
        await page.FocusAsync("#tab-candles");
        await page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(page.Locator("[data-chart-depth] svg")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(page.Locator("dialog")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("dialog")).ToBeHiddenAsync();
        await tab.GotoAsync("/explorer");
        await page.Keyboard.PressAsync("/");
        await Assertions.Expect(page.Locator("#q")).ToBeFocusedAsync();
        await page.FillAsync("#q", "51,203");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("#51,203");
    }

    [Fact]
    public async Task Scripts_draw_the_same_rows_and_cards_as_the_server()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var plain = await Tab.OpenAsync(chromium, host.Address, "/", scripts: false);
        await using var live = await OpenTradeAsync(host);
        string[] parts = [".asks", ".bids", "[data-tape]", "[data-swaps]", ".figures", "[data-discount] table"];
        foreach (var part in parts)
            Assert.Equal(await TextAsync(plain, part), await TextAsync(live, part));

        // Ages move on between the two views.
        static async Task<string> TextAsync(Tab tab, string selector) => Regex.Replace(
            await tab.Page.Locator(selector).First.InnerTextAsync(), @"\s+|\d+ (s|min) ago", "");
    }

    [Fact]
    public async Task Colours_can_be_chosen_and_are_kept()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await OpenTradeAsync(host);
        Task<string> Background() => tab.Page.EvaluateAsync<string>(
            "() => getComputedStyle(document.body.parentElement).backgroundColor");
        var light = await Background();
        await tab.Page.ClickAsync("[data-theme-button]");
        var dark = await Background();
        Assert.NotEqual(light, dark);
        await tab.GotoAsync("/swaps");
        Assert.Equal(dark, await Background());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/analytics")]
    public async Task The_first_view_is_below_200_kB_compressed_and_comes_from_this_host_alone(string view)
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        using var client = new HttpClient { BaseAddress = new Uri(host.Address) };
        client.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br, gzip");
        var paths = new List<string> { view };
        Task Listen(IPage page)
        {
            page.Request += (_, request) => paths.Add(new Uri(request.Url).AbsolutePath);
            return Task.CompletedTask;
        }
        await using (var tab = await Tab.OpenAsync(chromium, host.Address, view, before: Listen))
        {
            await tab.Page.Locator("canvas").First.WaitForAsync();
            Assert.Empty(tab.ForeignRequests);
        }
        long sum = 0;
        bool IsFirstView(string path) => path == view || path.StartsWith("/assets/", StringComparison.Ordinal);
        foreach (var path in paths.Distinct().Where(IsFirstView))
        {
            using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
            answer.EnsureSuccessStatusCode();
            Assert.NotEmpty(answer.Content.Headers.ContentEncoding);
            sum += (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"first view: {sum} bytes compressed");
        Assert.InRange(sum, 10_000, 200_000);
    }

    private async Task<Tab> OpenTradeAsync(PageHost host)
    {
        var tab = await Tab.OpenAsync(chromium, host.Address, "/");
        await WaitUntilAsync(() => host.Asked("chains:P2SHARE-BTC") >= 1);
        return tab;
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 600 && !condition(); i++) await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.True(condition(), "what was waited for did not come within a minute");
    }
}
