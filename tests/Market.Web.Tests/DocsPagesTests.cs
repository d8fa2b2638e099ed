using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Market.Web.Tests.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Market.Web.Tests;

/// <summary>The pages of the interface, and that a program that is copied from them asks for what they say.</summary>
public sealed class DocsPagesTests
{
    private static readonly ApiOperation Place = new(
        "POST", "/api/v1/instruments/{instrument}/orders/{id}", "Places", "", true,
        [
            new ApiField("instrument", "string, in path", "", true), new ApiField("id", "string, in path", "", true),
            new ApiField("side", "string, in query", "", true), new ApiField("limit", "integer, in query", "", false),
            new ApiField("Idempotency-Key", "string, in header", "", true),
        ],
        "application/json", "PlaceOrder", "{\n  \"note\": \"it's\"\n}",
        [new ApiResponse("201", "Placed.", "application/json", "Order", null)]);

    [Theory]
    [InlineData("JavaScript", "node", "--input-type=module", "-e")]
    [InlineData("Python", "python3", "-c")]
    [InlineData("C#", "dotnet")]
    public async Task An_example_asks_for_what_the_document_says(string language, string program, params string[] arguments)
    {
        await using var echo = await EchoAsync();
        using var compiled = new CompiledSample();
        var sample = ApiSamples.Of(Place, echo.Urls.Single(), "P2SHARE-BTC")[ApiSamples.Languages.ToList().IndexOf(language)];
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.ArgumentList.Add(language == "C#" ? compiled.Compile(sample) : sample);
        start.Environment["MARKET_TOKEN"] = "secret";
        using var running = Process.Start(start)!;
        var errors = running.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var text = await running.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await running.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(running.ExitCode == 0, await errors);
        // Each prints a value of its language: the quotes differ.
        Assert.Contains(
            "POST /api/v1/instruments/P2SHARE-BTC/orders/ID?side=SIDE Bearer secret application/json IDEMPOTENCY-KEY note", text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "text/event-stream")]
    [InlineData("", "", "application/octet-stream")]
    [InlineData("", "", "")]
    [InlineData("application/octet-stream", "", "application/json")]
    [InlineData("application/json", "{\n  \"a\": \"\\\"\"\n}", "text/csv")]
    public void An_example_of_every_kind_compiles(string content, string body, string answer)
    {
        using var compiled = new CompiledSample();
        compiled.Compile(ApiSamples.Of(
            Place with
            {
                BodyContent = content,
                BodyExample = body.Length > 0 ? body : null,
                Responses = [new ApiResponse("200", "Given.", answer, "", null)],
            },
            "http://127.0.0.1:8080", "P2SHARE-BTC")[2]);
    }

    [Fact]
    public void The_shell_and_the_compiled_language_have_the_same_in_their_own_way()
    {
        var samples = ApiSamples.Of(Place, "http://127.0.0.1:8080", "P2SHARE-BTC");
        Assert.Equal(
            """
            curl -X POST 'http://127.0.0.1:8080/api/v1/instruments/P2SHARE-BTC/orders/ID?side=SIDE' \
              -H "Authorization: Bearer $MARKET_TOKEN" \
              -H 'Idempotency-Key: IDEMPOTENCY-KEY' \
              -H 'Content-Type: application/json' \
              -d '{
              "note": "it'\''s"
            }'
            """, samples[0], ignoreLineEndingDifferences: true);
        const string request = "new HttpRequestMessage(HttpMethod.Post, \"http://127.0.0.1:8080/api/v1/";
        Assert.Contains(request, samples[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_interface_has_an_overview_a_page_a_group_and_a_search_that_says_when_nothing_is_found()
    {
        await using var host = await PageHost.StartAsync(new RecordedMarket(TimeProvider.System).Filled());
        using var http = new HttpClient { BaseAddress = new Uri(host.Address) };
        async Task<string> ReadAsync(string path) => await http.GetStringAsync(path, TestContext.Current.CancellationToken);
        Assert.Contains("href=\"/docs/orders#post-api-v1-orders\"", await ReadAsync("/docs"), StringComparison.Ordinal);
        var orders = await ReadAsync("/docs/orders");
        string[] all = ["id=\"post-api-v1-orders\"", "id=\"type-PlaceOrder\"", "urllib.request", "HttpMethod.Post"];
        foreach (var expected in all)
            Assert.Contains(expected, orders, StringComparison.Ordinal);
        foreach (var words in new[] { "idempotency", "PLACES order", "satoshis price" })
            Assert.Contains("href=\"/docs/orders#", await ReadAsync("/docs?q=" + words), StringComparison.Ordinal);
        Assert.Contains("Nothing of the interface speaks of", await ReadAsync("/docs?q=moonshine"), StringComparison.Ordinal);
        using var none = await http.GetAsync("/docs/moonshine", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    private static async Task<WebApplication> EchoAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(async context =>
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body);
            var asked = context.Request;
            await context.Response.WriteAsJsonAsync(
                $"{asked.Method} {asked.Path}{asked.QueryString} {asked.Headers.Authorization} {asked.ContentType} " +
                $"{asked.Headers["Idempotency-Key"]} {body.RootElement.EnumerateObject().Single().Name}");
        });
        await app.StartAsync();
        return app;
    }
}
