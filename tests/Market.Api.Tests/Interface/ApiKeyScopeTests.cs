using System.Net;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Features.Streams;
using Market.Api.Tests.Doors;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;

namespace Market.Api.Tests.Interface;

/// <summary>What each scope of an API key gives, over all routes that there are: what is not in the table is given by none.
/// </summary>
public sealed class ApiKeyScopeTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly ApiKeyScope[] All = Enum.GetValues<ApiKeyScope>();

    // What the account's own key alone may do, and what asks for no account but changes something.
    private static readonly string[] OfNoScope =
    [
        "askFaucet", "createApiKey", "createChallenge", "createSession", "endSession", "getApiKeys", "handInTicket", "proveBond",
        "revokeApiKey", "transferCredits",
    ];

    private MarketHost _host = null!;
    private Trader _ann = null!;

    private sealed record Route(string Name, string Method, string Pattern, bool IsPrivate, bool TakesBlocks)
    {
        public ApiKeyScope? Scope => ApiKeyScopes.OfRoutes.TryGetValue((Method, Pattern), out var scope) ? scope : null;

        public override string ToString() => $"{Method} {Pattern}";
    }

    public async ValueTask InitializeAsync()
    {
        _host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        _ann = await Trader.SignInAsync(_host.Address, 1);
    }

    public ValueTask DisposeAsync()
    {
        _ann.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public void Each_route_that_knows_an_account_has_its_scope_or_is_of_none()
    {
        var routes = Routes();
        Assert.True(routes.Count(route => route.IsPrivate) >= 25, "the private routes are found");
        foreach (var route in routes.Where(route => route.IsPrivate || OfNoScope.Contains(route.Name)))
            Assert.True(route.Scope is null == OfNoScope.Contains(route.Name), $"{route} is in the table, or of no scope");
        Assert.All(routes.Where(route => route is { IsPrivate: true, Method: not ("GET" or "CONNECT") }),
            route => Assert.NotEqual(ApiKeyScope.Read, route.Scope));
        Assert.All(ApiKeyScopes.OfRoutes.Keys, row => Assert.Contains(
            routes, route => (route.Method, route.Pattern) == row && route.IsPrivate));
    }

    [Fact]
    public async Task Each_route_of_a_scope_refuses_a_key_that_has_all_others_and_takes_one_that_has_it_alone()
    {
        var (only, without) = (new Dictionary<ApiKeyScope, CreatedApiKey>(), new Dictionary<ApiKeyScope, CreatedApiKey>());
        foreach (var scope in All)
        {
            only[scope] = await MakeAsync(scope);
            without[scope] = await MakeAsync([.. All.Where(other => other != scope)]);
        }

        // What HTTP/2 opens a socket by is no method that a client of HTTP/1.1 can ask with.
        foreach (var route in Routes().Where(route => route.Scope is not null && route.Method != "CONNECT"))
        {
            var (code, status) = await AskAsync(without[route.Scope!.Value], route);
            Assert.True((code, status) == (ProblemCodes.ScopeMissing, HttpStatusCode.Forbidden), $"{route}: {code}");
            // A read-only key changes nothing.
            if (route.Scope != ApiKeyScope.Read)
                Assert.Equal(ProblemCodes.ScopeMissing, (await AskAsync(only[ApiKeyScope.Read], route)).Code);
            (code, status) = await AskAsync(only[route.Scope!.Value], route);
            Assert.True(code != ProblemCodes.ScopeMissing && status != HttpStatusCode.Unauthorized, $"{route}: {code}");
        }
    }

    [Fact]
    public async Task What_is_of_no_scope_is_refused_to_a_key_that_has_all()
    {
        var key = await MakeAsync(All);
        foreach (var route in Routes().Where(route => route.Scope is null && (route.IsPrivate || route.Method != "GET")))
        {
            var (code, _) = await AskAsync(key, route);
            // What is offered to a node is nobody's: it is not even looked at with a key.
            Assert.True(code == (route.TakesBlocks ? ProblemCodes.BadSignature : ProblemCodes.ScopeMissing), $"{route}: {code}");
        }
        Assert.Single(await _ann.SendAsync<List<ApiKey>>(HttpMethod.Get, Contracts.Routes.ApiKeys));
    }

    [Fact]
    public async Task What_anybody_may_read_any_key_may()
    {
        var key = await MakeAsync(ApiKeyScope.Swap);
        foreach (var path in new[] { Contracts.Routes.Time, Contracts.Routes.Tickers, Contracts.Routes.Limits })
        {
            using var answer = await ApiKeyCalls.SendAsync(_host.Http, _host.Clock.Now, key, HttpMethod.Get, path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_key_that_only_looks_on_spends_no_credits()
    {
        foreach (var (scopes, offer, code) in new (ApiKeyScope[], string, string?)[]
        {
            ([ApiKeyScope.Read], "1", ProblemCodes.ScopeMissing), ([ApiKeyScope.Read], "0", null),
            ([ApiKeyScope.Read, ApiKeyScope.Trade], "1", null),
        })
        {
            using var request = ApiKeyCalls.Request(_host.Address, await MakeAsync(scopes), ApiKeyCalls.Stamp(_host.Clock.Now),
                HttpMethod.Get, Contracts.Routes.Orders);
            request.Headers.Add(CreditHeaders.Offer, offer);
            using var response = await _host.Http.SendAsync(request);
            Assert.Equal(code, await ApiKeyCalls.CodeAsync(response));
        }
    }

    [Fact]
    public async Task A_stream_that_cancels_orders_when_it_ends_asks_for_trade_too()
    {
        var path = $"{Streams.SsePath}?channels={Channels.Orders}&cancelOnDisconnect=true";
        using var refused = await ApiKeyCalls.SendAsync(
            _host.Http, _host.Clock.Now, await MakeAsync(ApiKeyScope.Read), HttpMethod.Get, path);
        Assert.Equal(ProblemCodes.ScopeMissing, await ApiKeyCalls.CodeAsync(refused));
        using var request = ApiKeyCalls.Request(_host.Address, await MakeAsync(ApiKeyScope.Read, ApiKeyScope.Trade),
            ApiKeyCalls.Stamp(_host.Clock.Now), HttpMethod.Get, path);
        using var opened = await _host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
    }

    [Fact]
    public async Task The_hub_holds_a_connection_to_its_keys_scopes()
    {
        await using var reads = await HubAsync(ApiKeyScope.Read);
        Assert.Null((await reads.CallAsync(Streams.SubscribeMethod, new[] { Channels.Orders })).Error);
        Assert.Equal(Channels.Orders, (await reads.NextAsync())!.Channel);
        Assert.Contains(ProblemCodes.ScopeMissing, (await reads.CallAsync(Streams.CancelOnDisconnectMethod)).Error);

        await using var trades = await HubAsync(ApiKeyScope.Trade);
        var (_, error) = await trades.CallAsync(Streams.SubscribeMethod, new[] { Channels.Orders });
        Assert.Contains(ProblemCodes.ScopeMissing, error);
        Assert.True((bool?)(await trades.CallAsync(Streams.CancelOnDisconnectMethod)).Result);
    }

    [Fact]
    public void Each_method_of_the_hub_is_in_the_table_and_one_that_is_not_is_of_no_scope()
    {
        var methods = typeof(MarketHub).GetMethods()
            .SelectMany(method => method.GetCustomAttributes(typeof(HubMethodNameAttribute), false))
            .Select(mark => ((HubMethodNameAttribute)mark).Name);
        Assert.Equal(ApiKeyScopes.OfHub.Keys.Order(), methods.Order());
        var caller = new Caller(_ann.Key, null)
        {
            ApiKey = new KnownApiKey(new Data.ApiKeyRow { Scopes = KnownApiKey.BitsOf(All) }),
        };
        Assert.Equal(ProblemCodes.ScopeMissing, ApiKeyScopes.WhyNotCall(caller, "Surprise")!.Code);
        Assert.Null(ApiKeyScopes.WhyNotCall(caller with { ApiKey = null }, "Surprise"));
    }

    [Fact]
    public async Task The_document_says_which_scope_an_operation_asks_for()
    {
        var document = System.Text.Json.Nodes.JsonNode.Parse(await _host.Http.GetStringAsync("/openapi/v1.json"))!;
        foreach (var route in Routes().Where(route => route is { IsPrivate: true, Method: not "CONNECT" }))
        {
            var security = document["paths"]![route.Pattern]![route.Method.ToLowerInvariant()]!["security"]!.AsArray();
            var told = security.Select(one => one!["apiKeyId"]?.AsArray().Select(name => (string)name!).Single())
                .SingleOrDefault(name => name is not null);
            Assert.Equal(route.Scope?.ToString().ToLowerInvariant(), told);
        }
    }

    private List<Route> Routes() =>
    [
        .. _host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => new Route(
                endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? "", method, endpoint.RoutePattern.RawText!,
                endpoint.Metadata.GetMetadata<RequiresAccount>() is not null
                    || endpoint.Metadata.GetMetadata<KnowsAccount>() is not null,
                endpoint.Metadata.GetMetadata<LargeBody>() is not null))),
    ];

    private async Task<(string? Code, HttpStatusCode Status)> AskAsync(CreatedApiKey key, Route route)
    {
        var path = string.Join('/', route.Pattern.Split('/').Select(part => part.StartsWith('{') ? new string('0', 32) : part));
        using var request = ApiKeyCalls.Request(_host.Address, key, ApiKeyCalls.Stamp(_host.Clock.Now),
            new HttpMethod(route.Method), path, route.Method == "GET" ? null : "{}");
        using var response = await _host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return (await ApiKeyCalls.CodeAsync(response), response.StatusCode);
    }

    private Task<CreatedApiKey> MakeAsync(params ApiKeyScope[] scopes) =>
        _ann.SendAsync<CreatedApiKey>(HttpMethod.Post, Contracts.Routes.ApiKeys, new CreateApiKey { Scopes = scopes });

    private async Task<HubClient> HubAsync(params ApiKeyScope[] scopes)
    {
        var key = await MakeAsync(scopes);
        var hub = await HubClient.ConnectAsync(_host.Address);
        var stamp = ApiKeyCalls.Stamp(_host.Clock.Now);
        var text = ApiKeyRequest.HubText(_host.Address.Authority, stamp);
        Assert.True((bool?)(await hub.CallWithAsync(
            Streams.ApiKeySignInMethod, key.Key.Id, stamp, ApiKeyCalls.CodeOf(key.Secret, text))).Result);
        return hub;
    }
}
