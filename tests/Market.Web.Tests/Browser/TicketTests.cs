using System.Net;
using System.Text;
using Market.Web.Tests.Host;
using Microsoft.Playwright;

namespace Market.Web.Tests.Browser;

/// <summary>The standing page's tickets: solved by a worker of the page, taken by the real server.</summary>
[Collection("demo")]
public sealed class TicketTests(Chromium chromium, Demo demo)
{
    private const string Key = RecordedMarket.HighKey;
    private const string Other = "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
    private const string Third = "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9";
    private const string Nonce = "\"nonce\":\"";
    private const string Ticket = "/api/v1/standing/ticket";

    // Work that luck ends, on as much of a core as the machine has left.
    private const float SolvePatience = 15 * 60_000;

    [Fact]
    public async Task The_page_solves_a_memory_hard_ticket_in_a_worker_and_the_market_credits_the_account()
    {
        var market = demo.Market;
        await using var tab = await Tab.OpenAsync(chromium, market.Address, $"/standing?key={Key}");
        var sent = new TaskCompletionSource<IRequest>();
        tab.Page.Request += (_, request) =>
        {
            if (request.Method == "POST" && request.Url.EndsWith(Ticket, StringComparison.Ordinal)) sent.TrySetResult(request);
        };
        await SolveAsync(tab.Page);
        await Assertions.Expect(Said(tab)).ToContainTextAsync(
            "64 credits earned for 79be667e…1798, after", new() { Timeout = SolvePatience });
        await tab.ShootAsync("real-standing-solved", whole: true);
        Assert.Empty(tab.ConsoleErrors);
        Assert.Empty(tab.ForeignRequests);

        // Nobody signed, and what counted counts once.
        var request = await sent.Task;
        var headers = await request.AllHeadersAsync();
        Assert.DoesNotContain(
            headers.Keys, name => name.StartsWith("market-", StringComparison.Ordinal) || name == "authorization");
        using var client = new HttpClient();
        using var content = new StringContent(request.PostData!, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(market.Address + Ticket, content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains(
            "proofUsed", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await WrongAndRightAsync(market);
        await LostAnswerAsync(market);
    }

    /// <summary>What is no solution is told by its code; what is refused for now is kept and handed in again.</summary>
    private async Task WrongAndRightAsync(DemoMarket market)
    {
        await using var tab = await Tab.OpenAsync(chromium, market.Address, $"/standing?key={Other}");
        var isWrong = true;
        await tab.Page.RouteAsync($"**{Ticket}", async route =>
        {
            var body = route.Request.PostData;
            await route.ContinueAsync(isWrong && body is not null
                ? new RouteContinueOptions { PostData = Encoding.UTF8.GetBytes(WithoutNonce(body)) }
                : null);
        });
        await SolveAsync(tab.Page);
        await Assertions.Expect(Said(tab)).ToContainTextAsync(
            "It was not taken: badProof. The nonce does not solve", new() { Timeout = SolvePatience });
        await Assertions.Expect(Said(tab).Locator("a")).ToHaveAttributeAsync("href", "/problems/badProof");
        var again = tab.Page.Locator("[data-solve-again]");
        await Assertions.Expect(again).ToBeHiddenAsync();

        // Who sent a wrong one waits: the next is kept until it is taken.
        isWrong = false;
        await SolveAsync(tab.Page);
        var refused = Said(tab).GetByText("rateLimited");
        var earned = Said(tab).Filter(new() { HasText = "64 credits earned" });
        await Assertions.Expect(refused.Or(earned)).ToBeVisibleAsync(new() { Timeout = SolvePatience });
        while (!await earned.IsVisibleAsync())
        {
            await again.ClickAsync();
            await Assertions.Expect(refused.Or(earned)).ToBeVisibleAsync();
        }
        await Assertions.Expect(again).ToBeHiddenAsync();
    }

    /// <summary>Whoever hands in again because the answer was lost is not told that nothing was earned.</summary>
    private async Task LostAnswerAsync(DemoMarket market)
    {
        await using var tab = await Tab.OpenAsync(chromium, market.Address, $"/standing?key={Third}");
        var losses = 1;
        await tab.Page.RouteAsync($"**{Ticket}", async route =>
        {
            if (route.Request.Method != "POST" || losses-- <= 0)
            {
                await route.ContinueAsync();
                return;
            }
            Assert.True((await route.FetchAsync()).Ok);
            await route.AbortAsync();
        });
        await SolveAsync(tab.Page);
        await Assertions.Expect(Said(tab)).ToContainTextAsync(
            "the market does not answer", new() { Timeout = SolvePatience });
        await tab.Page.ClickAsync("[data-solve-again]");
        await Assertions.Expect(Said(tab)).ToContainTextAsync("It had been taken the first time");
        await Assertions.Expect(tab.Page.Locator("[data-solve-again]")).ToBeHiddenAsync();
    }

    private static async Task SolveAsync(IPage page)
    {
        await page.SelectOptionAsync("[data-solve-size]", "16");
        await page.ClickAsync("[data-solve-start]");
    }

    private static string WithoutNonce(string body)
    {
        var from = body.IndexOf(Nonce, StringComparison.Ordinal) + Nonce.Length;
        return string.Concat(body.AsSpan(0, from), new string('0', 32), body.AsSpan(from + 32));
    }

    private static ILocator Said(Tab tab) => tab.Page.Locator("[data-solve-said]");
}
