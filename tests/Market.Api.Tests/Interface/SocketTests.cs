using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Market.Api.Doors.Auth;
using Market.Api.Features.Streams;
using Market.Api.Realtime;
using Market.Api.Tests.Doors;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;

namespace Market.Api.Tests.Interface;

/// <summary>The plain WebSocket, as a client sees it.</summary>
public sealed class SocketTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MarketHost Host => fixture.Host;

    [Fact]
    public async Task It_tells_the_very_same_as_server_sent_events()
    {
        string[] channels =
        [
            Channels.Book(Books.Id), Channels.Trades(Books.Id), Channels.Chains(Books.Id), "swaps",
            Channels.Candles(Books.Id, CandleInterval.Minute),
        ];
        await using var events = await SseReader.OpenAsync(Host.Http, string.Join(',', channels));
        await using var socket = await ConnectAsync();
        foreach (var channel in channels)
        {
            await socket.SendAsync(StreamOps.Subscribe, channel);
            Assert.Equal((StreamEventType.Subscribed, channel), await HeadAsync(socket));
            await SameAsync();
        }
        Books.Change(Host, 0, 3);
        Host.Get<MarketFeed>().Trades.Put(Books.TradeOf(1));
        await Host.MineMainAsync(1);
        for (var i = 0; i < 5; i++) await SameAsync();

        async Task SameAsync()
        {
            var (one, other) = (await events.NextAsync(), (await socket.NextAsync())!);
            Assert.NotNull(one.Position);
            // Of a snapshot the time is that of its reader.
            Assert.Equal(Text(one with { Time = default }), Text(other with { Time = default }));
        }
    }

    [Fact]
    public async Task A_channel_is_named_whole_or_in_parts_and_told_with_its_parts()
    {
        await using var socket = await ConnectAsync();
        await socket.SendAsync(StreamOps.Subscribe, "candles", Books.Id, "hour");
        Assert.Equal((StreamEventType.Subscribed, "candles:P2SHARE-BTC:hour"), await HeadAsync(socket));
        var text = (await socket.NextTextAsync())!;
        Assert.StartsWith(
            """{"channel":"candles:P2SHARE-BTC:hour","topic":"candles","instrument":"P2SHARE-BTC","type":"snapshot","sequence":""",
            text, StringComparison.Ordinal);
        await socket.SendAsync(StreamOps.Subscribe, "swap:" + new string('a', 32));
        var swap = (await socket.NextAsync())!;
        Assert.Equal(("swap", null), (swap.Topic, swap.Instrument));
    }

    [Fact]
    public async Task Each_request_is_answered_with_its_id_before_anything_that_follows_from_it()
    {
        await using var socket = await ConnectAsync();
        Assert.Equal(StreamEventType.Pong, (await socket.AskAsync(StreamOps.Ping)).Type);
        Assert.Equal(StreamEventType.Subscribed, (await socket.AskAsync(StreamOps.Subscribe, "book", Books.Id)).Type);
        Assert.Equal(StreamEventType.Snapshot, (await socket.NextAsync())!.Type);
        Books.Change(Host, 10, 1);
        Assert.Equal(StreamEventType.Delta, (await socket.NextAsync())!.Type);
        Assert.Equal(StreamEventType.Unsubscribed, (await socket.AskAsync(StreamOps.Unsubscribe, "book", Books.Id)).Type);
        Books.Change(Host, 11, 3);
        // Nothing of the book comes before it.
        Assert.Equal(StreamEventType.Pong, (await socket.AskAsync(StreamOps.Ping)).Type);
    }

    [Theory]
    [InlineData("not json", ProblemCodes.MalformedRequest, null)]
    [InlineData("null", ProblemCodes.MalformedRequest, null)]
    [InlineData("[]", ProblemCodes.MalformedRequest, null)]
    [InlineData("{}", ProblemCodes.MalformedRequest, null)]
    [InlineData("""{"op":"ping","id":"7","surprise":1}""", ProblemCodes.MalformedRequest, "7")]
    [InlineData("""{"op":"ping","op":"ping","id":"7"}""", ProblemCodes.MalformedRequest, null)]
    [InlineData("""{"op":7,"id":"7"}""", ProblemCodes.MalformedRequest, "7")]
    [InlineData("""{"op":"ping","id":7}""", ProblemCodes.MalformedRequest, null)]
    [InlineData("""{"op":"ping","id":"\ud800"}""", ProblemCodes.MalformedRequest, null)]
    [InlineData("""{"op":"subscribe","id":"8","topic":["book"]}""", ProblemCodes.MalformedRequest, "8")]
    [InlineData("""{"op":"shout","id":"9"}""", ProblemCodes.ValidationFailed, "9")]
    [InlineData("""{"op":"Ping","id":"9"}""", ProblemCodes.ValidationFailed, "9")]
    [InlineData("""{"op":"subscribe","id":"9"}""", ProblemCodes.ValidationFailed, "9")]
    [InlineData("""{"op":"subscribe","id":"9","topic":""}""", ProblemCodes.ValidationFailed, "9")]
    [InlineData("""{"op":"subscribe","id":"9","topic":"weather"}""", ProblemCodes.ValidationFailed, "9")]
    [InlineData("""{"op":"subscribe","id":"9","topic":"book"}""", ProblemCodes.ValidationFailed, "9")]
    [InlineData("""{"op":"subscribe","id":"9","topic":"book","instrument":"NOPE-BTC"}""", ProblemCodes.ValidationFailed, "9")]
    [InlineData("""{"op":"unsubscribe","id":"9","topic":"weather"}""", ProblemCodes.ValidationFailed, "9")]
    [InlineData("""{"op":"resync","id":"9","topic":"book","instrument":"P2SHARE-BTC"}""", ProblemCodes.ValidationFailed, "9")]
    [InlineData("""{"op":"subscribe","id":"9","topic":"orders"}""", ProblemCodes.AuthenticationRequired, "9")]
    [InlineData("""{"op":"subscribe","id":"9","topic":"fills"}""", ProblemCodes.AuthenticationRequired, "9")]
    [InlineData("""{"op":"subscribe","id":"9","topic":"my-swaps"}""", ProblemCodes.AuthenticationRequired, "9")]
    [InlineData("""{"op":"cancelOnDisconnect","id":"9"}""", ProblemCodes.AuthenticationRequired, "9")]
    [InlineData("""{"op":"auth","id":"9"}""", ProblemCodes.BadToken, "9")]
    [InlineData("""{"op":"auth","id":"9","token":"forged"}""", ProblemCodes.BadToken, "9")]
    public async Task What_is_wrong_is_refused_with_its_code_and_id_and_the_connection_goes_on(string text, string code, string? id)
    {
        await using var socket = await ConnectAsync();
        await socket.SendTextAsync(text);
        var refused = await socket.NextAsync();
        Assert.Equal((code, id), (SocketClient.CodeOf(refused), refused!.Id));
        Assert.Equal(StreamEventType.Pong, (await socket.AskAsync(StreamOps.Ping)).Type);
    }

    [Fact]
    public async Task An_id_or_a_channel_that_is_too_long_is_refused_and_not_repeated_whole()
    {
        await using var socket = await ConnectAsync();
        await socket.SendTextAsync($$"""{"op":"ping","id":"{{new string('x', StreamRequest.MaxId + 1)}}"}""");
        var refused = await socket.NextAsync();
        Assert.Equal((ProblemCodes.ValidationFailed, null), (SocketClient.CodeOf(refused), refused!.Id));
        await socket.SendTextAsync($$"""{"op":"subscribe","topic":"{{new string('x', 3_000)}}"}""");
        refused = await socket.NextAsync();
        Assert.Equal(ProblemCodes.ValidationFailed, SocketClient.CodeOf(refused));
        Assert.InRange(Text(refused!).Length, 1, 1_000);
    }

    [Fact]
    public async Task A_connection_has_a_bounded_number_of_channels()
    {
        await using var socket = await ConnectAsync();
        for (var i = 0; i < StreamClient.MaxChannels; i++)
        {
            Assert.Equal(
                StreamEventType.Subscribed,
                (await socket.AskAsync(StreamOps.Subscribe, Channels.Swap(i.ToString("x32", null)))).Type);
        }
        Assert.Equal(
            ProblemCodes.ValidationFailed, SocketClient.CodeOf(await socket.AskAsync(StreamOps.Subscribe, "swaps")));
        await socket.AskAsync(StreamOps.Unsubscribe, Channels.Swap(new string('0', 32)));
        Assert.Equal(StreamEventType.Subscribed, (await socket.AskAsync(StreamOps.Subscribe, "swaps")).Type);
    }

    [Fact]
    public async Task A_message_of_the_longest_length_is_taken_and_a_longer_one_ends_the_connection()
    {
        await using var socket = await ConnectAsync();
        await socket.SendTextAsync("""{"op":"ping"}""".PadRight(SocketConnection.MaxMessage));
        Assert.Equal(StreamEventType.Pong, (await socket.NextAsync())!.Type);
        await socket.SendTextAsync("""{"op":"ping"}""".PadRight(SocketConnection.MaxMessage + 1));
        await EndsAsync(socket, ProblemCodes.TooLarge, WebSocketCloseStatus.MessageTooBig);
    }

    [Fact]
    public async Task A_message_that_never_ends_is_refused_before_it_does()
    {
        await using var socket = await ConnectAsync();
        for (var sent = 0; sent <= SocketConnection.MaxMessage; sent += 1_000)
            await socket.SendTextAsync(new string(' ', 1_000), isEnd: false);
        await EndsAsync(socket, ProblemCodes.TooLarge, WebSocketCloseStatus.MessageTooBig);
    }

    [Fact]
    public async Task Whoever_sends_on_after_too_long_a_message_still_reads_why_it_ended()
    {
        await using var socket = await ConnectAsync();
        await socket.SendTextAsync(new string(' ', 500_000));
        await EndsAsync(socket, ProblemCodes.TooLarge, WebSocketCloseStatus.MessageTooBig);
    }

    [Fact]
    public async Task A_binary_message_ends_the_connection()
    {
        await using var socket = await ConnectAsync();
        await socket.Socket.SendAsync("""{"op":"ping"}"""u8.ToArray(), WebSocketMessageType.Binary, true, Cancel);
        await EndsAsync(socket, ProblemCodes.UnsupportedMediaType, WebSocketCloseStatus.InvalidMessageType);
    }

    [Fact]
    public async Task A_client_that_closes_is_answered_and_its_reader_is_gone()
    {
        // Those of other tests may be going still.
        await Market.Testing.Chains.Eventually.TrueAsync(() => Host.Get<Topics>().Clients == 0, "nobody reads");
        await using (var socket = await ConnectAsync())
        {
            await socket.AskAsync(StreamOps.Subscribe, "swaps");
            Assert.Equal(1, Host.Get<Topics>().Clients);
            await socket.Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Cancel);
            Assert.Equal(WebSocketState.Closed, socket.Socket.State);
        }
        await Market.Testing.Chains.Eventually.TrueAsync(
            () => Host.Get<Topics>().Clients == 0, "the reader is gone");
    }

    [Fact]
    public async Task A_request_that_opens_no_socket_is_refused()
    {
        using var answer = await Host.Http.GetAsync(Streams.SocketPath, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = JsonSerializer.Deserialize<Problem>(await answer.Content.ReadAsStringAsync(Cancel), MarketJson.Options)!;
        Assert.Equal(ProblemCodes.MalformedRequest, problem.Code);
    }

    [Fact]
    public async Task A_snapshot_is_had_anew_by_resync_and_changes_go_on_from_it()
    {
        await using var socket = await ConnectAsync();
        var book = new Client.Api.BookFollower(Books.Id);
        await socket.AskAsync(StreamOps.Subscribe, "book", Books.Id);
        Assert.True(book.Apply((await socket.NextAsync())!));
        Books.Change(Host, 100, 2);
        // It misses one.
        await socket.NextAsync();
        Assert.False(book.Apply((await socket.NextAsync())!));
        Assert.False(book.InSync);
        Assert.Equal(StreamEventType.Subscribed, (await socket.AskAsync(StreamOps.Resync, "book", Books.Id)).Type);
        Books.Change(Host, 102, 2);
        while (!book.InSync || book.Sequence < Host.Get<MarketFeed>().Book.Snapshot(1).Sequence)
            book.Apply((await socket.NextAsync())!);
        Assert.Equal(Host.Get<MarketFeed>().Book.Snapshot(int.MaxValue).Bids, book.Bids);
    }

    [Fact]
    public async Task Who_comes_back_goes_on_after_its_position_without_a_gap()
    {
        var book = new Client.Api.BookFollower(Books.Id);
        string? since;
        await using (var socket = await ConnectAsync())
        {
            await socket.AskAsync(StreamOps.Subscribe, "book", Books.Id);
            book.Apply((await socket.NextAsync())!);
            Books.Change(Host, 200, 1);
            var last = (await socket.NextAsync())!;
            Assert.True(book.Apply(last));
            since = last.Position;
        }
        Books.Change(Host, 201, 5);
        await using var again = await ConnectAsync();
        var resumed = await again.AskAsync(StreamOps.Subscribe, "book", Books.Id, since);
        Assert.Equal((StreamEventType.Resumed, since), (resumed.Type, resumed.Position));
        for (var i = 0; i < 5; i++) Assert.True(book.Apply((await again.NextAsync())!), $"change {i} fits");
        Assert.Equal(Host.Get<MarketFeed>().Book.Snapshot(1).Sequence, book.Sequence);
    }

    [Fact]
    public async Task Where_what_was_missed_is_gone_a_snapshot_says_so()
    {
        await using var socket = await ConnectAsync();
        await socket.AskAsync(StreamOps.Subscribe, "book", Books.Id);
        var position = (await socket.NextAsync())!.Position!;
        await socket.AskAsync(StreamOps.Unsubscribe, "book", Books.Id);
        Books.Change(Host, 1_000, StreamClient.QueueLimit + 1);
        var (epoch, rest) = (position[..position.IndexOf('.')], position[position.IndexOf('.')..]);
        var future = position[..(position.IndexOf('-') + 1)] + "999999999";
        foreach (var since in new[] { position, "zzzzzzzz" + rest, epoch, future, epoch + ".x-y", "", new string('1', 2_000) })
        {
            await socket.AskAsync(StreamOps.Unsubscribe, "book", Books.Id);
            Assert.Equal(
                StreamEventType.Subscribed, (await socket.AskAsync(StreamOps.Subscribe, "book", Books.Id, since)).Type);
            Assert.Equal(StreamEventType.Snapshot, (await socket.NextAsync())!.Type);
        }
    }

    [Fact]
    public async Task A_message_or_the_request_that_opens_it_signs_it_in_and_it_stays_that_account_s()
    {
        using var ann = await Trader.SignInAsync(Host.Address, 9_401);
        using var bob = await Trader.SignInAsync(Host.Address, 9_402);
        await using var socket = await ConnectAsync();
        await using var opened = await SocketClient.ConnectAsync(Host.Address, TokenOf(ann));
        Assert.Equal(StreamEventType.SignedIn, (await socket.AskAsync(StreamOps.Auth, token: TokenOf(ann))).Type);
        Assert.Equal(StreamEventType.SignedIn, (await socket.AskAsync(StreamOps.Auth, token: TokenOf(ann))).Type);
        foreach (var one in new[] { socket, opened })
        {
            Assert.Equal(ProblemCodes.Forbidden, SocketClient.CodeOf(await one.AskAsync(StreamOps.Auth, token: TokenOf(bob))));
            foreach (var topic in new[] { Channels.Orders, Channels.Fills, Channels.MySwaps })
            {
                Assert.Equal(StreamEventType.Subscribed, (await one.AskAsync(StreamOps.Subscribe, topic)).Type);
                Assert.Equal(JsonValueKind.Array, (await one.NextAsync())!.Data!.Value.ValueKind);
            }
        }
        Host.Get<Topics>().TellAccount(Channels.Orders, bob.Key, "bob's");
        Host.Get<Topics>().TellAccount(Channels.Orders, ann.Key, "ann's");
        Assert.Equal("ann's", (await socket.NextAsync())!.Data!.Value.GetString());
    }

    [Fact]
    public async Task A_wrong_token_opens_nothing()
    {
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => SocketClient.ConnectAsync(Host.Address, "forged"));
        Assert.Contains("401", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_ends_with_the_session_that_it_was_signed_in_with(bool byHeader)
    {
        using var ann = await Trader.SignInAsync(Host.Address, byHeader ? 9_403 : 9_404);
        await using var socket = byHeader ? await SocketClient.ConnectAsync(Host.Address, TokenOf(ann)) : await ConnectAsync();
        await using var other = await ConnectAsync();
        if (!byHeader) await socket.AskAsync(StreamOps.Auth, token: TokenOf(ann));
        await socket.AskAsync(StreamOps.Subscribe, Channels.Orders);
        await socket.NextAsync();
        await ann.SendAsync<EndedSession>(HttpMethod.Delete, Routes.Sessions);
        Host.Get<Topics>().TellAccount(Channels.Orders, ann.Key, "not for this one");
        await EndsAsync(socket, ProblemCodes.BadToken, WebSocketCloseStatus.PolicyViolation);
        Assert.Equal(StreamEventType.Pong, (await other.AskAsync(StreamOps.Ping)).Type);
    }

    [Fact]
    public async Task A_connection_ends_with_the_time_of_its_session()
    {
        using var ann = await Trader.SignInAsync(Host.Address, 9_405);
        await using var socket = await SocketClient.ConnectAsync(Host.Address, TokenOf(ann));
        await socket.AskAsync(StreamOps.Subscribe, Channels.Orders);
        Host.Clock.Advance(SessionTokens.Lifetime);
        await EndsAsync(socket, ProblemCodes.BadToken, WebSocketCloseStatus.PolicyViolation);
    }

    [Fact]
    public async Task Who_reads_nothing_and_asks_nothing_is_let_go_and_who_reads_is_not()
    {
        await using var idle = await ConnectAsync();
        await using var reads = await ConnectAsync();
        await reads.AskAsync(StreamOps.Subscribe, Channels.Trades(Books.Id));
        await reads.NextAsync();
        await idle.AskAsync(StreamOps.Ping);
        Host.Clock.Advance(new SocketTimes().Idle);
        Assert.Null(await idle.NextAsync());
        Assert.Equal((WebSocketCloseStatus.NormalClosure, "idle"), idle.Closed);
        Host.Get<MarketFeed>().Trades.Put(Books.TradeOf(77));
        Assert.Equal(StreamEventType.Update, (await reads.NextAsync())!.Type);
    }

    [Theory]
    [InlineData("http://evil.example", false)]
    [InlineData("https://127.0.0.1.evil.example", false)]
    [InlineData("null", false)]
    [InlineData("file://127.0.0.1", false)]
    [InlineData("http://127.0.0.1", true)]
    [InlineData("https://127.0.0.1:8443", true)]
    public async Task A_page_of_another_origin_opens_no_socket_and_no_hub(string origin, bool isOwn)
    {
        if (isOwn)
        {
            await using var socket = await SocketClient.ConnectAsync(Host.Address, origin: origin);
            await using var hub = await HubClient.ConnectAsync(Host.Address, origin: origin);
            Assert.Equal(StreamEventType.Pong, (await socket.AskAsync(StreamOps.Ping)).Type);
            Assert.Null((await hub.CallAsync(Streams.SubscribeMethod, new[] { "swaps" })).Error);
            return;
        }
        foreach (var open in new Func<Task>[]
        {
            () => SocketClient.ConnectAsync(Host.Address, origin: origin),
            () => HubClient.ConnectAsync(Host.Address, origin: origin),
        })
        {
            var refused = await Assert.ThrowsAsync<WebSocketException>(open);
            Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_slow_reader_gets_the_latest_state_and_what_came_between_is_not_kept()
    {
        const int trades = 40_000;
        await using var socket = await ConnectAsync();
        await socket.AskAsync(StreamOps.Subscribe, Channels.Trades(Books.Id));
        await socket.NextAsync();
        for (var i = 1_000; i < 1_000 + trades; i++) Host.Get<MarketFeed>().Trades.Put(Books.TradeOf(i));
        var (seen, snapshots, newest) = (0, 0, "");
        while (newest != $"{1_000 + trades - 1}")
        {
            var next = (await socket.NextAsync())!;
            seen++;
            if (next.Type == StreamEventType.Snapshot) snapshots++;
            newest = next.Type == StreamEventType.Snapshot
                ? next.Data!.Value[0].GetProperty("id").GetString()
                : next.Data!.Value.GetProperty("id").GetString();
        }
        Assert.InRange(snapshots, 1, trades);
        Assert.InRange(seen, 1, trades - 1);
    }

    private Task<SocketClient> ConnectAsync() => SocketClient.ConnectAsync(Host.Address);

    private static async Task EndsAsync(SocketClient socket, string code, WebSocketCloseStatus status)
    {
        Assert.Equal(code, SocketClient.CodeOf(await socket.EndAsync()));
        Assert.Equal((status, code), socket.Closed);
    }

    private static async Task<(StreamEventType Type, string Channel)> HeadAsync(SocketClient socket) =>
        await socket.NextAsync() is { } next ? (next.Type, next.Channel) : default;

    private static string TokenOf(Trader trader) => trader.Http.DefaultRequestHeaders.Authorization!.Parameter!;

    private static string Text(StreamEvent message) => JsonSerializer.Serialize(message, MarketJson.Options);
}
