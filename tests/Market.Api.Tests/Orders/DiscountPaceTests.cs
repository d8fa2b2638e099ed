using Market.Api.Analytics;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Trading;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Trading;
using Side = Market.Trading.Side;

namespace Market.Api.Tests.Orders;

/// <summary>What orders that follow face value cost the journal, and that nobody trades with one at a price which its discount
/// forbids, however seldom they are moved.</summary>
public sealed class DiscountPaceTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Share = 100_000_000;
    private const int Keys = 4, OrdersOfKey = 250;
    private readonly ManualClock _clock = new();
    private readonly List<long> _prices = [];
    private string _database = null!;
    private TradingHost _host = null!;
    private int _takers;

    private MarketFeed Feed => _host.Get<MarketFeed>();

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        // What is said is the test's to say, and when it was looked at.
        _host = await TradingHost.StartAsync(_database, clock: _clock, parts: services =>
        {
            foreach (var watch in services.Where(s => s.ImplementationType == typeof(DiscountWatch)).ToList())
                services.Remove(watch);
        });
        Feed.Traded += trades => _prices.AddRange(trades.Select(trade => trade.Price));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Four_keys_with_all_orders_that_they_may_have_cost_so_many_amendments_and_none_of_them_trades_too_cheaply()
    {
        const int seconds = 8;
        Say(100_000);
        for (var key = 0; key < Keys; key++) await PlaceSalesAsync(key, OrdersOfKey);
        var face = 100_000;
        for (var second = 0; second < seconds; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Say(face += 20);
            await _host.PublishedAsync();
        }
        var moved = (await Journals.AmendsAsync(_database)).Sum();
        Assert.InRange(moved, 1, seconds * DiscountOrders.MostNear);

        // Each second somebody would take what stands at a former price, and has all of it moved out of the way.
        for (var second = 0; second < seconds; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Say(face += 20);
            await TakeAsync(face - 20, Share);
        }
        Assert.Empty(_prices);
        moved = (await Journals.AmendsAsync(_database)).Sum();
        Assert.InRange(moved, Keys * OrdersOfKey, (2 * seconds * DiscountOrders.MostNear) + (Keys * OrdersOfKey));

        // Whoever takes all of the best trades at what is said and no cheaper.
        await TakeAsync(face + 10_000, Share * DiscountOrders.MostNear * 2);
        Assert.All(_prices, price => Assert.True(price >= face, $"{price} at {face}"));
        Assert.Contains(face, _prices);
        _clock.Advance(DiscountOrders.Pace);
        Say(face);
        await _host.PublishedAsync();
        var book = await Journals.RebuildAsync(_database);
        Assert.Equal((face, 1), ((int)book.Best(Side.Sell).Price, book.LevelCount(Side.Sell)));
    }

    [Fact]
    public async Task An_order_in_whose_way_more_stand_than_are_moved_at_once_is_refused_until_they_have_gone()
    {
        Say(100_000);
        for (var key = 0; key <= Keys; key++) await PlaceSalesAsync(key, OrdersOfKey);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Say(100_020);
        await _host.PublishedAsync();
        Assert.Equal(ProblemCodes.Unavailable, (await SendAsync("crowded", 100_000, Share)).Refusal?.Code);
        await TakeAsync(100_000, Share);
        Assert.Empty(_prices);
    }

    [Fact]
    public async Task What_comes_nearer_takes_nothing_that_was_to_go()
    {
        Say(100_000);
        Assert.Null((await PlaceAsync("bid", Side.Buy, "0.99", 105_000, Share)).Refusal);
        _clock.Advance(DiscountOrders.Pace);
        Say(100_000);
        await PlaceSalesAsync(0, DiscountOrders.MostNear * 2);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Say(106_000);
        await _host.PublishedAsync();
        Assert.Empty(_prices);
        Assert.Equal(104_940, (await Journals.RebuildAsync(_database)).Best(Side.Buy).Price);
    }

    [Fact]
    public async Task From_a_tip_until_it_is_said_what_a_share_is_worth_on_it_new_orders_wait_and_cancels_do_not()
    {
        Say(100_000);
        await PlaceSalesAsync(0, 2);
        await PlaceSalesAsync(1, 1);
        Feed.Doubt.Begin();
        var mark = Feed.Doubt.Mark();
        var taking = TakeAsync(100_000, Share);
        var cancelled = await _host.Sequencer.ExecuteAsync(Command.CancelAll(new AccountId(1_000)), default);
        Assert.Equal(2, cancelled.Value.Orders.Count);
        await PlacedLaterAsync();
        // Another tip came meanwhile: what was seen before it is said, and not enough.
        Feed.Doubt.Begin();
        Say(101_000);
        Feed.Doubt.End(mark);
        await _host.PublishedAsync();
        Assert.False(taking.IsCompleted);
        Say(110_000);
        Feed.Doubt.End(Feed.Doubt.Mark());
        await taking;
        Assert.Empty(_prices);

        // Where nothing is said it ends by itself.
        Feed.Doubt.Begin();
        taking = TakeAsync(120_000, Share);
        await _host.PublishedAsync();
        Assert.False(taking.IsCompleted);
        _clock.Advance(ValueDoubt.Longest);
        await taking;
    }

    /// <summary>A sale that is placed while orders wait stands behind them.</summary>
    private async Task PlacedLaterAsync()
    {
        var placing = PlaceAsync("later", Side.Sell, "1", 50_000, Share);
        await _host.PublishedAsync();
        Assert.False(placing.IsCompleted);
    }

    private void Say(double face) => Feed.SetDiscount(Examples.Discount with { Time = _clock.Now, FaceValue = face });

    private async Task PlaceSalesAsync(int key, int count)
    {
        var placed = await _host.Sequencer.PlaceAllAsync([.. Enumerable.Range(0, count).Select(i => (
            Command.Limit(
                new AccountId(1_000 + (ulong)key), Side.Sell, 50_000, Share, clientId: Name($"s{key}-{i}"), body: 1),
            Draft($"k{key}", $"s{key}-{i}", "1", 50_000)))], default);
        Assert.All(placed, one => Assert.Null(one.Refusal));
    }

    private Task<Market.Api.Results.Result<Outcome>> PlaceAsync(string name, Side side, string part, long worst, long quantity) =>
        _host.Sequencer.PlaceAsync(
            Command.Limit(new AccountId(3_000), side, worst, quantity, clientId: Name(name), body: 1),
            Draft("other", name, part, worst), default);

    private async Task TakeAsync(long price, long quantity)
    {
        var name = $"t{_takers++}";
        var taken = await SendAsync(name, price, quantity);
        Assert.Null(taken.Refusal);
        // What had to go first is nothing of the taker's.
        Assert.Equal(name, Assert.Single(taken.Value.Orders).ClientOrderId);
        // Trades are told after their batch was answered.
        await _host.PublishedAsync();
    }

    private Task<Market.Api.Results.Result<Outcome>> SendAsync(string name, long price, long quantity) =>
        _host.Sequencer.PlaceAsync(
            Command.Limit(new AccountId(2_000), Side.Buy, price, quantity, Market.Trading.TimeInForce.ImmediateOrCancel,
                clientId: Name(name), body: 1),
            new OrderDraft("taker", name, new byte[16], []), default);

    private static OrderDraft Draft(string key, string name, string part, long worst) =>
        new(key, name, new byte[16], [])
        {
            Discount = DiscountFactor.TryParse(part, out var factor) ? factor : throw new ArgumentException(part),
            WorstPrice = worst,
        };

    private static ClientOrderId Name(string text) =>
        ClientOrderId.TryParse(text, out var name) ? name : throw new ArgumentException(text);
}
