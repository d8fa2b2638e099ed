using System.Net;
using System.Net.Http.Json;
using Market.Api.Results;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;

namespace Market.Api.Tests.Interface;

/// <summary>The type of each refusal leads to a page that says what it means and what to do.</summary>
public sealed class ProblemTests(MarketFixture fixture, PostgresFixture postgres) : IClassFixture<MarketFixture>
{
    public static TheoryData<string> Codes => [.. ProblemCodes.All];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Each_code_has_a_page_and_the_same_for_programs(string code)
    {
        var kind = ProblemKinds.Find(code)!;
        var type = ProblemTable.Document(new Refusal(code)).Type;
        using var page = await fixture.Host.Http.GetAsync(type);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        var text = WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync());
        Assert.Contains(kind.Meaning, text, StringComparison.Ordinal);
        Assert.Contains(kind.Advice, text, StringComparison.Ordinal);
        Assert.Contains($">{kind.Status}<", text, StringComparison.Ordinal);
        Assert.Equal(kind, await JsonAsync<ProblemKind>(fixture.Host.Http, type));
    }

    [Fact]
    public async Task What_is_no_code_has_no_page()
    {
        using var page = await fixture.Host.Http.GetAsync(ProblemKinds.Path + "/echo-me");
        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        Assert.DoesNotContain("echo-me", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var problem = await JsonAsync<Problem>(fixture.Host.Http, ProblemKinds.Path + "/echo-me", HttpStatusCode.NotFound);
        Assert.Equal(ProblemCodes.NotFound, problem.Code);
    }

    [Fact]
    public async Task Who_takes_a_page_and_json_gets_the_page()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, ProblemKinds.Path + "/badToken");
        request.Headers.Add("Accept", "text/html, application/json;q=0.9");
        using var answer = await fixture.Host.Http.SendAsync(request);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task All_codes_are_listed()
    {
        var page = await fixture.Host.Http.GetStringAsync(ProblemKinds.Path);
        Assert.All(ProblemCodes.All, code => Assert.Contains($"href=\"/problems/{code}\"", page, StringComparison.Ordinal));
        var kinds = await JsonAsync<List<ProblemKind>>(fixture.Host.Http, ProblemKinds.Path);
        Assert.Equal(ProblemCodes.All.Order(), kinds.Select(kind => kind.Code).Order());
    }

    [Fact]
    public async Task A_server_without_pages_explains_its_refusals_to_programs()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var http = host.Http();
        var kind = await http.GetFromJsonAsync<ProblemKind>("/problems/badToken", MarketJson.Options);
        Assert.Equal(ProblemKinds.Find("badToken"), kind);
        using var none = await http.GetAsync("/problems/none");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    private static async Task<T> JsonAsync<T>(HttpClient http, string path, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", "application/json");
        using var answer = await http.SendAsync(request);
        Assert.Equal(status, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<T>(MarketJson.Options))!;
    }
}
