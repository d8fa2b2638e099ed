using System.Text.Json;
using Market.Client.Hub;
using Market.Contracts;

namespace Market.Client.Tests.Hub;

/// <summary>What follows from what in a channel, and what becomes of one that nobody reads.</summary>
public sealed class HubChannelTests
{
    [Fact]
    public void A_message_follows_where_its_number_does_and_nothing_is_taken_after_a_gap_but_a_snapshot()
    {
        var place = new ChannelPlace(tellsWhole: false);
        Assert.Equal(ChannelStep.Anew, place.Take(Told(StreamEventType.Snapshot, 5)));
        Assert.Equal(ChannelStep.Taken, place.Take(Told(StreamEventType.Update, 6)));
        Assert.Equal("p6", place.Position);
        Assert.Equal(ChannelStep.Passed, place.Take(Told(StreamEventType.Subscribed, 0)));
        Assert.Equal(ChannelStep.Passed, place.Take(Told(StreamEventType.Resumed, 6)));
        Assert.Equal(ChannelStep.Taken, place.Take(Told(StreamEventType.Update, 7)));
        Assert.Equal(ChannelStep.Lost, place.Take(Told(StreamEventType.Update, 9)));
        Assert.Null(place.Position);
        Assert.Equal(ChannelStep.Passed, place.Take(Told(StreamEventType.Update, 10)));
        Assert.Equal(ChannelStep.Anew, place.Take(Told(StreamEventType.Snapshot, 12)));
        Assert.Equal(ChannelStep.Lost, place.Take(Told(StreamEventType.Update, 12)));
    }

    [Fact]
    public void A_channel_goes_on_after_its_position_or_is_lost()
    {
        var place = new ChannelPlace(tellsWhole: false);
        place.Take(Told(StreamEventType.Snapshot, 5));
        Assert.Equal(ChannelStep.Lost, place.Take(Told(StreamEventType.Resumed, 4)));
        Assert.Equal(ChannelStep.Passed, place.Take(Told(StreamEventType.Resumed, 4)));
        // One without a state yet begins with its first message, and one whose messages are whole misses nothing.
        Assert.Equal(ChannelStep.Taken, new ChannelPlace(tellsWhole: false).Take(Told(StreamEventType.Update, 3)));
        var whole = new ChannelPlace(tellsWhole: true);
        whole.Take(Told(StreamEventType.Snapshot, 1));
        Assert.Equal(ChannelStep.Taken, whole.Take(Told(StreamEventType.Update, 9)));
    }

    [Fact]
    public async Task Who_lets_too_much_wait_gets_a_snapshot_in_its_place_and_is_told_of_the_gap()
    {
        var list = new HubList<OrderName>("orders");
        Assert.True(list.MustAsk(out var since));
        Assert.Null(since);
        Assert.False(list.Take(Told(StreamEventType.Snapshot, 0, Array.Empty<OrderName>())));
        for (var i = 1; i < HubList<OrderName>.MostWaiting; i++) Assert.False(list.Take(Item(i)));
        Assert.False(list.MustAsk(out _));
        Assert.True(list.Take(Item(HubList<OrderName>.MostWaiting)));
        Assert.True(list.MustAsk(out since));
        Assert.Null(since);
        Assert.False(list.Take(Item(HubList<OrderName>.MostWaiting + 1)));
        Assert.False(list.Take(Told(StreamEventType.Snapshot, 2_000, new[] { new OrderName { Id = "new" } })));
        list.End(refusal: null);

        var read = new List<ChannelNews<OrderName>>();
        await foreach (var news in list.ReadAsync(TestContext.Current.CancellationToken)) read.Add(news);
        var one = Assert.Single(read);
        Assert.Equal((true, true, "new"), (one.IsSnapshot, one.HasGap, Assert.Single(one.Items).Id));
        Assert.Equal((1, HubList<OrderName>.MostWaiting), (list.Repairs, list.LetGo));
    }

    private static StreamEvent Item(int number) => Told(StreamEventType.Update, number, new OrderName { Id = $"{number}" });

    private static StreamEvent Told(StreamEventType type, long sequence, object? data = null) => new()
    {
        Channel = "orders",
        Type = type,
        Sequence = sequence,
        Position = $"p{sequence}",
        Time = DateTimeOffset.UnixEpoch,
        Data = data is null ? null : JsonSerializer.SerializeToElement(data, data.GetType(), MarketJson.Options),
    };
}
