using Market.Api.Realtime;
using Market.Api.Tests.Host;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Trading;
using Trade = Market.Contracts.Trade;

namespace Market.Api.Tests.Interface;

/// <summary>What channels keep for readers that come back, and what they never do: go on where something is missing.</summary>
public sealed class ReplayTests
{
    private static readonly CancellationToken Soon = new CancellationTokenSource(Eventually.Patience).Token;
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task A_reader_that_comes_back_gets_what_it_missed_and_no_snapshot()
    {
        var topic = List();
        var since = await PositionAsync(topic);
        for (var i = 0; i < 3; i++) topic.Put(Books.TradeOf(i));
        using var client = new StreamClient(null, _clock);
        Assert.True(await topic.AddAsync(client, Soon, new StreamAsk(since)));
        topic.Put(Books.TradeOf(3));
        Assert.Equal(
            ["Resumed 0", "Update 1", "Update 2", "Update 3", "Update 4"],
            (await AllAsync(client)).Select(told => $"{told.Type} {told.Sequence}"));
    }

    [Fact]
    public async Task A_reader_that_missed_more_than_is_kept_gets_a_snapshot()
    {
        var topic = List();
        var since = await PositionAsync(topic);
        for (var i = 0; i <= StreamClient.QueueLimit; i++) topic.Put(Books.TradeOf(i));
        Assert.Equal(StreamEventType.Snapshot, await FirstAsync(topic, since));
    }

    [Fact]
    public async Task After_a_state_that_no_change_led_to_there_is_no_going_on_from_before()
    {
        var topic = List();
        topic.Put(Books.TradeOf(1));
        var before = await PositionAsync(topic);
        topic.Reset([Books.TradeOf(2)], tell: true);
        Assert.Equal(StreamEventType.Snapshot, await FirstAsync(topic, before));
        Assert.Equal(StreamEventType.Resumed, await FirstAsync(topic, await PositionAsync(topic)));

        var book = new BookTopic(Books.Id, _clock);
        before = await PositionAsync(book);
        book.Restart(100, []);
        Assert.Equal(StreamEventType.Snapshot, await FirstAsync(book, before));
    }

    [Fact]
    public async Task One_value_is_gone_on_with_only_where_it_is_the_same()
    {
        var topic = new ValueTopic<string>("t", _clock);
        topic.Set("a");
        var since = await PositionAsync(topic);
        Assert.Equal(StreamEventType.Resumed, await FirstAsync(topic, since));
        topic.Set("b");
        Assert.Equal(StreamEventType.Snapshot, await FirstAsync(topic, since));
    }

    [Fact]
    public async Task Another_channel_of_the_same_name_knows_nothing_of_the_first_s_readers()
    {
        var since = await PositionAsync(List());
        Assert.Equal(StreamEventType.Snapshot, await FirstAsync(List(), since));
    }

    [Fact]
    public async Task Of_a_channel_that_is_followed_no_more_nothing_that_waits_is_told()
    {
        using var topics = new Topics(_clock);
        var (left, kept) = (new ValueTopic<string>("left", _clock), new ValueTopic<string>("kept", _clock));
        topics.Register(left);
        topics.Register(kept);
        var client = topics.Open(null);
        foreach (var topic in new[] { left, kept })
        {
            Assert.True((await topics.SubscribeAsync(client, topic.Channel, Soon)).IsOk);
            topic.Set("a");
        }
        Assert.True(topics.Unsubscribe(client, "left").IsOk);
        Assert.Equal(["kept"], (await AllAsync(client)).Select(told => told.Channel));
        topics.Closed(client);
    }

    [Theory]
    [InlineData(2, 100)]
    [InlineData(100, 2)]
    public void What_is_kept_is_bounded_in_messages_and_in_parts(int most, int mostParts)
    {
        var replay = new Replay(most, mostParts, null);
        for (var i = 1; i <= 3; i++)
            replay.Add(new StreamMessage("t", StreamEventType.Update, _clock.Now, "x") { Sequence = i }, 1);
        Assert.Null(replay.After(0, 3));
        Assert.Equal([2L, 3L], replay.After(1, 3)!.Select(one => one.Sequence));
        // One that is larger than all room is not kept, and nothing before it.
        replay.Add(new StreamMessage("t", StreamEventType.Update, _clock.Now, "x") { Sequence = 4 }, 101);
        Assert.Null(replay.After(3, 4));
        Assert.Empty(replay.After(4, 4)!);
    }

