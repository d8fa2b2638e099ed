using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Market.Api.Hosting.OpenApi;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Api.Tests.Declared;

/// <summary>The check of all answers finds what is not declared.</summary>
public sealed class DeclaredTests(MarketFixture fixture, PostgresFixture postgres) : IClassFixture<MarketFixture>
{
    private const string Time = """{"time":"2026-03-01T12:00:00Z","unixMilliseconds":1772366400000}""";

    [Theory]
    [InlineData("GET", "/api/v1/time", 200, "application/json", Time, "", "")]
    [InlineData("GET", "/API/v1/TIME/", 200, "application/json; charset=utf-8", Time, "", "")]
    [InlineData("GET", "/api/v1/time", 201, "application/json", Time, "", "status is not declared")]
    [InlineData("GET", "/api/v1/time", 200, "text/plain", Time, "", "content type")]
    [InlineData("GET", "/api/v1/time", 200, null, "", "", "content type")]
    [InlineData("GET", "/api/v1/time", 200, "application/json", "{", "", "no JSON")]
    [InlineData("GET", "/api/v1/time", 200, "application/json", "{}", "", "unixMilliseconds")]
    [InlineData("GET", "/api/v1/time", 200, "application/json", """{"time":1,"unixMilliseconds":1}""", "", "/time")]
    [InlineData("GET", "/api/v1/time", 200, "application/json", """{"time":"","unixMilliseconds":1,"more":2}""", "", "/more")]
    [InlineData("GET", "/api/v1/time", 200, "application/json", Time, "X-More", "X-More is not declared")]
    [InlineData("GET", "/api/v1/time", 200, "application/json", Time, "ETag", "ETag is not declared")]
    [InlineData("GET", "/api/v1/limits", 304, null, "", "ETag", "")]
    [InlineData("GET", "/api/v1/limits", 304, null, "", "", "ETag is missing")]
    [InlineData("GET", "/api/v1/limits", 304, null, "{}", "ETag", "none is declared")]
    [InlineData("GET", "/api/v1/nothing", 200, "application/json", "{}", "", "no operation")]
    [InlineData("GET", "/api/v1/streams", 200, "text/event-stream", ": here\n\ndata: {}\n\ndata: {", "", "channel")]
    public void Only_what_is_declared_passes(
        string method, string path, int status, string? type, string body, string header, string fault)
    {
        var faults = FaultsOf(method, path, status, type, body, header);
        if (fault.Length == 0) Assert.Empty(faults);
        else Assert.Contains(faults, found => found.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET", "/api/v1/time", "rateLimited", 429, "Retry-After", "")]
    [InlineData("GET", "/api/v1/time", "rateLimited", 429, "", "Retry-After is missing")]
    [InlineData("GET", "/api/v1/time", "rateLimited", 400, "", "code rateLimited is not declared")]
    [InlineData("GET", "/api/v1/time", "surprise", 400, "", "/code")]
    [InlineData("GET", "/api/v1/nothing", "routeNotFound", 404, "", "")]
    [InlineData("DELETE", "/api/v1/time", "methodNotAllowed", 405, "Allow", "")]
    [InlineData("DELETE", "/api/v1/time", "methodNotAllowed", 405, "", "Allow is missing")]
    public void Only_refusals_that_are_declared_pass(
        string method, string path, string code, int status, string header, string fault)
    {
        var body = $$"""{"type":"/problems/{{code}}","title":"t","status":{{status}},"code":"{{code}}"}""";
        var faults = FaultsOf(method, path, status, "application/problem+json", body, header);
        if (fault.Length == 0) Assert.Empty(faults);
        else Assert.Contains(faults, found => found.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_document_shows_as_an_answer_is_one_that_it_declares()
    {
        var bytes = await fixture.Host.Get<OpenApiFile>().ReadAsync(CancellationToken.None);
        var contract = new ApiContract(bytes);
        var document = JsonNode.Parse(bytes)!;
        var named = document["components"]!["examples"]!;
        var shown = 0;
        foreach (var (path, method, status, response) in ResponsesOf(document))
        {
            foreach (var (type, media) in response["content"]?.AsObject() ?? [])
            {
                var examples = media!["examples"]?.AsObject().Select(one => named[one.Key]!["value"]!)
                    ?? (media["example"] is { } example ? [example] : []);
                foreach (var text in examples.Select(value => value.ToJsonString()))
                {
                    shown++;
                    var context = new DefaultHttpContext();
                    (context.Request.Method, context.Request.Path) = (method, path);
                    (context.Response.StatusCode, context.Response.ContentType) = (status, type);
                    foreach (var (name, _) in response["headers"]!.AsObject()) context.Response.Headers[name] = "some";
                    var body = type switch
                    {
                        "text/event-stream" => $"data: {text}\n\n",
                        "text/csv" => (string)JsonNode.Parse(text)!,
                        _ => text,
                    };
                    var faults = contract.FaultsOf(context, Encoding.UTF8.GetBytes(body));
                    Assert.True(faults.Count == 0, $"{method} {path} {status}: {string.Join("; ", faults)}");
                }
            }
        }
        Assert.True(shown > 500, "all routes' answers and refusals");
    }

    private static IEnumerable<(string Path, string Method, int Status, JsonNode Response)> ResponsesOf(JsonNode document) =>
        from one in DocumentOperations.Of(document)
        from response in one.Operation["responses"]!.AsObject()
        select (one.Path, one.Method, int.Parse(response.Key, CultureInfo.InvariantCulture), response.Value!);

    [Fact]
    public async Task An_answer_that_is_not_declared_does_not_arrive()
    {
        await using var host = await TradingHost.StartAsync(
            await postgres.NewDatabaseAsync(), services => services.AddSingleton<IStartupFilter, Liar>());
        using var http = host.Http();
        var before = DeclaredAnswers.Checked;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => http.GetAsync(Routes.Time));
        using var honest = await http.GetAsync(Routes.Limits);
        Assert.Equal(HttpStatusCode.OK, honest.StatusCode);
        Assert.True(DeclaredAnswers.Checked >= before + 2, "both were checked");
        Assert.True(DeclaredAnswers.Forget($"GET {Routes.Time}: 200: header X-Lie is not declared"));
    }

    [Fact]
    public async Task Servers_with_the_same_routes_have_the_same_document_whatever_they_trade()
    {
        await using var one = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        await using var other = await TradingHost.StartAsync(
            await postgres.NewDatabaseAsync(), instruments: 2, hosts: ["market.example"]);
        Assert.Equal(
            DeclaredAnswers.RoutesOf(one.Get<EndpointDataSource>()), DeclaredAnswers.RoutesOf(other.Get<EndpointDataSource>()));
        Assert.Equal(
            await one.Get<OpenApiFile>().ReadAsync(CancellationToken.None),
            await other.Get<OpenApiFile>().ReadAsync(CancellationToken.None));
        // A server that has more routes is held to a document of its own.
        Assert.NotEqual(
            DeclaredAnswers.RoutesOf(fixture.Host.Get<EndpointDataSource>()),
            DeclaredAnswers.RoutesOf(one.Get<EndpointDataSource>()));
    }

    private IReadOnlyList<string> FaultsOf(
        string method, string path, int status, string? type, string body, string header)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Path) = (method, path);
        (context.Response.StatusCode, context.Response.ContentType) = (status, type);
        foreach (var name in new[] { "RateLimit", "RateLimit-Policy", "X-Content-Type-Options", "Cache-Control", header })
        {
            if (name.Length > 0) context.Response.Headers[name] = "some";
        }
        var contract = DeclaredAnswers.ContractOf(fixture.Host.Get<OpenApiFile>(), fixture.Host.Get<EndpointDataSource>());
        return contract.GetAwaiter().GetResult().FaultsOf(context, Encoding.UTF8.GetBytes(body));
    }

    private sealed class Liar : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, further) =>
            {
                if (context.Request.Path == Routes.Time) context.Response.Headers["X-Lie"] = "1";
                return further(context);
            });
            next(app);
        };
    }
}
