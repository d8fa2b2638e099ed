using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Api.Tests.Declared;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Npgsql;

namespace Market.Api.Tests.Interface;

/// <summary>Every route of the OpenAPI document is described whole, and refuses wrong input with a code that the document
/// names, changing nothing. The table is the document itself, so that no route is forgotten.</summary>
public sealed class OpenApiTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    // Words that only the server's language and its libraries use.
    private const string OfTheRuntime = @"System\.|\.NET|Market\.[A-Z]|Exception|Nullable|Int32|Int64|deserializ";

    private sealed record Operation(string Path, string Method, JsonObject Node)
    {
        /// <summary>The sets of schemes of which one is required; an empty set where nobody must be known.</summary>
        public IReadOnlyList<string[]> Security =>
            [.. Node["security"]?.AsArray().Select(s => s!.AsObject().Select(scheme => scheme.Key).ToArray()) ?? []];

        public bool IsPrivate => Security.Count > 0 && Security.All(schemes => schemes.Length > 0);

        public bool HasBody => Node["requestBody"]?["content"]?["application/json"] is not null;

        public bool IsNode => Path.Contains("/node/", StringComparison.Ordinal);

        /// <summary>Codes by status, as the examples of the problem responses name them.</summary>
        public HashSet<string> Codes(int status) =>
            [.. Node["responses"]?[$"{status}"]?["content"]?["application/problem+json"]?["examples"]?.AsObject()
                .Select(e => e.Key) ?? []];

        public override string ToString() => $"{Method} {Path}";
    }

    [Fact]
    public async Task Every_operation_has_id_summary_description_tag_and_every_error_with_its_examples()
    {
        foreach (var operation in await OperationsAsync())
        {
            Assert.False(string.IsNullOrEmpty((string?)operation.Node["operationId"]), $"{operation}: id");
            Assert.False(string.IsNullOrEmpty((string?)operation.Node["summary"]), $"{operation}: summary");
            Assert.False(string.IsNullOrEmpty((string?)operation.Node["description"]), $"{operation}: description");
            Assert.NotEmpty(operation.Node["tags"]!.AsArray());
            Assert.All(Parameters(operation), p =>
                Assert.False(string.IsNullOrEmpty((string?)p["description"]), $"{operation}: {p["name"]}"));
            Assert.Contains(ProblemCodes.InternalError, operation.Codes(500));
            Assert.Contains(ProblemCodes.Unavailable, operation.Codes(503));
            Assert.Contains(ProblemCodes.RateLimited, operation.Codes(429));
            if (operation.IsPrivate) Assert.Contains(ProblemCodes.AuthenticationRequired, operation.Codes(401));
            Assert.Contains(ProblemCodes.MalformedRequest, operation.Codes(400));
            var good = operation.Node["responses"]!.AsObject().Where(r => r.Key.StartsWith('2')).ToList();
            Assert.NotEmpty(good);
            Assert.All(good, r => Assert.All(r.Value!["content"]!.AsObject(), c =>
                Assert.True(c.Key == "application/octet-stream" || c.Value!["example"] is not null, $"{operation} {r.Key}")));
        }
    }

    [Fact]
    public async Task The_document_is_3_1_and_its_examples_read_back_into_what_they_show()
    {
        var document = await DocumentAsync();
        Assert.StartsWith("3.1", (string)document["openapi"]!, StringComparison.Ordinal);
        var book = document["paths"]![Routes.Book]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["example"];
        var snapshot = book.Deserialize<BookSnapshot>(MarketJson.Options)!;
        Assert.Equal(BookChecksum.Compute([.. snapshot.Bids], [.. snapshot.Asks]), snapshot.Checksum);
    }

    [Fact]
    public async Task A_follower_of_the_book_finds_in_the_document_what_a_change_looks_like_and_how_to_check_it()
    {
        var document = await DocumentAsync();
        var change = document["components"]!["schemas"]![nameof(BookDelta)]!["properties"]!.AsObject();
        Assert.Equal(["instrument", "sequence", "time", "bids", "asks", "checksum"], change.Select(p => p.Key));
        foreach (var route in new[] { Routes.Book, Streams.SsePath })
        {
            var description = (string)document["paths"]![route]!["get"]!["description"]!;
            Assert.Contains(BookChecksum.Shape, description, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_private_route_refuses_a_stranger()
    {
        foreach (var operation in (await OperationsAsync()).Where(o => o.IsPrivate))
        {
            await RefusedAsync(operation, Request(operation, body: "{}"), ProblemCodes.AuthenticationRequired);
            var forged = Request(operation, body: "{}");
            forged.Headers.Add("Authorization", "Bearer forged");
            await RefusedAsync(operation, forged, ProblemCodes.BadToken);
        }
    }

    [Fact]
    public async Task Every_route_refuses_credentials_that_are_wrong()
    {
        foreach (var operation in await OperationsAsync())
        {
            var forged = Request(operation, body: "{}");
            forged.Headers.Add("Authorization", "Basic abc");
            await RefusedAsync(operation, forged, ProblemCodes.BadToken);
            var now = fixture.Host.Clock.Now.ToUnixTimeMilliseconds();
            foreach (var (stamp, code) in new[] { ("then", ProblemCodes.ClockSkew), ($"{now}", ProblemCodes.BadSignature) })
            {
                var signed = Request(operation, body: "{}");
                signed.Headers.Add(SignedRequest.KeyHeader, new string('1', 64));
                signed.Headers.Add(SignedRequest.TimestampHeader, stamp);
                signed.Headers.Add(SignedRequest.SignatureHeader, new string('2', 128));
                await RefusedAsync(operation, signed, code);
            }
        }
    }

    [Theory]
    [InlineData("not json", ProblemCodes.MalformedRequest)]
    [InlineData("[]", ProblemCodes.MalformedRequest)]
    [InlineData("{\"surprise\":1}", ProblemCodes.MalformedRequest)]
    [InlineData("", ProblemCodes.MalformedRequest)]
    [InlineData("{\"key\":[],\"instrument\":7,\"outpoints\":{}}", ProblemCodes.MalformedRequest)]
    [InlineData("null", ProblemCodes.MalformedRequest)]
    public async Task Every_body_that_is_wrong_is_refused_and_nothing_changes(string body, string code)
    {
        using var trader = await Trader.SignInAsync(fixture.Host.Address, 9_001);
        var before = await StateAsync();
        foreach (var operation in (await OperationsAsync()).Where(o => o.HasBody))
            await RefusedAsync(operation, Request(operation, body), code, trader.Http);
        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task Every_body_that_is_too_large_too_deep_or_of_another_type_is_refused()
    {
        using var trader = await Trader.SignInAsync(fixture.Host.Address, 9_002);
        var large = $"{{\"a\":\"{new string('x', 70_000)}\"}}";
        var deep = new string('[', 40) + new string(']', 40);
        foreach (var operation in (await OperationsAsync()).Where(o => o.HasBody))
        {
            await RefusedAsync(operation, Request(operation, large), ProblemCodes.TooLarge, trader.Http);
            await RefusedAsync(operation, Request(operation, $"{{\"a\":{deep}}}"), ProblemCodes.MalformedRequest, trader.Http);
            await RefusedAsync(
                operation, Request(operation, "<a/>", type: "text/xml"), ProblemCodes.UnsupportedMediaType, trader.Http);
            foreach (var charset in new[] { "no-such-charset", "utf-16", "\"utf-7\"" })
            {
                var strange = Request(operation, "{}");
                strange.Content!.Headers.Remove("Content-Type");
                strange.Content.Headers.TryAddWithoutValidation("Content-Type", $"application/json; charset={charset}");
                await RefusedAsync(operation, strange, ProblemCodes.UnsupportedMediaType, trader.Http);
            }
        }
    }

    [Fact]
    public async Task Every_route_of_a_node_that_takes_bytes_refuses_those_that_are_none_of_its_kind()
    {
        var routes = (await OperationsAsync()).Where(o => o.IsNode && o.Method == "POST").ToList();
        Assert.Equal(6, routes.Count);
        foreach (var operation in routes)
        {
            Assert.NotNull(operation.Node["requestBody"]!["content"]!["application/octet-stream"]);
            using var request = Request(operation, "");
            request.Content = new ByteArrayContent([.. Enumerable.Repeat((byte)0xfe, 7)]);
            await RefusedAsync(operation, request, ProblemCodes.BadEncoding);
        }
    }

    [Fact]
    public async Task Every_query_parameter_that_has_a_shape_refuses_nonsense()
    {
        using var trader = await Trader.SignInAsync(fixture.Host.Address, 9_003);
        foreach (var operation in (await OperationsAsync()).Where(o => !o.IsNode))
        {
            foreach (var parameter in Parameters(operation).Where(p => (string)p["in"]! == "query"))
            {
                var name = (string)parameter["name"]!;
                foreach (var value in new[] { "%00", "-1", "x%20y", new string('9', 40) })
                {
                    using var response = await trader.Http.SendAsync(Request(operation, "{}", $"{name}={value}"));
                    Assert.True((int)response.StatusCode is >= 400 and < 500, $"{operation} {name}={value}: {response.StatusCode}");
                    await AssertProblemAsync(operation, response);
                }
            }
        }
    }

    [Fact]
    public async Task Every_path_parameter_refuses_what_is_not_there()
    {
        using var trader = await Trader.SignInAsync(fixture.Host.Address, 9_004);
        foreach (var operation in (await OperationsAsync()).Where(o => o.Path.Contains('{', StringComparison.Ordinal)))
        {
            foreach (var value in new[] { "nothing", "%FF%FE", new string('f', 32), new string('f', 64), "-5" })
            {
                using var request = Request(operation, Example(operation) ?? "{}", path: value);
                using var response = await trader.Http.SendAsync(request);
                Assert.True((int)response.StatusCode is >= 400 and < 500, $"{operation} {value}: {response.StatusCode}");
                await AssertProblemAsync(operation, response);
            }
        }
    }

    [Fact]
    public async Task An_unknown_route_and_an_unknown_method_have_their_codes()
    {
        await Unknown(HttpMethod.Get, "/api/v1/nothing", ProblemCodes.RouteNotFound, HttpStatusCode.NotFound);
        await Unknown(HttpMethod.Get, "/API/v1/nothing", ProblemCodes.RouteNotFound, HttpStatusCode.NotFound);
        await Unknown(HttpMethod.Get, "/API/v1/orders", ProblemCodes.AuthenticationRequired, HttpStatusCode.Unauthorized);
        await Unknown(HttpMethod.Delete, Routes.Time, ProblemCodes.MethodNotAllowed, HttpStatusCode.MethodNotAllowed);

        async Task Unknown(HttpMethod method, string path, string code, HttpStatusCode status)
        {
            using var response = await fixture.Host.Http.SendAsync(new HttpRequestMessage(method, path));
            Assert.Equal(status, response.StatusCode);
            Assert.Equal(code, (await response.Content.ReadFromJsonAsync<Problem>(MarketJson.Options))!.Code);
        }
    }

    [Fact]
    public async Task Answers_carry_security_and_rate_limit_headers_and_an_etag_spares_the_body()
    {
        using var response = await fixture.Host.Http.GetAsync(Routes.Limits);
        Assert.Contains("frame-ancestors 'none'",
            response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.NotEmpty(response.Headers.GetValues("RateLimit"));
        using var again = new HttpRequestMessage(HttpMethod.Get, Routes.Limits);
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await fixture.Host.Http.SendAsync(again)).StatusCode);
    }

    private async Task<JsonObject> DocumentAsync() =>
        (await fixture.Host.Http.GetFromJsonAsync<JsonObject>("/openapi/v1.json"))!;

    private async Task<List<Operation>> OperationsAsync()
    {
        var operations = DocumentOperations.Of(await DocumentAsync())
            .Select(one => new Operation(one.Path, one.Method, one.Operation)).ToList();
        Assert.True(operations.Count > 20, "the document has the routes");
        return operations;
    }

    private static IEnumerable<JsonObject> Parameters(Operation operation) =>
        operation.Node["parameters"]?.AsArray().Select(p => p!.AsObject()) ?? [];

    private static string? Example(Operation operation) =>
        operation.Node["requestBody"]?["content"]?["application/json"]?["example"]?.ToJsonString();

    /// <summary>A request whose path parameters are good enough to reach the body, unless <paramref name="path"/> is given.
    /// </summary>
    private static HttpRequestMessage Request(
        Operation operation, string body, string? query = null, string? path = null, string type = "application/json")
    {
        var url = operation.Path;
        while (url.IndexOf('{', StringComparison.Ordinal) is var start && start >= 0)
        {
            var end = url.IndexOf('}', start);
            url = url[..start] + (path ?? Fitting(url[(start + 1)..end])) + url[(end + 1)..];
        }
        var needed = Parameters(operation)
            .Where(p => (string)p["in"]! == "query" && (bool?)p["required"] == true &&
                query?.StartsWith((string)p["name"]! + "=", StringComparison.Ordinal) != true)
            .Select(p => $"{p["name"]}=chains");
        url += "?" + string.Join('&', query is null ? needed : needed.Append(query));
        var request = new HttpRequestMessage(new HttpMethod(operation.Method), url);
        if (operation.HasBody) request.Content = new StringContent(body, Encoding.UTF8, type);
        return request;
    }

    private static string Fitting(string parameter) => parameter switch
    {
        "instrument" => "P2SHARE-BTC",
        "chain" => "mainchain",
        "sharechain" => "sharechain",
        "block" => "1",
        "outpoint" => new string('0', 64) + ":0",
        "script" => "0014" + new string('0', 40),
        _ => new string('0', 32),
    };

    private async Task RefusedAsync(Operation operation, HttpRequestMessage request, string code, HttpClient? http = null)
    {
        using var response = await (http ?? fixture.Host.Http).SendAsync(request);
        var problem = await AssertProblemAsync(operation, response);
        Assert.True(code == problem.Code, $"{operation}: {problem.Code} ({problem.Detail}) in the place of {code}");
        request.Dispose();
    }

    private static async Task<Problem> AssertProblemAsync(Operation operation, HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json",
            $"{operation}: {(int)response.StatusCode} {text}");
        var problem = JsonSerializer.Deserialize<Problem>(text, MarketJson.Options)!;
        Assert.Equal((int)response.StatusCode, problem.Status);
        Assert.DoesNotMatch(OfTheRuntime, text);
        Assert.Contains(problem.Code, ProblemCodes.All);
        Assert.True(operation.Codes(problem.Status).Contains(problem.Code) || problem.Code == ProblemCodes.RouteNotFound,
            $"{operation}: the document does not name {problem.Status} {problem.Code}");
        return problem;
    }

    /// <summary>How many rows every table has, and where the journal stands.</summary>
    private async Task<string> StateAsync()
    {
        var source = fixture.Host.Get<NpgsqlDataSource>();
        await using var command = source.CreateCommand("""
            select string_agg(t || '=' || n, ',' order by t) from (
                select 'orders' t, count(*) n from market.orders union all select 'swaps', count(*) from market.swaps
                union all select 'trades', count(*) from market.trades union all select 'journal', count(*) from market.journal
                union all select 'secrets', count(*) from market.swap_secrets
                union all select 'events', count(*) from market.swap_events) c
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
