using System.Text.Json;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Trading;

namespace Market.Api.Tests.Interface;

public sealed class StreamTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private static readonly CancellationToken Soon = new CancellationTokenSource(Eventually.Patience).Token;

    [Fact]
    public async Task Channels_begin_with_a_snapshot_and_go_on_with_changes()
    {
        await using var reader = await SseReader.OpenAsync(fixture.Host.Http, "chains:P2SHARE-BTC,swaps,trades:P2SHARE-BTC");
        var first = new[] { await reader.NextAsync(), await reader.NextAsync(), await reader.NextAsync() };
        Assert.Equal(["chains:P2SHARE-BTC", "swaps", "trades:P2SHARE-BTC"], first.Select(e => e.Channel));
        Assert.All(first, e => Assert.Equal(StreamEventType.Snapshot, e.Type));
        var before = first[0].Data!.Value.Deserialize<ChainTips>(MarketJson.Options)!;
        await fixture.Host.MineMainAsync(1);
        StreamEvent update;
        do update = await reader.NextAsync();
        while (update.Data!.Value.Deserialize<ChainTips>(MarketJson.Options)!.Mainchain.Height == before.Mainchain.Height);
        Assert.Equal(StreamEventType.Update, update.Type);
    }

    [Fact]
    public async Task A_book_is_a_snapshot_and_deltas_with_plus_one_sequences_and_right_checksums()
    {
        var feed = fixture.Host.Get<MarketFeed>();
        await using var reader = await SseReader.OpenAsync(fixture.Host.Http, Channels.Book("P2SHARE-BTC"));
        var book = new Client.Api.BookFollower("P2SHARE-BTC");
        Assert.True(book.Apply(await reader.NextAsync()));
        var random = new Random(17);
        for (var i = 1UL; i <= 200; i++)
        {
            var buy = random.Next(2) == 0;
            feed.Committed(
                [new BookEvent
                {
                    Kind = EventKind.Rested, Order = new OrderId(1_000 + i),
                    Side = buy ? Market.Trading.Side.Buy : Market.Trading.Side.Sell,
                    Price = (buy ? 90_000 : 110_000) + 10 * random.Next(100), Remaining = 1_000_000 * random.Next(1, 9),
                }], [], [], null, fixture.Host.Clock.Now);
            if (i % 3 == 0)
            {
                feed.Committed(
                    [new BookEvent { Kind = EventKind.Cancelled, Order = new OrderId(1_000 + i - 1) }], [], [], null,
                    fixture.Host.Clock.Now);
            }
        }
        for (var i = 0; i < 200 + 66; i++)
            Assert.True(book.Apply(await reader.NextAsync()), $"delta {i} fits and its checksum is right");
        var rest = feed.Book.Snapshot(1_000);
        Assert.Equal(rest.Bids, book.Bids);
        Assert.Equal(rest.Asks, book.Asks);
    }

    [Theory]
    [InlineData("", ProblemCodes.ValidationFailed)]
    [InlineData("weather", ProblemCodes.ValidationFailed)]
    [InlineData("book:NOPE-BTC", ProblemCodes.ValidationFailed)]
    [InlineData("swap:xyz", ProblemCodes.ValidationFailed)]
    [InlineData("orders", ProblemCodes.AuthenticationRequired)]
    [InlineData("chains:P2SHARE-BTC,fills", ProblemCodes.AuthenticationRequired)]
    public async Task A_channel_that_cannot_be_had_is_refused(string channels, string code)
    {
        using var response = await fixture.Host.Http.GetAsync($"{Streams.SsePath}?channels={channels}", Soon);
        var problem = JsonSerializer.Deserialize<Problem>(await response.Content.ReadAsStringAsync(Soon), MarketJson.Options)!;
        Assert.Equal(code, problem.Code);
    }

    [Fact]
    public async Task A_signed_in_reader_has_private_channels()
    {
        using var trader = await Trader.SignInAsync(fixture.Host.Address, 9_100);
        await using var reader = await SseReader.OpenAsync(trader.Http, "orders,my-swaps");
        Assert.Equal(JsonValueKind.Array, (await reader.NextAsync()).Data!.Value.ValueKind);
        Assert.Equal(JsonValueKind.Array, (await reader.NextAsync()).Data!.Value.ValueKind);
    }

    [Fact]
    public async Task A_slow_reader_gets_the_latest_state_and_never_an_endless_queue()
    {
        var topic = new ListTopic<Trade>("t", 10, newestFirst: true, t => t.Id, TimeProvider.System);
        using var client = new StreamClient(null, TimeProvider.System);
        Assert.True(await topic.AddAsync(client, Soon));
        for (var i = 0; i < 10 * StreamClient.QueueLimit; i++) topic.Put(TradeOf(i));
        var seen = new List<StreamMessage>();
        while (await client.ReadyAsync(Soon) is { } next) seen.Add(next);
        Assert.InRange(seen.Count, 2, StreamClient.QueueLimit + 2);
        Assert.Equal(StreamEventType.Snapshot, seen[^1].Type);
        Assert.Equal($"{10 * StreamClient.QueueLimit - 1}",
            seen[^1].Event.Data!.Value.Deserialize<Trade[]>(MarketJson.Options)![0].Id);
        topic.Put(TradeOf(-1));
        Assert.Equal(StreamEventType.Update, (await client.ReadyAsync(Soon))!.Type);
    }

    [Fact]
    public async Task A_channel_that_somebody_reads_makes_no_room_and_one_that_did_takes_nobody()
    {
        var topic = new LoadedTopic("t", _ => new((object?)"state"), TimeProvider.System);
        using var client = new StreamClient(null, TimeProvider.System);
        Assert.True(await topic.AddAsync(client, Soon));
        Assert.False(topic.TryClose());
        topic.Remove(client);
        Assert.True(topic.TryClose());
        // Found by its name before it made room.
        Assert.False(await topic.AddAsync(client, Soon));
        Assert.False(client.Has(topic));
    }

    [Fact]
    public async Task Looking_for_a_channel_makes_none_and_no_more_are_made_than_may_be()
    {
        const int most = 4;
        using var topics = new Topics(TimeProvider.System, most);
        topics.RegisterSwaps((_, _) => new((object?)"state"));
        topics.RegisterPrivate(Channels.Orders, (_, _) => new((object?)"state"));
        var reader = topics.Open("key");
        foreach (var channel in Enumerable.Range(0, 10).Select(i => Channels.Swap(i.ToString("x32", null))).Append(Channels.Orders))
        {
            Assert.False(topics.IsRead(reader, channel));
            Assert.True(topics.Unsubscribe(reader, channel).IsOk);
        }
        Assert.Equal(0, topics.OnDemandNow);
        Assert.True((await topics.SubscribeAsync(reader, Channels.Orders, Soon)).IsOk);
        Assert.True(topics.IsRead(reader, Channels.Orders));

        // All at once: as many are made as may be, and the others are refused.
        var asked = await Task.WhenAll(Enumerable.Range(0, 16 * most).Select(i => Task.Run(async () =>
            await topics.SubscribeAsync(topics.Open(null), Channels.Swap(i.ToString("x32", null)), Soon), Soon)));
        Assert.Equal(most, topics.OnDemandNow);
        Assert.Equal(most - 1, asked.Count(one => one.IsOk));
        Assert.All(asked.Where(one => !one.IsOk), one => Assert.Equal(ProblemCodes.Unavailable, one.Refusal!.Code));
    }

    [Fact]
    public async Task What_is_read_for_a_reader_waits_its_turn_also_when_it_fell_behind_and_what_is_in_memory_does_not()
    {
        var entered = 0;
        using var client = new StreamClient(null, TimeProvider.System)
        {
            EnterReads = _ => ++entered < 3
                ? new(new CancellationTokenSource())
                : throw new ReadRefusedException(new Refusal(ProblemCodes.Busy)),
        };
        var memory = new ListTopic<Trade>("t", 10, newestFirst: true, t => t.Id, TimeProvider.System);
        Assert.True(await memory.AddAsync(client, Soon));
        Assert.Equal(0, entered);
        var loaded = new LoadedTopic("l", _ => new((object?)"state"), TimeProvider.System);
        Assert.True(await loaded.AddAsync(client, Soon));
        Assert.Equal(1, entered);
        for (var i = 0; i < StreamClient.QueueLimit; i++) loaded.Tell("news");
        do _ = await client.ReadyAsync(Soon);
        while (entered == 1);
        Assert.Equal(2, entered);

        // Nothing is read for whom no turn comes, and it is told so.
        for (var i = 0; i < 2 * StreamClient.QueueLimit; i++) loaded.Tell("news");
        var failed = await Assert.ThrowsAsync<ChannelFailedException>(async () =>
        {
            while (true) await client.ReadyAsync(Soon);
        });
        Assert.IsType<ReadRefusedException>(failed.InnerException);
    }

    [Fact]
    public async Task Whoever_comes_while_channels_make_room_hears_what_is_told_of_his()
    {
        const int readers = 4;
        var heard = 0;
        using var topics = new Topics(TimeProvider.System, mostOnDemand: readers);
        topics.RegisterSwaps((_, _) => new((object?)"state"));
        await Task.WhenAll(Enumerable.Range(0, readers).Select(reader => Task.Run(async () =>
        {
            var id = reader.ToString("x32", null);
            for (var round = 0; round < 2_000; round++)
            {
                var client = topics.Open(null);
                if ((await topics.SubscribeAsync(client, Channels.Swap(id), Soon)).IsOk)
                {
                    Assert.Equal(StreamEventType.Snapshot, (await client.ReadyAsync(Soon))!.Type);
                    topics.TellSwap(id, "news");
                    Assert.Equal(StreamEventType.Update, (await client.ReadyAsync(Soon))!.Type);
                    Interlocked.Increment(ref heard);
                }
                topics.Closed(client);
                // One more of its own, so that there is always one to make room.
                var other = topics.Open(null);
                await topics.SubscribeAsync(other, Channels.Swap((readers + reader).ToString("x32", null)), Soon);
                topics.Closed(other);
            }
        }, Soon)));
        Assert.True(heard > readers, "all were refused");
    }

    [Fact]
    public async Task Subscribing_over_and_over_without_reading_fills_no_memory()
    {
        var topic = new ListTopic<Trade>("t", 10, newestFirst: true, t => t.Id, TimeProvider.System);
        topic.Put(TradeOf(1));
        using var client = new StreamClient(null, TimeProvider.System);
        for (var i = 0; i < 4 * StreamClient.QueueLimit; i++)
        {
            Assert.True(await topic.AddAsync(client, Soon));
            topic.Remove(client);
        }
        Assert.True(await topic.AddAsync(client, Soon));
        var seen = 0;
        while (await client.ReadyAsync(Soon) is { } next)
        {
            seen++;
            Assert.Equal(StreamEventType.Snapshot, next.Type);
        }
        // A snapshot may be large: what waits of a channel is its newest.
        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task Subscribing_again_is_answered_with_a_new_snapshot()
    {
        var topics = fixture.Host.Get<Topics>();
        var client = topics.Open(null);
        var book = Channels.Book("P2SHARE-BTC");
        for (var i = 0; i < 3; i++)
        {
            Assert.True((await topics.SubscribeAsync(client, book, Soon)).IsOk);
            Assert.Equal(StreamEventType.Snapshot, (await client.ReadyAsync(Soon))!.Type);
        }
        Assert.Null(await client.ReadyAsync(Soon));
        topics.Closed(client);
    }

    [Fact]
    public async Task What_changes_while_a_state_is_read_comes_after_its_snapshot()
    {
        var reading = new TaskCompletionSource<object?>();
        var topic = new LoadedTopic("t", _ => new ValueTask<object?>(reading.Task), TimeProvider.System);
        using var client = new StreamClient(null, TimeProvider.System);
        var adding = topic.AddAsync(client, Soon);
        topic.Tell("later");
        Assert.Null(await client.ReadyAsync(Soon));
        reading.SetResult("state");
        Assert.True(await adding);
        Assert.Equal("state", (await client.ReadyAsync(Soon))!.Event.Data!.Value.GetString());
        Assert.Equal("later", (await client.ReadyAsync(Soon))!.Event.Data!.Value.GetString());
    }

    [Fact]
    public async Task A_reader_has_a_bounded_number_of_channels()
    {
        var topics = fixture.Host.Get<Topics>();
        var client = topics.Open(null);
        for (var i = 0; i < StreamClient.MaxChannels; i++)
            Assert.True((await topics.SubscribeAsync(client, Channels.Swap(i.ToString("x32", null)), Soon)).IsOk);
        var more = await topics.SubscribeAsync(client, Channels.Chains("P2SHARE-BTC"), Soon);
        Assert.Equal(ProblemCodes.ValidationFailed, more.Refusal?.Code);
        topics.Closed(client);
    }

    private static Trade TradeOf(int i) => new()
    {
        Id = $"{i}",
        Instrument = "P2SHARE-BTC",
        Price = new Price(1),
        Quantity = new Quantity(1),
        Notional = new Sats(1),
        TakerSide = Contracts.Side.Buy,
        SwapId = "",
        Time = DateTimeOffset.UnixEpoch,
        Status = TradeStatus.Pending,
    };
}
