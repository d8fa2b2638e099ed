using Market.Api.Realtime;
using Market.Api.Tests.Orders;
using Market.Client.Api;
using Market.Client.Hub;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Trading;

namespace Market.Api.Tests.Hubs;

/// <summary>The client of the hub against the real server, on lines that break, lose and change what comes.</summary>
public sealed class MarketHubTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Id = "P2SHARE-BTC";
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    private TradingHost _host = null!;
    private CancellationTokenSource _patience = null!;
    private ulong _orders = 5_000_000;

    private MarketFeed Feed => _host.Get<MarketFeed>();

    private CancellationToken Patience => _patience.Token;

    public async ValueTask InitializeAsync()
    {
        _host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _patience.CancelAfter(Eventually.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _patience.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cut_connection_is_opened_again_and_goes_on_where_it_was(bool isMessagePack)
    {
        await using var relay = new FrameRelay(_host.Address);
        using var api = new MarketApi(relay.Address);
        var breaks = 0;
        await using var hub = await MarketHub.OpenAsync(
            api, new MarketHubOptions { IsMessagePack = isMessagePack, OnBreak = _ => breaks++ }, Patience);
        var book = hub.Book(Id);
        Assert.Equal((Id, Channels.Book(Id)), (book.Instrument, book.Name));
        var trades = hub.Trades(Id).ReadAsync(Patience).GetAsyncEnumerator(Patience);
        Change(1);
        await SyncedAsync(book);
        Assert.True(await trades.MoveNextAsync());
        Assert.Equal((true, false), (trades.Current.IsSnapshot, trades.Current.HasGap));

        relay.Judge(frame => Has(frame, "delta") ? FrameRelay.Fate.Cut : FrameRelay.Fate.Pass);
        Change(3);
        Feed.Trades.Put(TradeOf(1));
        await SyncedAsync(book);
        Assert.True(await trades.MoveNextAsync());
        Assert.Equal((false, "1"), (trades.Current.IsSnapshot, Assert.Single(trades.Current.Items).Id));
        // Nothing was told anew, and nothing was missed.
        Assert.Equal((2, 2, 1, 0), (hub.Connections, relay.Connections, book.Snapshots, book.Repairs));
        Assert.True(breaks > 0);
        Change(1);
        await SyncedAsync(book);
        await trades.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_lost_message_or_a_wrong_level_that_channel_alone_is_asked_for_anew(bool isMessagePack)
    {
        await using var relay = new FrameRelay(_host.Address);
        using var api = new MarketApi(relay.Address);
        await using var hub = await MarketHub.OpenAsync(api, new MarketHubOptions { IsMessagePack = isMessagePack }, Patience);
        var book = hub.Book(Id);
        var trades = hub.Trades(Id);
        Change(1);
        await SyncedAsync(book);

        relay.Judge(frame => Has(frame, "delta") ? FrameRelay.Fate.Drop : FrameRelay.Fate.Pass);
        Change(1);
        // Nobody knows of what is lost before something comes after it.
        await Eventually.TrueAsync(() => !relay.IsJudging, "a change is lost");
        Change(1);
        await SyncedAsync(book);
        Assert.Equal((1, 2), (book.Repairs, book.Snapshots));

        // The quantity of a level that is told wrong: the checksum finds it.
        relay.Judge(frame =>
        {
            var at = Has(frame, "delta") ? frame.AsSpan().IndexOf("1234567"u8) : -1;
            if (at >= 0) frame[at] = (byte)'7';
            return FrameRelay.Fate.Pass;
        });
        Change(1, 1_234_567);
        await SyncedAsync(book);
        Assert.Equal((2, 3), (book.Repairs, book.Snapshots));

        Feed.Trades.Put(TradeOf(7));
        var told = new List<ChannelNews<Contracts.Trade>>();
        await foreach (var news in trades.ReadAsync(Patience))
        {
            told.Add(news);
            if (!news.IsSnapshot) break;
        }
        Assert.Equal([true, false], told.Select(news => news.IsSnapshot));
        Assert.Equal((1, 0), (hub.Connections, trades.Repairs));
    }

    [Fact]
    public async Task What_cannot_be_gone_on_with_is_told_as_a_snapshot_with_a_gap()
    {
        await using var relay = new FrameRelay(_host.Address);
        using var api = new MarketApi(relay.Address);
        await using var hub = await MarketHub.OpenAsync(api, cancellation: Patience);
        var trades = hub.Trades(Id).ReadAsync(Patience).GetAsyncEnumerator(Patience);
        Assert.True(await trades.MoveNextAsync());
        // More than the market remembers comes while nobody is connected.
        relay.Judge(frame => Has(frame, "update") ? FrameRelay.Fate.Cut : FrameRelay.Fate.Pass);
        relay.IsShut = true;
        Feed.Trades.Put(TradeOf(1));
        await Eventually.TrueAsync(() => !relay.IsJudging, "the line is cut");
        for (var i = 2; i <= 2 * StreamClient.QueueLimit; i++) Feed.Trades.Put(TradeOf(i));
        relay.IsShut = false;
        Assert.True(await trades.MoveNextAsync());
        Assert.Equal((true, true), (trades.Current.IsSnapshot, trades.Current.HasGap));
        Assert.Equal($"{2 * StreamClient.QueueLimit}", trades.Current.Items[0].Id);
        await trades.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Orders_go_over_it_and_own_channels_tell_of_them(bool isMessagePack)
    {
        using var ann = await _host.TraderAsync(1);
        using var bob = await _host.TraderAsync(2);
        await bob.PlaceAsync("bid", Contracts.Side.Buy, Price, Share);
        var created = await ann.SendAsync<CreatedApiKey>(
            HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = [ApiKeyScope.Read, ApiKeyScope.Trade] });
        await using var relay = new FrameRelay(_host.Address);
        using var api = new MarketApi(relay.Address, ApiKeyCredential.Of(created), _host.Get<TimeProvider>());
        await using var hub = await MarketHub.OpenAsync(api, new MarketHubOptions { IsMessagePack = isMessagePack }, Patience);
        var orders = hub.Orders().ReadAsync(Patience).GetAsyncEnumerator(Patience);
        Assert.True(await orders.MoveNextAsync());
        Assert.Empty(orders.Current.Items);

        var placed = await hub.PlaceAsync(ann.Order("a", Contracts.Side.Sell, Price, 3 * Share), Patience);
        Assert.Equal(new Quantity(Share), Assert.Single(placed.Fills).Quantity);
        Assert.True(await orders.MoveNextAsync());
        Assert.Equal(placed.Order.Id, Assert.Single(orders.Current.Items).Id);
        var fills = hub.Fills().ReadAsync(Patience).GetAsyncEnumerator(Patience);
        Assert.True(await fills.MoveNextAsync());
        Assert.Equal(placed.Fills[0].TradeId, Assert.Single(fills.Current.Items).TradeId);

        var name = new OrderName { Id = "client:a" };
        var amended = await hub.AmendAsync(name, new AmendOrder { Price = new Price(Price + 10) }, Patience);
        Assert.Equal(new Price(Price + 10), amended.Order.Price);
        var refused = await Assert.ThrowsAsync<MarketApiException>(
            () => hub.PlaceAsync(ann.Order("b", Contracts.Side.Sell, Price + 1, Share), Patience));
        Assert.Equal(ProblemCodes.BadPrice, refused.Code);

        // An answer that is lost is told as one, and the same order is asked for again under its name.
        var order = ann.Order("c", Contracts.Side.Sell, Price + 50, Share);
        relay.Judge(frame => Has(frame, "clientOrderId") ? FrameRelay.Fate.Cut : FrameRelay.Fate.Pass);
        await Assert.ThrowsAsync<AnswerLostException>(() => hub.PlaceAsync(order, Patience));
        await Eventually.TrueAsync(() => hub.Connections == 2 && hub.IsOpen, "it connects again");
        var again = await hub.PlaceAsync(order, Patience);
        Assert.Equal("c", again.Order.ClientOrderId);
        Assert.Equal(2, (await hub.CancelAllAsync(new CancelAllOrders(), Patience)).Orders.Count);
        await orders.DisposeAsync();
        await fills.DisposeAsync();
    }

    [Fact]
    public async Task Every_channel_is_followed_and_orders_go_with_the_connection_where_that_is_asked_for()
    {
        using var ann = await _host.TraderAsync(1);
        using var bob = await _host.TraderAsync(2);
        await bob.PlaceAsync("bid", Contracts.Side.Buy, Price, Share);
        var swap = Assert.Single((await ann.PlaceAsync("a", Contracts.Side.Sell, Price, Share)).Fills).SwapId;
        var created = await ann.SendAsync<CreatedApiKey>(
            HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = [ApiKeyScope.Read, ApiKeyScope.Trade] });
        using var api = new MarketApi(_host.Address, ApiKeyCredential.Of(created), _host.Get<TimeProvider>());
        await using (var hub = await MarketHub.OpenAsync(
            api, new MarketHubOptions { MayCancelOnDisconnect = true, Time = TimeProvider.System }, Patience))
        {
            await FirstAsync(hub.MySwaps(), one => one.Summary.Id == swap);
            await FirstAsync(hub.Swaps(), one => one.Id == swap);
            await FirstAsync(hub.Swap(swap), one => one.Summary.Id == swap);
            await FirstAsync(hub.Ticker(Id), one => one.Instrument == Id);
            PlaceOrders several = new()
            {
                Orders =
                [
                    .. new[] { "b", "c", "d" }.Select((name, at) =>
                        ann.Order(name, Contracts.Side.Sell, Price + 10 * (at + 1), Share)),
                ],
            };
            Assert.All((await hub.PlaceAsync(several, Patience)).Answers, one => Assert.NotNull(one.Placed));
            Assert.Equal("b", (await hub.CancelAsync(new OrderName { Id = "client:b" }, Patience)).ClientOrderId);
            var cancelled = await hub.CancelAsync(new CancelOrders { Orders = [new OrderName { Id = "client:c" }] }, Patience);
            Assert.NotNull(Assert.Single(cancelled.Answers).Order);
            var book = hub.Book(Id);
            await book.AfterAsync(0, cancellation: Patience);
            Assert.Single(book.Look(1)!.Asks);
        }
        await Eventually.TrueAsync(async () =>
            (await ann.SendAsync<Contracts.Order>(HttpMethod.Get, $"{Routes.Orders}/client:d")).Status ==
                Contracts.OrderStatus.Cancelled,
            "what was tied to the connection is cancelled");
    }

    private async Task FirstAsync<T>(HubList<T> list, Func<T, bool> isIt) where T : class
    {
        await foreach (var news in list.ReadAsync(Patience))
        {
            if (news.Items.Any(isIt)) return;
        }
    }

    [Fact]
    public async Task What_the_market_refuses_for_good_ends_in_its_problem()
    {
        using var nobody = new MarketApi(_host.Address);
        await using var hub = await MarketHub.OpenAsync(nobody, cancellation: Patience);
        var refused = await Assert.ThrowsAsync<MarketApiException>(async () =>
        {
            await foreach (var _ in hub.Orders().ReadAsync(Patience)) Assert.Fail("Nobody has orders.");
        });
        Assert.Equal(ProblemCodes.AuthenticationRequired, refused.Code);
        Assert.Equal(ProblemCodes.ValidationFailed, (await Assert.ThrowsAsync<MarketApiException>(
            () => hub.Book("NOPE-BTC").AfterAsync(0, cancellation: Patience))).Code);
        Assert.Equal(1, hub.Connections);

        using var stranger = new MarketApi(
            _host.Address, new ApiKeyCredential(Trader.KeyOf(1), new string('0', 32), new string('0', 64)),
            _host.Get<TimeProvider>());
        Assert.Equal(ProblemCodes.BadApiKey, (await Assert.ThrowsAsync<MarketApiException>(
            () => MarketHub.OpenAsync(stranger, cancellation: Patience))).Code);
    }

    // One change of the book each.
    private void Change(int count, long quantity = 1_000_000)
    {
        for (var i = 0; i < count; i++)
        {
            var order = ++_orders;
            Feed.Committed(
                [new BookEvent
                {
                    Kind = EventKind.Rested, Order = new OrderId(order), Side = Market.Trading.Side.Buy,
                    Price = 90_000 + 10 * (long)(order % 500), Remaining = quantity,
                }], [], [], null, DateTimeOffset.UnixEpoch);
        }
    }

    private async Task SyncedAsync(HubBook book)
    {
        var truth = Feed.Book.Snapshot(int.MaxValue);
        var seen = await book.AfterAsync(0, cancellation: Patience);
        while (seen.Sequence < truth.Sequence) seen = await book.AfterAsync(seen.Sequence, cancellation: Patience);
        Assert.Equal((truth.Sequence, truth.Checksum), (seen.Sequence, seen.Checksum));
        Assert.Equal(truth.Bids, seen.Bids);
    }

    private static bool Has(byte[] frame, string word) => frame.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(word)) >= 0;

    private static Contracts.Trade TradeOf(int i) => Host.Books.TradeOf(i);
}
