using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Realtime;
using Market.Api.Tests.Doors;
using Market.Api.Tests.Interface;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Api.Tests.Orders;

/// <summary>Orders over the hub: done, answered, refused, weighed and written down as those of the routes are.</summary>
public sealed class HubOrderTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    private TradingHost _host = null!;
    private Trader _ann = null!, _bob = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        _ann = await _host.TraderAsync(1);
        _bob = await _host.TraderAsync(2);
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        _bob.Dispose();
        await _host.DisposeAsync();
    }

    /// <summary>Time that can be set ahead, while nobody looks whether connections have ended.</summary>
    private sealed class JumpClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            period == StreamClient.LookEvery
                ? base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan)
                : base.CreateTimer(callback, state, dueTime, period);
    }

    [Fact]
    public async Task An_order_is_placed_filled_amended_and_cancelled_and_the_answers_are_the_routes_own()
    {
        await _bob.PlaceAsync("bid", Side.Buy, Price, Share);
        await using var hub = await HubAsync(_ann);
        var placed = (await AskAsync<PlacedOrder>(
            hub, Streams.PlaceOrderMethod, _ann.Order("a", Side.Sell, Price, 3 * Share))).Value!;
        Assert.Equal(new Quantity(Share), Assert.Single(placed.Fills).Quantity);
        Assert.Equal(new Quantity(2 * Share), placed.Order.Remaining);

        OrderName[] names = [new OrderName { Id = placed.Order.Id, Instrument = "P2SHARE-BTC" }, new OrderName { Id = "client:a" }];
        foreach (var (name, price) in names.Zip([Price + 20, Price + 10]))
        {
            var amended = (await AskAsync<PlacedOrder>(
                hub, Streams.AmendOrderMethod, name, new AmendOrder { Price = new Price(price) })).Value!;
            Assert.Equal((placed.Order.Id, new Price(price)), (amended.Order.Id, amended.Order.Price));
        }
        var (answer, _) = await hub.CallWithAsync(Streams.CancelOrderMethod, Node(names[1]));
        // The wire's own text, and not only what it is read as.
        using var read = await _ann.RawAsync(HttpMethod.Get, $"{Routes.Orders}/{placed.Order.Id}");
        Assert.Equal(
            JsonNode.Parse(await read.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.ToJsonString(),
            answer!["value"]!.ToJsonString());
        Assert.Equal("cancelled", (string?)answer["value"]!["status"]);
        Assert.Equal(Price + 10, long.Parse((string)answer["value"]!["price"]!, null));
        Assert.Null(answer["problem"]);
    }

    [Fact]
    public async Task Several_are_placed_and_cancelled_each_answered_by_itself()
    {
        await using var hub = await HubAsync(_ann);
        PlaceOrder[] orders =
        [
            .. Enumerable.Range(0, PlaceOrders.Most - 1).Select(i => _ann.Order($"o{i}", Side.Sell, Price + 10 * i, Share)),
            _ann.Order("no good", Side.Sell, Price, Share),
        ];
        var placed = (await AskAsync<PlacedOrders>(
            hub, Streams.PlaceOrdersMethod, new PlaceOrders { Orders = orders })).Value!.Answers;
        Assert.All(placed.SkipLast(1), one => Assert.NotNull(one.Placed));
        Assert.Equal(ProblemCodes.ValidationFailed, placed[^1].Problem!.Code);

        var cancelled = (await AskAsync<CancelledAnswers>(hub, Streams.CancelOrdersMethod, new CancelOrders
        {
            Orders = [.. new[] { "client:o0", "client:none", placed[1].Placed!.Order.Id }.Select(id => new OrderName { Id = id })],
        })).Value!.Answers;
        Assert.Equal([null, ProblemCodes.UnknownOrder, null], cancelled.Select(one => one.Problem?.Code));

        var rest = (await AskAsync<CancelledOrders>(hub, Streams.CancelAllOrdersMethod, new CancelAllOrders())).Value!;
        Assert.Equal(PlaceOrders.Most - 3, rest.Orders.Count);
        // Of a batch each refusal is written down, under the method.
        await WrittenAsync(
            (ProblemCodes.ValidationFailed, Streams.PlaceOrdersMethod), (ProblemCodes.UnknownOrder, Streams.CancelOrdersMethod));
    }

    [Fact]
    public async Task The_same_client_order_id_is_one_order_whichever_door_it_comes_by()
    {
        await using var hub = await HubAsync(_ann);
        var order = _ann.Order("a", Side.Sell, Price, Share);
        var first = (await AskAsync<PlacedOrder>(hub, Streams.PlaceOrderMethod, order)).Value!;
        var again = (await AskAsync<PlacedOrder>(hub, Streams.PlaceOrderMethod, order)).Value!;
        using var posted = await _ann.PostAsync(order);
        Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        var third = await posted.Content.ReadFromJsonAsync<PlacedOrder>(
            MarketJson.Options, TestContext.Current.CancellationToken);
        Assert.Equal((first.Order.Id, first.Order.Id), (again.Order.Id, third!.Order.Id));
        Assert.Equal(ProblemCodes.DuplicateClientOrderId, await RefusedAsync<PlacedOrder>(
            hub, Streams.PlaceOrderMethod, _ann.Order("a", Side.Sell, Price + 10, Share)));
    }

    [Fact]
    public async Task What_the_routes_refuse_is_refused_with_the_same_code_and_written_down()
    {
        await _bob.PlaceAsync("bid", Side.Buy, Price, Share);
        await using var hub = await HubAsync(_ann);
        var coin = _ann.Coin(2 * Share);
        await _ann.PlaceAsync(_ann.Order("first", Side.Sell, Price + 50, Share, coin: coin));
        PlaceOrder[] orders =
        [
            _ann.Order("b c", Side.Sell, Price, Share),
            _ann.Order("d", Side.Sell, Price + 60, Share, coin: coin),
            _ann.Order("e", Side.Sell, Price, Share, o => o with { PostOnly = true }),
            _ann.Order("f", Side.Sell, Price + 1, Share),
            _ann.Order("g", Side.Sell, Price, Share, coin: _ann.Coin(Share / 2)),
            _ann.Order("h", Side.Sell, Price + 60, Share) with { Instrument = "NOPE-BTC" },
        ];
        var codes = new List<string>();
        foreach (var order in orders)
        {
            var problem = (await AskAsync<PlacedOrder>(hub, Streams.PlaceOrderMethod, order)).Problem!;
            var posted = await _ann.ProblemAsync(order);
            Assert.Equal(
                (posted.Code, posted.Status, posted.Title, posted.Detail, posted.Errors?.Keys.Single()),
                (problem.Code, problem.Status, problem.Title, problem.Detail, problem.Errors?.Keys.Single()));
            Assert.Equal($"{Streams.HubPath}/{Streams.PlaceOrderMethod}", problem.Instance);
            codes.Add(problem.Code);
        }
        Assert.Equal(orders.Length, codes.Distinct().Count());

        var none = new OrderName { Id = "client:none" };
        Assert.Equal(ProblemCodes.UnknownOrder, await RefusedAsync<Order>(hub, Streams.CancelOrderMethod, none));
        Assert.Equal(ProblemCodes.UnknownOrder, await RefusedAsync<PlacedOrder>(
            hub, Streams.AmendOrderMethod, none, new AmendOrder { Price = new Price(Price) }));
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync<PlacedOrder>(
            hub, Streams.AmendOrderMethod, none, new AmendOrder()));
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync<Order>(
            hub, Streams.CancelOrderMethod, new OrderName { Id = "x y" }));
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync<CancelledAnswers>(
            hub, Streams.CancelOrdersMethod, new CancelOrders { Orders = [] }));
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync<PlacedOrders>(
            hub, Streams.PlaceOrdersMethod, new PlaceOrders { Orders = [] }));
        Assert.Equal(ProblemCodes.UnknownInstrument, await RefusedAsync<CancelledOrders>(
            hub, Streams.CancelAllOrdersMethod, new CancelAllOrders { Instrument = "NOPE-BTC" }));
        await WrittenAsync(
            (ProblemCodes.UnknownInstrument, Streams.CancelAllOrdersMethod), (ProblemCodes.WouldTrade, Streams.PlaceOrderMethod),
            (ProblemCodes.UnknownOrder, Streams.AmendOrderMethod));
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused_by_a_code_and_the_connection_goes_on()
    {
        await using var hub = await HubAsync(_ann);
        var good = Node(_ann.Order("a", Side.Sell, Price, Share)).AsObject();
        JsonNode[] orders =
        [
            JsonNode.Parse("{}")!, JsonNode.Parse("[]")!, JsonNode.Parse("7")!,
            With(good, "surprise", true), With(good, "price", 100_000), With(good, "side", 1), With(good, "quantity", "1e8"),
            With(good, "outpoints", null), With(good, "side", "buyer"),
        ];
        foreach (var order in orders)
        {
            var (answer, error) = await hub.CallWithAsync(Streams.PlaceOrderMethod, order);
            Assert.Null(error);
            Assert.Equal(ProblemCodes.MalformedRequest, (string?)answer!["problem"]!["code"]);
        }
        var (twice, _) = await hub.CallWithAsync(
            Streams.CancelOrderMethod, Raw("""{"id": "client:a", "id": "client:b"}"""));
        Assert.Equal(ProblemCodes.MalformedRequest, (string?)twice!["problem"]!["code"]);
        var (nothing, _) = await hub.CallWithAsync(Streams.PlaceOrderMethod, [null!]);
        Assert.Equal(ProblemCodes.MalformedRequest, (string?)nothing!["problem"]!["code"]);
        Assert.NotNull((await AskAsync<PlacedOrder>(hub, Streams.PlaceOrderMethod, good)).Value);
    }

    [Fact]
    public async Task Nobody_who_is_not_signed_in_is_served()
    {
        await using var hub = await HubClient.ConnectAsync(_host.Address);
        await _ann.PlaceAsync("a", Side.Sell, Price, Share);
        foreach (var (method, arguments) in Calls())
            Assert.Equal(ProblemCodes.AuthenticationRequired, await RefusedAsync<object>(hub, method, arguments));
        Assert.Equal(1, _host.Sequencer.Sequence);
    }

    [Fact]
    public async Task An_api_key_trades_where_its_scopes_say_so()
    {
        await using var reads = await HubAsync(await MakeAsync(ApiKeyScope.Read, ApiKeyScope.Swap));
        foreach (var (method, arguments) in Calls())
            Assert.Equal(ProblemCodes.ScopeMissing, await RefusedAsync<object>(reads, method, arguments));
        Assert.Equal(0, _host.Sequencer.Sequence);
        await WrittenAsync(Calls().Select(call => (ProblemCodes.ScopeMissing, call.Method)).ToArray());

        await using var trades = await HubAsync(await MakeAsync(ApiKeyScope.Trade));
        foreach (var (method, arguments) in Calls())
        {
            var answer = await AskAsync<object>(trades, method, arguments);
            Assert.True(answer.Problem?.Code is null or ProblemCodes.UnknownOrder, $"{method}: {answer.Problem?.Code}");
        }
    }

    [Fact]
    public async Task A_session_that_is_over_places_nothing_even_before_its_connection_ends()
    {
        var clock = new JumpClock();
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), clock: clock);
        using var ann = await host.TraderAsync(1);
        await using var hub = await HubAsync(ann, host);
        var none = new OrderName { Id = "client:none" };
        Assert.Equal(ProblemCodes.UnknownOrder, await RefusedAsync<Order>(hub, Streams.CancelOrderMethod, none));
        clock.Ahead = SessionTokens.Lifetime + TimeSpan.FromSeconds(1);
        foreach (var (method, arguments) in Calls(ann))
            Assert.Equal(ProblemCodes.BadToken, await RefusedAsync<object>(hub, method, arguments));
    }

    [Fact]
    public async Task A_key_that_is_revoked_in_mid_connection_places_nothing_more()
    {
        var key = await MakeAsync(ApiKeyScope.Trade);
        await using var hub = await HubAsync(key);
        Assert.NotNull((await AskAsync<PlacedOrder>(
            hub, Streams.PlaceOrderMethod, _ann.Order("a", Side.Sell, Price, Share))).Value);
        await _ann.SendAsync<ApiKey>(HttpMethod.Delete, $"{Routes.ApiKeys}/{key.Key.Id}");
        // The connection ends with the key: the call may still be answered, and then it is refused.
        var (answer, error) = await hub.CallWithAsync(Streams.CancelAllOrdersMethod, Node(new CancelAllOrders()));
        Assert.True(error is not null || (string?)answer!["problem"]!["code"] == ProblemCodes.BadApiKey);
        Assert.Equal(OrderStatus.Open, (await _ann.SendAsync<Order>(HttpMethod.Get, $"{Routes.Orders}/client:a")).Status);
    }

    [Fact]
    public async Task A_message_that_is_too_large_ends_the_connection_and_is_not_read()
    {
        await using var hub = await HubAsync(_ann);
        var order = Node(_ann.Order("a", Side.Sell, Price, Share)).AsObject();
        var (_, error) = await hub.CallWithAsync(
            Streams.PlaceOrderMethod, With(order, "surprise", new string('x', ServerLimits.MaxHubMessageBytes)));
        Assert.NotNull(error);
        Assert.Equal(0, _host.Sequencer.Sequence);
        // As much as fits is read, and answered.
        await using var other = await HubAsync(_ann);
        Assert.Equal(ProblemCodes.MalformedRequest, await RefusedAsync<PlacedOrder>(
            other, Streams.PlaceOrderMethod, With(order, "surprise", new string('x', ServerLimits.MaxHubMessageBytes - 2_000))));
    }

    [Fact]
    public async Task Calls_weigh_what_their_operations_do_in_the_window_of_requests()
    {
        const string me = "203.0.113.50";
        var caps = new CapTable { Connections = 200, Weight = 300, LimitLoopback = true, Proxy = IPAddress.Loopback };
        await using var host = await TradingHost.StartAsync(
            await postgres.NewDatabaseAsync(), services => services.AddSingleton(caps), IPAddress.Loopback);
        using var http = host.Http();
        var limits = (await http.GetFromJsonAsync<Limits>(
            Routes.Limits, MarketJson.Options, TestContext.Current.CancellationToken))!;
        await using var hub = await HubClient.ConnectAsync(host.Address, me);
        var truth = new List<(string, int)>();
        foreach (var (method, arguments) in Calls())
        {
            // Weight that is given back at the same moment makes it look like less, so the most of a few counts.
            var most = 0;
            for (var i = 0; i < 3; i++)
            {
                var before = await LeftAsync(http, me);
                await hub.CallWithAsync(method, [.. arguments.Select(Node)]);
                most = Math.Max(most, before - await LeftAsync(http, me) - 1);
            }
            truth.Add((method, most));
        }
        Assert.Equal(
            Calls().Select(call => (call.Method, limits.Weights[char.ToLowerInvariant(call.Method[0]) + call.Method[1..]])), truth);

        string? code = null;
        var (heavy, all) = Calls().Single(call => call.Method == Streams.PlaceOrdersMethod);
        for (var i = 0; i < 1_000 && code != ProblemCodes.RateLimited; i++) code = await RefusedAsync<object>(hub, heavy, all);
        Assert.Equal(ProblemCodes.RateLimited, code);
    }

    [Fact]
    public async Task A_call_waits_for_its_place_by_standing_and_the_next_of_its_connection_waits_for_it()
    {
        var door = _host.Get<ServiceDoor>();
        var held = new List<AskedCall>();
        for (var i = 0; i < Orders().Places; i++)
            held.Add(await door.EnterAsync(
                GateKind.Orders, new Call(1, null, null, null, 0), 0, TestContext.Current.CancellationToken));
        await using var hub = await HubAsync(_ann);
        await using var other = await HubAsync(_bob);
        var place = await hub.StartAsync(Streams.PlaceOrderMethod, Node(_ann.Order("a", Side.Sell, Price, Share)));
        var cancel = await hub.StartAsync(Streams.CancelOrderMethod, Node(new OrderName { Id = "client:a" }));
        await Eventually.TrueAsync(() => Orders().Waiting == 1, "the order waits");
        // Cancels have places of their own.
        Assert.Equal(ProblemCodes.UnknownOrder, await RefusedAsync<Order>(
            other, Streams.CancelOrderMethod, new OrderName { Id = "client:none" }));
        Assert.Equal(0, _host.Sequencer.Sequence);

        foreach (var call in held) door.Leave(GateKind.Orders, call);
        var (placed, _) = await hub.AnswerAsync(place);
        Assert.Equal("open", (string?)placed!["value"]!["order"]!["status"]);
        var (cancelled, _) = await hub.AnswerAsync(cancel);
        Assert.Equal("cancelled", (string?)cancelled!["value"]!["status"]);
        Assert.Equal((0, 0), (Orders().InUse, Orders().Waiting));

        GateSight Orders() => door.Look().Single(gate => gate.Kind == GateKind.Orders);
    }

    private (string Method, object[] Arguments)[] Calls(Trader? trader = null)
    {
        var one = (trader ?? _ann).Order("z", Side.Sell, Price + 100, Share);
        return
        [
            (Streams.PlaceOrderMethod, [one]),
            (Streams.PlaceOrdersMethod, [new PlaceOrders { Orders = [one] }]),
            (Streams.AmendOrderMethod, [new OrderName { Id = "client:a" }, new AmendOrder { Price = new Price(Price + 10) }]),
            (Streams.CancelOrderMethod, [new OrderName { Id = "client:a" }]),
            (Streams.CancelOrdersMethod, [new CancelOrders { Orders = [new OrderName { Id = "client:a" }] }]),
            (Streams.CancelAllOrdersMethod, [new CancelAllOrders()]),
        ];
    }

    private static JsonNode Node(object value) => value as JsonNode
        ?? JsonSerializer.SerializeToNode(value, value.GetType(), MarketJson.Options)!;

    // Kept as it is written: no object of a program has a member twice.
    private static JsonElement Raw(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    private static JsonNode With(JsonObject order, string member, JsonNode? value)
    {
        var changed = order.DeepClone();
        changed[member] = value;
        return changed;
    }

    private static async Task<HubAnswer<T>> AskAsync<T>(HubClient hub, string method, params object[] arguments) where T : class
    {
        var (answer, error) = await hub.CallWithAsync(method, [.. arguments.Select(Node)]);
        Assert.True(error is null, $"{method}: {error}");
        var read = answer.Deserialize<HubAnswer<T>>(MarketJson.Strict)!;
        Assert.True(read.Value is null != read.Problem is null, "one of the two is there");
        return read;
    }

    private static async Task<string> RefusedAsync<T>(HubClient hub, string method, params object[] arguments) where T : class
    {
        var problem = (await AskAsync<T>(hub, method, arguments)).Problem;
        Assert.True(problem is not null, $"{method} is not refused");
        return problem.Code;
    }

    private async Task WrittenAsync(params (string Code, string Method)[] refusals) => await Eventually.TrueAsync(async () =>
    {
        var page = await _ann.SendAsync<Page<AuditedRefusal>>(HttpMethod.Get, Routes.Refusals);
        return refusals.All(one => page.Items.Any(row =>
            row.Code == one.Code && row.Path == $"{Streams.HubPath}/{one.Method}" && row.Key == _ann.Key));
    }, "the refusals are written down");

    private static async Task<int> LeftAsync(HttpClient http, string from)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.Time);
        request.Headers.Add("X-Forwarded-For", from);
        using var response = await http.SendAsync(request);
        var said = response.Headers.GetValues("RateLimit").Single();
        return int.Parse(said.Split("r=")[1].Split(';')[0], null);
    }

    private Task<CreatedApiKey> MakeAsync(params ApiKeyScope[] scopes) =>
        _ann.SendAsync<CreatedApiKey>(HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = scopes });

    private async Task<HubClient> HubAsync(Trader trader, TradingHost? host = null)
    {
        var hub = await HubClient.ConnectAsync((host ?? _host).Address);
        var token = trader.Http.DefaultRequestHeaders.Authorization!.Parameter!;
        Assert.True((bool?)(await hub.CallAsync(Streams.SignInMethod, token)).Result);
        return hub;
    }

    private async Task<HubClient> HubAsync(CreatedApiKey key)
    {
        var hub = await HubClient.ConnectAsync(_host.Address);
        var stamp = ApiKeyCalls.Stamp(_host.Get<TimeProvider>().GetUtcNow());
        var text = ApiKeyRequest.HubText(_host.Address.Authority, stamp);
        Assert.True((bool?)(await hub.CallWithAsync(
            Streams.ApiKeySignInMethod, key.Key.Id, stamp, ApiKeyCalls.CodeOf(key.Secret, text))).Result);
        return hub;
    }
}
