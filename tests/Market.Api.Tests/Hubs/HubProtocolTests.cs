using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Market.Api.Doors;
using Market.Api.Tests.Orders;
using Market.Contracts;
using MessagePack;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Api.Tests.Hubs;

/// <summary>The hub speaks JSON and MessagePack, and says the same in both.</summary>
public sealed class HubProtocolTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Id = "P2SHARE-BTC";
    private const long Price = 100_000;
    private const long Share = 100_000_000;
    private static readonly string[] Followed = [Channels.Book(Id), Channels.Trades(Id), Channels.Orders, Channels.Fills];

    private TradingHost _host = null!;
    private Trader _ann = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        _ann = await _host.TraderAsync(1);
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Every_call_is_answered_with_the_same_value_or_problem_in_both()
    {
        using var bob = await _host.TraderAsync(2);
        await bob.PlaceAsync("bid", Side.Buy, Price, Share);
        await using var json = await OpenAsync(isPacked: false);
        await using var packed = await OpenAsync(isPacked: true);
        var (order, name) = (_ann.Order("a", Side.Sell, Price, 3 * Share), new OrderName { Id = "client:a" });

        // What was done once is answered the same when it is asked for again, whoever asks.
        var first = await AskAsync(packed, Streams.PlaceOrderMethod, order);
        Assert.Equal(JsonValueKind.String, first.GetProperty("value").GetProperty("order").GetProperty("price").ValueKind);
        Assert.Equal($"{Price}", first.GetProperty("value").GetProperty("order").GetProperty("price").GetString());
        PlaceOrders several = new()
        {
            Orders =
            [
                _ann.Order("b", Side.Sell, Price + 10, Share), _ann.Order("c d", Side.Sell, Price, Share),
            ],
        };
        await AskAsync(json, Streams.PlaceOrdersMethod, several);
        (string Method, object[] Arguments)[] calls =
        [
            (Streams.PlaceOrderMethod, [order]),
            (Streams.PlaceOrderMethod, [_ann.Order("d", Side.Sell, Price + 1, Share)]),
            (Streams.PlaceOrderMethod, [_ann.Order("e", Side.Sell, Price, Share) with { Instrument = "NOPE-BTC" }]),
            (Streams.PlaceOrderMethod, [new { clientOrderId = "f", surprise = 1 }]),
            (Streams.PlaceOrderMethod, [new { price = 1.5 }]),
            (Streams.PlaceOrdersMethod, [several]),
            (Streams.AmendOrderMethod, [name, new AmendOrder { Price = new Price(Price + 20) }]),
            (Streams.AmendOrderMethod, [name, new AmendOrder()]),
            (Streams.CancelOrderMethod, [new OrderName { Id = "client:none" }]),
            (Streams.CancelOrdersMethod, [new CancelOrders { Orders = [new OrderName { Id = "client:none" }] }]),
            (Streams.ResumeMethod, [Channels.Ticker(Id), null!]),
            (Streams.ResumeMethod, ["weather", "1"]),
            (Streams.CancelAllOrdersMethod, [new CancelAllOrders()]),
        ];
        // The first round changes what is to be changed.
        foreach (var (method, arguments) in calls) await AskAsync(json, method, arguments);
        foreach (var (method, arguments) in calls)
        {
            var (one, other) = (await AskAsync(json, method, arguments), await AskAsync(packed, method, arguments));
            Assert.True(JsonElement.DeepEquals(one, other), $"{method}: {one} {other}");
        }
        Assert.Equal(ProblemCodes.OrderClosed,
            (await AskAsync(packed, Streams.CancelOrderMethod, name)).GetProperty("problem").GetProperty("code").GetString());
        // What fails without an answer of the market fails in both.
        foreach (var hub in new[] { json, packed })
            await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync(Streams.PlaceOrderMethod, Cancel));
    }

    [Fact]
    public async Task Channels_are_told_the_same_in_both()
    {
        await using var json = await OpenAsync(isPacked: false);
        await using var packed = await OpenAsync(isPacked: true);
        var told = new[] { json, packed }.Select(hub =>
        {
            var events = Channel.CreateUnbounded<JsonElement>();
            hub.On<JsonElement>(Streams.ClientMethod, told => events.Writer.TryWrite(told));
            return events.Reader;
        }).ToArray();
        foreach (var hub in new[] { json, packed }) await hub.InvokeAsync(Streams.SubscribeMethod, Followed, Cancel);
        foreach (var _ in Followed) await SameAsync();
        await _ann.PlaceAsync("a", Side.Sell, Price, Share);
        using var bob = await _host.TraderAsync(2);
        await bob.PlaceAsync("b", Side.Buy, Price, Share / 2);
        // Two changes of the book, one trade, two of the order, and a fill.
        for (var i = 0; i < 6; i++) await SameAsync();

        async Task SameAsync()
        {
            var (one, other) = (await told[0].ReadAsync(Cancel), await told[1].ReadAsync(Cancel));
            // Of a snapshot the time is that of its reader.
            Assert.Equal(Text(one), Text(other));
        }

        static string Text(JsonElement told) =>
            JsonSerializer.Serialize(told.Deserialize<StreamEvent>(MarketJson.Strict)! with { Time = default }, MarketJson.Options);
    }

    [Fact]
    public async Task What_no_honest_client_packs_is_refused_or_ends_its_connection_and_nothing_else()
    {
        // What is MessagePack and no JSON is answered by a code.
        await using var frames = await SignedInAsync();
        foreach (var argument in Untaken())
        {
            await frames.SendAsync(PackedFrames.Call(Streams.CancelOrderMethod, argument));
            Assert.Equal(ProblemCodes.MalformedRequest, (await frames.AnswerAsync())!.Value.Answer!.Problem!.Code);
        }
        // What is deeper or larger than anything that is taken, or not whole, is an error, or the end of the connection.
        foreach (var message in Hostile())
        {
            await using var hostile = await SignedInAsync();
            await hostile.SendAsync(message);
            await hostile.SendAsync(PackedFrames.Call(
                Streams.CancelOrderMethod, (ref MessagePackWriter writer) => Name(ref writer, "client:none")));
            var answer = await hostile.AnswerAsync();
            Assert.True(answer is null or { Error: not null } or { Answer.Problem.Code: ProblemCodes.UnknownOrder });
        }
        await using var large = await SignedInAsync();
        // It would wait for the rest of two gigabytes.
        await large.SendRawAsync([0xff, 0xff, 0xff, 0xff, 0x07, .. new byte[ServerLimits.MaxHubMessageBytes + 1]]);
        Assert.Null(await large.AnswerAsync());

        // The market goes on.
        await frames.SendAsync(PackedFrames.Call(
            Streams.CancelOrderMethod, (ref MessagePackWriter writer) => Name(ref writer, "client:none")));
        Assert.Equal(ProblemCodes.UnknownOrder, (await frames.AnswerAsync())!.Value.Answer!.Problem!.Code);
        Assert.Equal(0, _host.Sequencer.Sequence);
    }

    private static PackedFrames.Write[] Untaken() =>
    [
        (ref MessagePackWriter writer) => writer.Write(new byte[] { 1, 2, 3 }),
        (ref MessagePackWriter writer) => writer.Write(DateTime.UnixEpoch),
        (ref MessagePackWriter writer) => writer.Write(double.NaN),
        (ref MessagePackWriter writer) => writer.WriteNil(),
        (ref MessagePackWriter writer) => writer.WriteRaw([0xa2, 0xc3, 0x28]),
        (ref MessagePackWriter writer) =>
        {
            writer.WriteMapHeader(1);
            writer.Write(7);
            writer.Write("client:a");
        },
        (ref MessagePackWriter writer) =>
        {
            writer.WriteMapHeader(2);
            for (var i = 0; i < 2; i++)
            {
                writer.Write("id");
                writer.Write("client:a");
            }
        },
        (ref MessagePackWriter writer) =>
        {
            writer.WriteMapHeader(1);
            writer.Write("id");
            writer.Write(12);
        },
        (ref MessagePackWriter writer) =>
        {
            writer.WriteMapHeader(2);
            writer.Write("id");
            writer.Write("client:a");
            writer.Write("instrument");
            writer.Write(new byte[] { 1 });
        },
    ];

    private static List<byte[]> Hostile()
    {
        byte[] deep = [.. Enumerable.Repeat((byte)0x91, 30_000), 0xc0];
        byte[] maps = [.. Enumerable.Range(0, 10_000).SelectMany(_ => new byte[] { 0x81, 0xa1, 0x61 }), 0xc0];
        List<byte[]> all =
        [
            PackedFrames.Call(Streams.CancelOrderMethod, (ref MessagePackWriter writer) => writer.WriteRaw(deep)),
            PackedFrames.Call(Streams.CancelOrderMethod, (ref MessagePackWriter writer) => writer.WriteRaw(maps)),
            // Four thousand million items, a text and a map of as many that are not there.
            .. new byte[] { 0xdd, 0xdb, 0xdf }.Select(kind => PackedFrames.Call(
                Streams.CancelOrderMethod,
                (ref MessagePackWriter writer) => writer.WriteRaw(new byte[] { kind, 255, 255, 255, 255 }))),
            // More arguments than there are, each deep.
            PackedFrames.Call(Streams.SubscribeMethod, (ref MessagePackWriter writer) => writer.WriteRaw(deep)),
            // A name of a member that is a tower.
            PackedFrames.Call(Streams.CancelOrderMethod, (ref MessagePackWriter writer) =>
            {
                writer.WriteMapHeader(1);
                writer.WriteRaw(deep);
                writer.Write(1);
            }),
            [],
            [0xc1],
            [.. deep],
        ];
        // Answers, items and headers that nobody asked for.
        foreach (var kind in new byte[] { 2, 3 })
        {
            all.Add(PackedFrames.Packed((ref MessagePackWriter writer) =>
            {
                writer.WriteArrayHeader(kind == 3 ? 5 : 4);
                writer.Write(kind);
                writer.WriteMapHeader(0);
                writer.Write("9");
                if (kind == 3) writer.Write(3);
                writer.WriteRaw(deep);
            }));
        }
        all.Add(PackedFrames.Packed((ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(6);
            writer.Write(1);
            writer.WriteRaw(maps);
        }));
        return all;
    }

    private static void Name(ref MessagePackWriter writer, string id)
    {
        writer.WriteMapHeader(1);
        writer.Write("id");
        writer.Write(id);
    }

    private string Token => _ann.Http.DefaultRequestHeaders.Authorization!.Parameter!;

    private async Task<PackedFrames> SignedInAsync()
    {
        var frames = await PackedFrames.ConnectAsync(_host.Address);
        await frames.SendAsync(PackedFrames.Call(Streams.SignInMethod, (ref MessagePackWriter writer) => writer.Write(Token)));
        Assert.Null((await frames.AnswerAsync())!.Value.Error);
        return frames;
    }

    private async Task<HubConnection> OpenAsync(bool isPacked)
    {
        var builder = new HubConnectionBuilder().WithUrl(new Uri(_host.Address, Streams.HubPath), http =>
        {
            http.Transports = HttpTransportType.WebSockets;
            http.SkipNegotiation = true;
        });
        var hub = (isPacked
            ? builder.AddMessagePackProtocol(packed => packed.SerializerOptions = JsonTree.Options)
            : builder.AddJsonProtocol(json => MarketJson.Configure(json.PayloadSerializerOptions))).Build();
        await hub.StartAsync(Cancel);
        Assert.True(await hub.InvokeAsync<bool>(Streams.SignInMethod, Token, Cancel));
        return hub;
    }

    // But for the trace's id: that is the connection's.
    private static async Task<JsonElement> AskAsync(HubConnection hub, string method, params object[] arguments)
    {
        var answer = JsonNode.Parse((await hub.InvokeCoreAsync<JsonElement>(method, arguments, Cancel)).GetRawText())!;
        foreach (var one in (answer["value"] as JsonObject)?["answers"] as JsonArray ?? []) Forget(one!);
        Forget(answer);
        return JsonSerializer.SerializeToElement(answer);

        static void Forget(JsonNode answer) => (answer["problem"] as JsonObject)?.Remove("traceId");
    }
}