    [Fact]
    public async Task A_book_s_changes_are_kept_by_their_levels()
    {
        var book = new BookTopic(Books.Id, _clock);
        var since = await PositionAsync(book);
        var orders = 0UL;
        var changes = 0;
        for (var levels = 0; levels <= BookTopic.KeptLevels; levels += 4_096, changes++)
        {
            book.Apply(
                [.. Enumerable.Range(1, 4_096).Select(at => new BookEvent
                {
                    Kind = EventKind.Rested, Order = new OrderId(++orders), Price = 10 * at, Remaining = 1,
                    Side = Market.Trading.Side.Buy,
                })], _clock.Now);
        }
        Assert.True(changes < StreamClient.QueueLimit);
        Assert.Equal(StreamEventType.Snapshot, await FirstAsync(book, since));
    }

    [Fact]
    public async Task A_state_that_is_read_and_what_came_meanwhile_fit_together_by_their_numbers()
    {
        var reading = new TaskCompletionSource<object?>();
        var reads = 0;
        var topic = new LoadedTopic(
            "t", _ => reads++ == 0 ? new ValueTask<object?>(reading.Task) : new((object?)"later"), _clock);
        topic.Tell("before");
        using var client = new StreamClient(null, _clock);
        var adding = topic.AddAsync(client, Soon);
        topic.Tell("meanwhile");
        reading.SetResult("state");
        Assert.True(await adding);
        var told = await AllAsync(client);
        Assert.Equal(["Snapshot 1", "Update 2"], told.Select(one => $"{one.Type} {one.Sequence}"));
        // Who left between the two misses nothing.
        using var again = new StreamClient(null, _clock);
        Assert.True(await topic.AddAsync(again, Soon, new StreamAsk(told[0].Event.Position)));
        Assert.Equal(["Resumed 1", "Update 2"], (await AllAsync(again)).Select(one => $"{one.Type} {one.Sequence}"));
    }

    [Fact]
    public async Task A_channel_on_demand_stays_a_while_for_its_reader_to_come_back_and_then_it_is_another()
    {
        using var topics = new Topics(_clock);
        topics.RegisterSwaps((_, _) => new((object?)"state"));
        var channel = Channels.Swap(new string('a', 32));
        var since = await SwapPositionAsync(topics, channel, null);
        topics.TellSwap(new string('a', 32), "missed");
        Assert.Equal("Resumed Update", await SwapAsync(topics, channel, since));
        _clock.Advance(Topic.Lingers - TimeSpan.FromSeconds(1));
        Assert.Equal("Resumed Update", await SwapAsync(topics, channel, since));
        _clock.Advance(2 * Topic.Lingers);
        await Eventually.TrueAsync(() => topics.OnDemandNow == 0, "it is let go");
        Assert.Equal("Snapshot", await SwapAsync(topics, channel, since));
    }

    [Fact]
    public async Task What_channels_on_demand_keep_is_bounded_in_all_and_given_back()
    {
        var room = new ReplayRoom(3);
        var (one, other) = (Loaded(room), Loaded(room));
        var (ofOne, ofOther) = (await PositionAsync(one), await PositionAsync(other));
        for (var i = 0; i < 2; i++) one.Tell("x");
        other.Tell("y");
        Assert.Equal(3, room.Taken);
        Assert.Equal(StreamEventType.Resumed, await FirstAsync(one, ofOne));
        Assert.Equal(StreamEventType.Resumed, await FirstAsync(other, ofOther));
        // There is none left: what it kept goes, and its readers get snapshots.
        other.Tell("y");
        Assert.Equal(StreamEventType.Snapshot, await FirstAsync(other, ofOther));
        Assert.Equal(2, room.Taken);
        Assert.True(one.TryClose());
        Assert.Equal(0, room.Taken);
    }

