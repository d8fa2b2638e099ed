using System.Net;
using System.Text.Json;
using Market.Api.Doors;
using Market.Api.Tests.Doors;
using Market.Api.Tests.Host;
using Market.Contracts;

namespace Market.Api.Tests.Interface;

/// <summary>What is wrong before any route is asked is refused in words, too: with a problem document and its code.</summary>
public sealed class EdgeTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    [Fact]
    public async Task Another_host_or_none_is_refused_in_words()
    {
        Assert.Equal((400, ProblemCodes.UnknownHost), await AskAsync($"GET {Routes.Time} HTTP/1.1\r\nHost: evil.example\r\n\r\n"));
        Assert.Equal((400, ProblemCodes.UnknownHost), await AskAsync($"GET {Routes.Time} HTTP/1.0\r\n\r\n"));
    }

    [Fact]
    public async Task An_address_that_is_too_long_is_refused_in_words()
    {
        var longest = Routes.Time + "?" + new string('a', ServerLimits.MaxTarget - Routes.Time.Length - 1);
        Assert.Equal((200, null), await AskAsync(Request(longest)));
        Assert.Equal((414, ProblemCodes.UriTooLong), await AskAsync(Request(longest + "a")));
    }

    [Fact]
    public async Task Headers_that_are_too_large_are_refused_in_words()
    {
        var most = Request(Routes.Time, new string('a', ServerLimits.MaxHeaders - 100));
        Assert.Equal((200, null), await AskAsync(most));
        var more = Request(Routes.Time, new string('a', ServerLimits.MaxHeaders));
        Assert.Equal((431, ProblemCodes.HeadersTooLarge), await AskAsync(more));
        // Names count as well as values.
        var names = string.Concat(Enumerable.Range(0, 80).Select(i => $"{new string('n', 200)}{i}: a\r\n"));
        Assert.Equal((431, ProblemCodes.HeadersTooLarge), await AskAsync(Request(Routes.Time, "a\r\n" + names.TrimEnd())));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [InlineData("BREW")]
    public async Task A_method_that_the_route_does_not_know_is_refused_in_words(string method) => Assert.Equal(
        (405, ProblemCodes.MethodNotAllowed),
        await AskAsync($"{method} {Routes.Time} HTTP/1.1\r\nHost: {fixture.Host.Address.Authority}\r\nContent-Length: 0\r\n\r\n"));

    [Fact]
    public async Task A_body_that_is_cut_into_no_chunks_is_refused_in_words() => Assert.Equal(
        (400, ProblemCodes.MalformedRequest),
        await AskAsync($"POST {Routes.Challenges} HTTP/1.1\r\nHost: {fixture.Host.Address.Authority}\r\n"
            + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n"));

    [Fact]
    public async Task What_is_asked_for_with_head_is_refused_without_a_body()
    {
        using var answer = await fixture.Host.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, Routes.Time));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    private string Request(string target, string header = "a") =>
        $"GET {target} HTTP/1.1\r\nHost: {fixture.Host.Address.Authority}\r\nSome: {header}\r\n\r\n";

    private async Task<(int Status, string? Code)> AskAsync(string request)
    {
        using var client = await RawClient.ConnectAsync(fixture.Host.Address, "127.0.0.1");
        await client.SendAsync(request);
        var answer = (await client.ReadAsync())!;
        // Head and body may come in two.
        if (!answer.Contains('{', StringComparison.Ordinal)) answer += await client.ReadAsync();
        var json = answer[answer.IndexOf('{', StringComparison.Ordinal)..(answer.LastIndexOf('}') + 1)];
        using var body = JsonDocument.Parse(json);
        var code = body.RootElement.TryGetProperty("code", out var found) ? found.GetString() : null;
        return (RawClient.StatusOf(answer), code);
    }
}
