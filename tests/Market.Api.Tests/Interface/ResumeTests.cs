using System.Text.Json;
using Market.Api.Realtime;
using Market.Api.Tests.Doors;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Client.Api;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Interface;

/// <summary>Readers of server-sent events that come back go on where they were, or are told that they do not.</summary>
public sealed class ResumeTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly string Book = Channels.Book(Books.Id);
    private static readonly string Trades = Channels.Trades(Books.Id);
    private string _database = "";
    private MarketHost _host = null!;

    private MarketFeed Feed => _host.Get<MarketFeed>();

    public async ValueTask InitializeAsync() =>
        _host = await MarketHost.StartAsync(_database = await postgres.NewDatabaseAsync());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_last_id_carries_every_channel_whichever_spoke_last()
    {
        var book = new BookFollower(Books.Id);
        string id;
        await using (var reader = await SseReader.OpenAsync(_host.Http, $"{Book},{Trades}"))
        {
            Assert.True(book.Apply(await reader.NextAsync()));
            await reader.NextAsync();
            Books.Change(_host, 0, 1);
            Assert.True(book.Apply(await reader.NextAsync()));
            Feed.Trades.Put(Books.TradeOf(1));
            Assert.Equal(Trades, (await reader.NextAsync()).Channel);
            id = reader.Id!;
        }
        Books.Change(_host, 1, 3);
        Feed.Trades.Put(Books.TradeOf(2));
        await using var again = await SseReader.OpenAsync(_host.Http, $"{Book},{Trades}", id);
        Assert.Equal((Book, StreamEventType.Resumed), await HeadAsync(again));
        for (var i = 0; i < 3; i++) Assert.True(book.Apply(await again.NextAsync()), $"change {i} fits");
        Assert.Equal((Trades, StreamEventType.Resumed), await HeadAsync(again));
        var missed = await again.NextAsync();
        Assert.Equal((StreamEventType.Update, "2"),
            (missed.Type, missed.Data!.Value.Deserialize<Trade>(MarketJson.Options)!.Id));
        Assert.Equal(Feed.Book.Snapshot(1).Sequence, book.Sequence);
        // Where nothing happened since, the id is good for both still.
        await using var third = await SseReader.OpenAsync(_host.Http, $"{Trades},{Book}", again.Id);
        Assert.Equal((Trades, StreamEventType.Resumed), await HeadAsync(third));
        Assert.Equal((Book, StreamEventType.Resumed), await HeadAsync(third));
    }

    [Fact]
    public async Task The_header_counts_before_the_address_and_a_channel_that_is_new_begins_with_its_snapshot()
    {
        await using var reader = await SseReader.OpenAsync(_host.Http, Book);
        await reader.NextAsync();
        var early = reader.Id!;
        Books.Change(_host, 0, 1);
        await reader.NextAsync();
        var late = reader.Id!;
        await using (var byAddress = await SseReader.OpenAsync(_host.Http, $"{Book}&lastEventId={early}"))
        {
            Assert.Equal((Book, StreamEventType.Resumed), await HeadAsync(byAddress));
            Assert.Equal((Book, StreamEventType.Delta), await HeadAsync(byAddress));
        }
        await using var both = await SseReader.OpenAsync(_host.Http, $"{Book},{Trades}&lastEventId={early}", late);
        Assert.Equal((Book, StreamEventType.Resumed), await HeadAsync(both));
        Assert.Equal((Trades, StreamEventType.Snapshot), await HeadAsync(both));
    }

    [Fact]
    public async Task An_id_of_before_a_restart_is_answered_with_snapshots()
    {
        await using var before = await SseReader.OpenAsync(_host.Http, $"{Book},{Trades}");
        await before.NextAsync();
        await before.NextAsync();
        await using var socket = await SocketClient.ConnectAsync(_host.Address);
        await socket.AskAsync(StreamOps.Subscribe, Book);
        var position = (await socket.NextAsync())!.Position;
        await _host.StopServerAsync();
        _host = await MarketHost.StartAsync(_database, on: _host);
        await using var after = await SseReader.OpenAsync(_host.Http, $"{Book},{Trades}", before.Id);
        Assert.Equal((Book, StreamEventType.Snapshot), await HeadAsync(after));
        Assert.Equal((Trades, StreamEventType.Snapshot), await HeadAsync(after));
        await using var back = await SocketClient.ConnectAsync(_host.Address);
        Assert.Equal(StreamEventType.Subscribed, (await back.AskAsync(StreamOps.Subscribe, Book, since: position)).Type);
        Assert.Equal(StreamEventType.Snapshot, (await back.NextAsync())!.Type);
    }

    [Theory]
    [InlineData("17")]
    [InlineData("nonsense")]
    [InlineData("zzzzzzzz.1-0.2-0.3-0.4-0.5-0.6-0.7-0.8-0.9-0")]
    public async Task An_id_of_somebody_else_s_is_answered_with_snapshots(string id)
    {
        await using var reader = await SseReader.OpenAsync(_host.Http, Book, id);
        Assert.Equal((Book, StreamEventType.Snapshot), await HeadAsync(reader));
    }

    [Fact]
    public async Task Private_channels_go_on_for_their_account_alone()
    {
        using var ann = await Trader.SignInAsync(_host.Address, 1);
        using var bob = await Trader.SignInAsync(_host.Address, 2);
        string id;
        await using (var reader = await SseReader.OpenAsync(ann.Http, Channels.Orders))
        {
            await reader.NextAsync();
            id = reader.Id!;
        }
        _host.Get<Topics>().TellAccount(Channels.Orders, ann.Key, "ann's");
        await using var others = await SseReader.OpenAsync(bob.Http, Channels.Orders, id);
        Assert.Equal((Channels.Orders, StreamEventType.Snapshot), await HeadAsync(others));
        await using var again = await SseReader.OpenAsync(ann.Http, Channels.Orders, id);
        Assert.Equal((Channels.Orders, StreamEventType.Resumed), await HeadAsync(again));
        Assert.Equal("ann's", (await again.NextAsync()).Data!.Value.GetString());
    }

    [Fact]
    public async Task The_client_goes_on_after_its_connection_broke_without_a_second_snapshot()
    {
        await using var relay = new CuttingRelay(_host.Address, "\"delta\"");
        using var api = new MarketApi(relay.Address);
        using var patience = new CancellationTokenSource(Eventually.Patience);
        var (breaks, snapshots) = (0, 0);
        var book = new BookFollower(Books.Id);
        var stream = new MarketStream(api) { OnBreak = _ => breaks++ };
        await foreach (var told in stream.ReadAsync([Book], patience.Token))
        {
            if (told.Type == StreamEventType.Snapshot && snapshots++ == 0) Books.Change(_host, 0, 4);
            Assert.True(book.Apply(told), $"{told.Type} {told.Sequence} fits");
            if (told.Type == StreamEventType.Delta && book.Sequence == Feed.Book.Snapshot(1).Sequence) break;
        }
        Assert.Equal((1, 1, 1), (relay.Cuts, breaks, snapshots));
    }

    [Fact]
    public async Task A_reader_of_the_client_that_has_lost_its_place_gets_a_snapshot_when_it_asks_for_one()
    {
        using var api = new MarketApi(_host.Address);
        using var patience = new CancellationTokenSource(Eventually.Patience);
        var snapshots = 0;
        var stream = new MarketStream(api);
        await foreach (var told in stream.ReadAsync([Book], patience.Token))
        {
            Assert.Equal(StreamEventType.Snapshot, told.Type);
            if (++snapshots == 2) break;
            stream.Resync();
        }
        Assert.Equal(2, snapshots);
    }

    private static async Task<(string Channel, StreamEventType Type)> HeadAsync(SseReader reader)
    {
        var next = await reader.NextAsync();
        return (next.Channel, next.Type);
    }
}
