using Market.Api.Data;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Standing;
using Market.Api.Tests.Orders;
using Market.Api.Trading;
using Market.Contracts;
using Market.Standing;
using Side = Market.Contracts.Side;

namespace Market.Api.Tests.Standing;

/// <summary>What a tier gives in orders and streams, over HTTP.</summary>
public sealed class TierOrderTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Share = 100_000_000;
    private const long Price = 98_000;

    // One order of a hundred bitcoins and a little.
    private const long Dear = 10 * Price;
    private const long Large = 10_300 * Share;
    private const long Lowest = 300;
    private const string Rests = "/api/v1/orders/client:rests";

    private TradingHost _host = null!;
    private Trader _ann = null!;
    private Trader _bob = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

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

    [Fact]
    public async Task An_order_that_is_too_large_for_a_newcomer_is_taken_of_a_key_with_coins_at_stake()
    {
        var coin = _ann.Coin(Large + 10_000);
        var refused = await _ann.ProblemAsync(_ann.Order("large", Side.Sell, Dear, Large, coin: coin));
        Assert.Equal((ProblemCodes.TierTooLow, 409), (refused.Code, refused.Status));
        Assert.Contains("newcomer", refused.Detail, StringComparison.Ordinal);
        await _host.Get<StandingBook>().HoldAsync(new StandingHold(
            StandingSource.FidelityBond, "coin", _ann.Key, TierTable.KnownFrom * TierTable.BondValuePerPoint,
            long.MaxValue / 2), Cancel);
        // Nothing of the refused order stayed behind.
        await _ann.PlaceAsync(_ann.Order("large", Side.Sell, Dear, Large, coin: coin));
    }

    [Fact]
    public async Task Who_lets_swaps_fail_has_fewer_open_orders_and_takes_slowly()
    {
        Fail(_ann.Key);
        var limits = TierTable.Of(Tier.Slowed);
        for (var i = 0; i < limits.OpenOrders; i++) await _ann.PlaceAsync($"s{i}", Side.Sell, Price + 1_000, Share);
        var refused = await _ann.ProblemAsync(_ann.Order("more", Side.Sell, Price + 1_000, Share));
        Assert.Equal(ProblemCodes.TooManyOrders, refused.Code);
        Assert.Contains("slowed", refused.Detail, StringComparison.Ordinal);
        await _bob.PlaceAsync("b", Side.Sell, Price + 1_000, Share);

        await _ann.SendAsync<CancelledOrders>(HttpMethod.Post, Routes.CancelAll, new CancelAllOrders());
        await _bob.PlaceAsync("bid", Side.Buy, Price, 20 * Share);
        // Orders that rest count as none; those that could only rest and would trade neither.
        await _ann.PlaceAsync("rests", Side.Sell, Price + 1_000, Share);
        for (var i = 0; i < limits.TakesAtOnce; i++) await _ann.PlaceAsync($"t{i}", Side.Sell, Price, Share);
        var slow = await _ann.ProblemAsync(_ann.Order("fast", Side.Sell, Price, Share));
        Assert.Equal(ProblemCodes.TierTooLow, slow.Code);
        Assert.NotNull(slow.RetryAt);
        await _ann.PlaceAsync("rests-too", Side.Sell, Price + 1_000, Share);
    }

    [Theory]
    [InlineData(OrderType.Limit, false)]
    [InlineData(OrderType.Market, false)]
    [InlineData(OrderType.Limit, true)]
    public async Task A_sale_is_valued_at_what_it_may_trade_or_rest_at_and_not_at_the_low_price_that_it_names(
        OrderType type, bool reprice)
    {
        Fail(_ann.Key);
        // 0.1 BTC are 102 shares at the bid, and 33,333 at the lowest price.
        await _bob.PlaceAsync("bid", Side.Buy, Price, 200 * Share);
        var refused = await _ann.ProblemAsync(Cheap("large", 150 * Share, type, reprice));
        Assert.Equal((ProblemCodes.TierTooLow, null), (refused.Code, refused.RetryAt));
        await _ann.PlaceAsync(Cheap("small", 100 * Share, type, reprice));

        // Nor does one that rests become it.
        await RestAsync(100 * Share);
        Assert.Equal(ProblemCodes.TierTooLow, await _ann.RefusedAsync(HttpMethod.Patch, Rests, To(150 * Share)));
        await _ann.SendAsync<PlacedOrder>(HttpMethod.Patch, Rests, To(99 * Share));
    }

    [Theory]
    [InlineData(OrderType.Limit, false)]
    [InlineData(OrderType.Market, false)]
    [InlineData(OrderType.Limit, true)]
    public async Task A_sale_of_a_series_is_valued_so_too(OrderType type, bool reprice)
    {
        _host.Get<SeriesGate>().Set(Examples.Series.Items[0], 100 * Price, isForGood: false);
        await _bob.PlaceAsync("bid", Side.Buy, Price, 100 * Share);
        await _bob.PlaceAsync("more", Side.Buy, Price, 100 * Share);
        Assert.Equal(ProblemCodes.TooLargeForSeries, await _ann.RefusedAsync(Cheap("large", 101 * Share, type, reprice)));
        await _ann.PlaceAsync(Cheap("small", 99 * Share, type, reprice));

        await RestAsync(90 * Share);
        Assert.Equal(ProblemCodes.TooLargeForSeries, await _ann.RefusedAsync(HttpMethod.Patch, Rests, To(101 * Share)));
        await _ann.SendAsync<PlacedOrder>(HttpMethod.Patch, Rests, To(99 * Share));
    }

    [Fact]
    public async Task A_key_holds_as_many_streams_as_its_tier_gives()
    {
        var streams = _host.Get<KeyStreams>();
        var most = TierTable.Of(Tier.Newcomer).Streams;
        var held = Enumerable.Range(0, most).Select(_ => streams.TryTake(_ann.Key)!).ToList();
        Assert.Equal(ProblemCodes.RateLimited, await _ann.RefusedAsync(HttpMethod.Get, $"{Streams.SsePath}?channels=chains"));
        Assert.NotNull(streams.TryTake(_bob.Key));
        held[0].Dispose();
        held[0].Dispose();
        using var one = streams.TryTake(_ann.Key);
        Assert.NotNull(one);
        Assert.Null(streams.TryTake(_ann.Key));
    }

    // A sale that names a low price and would trade at a better one, or be moved to it.
    private PlaceOrder Cheap(string name, long quantity, OrderType type, bool reprice) =>
        _ann.Order(name, Side.Sell, Lowest, quantity, order => order with
        {
            Type = type,
            Price = type == OrderType.Limit ? new Price(Lowest) : null,
            Protection = type == OrderType.Market ? new Price(Lowest) : null,
            TimeInForce = type == OrderType.Market ? TimeInForce.Ioc : TimeInForce.Gtc,
            PostOnly = reprice,
            PostOnlyMode = reprice ? PostOnlyMode.Reprice : null,
        });

    private Task<PlacedOrder> RestAsync(long quantity) =>
        _ann.PlaceAsync(_ann.Order("rests", Side.Sell, Price + 1_000, quantity, coin: _ann.Coin(200 * Share)));

    private static AmendOrder To(long quantity) => new()
    {
        Price = new Price(Lowest),
        Quantity = new Quantity(quantity),
    };

    private void Fail(string key) => _host.Get<StandingHistory>().Note(
        new SwapRow
        {
            Id = "failed",
            SellerKey = key,
            BuyerKey = "other",
            FailedBy = FailedBy.Seller,
            UpdatedAt = _host.Get<TimeProvider>().GetUtcNow(),
        }, settles: false);
}
