using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Market.Api.Hosting.OpenApi;
using Market.Api.Tests.Declared;
using Market.Api.Tests.Host;
using Market.Chains.Http;
using Market.Testing;

namespace Market.Api.Tests.Interface;

/// <summary>What the document says of the nodes' routes is what the nodes read and send: their handler reads path and query by
/// itself, so that nothing is said of them by the framework.</summary>
public sealed partial class NodeDocumentTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private const string Root = "/api/v1/node/";

    [Fact]
    public async Task The_routes_of_nodes_are_these()
    {
        var routes = (await OperationsAsync()).Select(one => $"{one.Method} {one.Path[Root.Length..]}");
        string[] expected =
        [
            "GET mainchain/template", "GET {chain}/block/{id}", "GET {chain}/blocks", "GET {chain}/coin/{outpoint}",
            "GET {chain}/coins/{script}", "GET {chain}/events", "GET {chain}/fee", "GET {chain}/headers", "GET {chain}/mempool",
            "GET {chain}/tip", "GET {chain}/tx/{id}", "GET {sharechain}/directory", "GET {sharechain}/figures",
            "GET {sharechain}/holders",
            "GET {sharechain}/main-header/{id}", "GET {sharechain}/payout", "GET {sharechain}/template", "GET {sharechain}/weak",
            "POST mainchain/block", "POST {chain}/tx", "POST {chain}/unconfirmed", "POST {sharechain}/late",
            "POST {sharechain}/share", "POST {sharechain}/weak",
        ];
        Assert.Equal(expected, routes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Each_part_of_a_path_that_varies_is_described_and_no_other()
    {
        foreach (var (path, method, operation) in await OperationsAsync())
        {
            Assert.Equal(Part().Matches(path).Select(match => match.Groups[1].Value),
                Parameters(operation, "path").Select(parameter => (string)parameter["name"]!));
            Assert.All(Parameters(operation, "path"), parameter =>
                Assert.False(string.IsNullOrEmpty((string?)parameter["description"]), $"{method} {path}"));
        }
    }

    [Fact]
    public async Task Each_parameter_of_a_query_is_read()
    {
        foreach (var (path, _, operation) in await OperationsAsync())
        {
            foreach (var parameter in Parameters(operation, "query"))
            {
                var name = (string)parameter["name"]!;
                Assert.Equal(name is "limit" or "target" ? "integer" : "string", (string?)parameter["schema"]!["type"]);
                // Of a locator what is unknown is passed over.
                if (name == "locator") continue;
                var filled = Part().Replace(path, match => match.Groups[1].Value switch
                {
                    "chain" => "mainchain",
                    "sharechain" => "sharechain",
                    _ => "00",
                });
                using var answer = await fixture.Host.Http.GetAsync($"{filled}?{name}=no~such");
                Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{path}?{name}: {answer.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task Each_name_of_a_query_that_is_read_is_described()
    {
        var folder = Path.Combine(Vectors.RepositoryRoot, "src", "Market.Chains", "Http");
        var read = Directory.EnumerateFiles(folder, "*.cs").SelectMany(file => Read().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value).Distinct().Order();
        var described = (await OperationsAsync()).SelectMany(one => Parameters(one.Operation, "query"))
            .Select(parameter => (string)parameter["name"]!).Distinct().Order();
        Assert.Equal(read, described);
    }

    [Fact]
    public async Task Each_kind_of_event_is_described()
    {
        var events = (await OperationsAsync()).Single(one => one.Path.EndsWith("/events", StringComparison.Ordinal)).Operation;
        var schema = events["responses"]!["200"]!["content"]!["text/event-stream"]!["schema"]!;
        var kinds = schema.AsObject().First().Value!.AsArray().Select(kind => ((string)kind!["$ref"]!).Split('/')[^1]);
        Assert.Equal(
            [
                nameof(TipChangedPayload), nameof(SeenPayload), nameof(DroppedPayload), nameof(FoundPayload), nameof(GapPayload),
            ],
            kinds);
    }

    private async Task<List<(string Path, string Method, JsonObject Operation)>> OperationsAsync() =>
    [
        .. DocumentOperations.Of(JsonNode.Parse(await fixture.Host.Get<OpenApiFile>().ReadAsync(CancellationToken.None))!)
            .Where(one => one.Path.StartsWith(Root, StringComparison.Ordinal)),
    ];

    private static IEnumerable<JsonObject> Parameters(JsonObject operation, string place) =>
        operation["parameters"]?.AsArray().Select(p => p!.AsObject()).Where(p => (string)p["in"]! == place) ?? [];

    [GeneratedRegex(@"\{([^}]+)}")]
    private static partial Regex Part();

    [GeneratedRegex("query\\(\"([a-z]+)\"\\)")]
    private static partial Regex Read();
}
