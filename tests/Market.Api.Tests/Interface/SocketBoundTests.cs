using System.Net;
using System.Net.WebSockets;
using System.Text;
using Market.Api.Doors.Clients;
using Market.Api.Features.Streams;
using Market.Api.Realtime;
using Market.Api.Tests.Doors;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Api.Tests.Interface;

/// <summary>What a plain WebSocket may take of the server, and how it ends.</summary>
public sealed class SocketBoundTests(PostgresFixture postgres)
{
    private const string Stranger = "203.0.113.7";

    [Fact]
    public async Task The_server_s_stop_closes_it_with_a_code()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        await using var socket = await SocketClient.ConnectAsync(host.Address);
        await socket.AskAsync(StreamOps.Subscribe, "swaps");
        await socket.NextAsync();
        var stopping = host.StopAsync();
        Assert.Equal(ProblemCodes.Unavailable, SocketClient.CodeOf(await socket.EndAsync()));
        Assert.Equal((WebSocketCloseStatus.EndpointUnavailable, ProblemCodes.Unavailable), socket.Closed);
        await stopping;
    }

    [Fact]
    public async Task Whoever_asks_far_more_than_its_window_takes_is_told_so_and_then_let_go()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), proxy: IPAddress.Loopback);
        await using var socket = await SocketClient.ConnectAsync(host.Address, from: Stranger);
        var (pongs, refused) = (0, 0);
        while (true)
        {
            await socket.SendAsync(StreamOps.Ping);
            if (await socket.NextAsync() is not { } answer) break;
            if (answer.Type == StreamEventType.Pong) pongs++;
            else
            {
                Assert.Equal(ProblemCodes.RateLimited, SocketClient.CodeOf(answer));
                refused++;
                // The last is about the connection, and the close frame comes next.
                if (answer.Id is null)
                {
                    Assert.Null(await socket.NextAsync());
                    break;
                }
            }
        }
        // The one that opened it weighs, too.
        Assert.True(pongs >= CapTable.WeightPerWindow - CallWeight.Heaviest, $"{pongs} were answered");
        Assert.InRange(refused, SocketConnection.MostBeyond, int.MaxValue);
        Assert.Equal((WebSocketCloseStatus.PolicyViolation, ProblemCodes.RateLimited), socket.Closed);
    }

    [Fact]
    public async Task It_takes_a_place_of_its_address_and_one_of_its_key()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), proxy: IPAddress.Loopback);
        var most = host.Get<CapTable>().Of(ClientAddress.Of(IPAddress.Parse(Stranger))).Streams;
        var sockets = new List<SocketClient>();
        try
        {
            for (var i = 0; i < most; i++) sockets.Add(await SocketClient.ConnectAsync(host.Address, from: Stranger));
            var full = await Assert.ThrowsAsync<WebSocketException>(() => SocketClient.ConnectAsync(host.Address, from: Stranger));
            Assert.Contains("429", full.Message, StringComparison.Ordinal);
            await sockets[0].DisposeAsync();
            sockets.RemoveAt(0);
            await Eventually.TrueAsync(async () =>
            {
                try
                {
                    sockets.Add(await SocketClient.ConnectAsync(host.Address, from: Stranger));
                    return true;
                }
                catch (WebSocketException)
                {
                    return false;
                }
            }, "a place is given back");

            using var ann = await host.TraderAsync(1);
            var token = ann.Http.DefaultRequestHeaders.Authorization!.Parameter!;
            var ofKey = TierTable.Of(Tier.Newcomer).Streams;
            for (var i = 0; i < ofKey; i++)
                Assert.Equal(StreamEventType.SignedIn, (await sockets[i].AskAsync(StreamOps.Auth, token: token)).Type);
            Assert.Equal(
                ProblemCodes.RateLimited, SocketClient.CodeOf(await sockets[ofKey].AskAsync(StreamOps.Auth, token: token)));
            await Assert.ThrowsAsync<WebSocketException>(() => SocketClient.ConnectAsync(host.Address, token, "203.0.113.8"));
        }
        finally
        {
            foreach (var socket in sockets) await socket.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_line_whose_other_end_answers_no_ping_is_cut()
    {
        var soon = TimeSpan.FromSeconds(1);
        await using var host = await TradingHost.StartAsync(
            await postgres.NewDatabaseAsync(),
            services => services.AddSingleton(new SocketTimes { Ping = soon, Pong = 2 * soon }));
        await using var alive = await SocketClient.ConnectAsync(host.Address);
        // A library answers pings for whoever reads.
        var next = alive.NextAsync();
        using var dead = await RawClient.ConnectAsync(host.Address, "127.0.0.1");
        await dead.SendAsync(
            $"GET {Streams.SocketPath} HTTP/1.1\r\nHost: {host.Address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bWFya2V0IHNvY2tldCBrZQ==\r\n\r\n");
        Assert.Equal(101, RawClient.StatusOf(await dead.ReadAsync()));
        // It reads pings, says nothing, and is not waited for.
        var heard = 0;
        while (await dead.ReadAsync() is not null) heard++;
        Assert.True(heard > 0);
        await alive.SendAsync(StreamOps.Ping);
        Assert.Equal(StreamEventType.Pong, (await next)!.Type);
    }

    [Fact]
    public async Task Orders_that_are_tied_to_it_are_cancelled_when_it_ends()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var ann = await host.TraderAsync(1);
        await ann.PlaceAsync("a", Side.Sell, 100_000, 100_000_000);
        await using (var socket = await SocketClient.ConnectAsync(
            host.Address, ann.Http.DefaultRequestHeaders.Authorization!.Parameter!))
        {
            Assert.Equal(StreamEventType.Tied, (await socket.AskAsync(StreamOps.CancelOnDisconnect)).Type);
            Assert.Equal(StreamEventType.Tied, (await socket.AskAsync(StreamOps.CancelOnDisconnect)).Type);
            Assert.Equal(1, await OpenAsync(ann));
        }
        await Eventually.TrueAsync(async () => await OpenAsync(ann) == 0, "all orders are cancelled");
    }

    [Fact]
    public async Task A_channel_that_cannot_be_read_is_refused_alone_and_had_once_it_can_be()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var host = await TradingHost.StartAsync(database);
        using var ann = await host.TraderAsync(1);
        await using var socket = await SocketClient.ConnectAsync(
            host.Address, ann.Http.DefaultRequestHeaders.Authorization!.Parameter!);
        await ExecuteAsync(database, "alter table market.orders rename to orders_away");
        var refused = await socket.AskAsync(StreamOps.Subscribe, Channels.Orders);
        Assert.Contains(SocketClient.CodeOf(refused), new[] { ProblemCodes.InternalError, ProblemCodes.Unavailable });
        Assert.Equal(StreamEventType.Subscribed, (await socket.AskAsync(StreamOps.Subscribe, "swaps")).Type);
        Assert.Equal(StreamEventType.Snapshot, (await socket.NextAsync())!.Type);
        await ExecuteAsync(database, "alter table market.orders_away rename to orders");
        Assert.Equal(StreamEventType.Subscribed, (await socket.AskAsync(StreamOps.Subscribe, Channels.Orders)).Type);
        Assert.Equal(StreamEventType.Snapshot, (await socket.NextAsync())!.Type);
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_for_too_long_is_cut()
    {
        await using var host = await TradingHost.StartAsync(
            await postgres.NewDatabaseAsync(),
            services => services.AddSingleton(new SocketTimes
            {
                // It answers no ping either, and that is another test's.
                Ping = TimeSpan.FromHours(1),
                Write = TimeSpan.FromMilliseconds(300),
            }));
        using var deaf = await RawClient.ConnectAsync(host.Address, "127.0.0.1");
        await deaf.SendAsync(
            $"GET {Streams.SocketPath} HTTP/1.1\r\nHost: {host.Address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bWFya2V0IHNvY2tldCBrZQ==\r\n\r\n");
        Assert.Equal(101, RawClient.StatusOf(await deaf.ReadAsync()));
        await deaf.SendAsync(Frame($$"""{"op":"subscribe","topic":"{{Channels.Trades(Books.Id)}}"}"""));
        await Eventually.TrueAsync(() => host.Get<Topics>().Clients == 1, "it is there");
        // More than all buffers between take.
        var gone = false;
        for (var i = 0; i < 1_000_000 && !gone; i++)
        {
            host.Get<MarketFeed>().Trades.Put(Books.TradeOf(i));
            if (i % 1_000 != 0) continue;
            await Task.Yield();
            gone = host.Get<Topics>().Clients == 0;
        }
        await Eventually.TrueAsync(() => host.Get<Topics>().Clients == 0, "it is cut");
    }

    // A text frame of up to 125 bytes with a mask that changes nothing.
    private static byte[] Frame(string text) => [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)];

    private static async Task<int> OpenAsync(Trader trader) =>
        (await trader.SendAsync<Page<Order>>(HttpMethod.Get, Routes.Orders + "?status=open")).Items.Count;

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
