using System.Net;
using System.Net.Http.Json;
using Market.Api.Doors.Clients;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Api.Tests.Doors;

/// <summary>What one client may take of streams, calls and requests, on a server that names this machine as its proxy.</summary>
public sealed class ShareTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Feed = Routes.Root + "/node/mainchain/events";
    private static readonly CapTable Caps = new()
    {
        Connections = 200,
        Weight = 300,
        LimitLoopback = true,
        Proxy = IPAddress.Loopback,
    };
    private static readonly int Streams = Caps.Of(ClientAddress.Of(IPAddress.Parse("203.0.113.1"))).Streams;

    private TradingHost _host = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await TradingHost.StartAsync(
            await postgres.NewDatabaseAsync(), services => services.AddSingleton(Caps), IPAddress.Loopback);
        _http = new HttpClient { BaseAddress = _host.Address };
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task The_figure_is_the_same_in_limits_in_headers_and_in_truth()
    {
        const string me = "203.0.113.20";
        using var first = await GetAsync(Routes.Limits, me);
        var limits = (await first.Content.ReadFromJsonAsync<Limits>(MarketJson.Options))!;
        Assert.Equal(
            $"\"client\";q={limits.RequestsPerWindow};w={limits.WindowSeconds}",
            first.Headers.GetValues("RateLimit-Policy").Single());
        Assert.Equal(Streams, limits.StreamsPerClient);

        // A call costs what the table says: of the operations here one weighs the least and one more.
        Assert.False(limits.Weights.ContainsKey("getTime"));
        Assert.Equal(1, await CostAsync(Routes.Time, me));
        Assert.Equal(limits.Weights["getTrades"], await CostAsync("/api/v1/instruments/P2SHARE-BTC/trades", me));
        Assert.Equal(limits.Weights["getNodeHeaders"], await CostAsync(Routes.Root + "/node/mainchain/headers?limit=1", me));
        Assert.Equal(1, await CostAsync(Routes.Root + "/node/mainchain/tip", me));

        // From the first call on at most so much goes through within a window; windows end by themselves meanwhile.
        using var refused = await UntilRefusedAsync(Routes.Root + "/node/mainchain/headers", me);
        Assert.NotNull(refused.Headers.RetryAfter);
        var problem = (await refused.Content.ReadFromJsonAsync<Problem>(MarketJson.Options))!;
        Assert.Equal(ProblemCodes.RateLimited, problem.Code);
        // Nobody else is concerned.
        using var other = await GetAsync(Routes.Time, "203.0.113.21");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task One_client_has_so_many_streams_hubs_and_feeds_together_and_another_has_its_own()
    {
        const string greedy = "2001:db8:7::1";
        const string neighbour = "2001:db8:7::ffff:2";
        var events = $"{Contracts.Streams.SsePath}?channels={Channels.Chains("P2SHARE-BTC")}";
        var open = new List<IDisposable>();
        for (var i = 0; i < Streams; i++)
        {
            var stream = await OpenAsync(i % 2 == 0 ? events : Feed, greedy);
            Assert.Equal(HttpStatusCode.OK, stream.StatusCode);
            open.Add(stream);
        }

        foreach (var path in new[] { events, Feed })
        {
            using var more = await OpenAsync(path, neighbour);
            Assert.Equal(HttpStatusCode.TooManyRequests, more.StatusCode);
            Assert.Equal("rateLimited", (await more.Content.ReadFromJsonAsync<Problem>(MarketJson.Options))!.Code);
        }

        await using (var hub = await HubClient.ConnectAsync(_host.Address, neighbour))
            Assert.Null(await hub.NextAsync());
        await using (var hub = await HubClient.ConnectAsync(_host.Address, "2001:db8:9::1"))
            Assert.Null((await hub.CallAsync(Contracts.Streams.SubscribeMethod, new[] { Channels.Chains("P2SHARE-BTC") })).Error);

        using var another = await OpenAsync(Feed, "2001:db8:8::1");
        Assert.Equal(HttpStatusCode.OK, another.StatusCode);
        // A place that is given back is free again.
        foreach (var stream in open) stream.Dispose();
        await Eventually.TrueAsync(async () =>
        {
            using var again = await OpenAsync(Feed, greedy);
            return again.StatusCode == HttpStatusCode.OK;
        }, "a place is free again");
    }

    [Fact]
    public async Task Hub_calls_count_in_the_same_window_as_requests()
    {
        const string me = "203.0.113.30";
        await using var hub = await HubClient.ConnectAsync(_host.Address, me);
        string[] channels = [.. Enumerable.Range(0, 30).Select(i => Channels.Swap(i.ToString("x32", null)))];
        await using var socket = await SocketClient.ConnectAsync(_host.Address, from: me);
        // What is read from the tables weighs the same, whatever it is asked for by.
        Assert.Equal(
            CallWeight.Middling,
            await CostAsync(() => hub.CallWithAsync(Contracts.Streams.ResumeMethod, channels[0], "1"), me));
        Assert.Equal(CallWeight.Middling, await CostAsync(() => socket.AskAsync(StreamOps.Subscribe, channels[0]), me));
        var most = Caps.Of(ClientAddress.Of(IPAddress.Parse(me))).Weight;
        string? refused = null;
        for (var i = 0; i < 50 * most && refused is null; i++)
            refused = (await hub.CallAsync(Contracts.Streams.SubscribeMethod, channels)).Error;
        Assert.Contains(ProblemCodes.RateLimited, refused, StringComparison.Ordinal);
        using var request = await UntilRefusedAsync(Routes.Time, me);
        Assert.Equal(HttpStatusCode.TooManyRequests, request.StatusCode);
    }

    [Fact]
    public async Task A_forwarded_address_counts_from_the_proxy_alone_and_only_the_one_it_added_itself()
    {
        // The proxy adds what it sees at the end; what stands before it the client wrote.
        using var lied = await GetAsync(Routes.Time, "198.51.100.99, 203.0.113.40");
        using var honest = await GetAsync(Routes.Time, "203.0.113.40");
        Assert.True(Left(honest) < Left(lied), "both were the same client");

        using var stranger = await RawClient.ConnectAsync(_host.Address, "127.0.0.9");
        await stranger.SendAsync(Forged("198.51.100.1"));
        var before = LeftIn(await stranger.ReadAsync());
        await stranger.SendAsync(Forged("198.51.100.2"));
        Assert.True(LeftIn(await stranger.ReadAsync()) < before, "who is no proxy is who he is, whatever he says");
    }

    private string Forged(string address) =>
        $"GET {Routes.Time} HTTP/1.1\r\nHost: {_host.Address.Authority}\r\nX-Forwarded-For: {address}\r\n\r\n";

    private static long LeftIn(string? answer) => long.Parse(
        answer!.Split('\n').Single(line => line.StartsWith("RateLimit:", StringComparison.Ordinal))
            .Split("r=")[1].Split(';')[0], null);

    private static long Left(HttpResponseMessage answer) =>
        long.Parse(answer.Headers.GetValues("RateLimit").Single().Split("r=")[1].Split(';')[0], null);

    // What a call takes away. Weight that is given back at the same moment makes it look like less, so the most of a few counts.
    private async Task<long> CostAsync(string path, string from)
    {
        var most = 0L;
        for (var i = 0; i < 5; i++)
        {
            using var before = await GetAsync(Routes.Time, from);
            using var after = await GetAsync(path, from);
            most = Math.Max(most, Left(before) - Left(after));
        }
        return most;
    }

    private async Task<long> CostAsync(Func<Task> call, string from)
    {
        var (window, client, most) = (_host.Get<CallWindow>(), ClientAddress.Of(IPAddress.Parse(from)), 0L);
        for (var i = 0; i < 3; i++)
        {
            var before = window.Left(client);
            await call();
            most = Math.Max(most, before - window.Left(client));
        }
        return most;
    }

    private async Task<HttpResponseMessage> UntilRefusedAsync(string path, string from)
    {
        for (var i = 0; i < 20 * Caps.Weight; i++)
        {
            var answer = await GetAsync(path, from);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests) return answer;
            answer.Dispose();
        }
        throw new InvalidOperationException("Nothing is refused.");
    }

    private Task<HttpResponseMessage> GetAsync(string path, string from) =>
        SendAsync(path, from, HttpCompletionOption.ResponseContentRead);

    private Task<HttpResponseMessage> OpenAsync(string path, string from) =>
        SendAsync(path, from, HttpCompletionOption.ResponseHeadersRead);

    private async Task<HttpResponseMessage> SendAsync(string path, string from, HttpCompletionOption until)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Forwarded-For", from);
        return await _http.SendAsync(request, until, TestContext.Current.CancellationToken);
    }
}
