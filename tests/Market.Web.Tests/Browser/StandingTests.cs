using System.Net;
using Market.Web.Tests.Host;
using Microsoft.Playwright;

namespace Market.Web.Tests.Browser;

/// <summary>How the standing page solves tickets: in a worker that it loads when it is asked to.</summary>
public sealed class StandingTests(Chromium chromium)
{
    private const string Key = RecordedMarket.HighKey;
    private const string Ticket = "/api/v1/standing/ticket";

    [Fact]
    public async Task Nothing_is_loaded_before_it_is_asked_for_the_work_goes_on_with_a_new_seed_and_stops_when_told()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, $"/standing?key={Key}",
            before: page => page.Clock.InstallAsync());
        var page = tab.Page;
        var loaded = 0;
        page.Worker += (_, _) => loaded++;
        Assert.Empty(page.Workers);
        // So hard that no luck ends it.
        await page.SelectOptionAsync("[data-solve-size]", $"{RecordedMarket.MostDifficulty}");
        await page.ClickAsync("[data-solve-start]");
        var tries = page.Locator("[data-solve-tries]");
        await Assertions.Expect(tries).ToContainTextAsync(" tries made");
        await Assertions.Expect(tries).ToContainTextAsync($"{RecordedMarket.MostDifficulty:N0} expected");
        await tab.ShootAsync("standing-solving", whole: true);
        Assert.Equal((1, 1), (loaded, page.Workers.Count));

        // The seed is the same: the worker goes on.
        await page.RunAndWaitForResponseAsync(
            () => page.Clock.FastForwardAsync(30_000), answer => answer.Url.Contains(Ticket, StringComparison.Ordinal));
        Assert.Equal(1, loaded);
        host.Market.TicketSeed = SwapScript.Hex("another seed");
        await page.Clock.FastForwardAsync(30_000);
        await Eventually(() => loaded == 2 && page.Workers.Count == 1);
        var before = await tries.InnerTextAsync();
        await Assertions.Expect(tries).Not.ToHaveTextAsync(before);

        await page.ClickAsync("[data-solve-stop]");
        await Assertions.Expect(Said(tab)).ToContainTextAsync("Stopped after");
        await Assertions.Expect(page.Locator("[data-solve-start]")).ToBeFocusedAsync();
        await Assertions.Expect(page.Locator("[data-solve-progress]")).ToBeHiddenAsync();
        await Eventually(() => page.Workers.Count == 0);
        Assert.Empty(tab.ConsoleErrors);
        Assert.Empty(tab.ForeignRequests);
    }

    [Fact]
    public async Task Only_the_worker_may_compile_WebAssembly_and_it_asks_nobody_for_anything()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        using var client = new HttpClient { BaseAddress = new Uri(host.Address) };
        using var page = await client.GetAsync($"/standing?key={Key}", TestContext.Current.CancellationToken);
        var text = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var policy = string.Join(' ', page.Headers.GetValues("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);

        const string mark = "data-worker=\"";
        var from = text.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        using var worker = await client.GetAsync(text[from..text.IndexOf('"', from)], TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, worker.StatusCode);
        Assert.Equal(
            "default-src 'none'; script-src 'wasm-unsafe-eval'", worker.Headers.GetValues("Content-Security-Policy").Single());
        await using var tab = await Tab.OpenAsync(chromium, host.Address, $"/standing?key={Key}");
        Assert.False(await tab.Page.EvaluateAsync<bool>(
            "() => { try { new WebAssembly.Module(Uint8Array.of(0,97,115,109,1,0,0,0)); return true; } catch { return false; } }"));
    }

    private static ILocator Said(Tab tab) => tab.Page.Locator("[data-solve-said]");

    private static async Task Eventually(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Chromium.Patience);
        while (!holds()) await Task.Delay(50, limit.Token);
    }
}
