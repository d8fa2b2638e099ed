using System.Net;
using Market.Contracts;
using Market.Trading;
using Side = Market.Contracts.Side;
using TimeInForce = Market.Contracts.TimeInForce;

namespace Market.Api.Tests.Orders;

public sealed class OrderTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    private TradingHost _host = null!;
    private Trader _ann = null!, _bob = null!;

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
    public async Task Two_orders_that_meet_become_a_trade_with_a_swap()
    {
        var sell = await _ann.PlaceAsync("s1", Side.Sell, Price, 10 * Share);
        Assert.Equal((OrderStatus.Open, 10 * Share), (sell.Order.Status, sell.Order.Remaining.Units));
        var buy = await _bob.PlaceAsync("b1", Side.Buy, Price + 100, 4 * Share);
        var fill = Assert.Single(buy.Fills);
        Assert.Equal((Price, 4 * Share, 4 * Price, false), (fill.Price.Sats, fill.Quantity.Units, fill.Notional.Value, fill.Maker));
        Assert.Equal(32, fill.SwapId.Length);
        Assert.Equal(OrderStatus.Settling, buy.Order.Status);

        var order = await _ann.SendAsync<Order>(HttpMethod.Get, "/api/v1/orders/client:s1");
        Assert.Equal((4 * Share, 6 * Share), (order.Filled.Units, order.Remaining.Units));
        Assert.Equal(sell.Order.Outpoints, order.Outpoints);
        var fills = await _ann.SendAsync<Page<Fill>>(HttpMethod.Get, Routes.Fills);
        Assert.Equal((fill.TradeId, true, Side.Sell, "s1"), (fills.Items[0].TradeId, fills.Items[0].Maker, fills.Items[0].Side,
            fills.Items[0].ClientOrderId));
        var trades = await _ann.SendAsync<Page<Trade>>(HttpMethod.Get, "/api/v1/instruments/P2SHARE-BTC/trades");
        Assert.Equal(fill.SwapId, Assert.Single(trades.Items).SwapId);
        var book = await _ann.SendAsync<BookSnapshot>(HttpMethod.Get, "/api/v1/instruments/P2SHARE-BTC/book");
        Assert.Equal((Price, 6 * Share), (Assert.Single(book.Asks).Price.Sats, book.Asks[0].Quantity.Units));
        Assert.Empty(book.Bids);
    }

    [Fact]
    public async Task The_same_order_again_is_answered_with_the_first_one_for_ever()
    {
        var order = _ann.Order("same", Side.Sell, Price, 5 * Share);
        using var first = await _ann.PostAsync(order);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        var placed = await _ann.SendAsync<PlacedOrder>(HttpMethod.Post, Routes.Orders, order);
        using var again = await _ann.PostAsync(_ann.Signed(order));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(ProblemCodes.DuplicateClientOrderId, await _ann.RefusedAsync(
            _ann.Order("same", Side.Sell, Price, 6 * Share)));
        Assert.Single((await _ann.SendAsync<Page<Order>>(HttpMethod.Get, Routes.Orders)).Items);

        // Also when it is done, and when the coins behind it are gone by then.
        await _ann.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:same");
        var after = await _ann.PlaceAsync(order);
        Assert.Equal((placed.Order.Id, OrderStatus.Cancelled, CancelReason.Requested),
            (after.Order.Id, after.Order.Status, after.Order.CancelReason));

        // Another account may use the name.
        Assert.NotEqual(placed.Order.Id, (await _bob.PlaceAsync("same", Side.Sell, Price, 5 * Share)).Order.Id);
    }

    [Fact]
    public async Task Concurrent_repetitions_place_one_order()
    {
        var order = _ann.Order("race", Side.Sell, Price, 5 * Share);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _ann.PostAsync(order)));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
        Assert.Single((await _ann.SendAsync<Page<Order>>(HttpMethod.Get, Routes.Orders)).Items);
    }

    [Fact]
    public async Task Refuses_what_breaks_the_rules_with_its_code()
    {
        await _bob.PlaceAsync("ask", Side.Sell, Price, 5 * Share);
        var before = _host.Sequencer.Sequence;
        var good = () => _ann.Order("x", Side.Buy, Price - 100, Share);
        async Task Refuses(string code, Func<PlaceOrder, PlaceOrder> change) =>
            Assert.Equal(code, await _ann.RefusedAsync(_ann.Signed(change(good()))));
        await Refuses(ProblemCodes.UnknownInstrument, o => o with { Instrument = "NOPE-BTC" });
        await Refuses(ProblemCodes.BadPrice, o => o with { Price = new Price(0) });
        await Refuses(ProblemCodes.BadPrice, o => o with { Price = new Price(99_995) });
        await Refuses(ProblemCodes.BadPrice, o => o with { Price = new Price(200_000_000_000) });
        await Refuses(ProblemCodes.BadQuantity, o => o with { Quantity = new Quantity(0) });
        await Refuses(ProblemCodes.BadQuantity, o => o with { Quantity = new Quantity(Share + 1) });
        await Refuses(ProblemCodes.BadQuantity, o => o with { Quantity = new Quantity(1_000_000) });
        await Refuses(ProblemCodes.BadQuantity, o => o with { Price = new Price(10), Quantity = new Quantity(Share) });
        await Refuses(ProblemCodes.BadQuantity, o => o with { Quantity = new Quantity(long.MaxValue / 1_000_000 * 1_000_000) });
        await Refuses(ProblemCodes.InsufficientOutpoints, o => o with { Quantity = new Quantity(50 * Share) });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { ClientOrderId = "" });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { ClientOrderId = "a b" });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { ClientOrderId = new string('a', 33) });
        // Without coins of its own it draws on those that are proved: there are none.
        await Refuses(ProblemCodes.InsufficientOutpoints, o => o with { Outpoints = [] });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { Outpoints = [o.Outpoints[0], o.Outpoints[0]] });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { Outpoints = [o.Outpoints[0] with { Outpoint = "12:3" }] });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { PostOnly = true, TimeInForce = TimeInForce.Ioc });
        await Refuses(ProblemCodes.ValidationFailed, o => o with
        {
            Outpoints = [.. Enumerable.Range(0, 21).Select(_ => o.Outpoints[0] with { Outpoint = _ann.Coin(1).ToString() })],
        });
        Assert.Equal(before, _host.Sequencer.Sequence);
        await Refuses(ProblemCodes.WouldTrade, o => o with { Price = new Price(Price), PostOnly = true });
        Assert.Empty((await _ann.SendAsync<Page<Order>>(HttpMethod.Get, Routes.Orders)).Items);
    }

    [Fact]
    public async Task Refuses_coins_that_do_not_do_with_their_code()
    {
        async Task Refuses(string code, TestCoins.Kind kind) => Assert.Equal(code, await _ann.RefusedAsync(
            _ann.Order("x", Side.Sell, Price, Share, coin: _ann.Coin(2 * Share, kind))));
        await Refuses(ProblemCodes.OutpointUnavailable, TestCoins.Kind.Missing);
        await Refuses(ProblemCodes.OutpointUnavailable, TestCoins.Kind.Unconfirmed);
        await Refuses(ProblemCodes.OutpointUnavailable, TestCoins.Kind.Immature);
        await Refuses(ProblemCodes.OutpointNotOwned, TestCoins.Kind.PaysScript);
        await Refuses(ProblemCodes.ChainUnavailable, TestCoins.Kind.NoAnswer);
        Assert.Equal(ProblemCodes.OutpointNotOwned, await _ann.RefusedAsync(
            _ann.Order("x", Side.Sell, Price, Share, coin: _bob.Coin(2 * Share))));
        var order = _ann.Order("x", Side.Sell, Price, Share);
        Assert.Equal(ProblemCodes.OutpointNotOwned, await _ann.RefusedAsync(order with { Price = new Price(Price + 10) }));
        Task<string> RefusedWith(string signature) => _ann.RefusedAsync(
            order with { Outpoints = [order.Outpoints[0] with { Signature = signature }] });
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedWith(""));
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedWith(new string('a', 2_001)));
        Assert.Equal(ProblemCodes.OutpointNotOwned, await RefusedWith("smp no base64"));
        Assert.Equal(ProblemCodes.OutpointNotOwned, await RefusedWith("smpAA=="));
        // A signature made for one account is worth nothing to another.
        Assert.Equal(ProblemCodes.OutpointNotOwned, await _bob.RefusedAsync(order));

        var exact = BackingFor(Share);
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await _ann.RefusedAsync(
            _ann.Order("x", Side.Sell, Price, Share, coin: _ann.Coin(exact - 100_000))));
        var good = _ann.Order("x", Side.Sell, Price, Share, coin: _ann.Coin(exact));
        Assert.Equal(OrderStatus.Open, (await _ann.PlaceAsync(good)).Order.Status);
    }

    [Fact]
    public async Task A_coin_stands_behind_one_order_at_a_time()
    {
        var coin = _ann.Coin(10 * Share);
        await _ann.PlaceAsync(_ann.Order("one", Side.Sell, Price, Share, coin: coin));
        Assert.Equal(ProblemCodes.OutpointInUse, await _ann.RefusedAsync(
            _ann.Order("two", Side.Sell, Price, Share, coin: coin)));
        await _ann.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:one");
        await _ann.PlaceAsync(_ann.Order("three", Side.Sell, Price, Share, coin: coin));

        // A cancelled order whose swap still runs keeps its coins.
        await _bob.PlaceAsync("b", Side.Buy, Price, Share);
        Assert.Equal(ProblemCodes.OutpointInUse, await _ann.RefusedAsync(
            _ann.Order("four", Side.Sell, Price, Share, coin: coin)));
        var closed = await _host.Sequencer.CloseTradeAsync(1, TradeOutcome.Settled, TradeOutcome.Settled, default);
        Assert.True(closed.IsOk);
        await _ann.PlaceAsync(_ann.Order("four", Side.Sell, Price, Share, coin: coin));
    }

    [Fact]
    public async Task Cancels_one_by_either_id_or_all_of_a_side()
    {
        var sell = await _ann.PlaceAsync("s", Side.Sell, Price, Share);
        await _ann.PlaceAsync("b", Side.Buy, Price - 100, Share);
        Assert.Equal(ProblemCodes.UnknownOrder, await _bob.RefusedAsync(HttpMethod.Delete, $"/api/v1/orders/{sell.Order.Id}"));
        var cancelled = await _ann.SendAsync<Order>(HttpMethod.Delete, $"/api/v1/orders/{sell.Order.Id}");
        Assert.Equal((OrderStatus.Cancelled, CancelReason.Requested, 0L),
            (cancelled.Status, cancelled.CancelReason, cancelled.Remaining.Units));
        Assert.Equal(ProblemCodes.OrderClosed, await _ann.RefusedAsync(HttpMethod.Delete, $"/api/v1/orders/{sell.Order.Id}"));
        Assert.Equal(ProblemCodes.UnknownOrder, await _ann.RefusedAsync(HttpMethod.Delete, "/api/v1/orders/client:nope"));
        Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(HttpMethod.Delete, "/api/v1/orders/x"));
        var none = await _ann.SendAsync<CancelledOrders>(
            HttpMethod.Post, Routes.CancelAll, new CancelAllOrders { Side = Side.Sell });
        Assert.Empty(none.Orders);
        Assert.Equal(ProblemCodes.UnknownInstrument, await _ann.RefusedAsync(
            HttpMethod.Post, Routes.CancelAll, new CancelAllOrders { Instrument = "NOPE" }));
        var all = await _ann.SendAsync<CancelledOrders>(HttpMethod.Post, Routes.CancelAll, new CancelAllOrders());
        Assert.Equal("b", Assert.Single(all.Orders).ClientOrderId);
        var cancelledOnes = await _ann.SendAsync<Page<Order>>(HttpMethod.Get, "/api/v1/orders?status=cancelled&limit=1");
        Assert.NotNull(cancelledOnes.NextCursor);
        Assert.Single((await _ann.SendAsync<Page<Order>>(
            HttpMethod.Get, $"/api/v1/orders?status=cancelled&cursor={cancelledOnes.NextCursor}")).Items);
    }

    [Fact]
    public async Task An_immediate_order_and_a_meeting_with_oneself_say_why_they_ended()
    {
        await _ann.PlaceAsync("s", Side.Sell, Price, Share);
        var ioc = await _bob.PlaceAsync(_bob.Order("i", Side.Buy, Price, 3 * Share, o => o with { TimeInForce = TimeInForce.Ioc }));
        Assert.Equal((OrderStatus.Cancelled, CancelReason.ImmediateOrCancel, Share),
            (ioc.Order.Status, ioc.Order.CancelReason, ioc.Order.Filled.Units));
        await _ann.PlaceAsync("s2", Side.Sell, Price, Share);
        var self = await _ann.PlaceAsync("self", Side.Buy, Price, Share);
        Assert.Equal((OrderStatus.Cancelled, CancelReason.SelfTrade), (self.Order.Status, self.Order.CancelReason));
    }

    [Theory]
    [InlineData(TradeOutcome.Forfeited, CancelReason.SwapFailed)]
    [InlineData(TradeOutcome.Returned, CancelReason.CannotReturn)]
    public async Task An_innocent_maker_returns_to_the_book_and_the_taker_is_told_why_it_does_not(
        TradeOutcome taker, CancelReason reason)
    {
        await _ann.PlaceAsync("s", Side.Sell, Price, Share);
        await _bob.PlaceAsync("b", Side.Buy, Price, 3 * Share);
        Assert.True((await _host.Sequencer.CloseTradeAsync(1, TradeOutcome.Returned, taker, default)).IsOk);
        var sell = await _ann.SendAsync<Order>(HttpMethod.Get, "/api/v1/orders/client:s");
        Assert.Equal((OrderStatus.Open, Share, 0L), (sell.Status, sell.Remaining.Units, sell.Filled.Units));
        var buy = await _bob.SendAsync<Order>(HttpMethod.Get, "/api/v1/orders/client:b");
        Assert.Equal((OrderStatus.Cancelled, reason), (buy.Status, buy.CancelReason));
        var again = await _host.Sequencer.CloseTradeAsync(1, TradeOutcome.Returned, taker, default);
        Assert.Equal(ProblemCodes.UnknownOrder, again.Refusal?.Code);
    }

    [Fact]
    public async Task A_halted_market_takes_cancels_only_and_says_so()
    {
        await _ann.PlaceAsync("s", Side.Sell, Price, Share);
        Assert.True(await _host.Sequencer.HaltAsync("The sharechain lags.", default));
        Assert.Equal(ProblemCodes.TradingPaused, await _ann.RefusedAsync(_ann.Order("x", Side.Sell, Price, Share)));
        var instrument = await _ann.SendAsync<Instrument>(HttpMethod.Get, "/api/v1/instruments/P2SHARE-BTC");
        Assert.Equal((InstrumentStatus.Paused, "The sharechain lags."), (instrument.Status, instrument.StatusReason));
        await _ann.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:s");
        Assert.True(await _host.Sequencer.HaltAsync(null, default));
        await _ann.PlaceAsync("y", Side.Sell, Price, Share);
    }

    [Fact]
    public async Task Every_private_route_asks_who_is_there()
    {
        using var nobody = new HttpClient { BaseAddress = _host.Address };
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Post, Routes.Orders), (HttpMethod.Get, Routes.Orders), (HttpMethod.Get, "/api/v1/orders/1"),
            (HttpMethod.Delete, "/api/v1/orders/1"), (HttpMethod.Post, Routes.CancelAll), (HttpMethod.Get, Routes.Fills),
        })
        {
            using var response = await nobody.SendAsync(new HttpRequestMessage(method, path));
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [Fact]
    public async Task A_restart_gives_the_same_book_and_remembers_the_names()
    {
        var database = await postgres.NewDatabaseAsync();
        var orders = new List<PlaceOrder>();
        byte[] hash;
        await using (var host = await TradingHost.StartAsync(database))
        {
            using var cid = await host.TraderAsync(3);
            for (var i = 0; i < 12; i++) orders.Add(cid.Order($"o{i}", Side.Sell, Price + 10 * (i % 3), (i + 1) * Share));
            foreach (var order in orders) await cid.PlaceAsync(order);
            using var dan = await host.TraderAsync(4);
            await dan.PlaceAsync("b", Side.Buy, Price + 10, 20 * Share);
            hash = await Journals.HashAsync(database);
        }
        await using var next = await TradingHost.StartAsync(database);
        Assert.Equal(hash, await Journals.HashAsync(database));
        using var again = await next.TraderAsync(3);
        foreach (var order in orders)
        {
            using var answer = await again.PostAsync(order);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private static long BackingFor(long quantity) => (quantity + 1_000 + 99_999) / 100_000 * 100_000;
}
