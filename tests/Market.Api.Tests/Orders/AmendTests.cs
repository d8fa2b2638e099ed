using Market.Contracts;

namespace Market.Api.Tests.Orders;

/// <summary>Orders that get another price or quantity, over HTTP, with coins behind them.</summary>
public sealed class AmendTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    private string _database = null!;
    private TradingHost _host = null!;
    private Trader _ann = null!, _bob = null!, _cid = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        _host = await TradingHost.StartAsync(_database);
        _ann = await _host.TraderAsync(1);
        _bob = await _host.TraderAsync(2);
        _cid = await _host.TraderAsync(3);
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        _bob.Dispose();
        _cid.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Less_keeps_its_place_and_another_price_comes_last_and_all_of_it_is_in_book_and_journal()
    {
        var first = await _ann.PlaceAsync("a", Side.Sell, Price, 5 * Share);
        await _bob.PlaceAsync("b", Side.Sell, Price, 5 * Share);
        var less = await AmendAsync(_ann, "client:a", quantity: 3 * Share);
        Assert.Equal((first.Order.Id, 3 * Share, 3 * Share, OrderStatus.Open),
            (less.Order.Id, less.Order.Quantity.Units, less.Order.Remaining.Units, less.Order.Status));
        Assert.True((await TakeAsync("t1", Share)).Fills.Count == 1);
        Assert.Equal(Share, (await GetAsync(_ann, "a")).Filled.Units);

        var moved = await AmendAsync(_ann, first.Order.Id, price: Price + 100);
        Assert.Equal((Price + 100, 2 * Share), (moved.Order.Price.Sats, moved.Order.Remaining.Units));
        await AmendAsync(_ann, first.Order.Id, price: Price);
        await TakeAsync("t2", Share);
        Assert.Equal((Share, Share), ((await GetAsync(_ann, "a")).Filled.Units, (await GetAsync(_bob, "b")).Filled.Units));
        await _host.PublishedAsync();
        var book = await _ann.SendAsync<BookSnapshot>(HttpMethod.Get, "/api/v1/instruments/P2SHARE-BTC/book");
        Assert.Equal((Price, 6 * Share, 2), (
            Assert.Single(book.Asks).Price.Sats, book.Asks[0].Quantity.Units, book.Asks[0].Orders));
        var replayed = await Journals.RebuildAsync(_database);
        Assert.Equal(new Market.Trading.BookLevel(Price, 6 * Share, 2), replayed.Best(Market.Trading.Side.Sell));
    }

    [Fact]
    public async Task At_a_price_that_crosses_it_trades_and_says_what()
    {
        await _ann.PlaceAsync("a", Side.Sell, Price, Share);
        await _bob.PlaceAsync(_bob.Order("b", Side.Buy, Price - 500, 2 * Share, coin: _bob.Coin(3 * Price)));
        var amended = await AmendAsync(_bob, "client:b", price: Price + 10);
        var fill = Assert.Single(amended.Fills);
        Assert.Equal((Price, Share, false, "b"), (fill.Price.Sats, fill.Quantity.Units, fill.Maker, fill.ClientOrderId));
        Assert.Equal((Price + 10, Share, Share),
            (amended.Order.Price.Sats, amended.Order.Remaining.Units, amended.Order.Filled.Units));
    }

    [Fact]
    public async Task No_more_than_is_filled_cancels_the_rest()
    {
        await _ann.PlaceAsync("a", Side.Sell, Price, 3 * Share);
        await TakeAsync("t", Share);
        var amended = await AmendAsync(_ann, "client:a", quantity: Share);
        Assert.Equal((OrderStatus.Cancelled, CancelReason.Requested, Share),
            (amended.Order.Status, amended.Order.CancelReason, amended.Order.Filled.Units));
    }

    [Fact]
    public async Task A_bid_at_a_higher_price_has_coins_for_what_comes_back_from_its_swaps_too()
    {
        await _ann.PlaceAsync("a", Side.Sell, Price, 2 * Share);
        await _bob.PlaceAsync(_bob.Order("b", Side.Buy, Price, 4 * Share, coin: _bob.Coin(13 * Price / 2)));
        // Two trade and two remain: at twice the price these need four, and the others four again where their swap fails.
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await RefusedAsync(_bob, "client:b", price: 2 * Price));
        Assert.Equal(2 * Share, (await AmendAsync(_bob, "client:b", price: 3 * Price / 2)).Order.Remaining.Units);
    }

    [Fact]
    public async Task Its_coins_must_cover_what_it_would_be_with_what_its_swaps_wait_for()
    {
        await _ann.PlaceAsync(_ann.Order("a", Side.Sell, Price, 2 * Share, coin: _ann.Coin(4 * Share)));
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await RefusedAsync(_ann, "client:a", quantity: 4 * Share));
        await AmendAsync(_ann, "client:a", quantity: 3 * Share);
        await TakeAsync("t", Share);
        // One of the four is promised to a swap: three in all are there, four are not.
        await AmendAsync(_ann, "client:a", quantity: 3 * Share, price: Price + 10);
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await RefusedAsync(_ann, "client:a", quantity: 4 * Share));

        await _bob.PlaceAsync(_bob.Order("b", Side.Buy, Price - 500, Share, coin: _bob.Coin(Price)));
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await RefusedAsync(_bob, "client:b", price: Price));
        Assert.Equal(Price - 500, (await GetAsync(_bob, "b")).Price.Sats);
    }

    [Fact]
    public async Task Refuses_what_an_order_may_not_become_with_its_code()
    {
        await _ann.PlaceAsync(_ann.Order("a", Side.Sell, Price, 2 * Share, o => o with { PostOnly = true }));
        await _bob.PlaceAsync("bid", Side.Buy, Price - 1_000, Share);
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync(_ann, "client:a"));
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync(_ann, "no number", price: Price));
        Assert.Equal(ProblemCodes.BadPrice, await RefusedAsync(_ann, "client:a", price: 0));
        Assert.Equal(ProblemCodes.BadPrice, await RefusedAsync(_ann, "client:a", price: Price + 5));
        Assert.Equal(ProblemCodes.BadQuantity, await RefusedAsync(_ann, "client:a", quantity: 0));
        Assert.Equal(ProblemCodes.BadQuantity, await RefusedAsync(_ann, "client:a", quantity: Share + 1));
        Assert.Equal(ProblemCodes.WouldTrade, await RefusedAsync(_ann, "client:a", price: Price - 1_000));
        Assert.Equal(ProblemCodes.UnknownOrder, await RefusedAsync(_bob, "1", price: Price));
        Assert.Equal(ProblemCodes.UnknownOrder, await RefusedAsync(_ann, "client:none", price: Price));
        Assert.Equal((Price, 2 * Share), ((await GetAsync(_ann, "a")).Price.Sats, (await GetAsync(_ann, "a")).Quantity.Units));
        await _ann.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:a");
        Assert.Equal(ProblemCodes.OrderClosed, await RefusedAsync(_ann, "client:a", price: Price));
        Assert.True(await _host.Sequencer.HaltAsync("A chain lags.", default));
        Assert.Equal(ProblemCodes.TradingPaused, await RefusedAsync(_bob, "client:bid", price: Price - 2_000));
    }

    [Fact]
    public async Task Amended_orders_are_the_same_after_a_kill()
    {
        var database = await postgres.NewDatabaseAsync();
        using (var killed = await ChildServer.StartAsync(database))
        {
            using var ann = await Trader.SignInAsync(killed.Address, 1);
            await ann.PlaceAsync("a", Side.Sell, Price, 3 * Share);
            await AmendAsync(ann, "client:a", price: Price + 100, quantity: 2 * Share);
            await killed.KillAsync();
        }
        Assert.Equal(new Market.Trading.BookLevel(Price + 100, 2 * Share, 1),
            (await Journals.RebuildAsync(database)).Best(Market.Trading.Side.Sell));
        await using var host = await TradingHost.StartAsync(database);
        using var again = await host.TraderAsync(1);
        var order = await GetAsync(again, "a");
        Assert.Equal((Price + 100, 2 * Share, OrderStatus.Open), (order.Price.Sats, order.Quantity.Units, order.Status));
    }

    private Task<PlacedOrder> TakeAsync(string name, long quantity) => _cid.PlaceAsync(_cid.Order(
        name, Side.Buy, Price, quantity, o => o with { TimeInForce = TimeInForce.Ioc }));

    private static AmendOrder Body(long? price, long? quantity) => new()
    {
        Price = price is { } sats ? new Price(sats) : null,
        Quantity = quantity is { } units ? new Quantity(units) : null,
    };

    private static Task<PlacedOrder> AmendAsync(Trader trader, string id, long? price = null, long? quantity = null) =>
        trader.SendAsync<PlacedOrder>(HttpMethod.Patch, $"/api/v1/orders/{id}", Body(price, quantity));

    private static Task<string> RefusedAsync(Trader trader, string id, long? price = null, long? quantity = null) =>
        trader.RefusedAsync(HttpMethod.Patch, $"/api/v1/orders/{Uri.EscapeDataString(id)}", Body(price, quantity));

    private static Task<Order> GetAsync(Trader trader, string name) =>
        trader.SendAsync<Order>(HttpMethod.Get, $"/api/v1/orders/client:{name}");
}
