using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Market.Api.Hosting.OpenApi;
using Market.Api.Tests.Declared;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Contracts;

namespace Market.Api.Tests.Interface;

/// <summary>What the document says of who may ask is so, for every route: without credentials, with a session, with a signed
/// request, with an API key. And what it says at all is in words of the interface.</summary>
public sealed partial class SecurityTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private static readonly string[] Session = ["session"];
    private static readonly string[] Signed = ["signedRequestKey", "signedRequestTimestamp", "signedRequestSignature"];

    private static readonly string[] ByKey = ["apiKeyId", "apiKeyTimestamp", "apiKeySignature"];

    // Written out: a route whose mark is lost would be open to all, and the document would say so.
    private static readonly string[] Private =
    [
        "amendOrder", "cancelAllOrders", "cancelOrder", "cancelOrders", "createApiKey", "declineSwap", "endSession", "getAccount",
        "getApiKeys", "getBalances", "getFills", "getOrder", "getOrders", "getOutpoints", "getRefusals", "getStanding",
        "giveSwapKeys", "placeOrder", "placeOrders", "proveBond", "proveOutpoints", "revokeApiKey", "setDeadMan",
        "takeBackOutpoint", "transferCredits",
    ];

    private static readonly string[] Knowing = ["getSwap", "getSwaps", "handInTicket", "openSocket", "openStream"];

    private long _stamp;

    [Fact]
    public async Task Every_route_takes_the_credentials_that_it_declares_and_no_others()
    {
        var document = await DocumentAsync();
        using var trader = await Trader.SignInAsync(fixture.Host.Address, 9_300);
        using var key = PrivateKey.Create(SHA256.HashData("security"u8));
        var apiKey = await trader.SendAsync<CreatedApiKey>(
            HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = Enum.GetValues<ApiKeyScope>() });
        var seen = new HashSet<string>();
        foreach (var (path, method, operation) in DocumentOperations.Of(document))
        {
            var sets = operation["security"]?.AsArray()
                .Select(s => s!.AsObject().Select(p => p.Key).Order().ToArray()).ToList() ?? [];
            Assert.All(sets, set => Assert.True(
                set.Length == 0 || set.SequenceEqual(Session) || set.SequenceEqual(Signed.Order())
                    || set.SequenceEqual(ByKey.Order()), $"{method} {path}"));
            var isPublic = sets.Count == 0 || sets.Exists(set => set.Length == 0);
            Assert.True(isPublic == await IsLetInAsync(fixture.Host.Http, Request(path, method)), $"{method} {path}: nobody");
            if (sets.Count == 0) continue;
            // Ends what signed in, so it is asked with a session of its own.
            using var other = path == Routes.Sessions ? await Trader.SignInAsync(fixture.Host.Address, 9_301) : null;
            Assert.True(sets.Exists(set => set.SequenceEqual(Session))
                == await IsLetInAsync((other ?? trader).Http, Request(path, method)), $"{method} {path}: session");
            Assert.True(sets.Exists(set => set.SequenceEqual(Signed.Order()))
                == await IsLetInAsync(fixture.Host.Http, Sign(Request(path, method), key)), $"{method} {path}: signed");
            using var byKey = await fixture.Host.Http.SendAsync(ByApiKey(Request(path, method), apiKey),
                HttpCompletionOption.ResponseHeadersRead);
            Assert.True(sets.Exists(set => set.SequenceEqual(ByKey.Order()))
                == (await ApiKeyCalls.CodeAsync(byKey) != ProblemCodes.ScopeMissing && (int)byKey.StatusCode != 401),
                $"{method} {path}: API key");
            seen.Add($"{isPublic} {sets.Count}");
        }
        // Private ones, some of no scope, some that tell a known key more, and the one that ends a session.
        Assert.Equal(["False 1", "False 2", "False 3", "True 3", "True 4"], seen.Order());
        foreach (var scheme in Session.Concat(Signed).Concat(ByKey))
            Assert.NotNull(document["components"]!["securitySchemes"]![scheme]);
    }

    [Fact]
    public async Task The_routes_that_ask_who_asks_are_these()
    {
        var operations = DocumentOperations.Of(await DocumentAsync()).Select(one => one.Operation).ToList();
        Assert.Equal(Private.Order(), Ids(sets => sets.Count > 0 && sets.All(set => set!.AsObject().Count > 0)));
        Assert.Equal(Knowing.Order(), Ids(sets => sets.Any(set => set!.AsObject().Count == 0)));

        IEnumerable<string> Ids(Func<JsonArray, bool> those) => operations
            .Where(operation => operation["security"] is JsonArray sets && those(sets))
            .Select(operation => (string)operation["operationId"]!).Order();
    }

    [Fact]
    public async Task The_schemes_name_the_headers_that_are_read()
    {
        var schemes = (await DocumentAsync())["components"]!["securitySchemes"]!;
        Assert.Equal("bearer", (string?)schemes[Session[0]]!["scheme"]);
        string[] headers = [SignedRequest.KeyHeader, SignedRequest.TimestampHeader, SignedRequest.SignatureHeader];
        Assert.Equal(headers, Signed.Select(scheme => (string?)schemes[scheme]!["name"]));
        headers[0] = ApiKeyRequest.KeyHeader;
        Assert.Equal(headers, ByKey.Select(scheme => (string?)schemes[scheme]!["name"]));
    }

    [Fact]
    public async Task The_codes_of_the_document_are_those_of_the_interface()
    {
        var problem = (await DocumentAsync())["components"]!["schemas"]![nameof(Problem)]!["properties"]!;
        Assert.Equal(ProblemCodes.All, problem["code"]!["enum"]!.AsArray().Select(code => (string)code!));
    }

    [Fact]
    public async Task The_document_has_no_words_of_the_servers_language()
    {
        var text = Encoding.UTF8.GetString(await fixture.Host.Get<OpenApiFile>().ReadAsync(CancellationToken.None));
        Assert.Empty(OfTheRuntime().Matches(text).Select(match => match.Value));
        var schemas = (await DocumentAsync())["components"]!["schemas"]!.AsObject();
        Assert.All(schemas, schema => Assert.Matches("^[A-Z][A-Za-z]+$", schema.Key));
    }

    private async Task<JsonObject> DocumentAsync() =>
        JsonNode.Parse(await fixture.Host.Get<OpenApiFile>().ReadAsync(CancellationToken.None))!.AsObject();

    private HttpRequestMessage Request(string path, string method)
    {
        var filled = Part().Replace(path, match => match.Value switch
        {
            "{instrument}" => "P2SHARE-BTC",
            "{chain}" => "mainchain",
            _ => new string('0', 32),
        });
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(fixture.Host.Address, filled));
        if (path == Streams.SsePath)
            request.RequestUri = new Uri(fixture.Host.Address, $"{filled}?channels={Channels.Chains("P2SHARE-BTC")}");
        if (method == "POST") request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        return request;
    }

    /// <summary>Whether who asks is let in; what the route says then is its affair.</summary>
    private static async Task<bool> IsLetInAsync(HttpClient http, HttpRequestMessage request)
    {
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return (int)answer.StatusCode != 401;
    }

    private HttpRequestMessage Sign(HttpRequestMessage request, PrivateKey key)
    {
        _stamp = Math.Max(_stamp + 1, fixture.Host.Clock.Now.ToUnixTimeMilliseconds());
        var stamp = DecimalStrings.Format(_stamp);
        var body = request.Content is null ? [] : "{}"u8.ToArray();
        var uri = request.RequestUri!;
        var digest = SignedRequest.Digest(uri.Authority, request.Method.Method, uri.AbsolutePath, uri.Query.TrimStart('?'), stamp,
            Convert.ToHexStringLower(SHA256.HashData(body)));
        request.Headers.Add(SignedRequest.KeyHeader, key.PublicKey.XOnly.ToString());
        request.Headers.Add(SignedRequest.TimestampHeader, stamp);
        request.Headers.Add(SignedRequest.SignatureHeader, key.SignSchnorr(digest, new byte[32]).ToString());
        return request;
    }

    private HttpRequestMessage ByApiKey(HttpRequestMessage request, CreatedApiKey key) => ApiKeyCalls.Request(
        fixture.Host.Address, key, ApiKeyCalls.Stamp(fixture.Host.Clock.Now), request.Method, request.RequestUri!.PathAndQuery,
        request.Content is null ? null : "{}");

    [GeneratedRegex(@"\{[^}]+}")]
    private static partial Regex Part();

    [GeneratedRegex(@"System\.|\.NET|Market\.[A-Z]|Exception|Nullable|Int32|Int64|deserializ|IEnumerable|IReadOnly")]
    private static partial Regex OfTheRuntime();
}