    [Fact]
    public async Task A_channel_that_cannot_be_read_says_so_alone_and_is_told_once_it_can_be()
    {
        var works = true;
        var topic = new LoadedTopic(
            "t", _ => works ? new((object?)"state") : throw new InvalidOperationException("away"), _clock);
        var good = List();
        using var client = new StreamClient(null, _clock);
        await topic.AddAsync(client, Soon);
        await good.AddAsync(client, Soon);
        // Subscribed again, so it is told anew.
        works = false;
        await topic.AddAsync(client, Soon);
        Assert.Equal(2, (await TakeAsync(client, 2)).Count);
        Assert.Equal("t", (await Assert.ThrowsAsync<ChannelFailedException>(() => client.ReadyAsync(Soon).AsTask())).Channel);
        good.Put(Books.TradeOf(1));
        Assert.Equal("good", (await client.ReadyAsync(Soon))!.Channel);
        Assert.Null(await client.ReadyAsync(Soon));
        works = true;
        client.Look();
        Assert.Equal(StreamEventType.Snapshot, (await client.ReadyAsync(Soon))!.Type);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("-")]
    [InlineData("..-.-")]
    public void What_is_no_position_is_none(string? text)
    {
        for (var line = 0; line < 3; line++) Assert.Null(StreamPosition.After(text, line));
    }

    [Fact]
    public void A_position_says_where_each_channel_stands()
    {
        var text = StreamPosition.Of([new(1, 10), new(12, 20)]);
        Assert.Equal((10L, 20L), (StreamPosition.After(text, 1)!.Value, StreamPosition.After(text, 12)!.Value));
        Assert.Null(StreamPosition.After(text, 2));
        Assert.Equal(StreamPosition.Of(1, 10), StreamPosition.Of([new(1, 10)]));
        Assert.Null(StreamPosition.After("x" + text[1..], 1));
        Assert.Null(StreamPosition.After(text.Replace("10", "+10", StringComparison.Ordinal), 1));
        Assert.Null(StreamPosition.After(text.PadRight(StreamPosition.Longest + 1), 1));
        var longest = StreamPosition.Of(Enumerable.Range(0, StreamClient.MaxChannels)
            .Select(at => KeyValuePair.Create(1_000_000_000L + at, 10_000_000_000_000L)));
        Assert.InRange(longest.Length, 1, StreamPosition.Longest);
    }

    private ListTopic<Trade> List() => new("good", 10, newestFirst: true, trade => trade.Id, _clock);

    private LoadedTopic Loaded(ReplayRoom room) => new("t", _ => new((object?)"state"), _clock, room);

    private async Task<string> PositionAsync(Topic topic)
    {
        using var client = new StreamClient(null, _clock);
        Assert.True(await topic.AddAsync(client, Soon));
        return (await client.ReadyAsync(Soon))!.Event.Position!;
    }

    private async Task<StreamEventType> FirstAsync(Topic topic, string since)
    {
        using var client = new StreamClient(null, _clock);
        Assert.True(await topic.AddAsync(client, Soon, new StreamAsk(since)));
        return (await client.ReadyAsync(Soon))!.Type;
    }

    private static async Task<string> SwapPositionAsync(Topics topics, string channel, string? since)
    {
        var client = topics.Open(null);
        Assert.True((await topics.SubscribeAsync(client, channel, Soon, new StreamAsk(since))).IsOk);
        var position = (await client.ReadyAsync(Soon))!.Event.Position!;
        topics.Closed(client);
        return position;
    }

    private static async Task<string> SwapAsync(Topics topics, string channel, string since)
    {
        var client = topics.Open(null);
        Assert.True((await topics.SubscribeAsync(client, channel, Soon, new StreamAsk(since))).IsOk);
        var told = await AllAsync(client);
        topics.Closed(client);
        return string.Join(' ', told.Select(one => one.Type));
    }

    private static async Task<List<StreamMessage>> AllAsync(StreamClient client)
    {
        var all = new List<StreamMessage>();
        while (await client.ReadyAsync(Soon) is { } next) all.Add(next);
        return all;
    }

    private static async Task<List<StreamMessage>> TakeAsync(StreamClient client, int count)
    {
        var some = new List<StreamMessage>();
        while (some.Count < count) some.Add((await client.ReadyAsync(Soon))!);
        return some;
    }
}
