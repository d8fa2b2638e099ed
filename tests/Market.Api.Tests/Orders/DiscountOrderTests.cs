using System.Text.Json;
using Market.Api.Data;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Standing;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Trading;
using Market.Trading.Audit;
using Npgsql;
using Side = Market.Contracts.Side;
using TimeInForce = Market.Contracts.TimeInForce;

namespace Market.Api.Tests.Orders;

/// <summary>Orders that name a part of face value: priced in their turn, priced again when it moves, and the same on every replay.
/// </summary>
public sealed class DiscountOrderTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Face = 100_000;
    private const long Share = 100_000_000;
    private readonly ManualClock _clock = new();
    private string _database = null!;
    private TradingHost _host = null!;
    private Trader _ann = null!, _bob = null!, _cid = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    [Fact]
    public async Task It_stands_at_its_part_of_face_value_and_says_so_with_its_worst_price()
    {
        await SayAsync(100_003);
        var sale = (await PlaceAsync(_ann, "s", Side.Sell, "0.97", 90_000, Share)).Order;
        Assert.Equal((97_010L, "0.97", 90_000L), (sale.Price.Sats, sale.Discount.ToString(), sale.WorstPrice!.Value.Sats));
        var bid = (await PlaceAsync(_bob, "b", Side.Buy, "0.95", 96_000, Share)).Order;
        Assert.Equal((95_000L, OrderStatus.Open), (bid.Price.Sats, bid.Status));
        var listed = Assert.Single((await _ann.SendAsync<Page<Order>>(HttpMethod.Get, Routes.Orders)).Items);
        Assert.Equal((sale.Price, sale.Discount, sale.WorstPrice), (listed.Price, listed.Discount, listed.WorstPrice));
        var plain = (await _cid.PlaceAsync("p", Side.Sell, 98_000, Share)).Order;
        Assert.Equal((98_000L, null, null), (plain.Price.Sats, plain.Discount, plain.WorstPrice));
    }

    [Fact]
    public async Task It_is_priced_again_as_face_value_moves_and_loses_its_place_only_where_its_price_does()
    {
        await SayAsync(Face);
        await PlaceAsync(_ann, "a", Side.Sell, "0.97", 90_000, 2 * Share);
        await _bob.PlaceAsync("b0", Side.Sell, 97_000, Share);
        // 96,995.15 is 97,000 to the tick.
        var before = _host.Sequencer.Sequence;
        await SayAsync(99_995);
        Assert.Equal(before + 1, _host.Sequencer.Sequence);
        await TakeAsync("t0", 97_000);
        Assert.Equal(Share, (await GetAsync(_ann, "a")).Filled.Units);

        await _bob.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:b0");
        await _bob.PlaceAsync("b1", Side.Sell, 97_100, Share);
        await SayAsync(100_100);
        Assert.Equal(97_100, await PriceAsync(_ann, "a"));
        await TakeAsync("t1", 97_100);
        Assert.Equal(Share, (await GetAsync(_ann, "a")).Filled.Units);
        Assert.Equal(OrderStatus.Settling, (await GetAsync(_bob, "b1")).Status);
        var book = await _ann.SendAsync<BookSnapshot>(HttpMethod.Get, "/api/v1/instruments/P2SHARE-BTC/book");
        Assert.Equal((97_100L, Share), (Assert.Single(book.Asks).Price.Sats, book.Asks[0].Quantity.Units));
    }

    [Fact]
    public async Task It_is_never_moved_beyond_its_worst_price()
    {
        await SayAsync(Face);
        await PlaceAsync(_ann, "s", Side.Sell, "1.1", 96_000, Share);
        await PlaceAsync(_bob, "b", Side.Buy, "0.9", 95_000, Share);
        await SayAsync(50_000);
        Assert.Equal((96_000, 45_000), (await PriceAsync(_ann, "s"), await PriceAsync(_bob, "b")));
        await SayAsync(200_000);
        Assert.Equal((220_000, 95_000), (await PriceAsync(_ann, "s"), await PriceAsync(_bob, "b")));
    }

    [Fact]
    public async Task Those_that_go_away_are_moved_before_those_that_come_nearer()
    {
        await SayAsync(Face);
        await PlaceAsync(_cid, "c", Side.Sell, "1.02", 50_000, Share);
        await PlaceAsync(_ann, "a", Side.Buy, "0.99", 200_000, Share);
        await PlaceAsync(_bob, "b", Side.Sell, "1.01", 50_000, Share);
        await SayAsync(110_000);
        Assert.Equal((112_200, 108_900, 111_100),
            (await PriceAsync(_cid, "c"), await PriceAsync(_ann, "a"), await PriceAsync(_bob, "b")));
        await SayAsync(90_000);
        Assert.Equal((91_800, 89_100, 90_900),
            (await PriceAsync(_cid, "c"), await PriceAsync(_ann, "a"), await PriceAsync(_bob, "b")));
        Assert.Empty((await _ann.SendAsync<Page<Fill>>(HttpMethod.Get, Routes.Fills)).Items);
    }

    [Fact]
    public async Task Where_it_crosses_it_trades_as_an_amended_order_does_unless_its_account_waits()
    {
        await SayAsync(Face);
        await _bob.PlaceAsync("b", Side.Buy, 95_000, 2 * Share);
        await PlaceAsync(_ann, "a", Side.Sell, "1", 90_000, Share);
        _host.Get<Waits>().Set(
            [new WaitRow { Subject = Waits.OfAccount(_ann.Key), Wait = new TakeWait(1, _clock.Seconds, _clock.Seconds + 30) }]);
        await SayAsync(94_000);
        Assert.Equal((Face, 0L), (await PriceAsync(_ann, "a"), (await GetAsync(_ann, "a")).Filled.Units));
        // It goes where it takes nothing.
        await SayAsync(97_000);
        Assert.Equal(97_000, await PriceAsync(_ann, "a"));

        _clock.Advance(TimeSpan.FromSeconds(30));
        await SayAsync(94_000);
        var fill = Assert.Single((await _ann.SendAsync<Page<Fill>>(HttpMethod.Get, Routes.Fills)).Items);
        Assert.Equal((95_000L, Share, false), (fill.Price.Sats, fill.Quantity.Units, fill.Maker));
        Assert.Equal(Share, (await GetAsync(_bob, "b")).Remaining.Units);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task What_comes_back_of_one_that_was_filled_whole_trades_at_no_price_of_before(bool isWanted, bool isValued)
    {
        await SayAsync(Face);
        await PlaceAsync(_ann, "a", Side.Sell, "0.97", 80_000, Share);
        var taken = await _cid.PlaceAsync(_cid.Order("t", Side.Buy, 97_000, Share));
        await SayAsync(110_000);
        if (isWanted) await _bob.PlaceAsync("b", Side.Buy, 104_000, Share);
        if (!isValued) _clock.Advance(TimeSpan.FromMinutes(2));
        var closed = await _host.Sequencer.CloseTradeAsync(
            long.Parse(Assert.Single(taken.Fills).TradeId, System.Globalization.CultureInfo.InvariantCulture),
            TradeOutcome.Returned, TradeOutcome.Forfeited, TestContext.Current.CancellationToken);
        Assert.True(closed.IsOk);
        var order = await GetAsync(_ann, "a");
        if (isWanted)
        {
            Assert.Equal((OrderStatus.Cancelled, CancelReason.CannotReturn), (order.Status, order.CancelReason));
            Assert.Equal(Share, (await GetAsync(_bob, "b")).Remaining.Units);
        }
        else
        {
            Assert.Equal((OrderStatus.Open, 106_700L, Share), (order.Status, order.Price.Sats, order.Remaining.Units));
        }
    }

    [Fact]
    public async Task While_the_book_is_halted_none_is_moved_and_all_are_when_it_opens()
    {
        await SayAsync(Face);
        await PlaceAsync(_ann, "a", Side.Sell, "1", 50_000, Share);
        Assert.True(await _host.Sequencer.HaltAsync("A chain lags.", default));
        var before = _host.Sequencer.Sequence;
        await SayAsync(110_000);
        Assert.Equal((Face, before + 1), (await PriceAsync(_ann, "a"), _host.Sequencer.Sequence));
        Assert.True(await _host.Sequencer.HaltAsync(null, default));
        await _host.PublishedAsync();
        Assert.Equal(110_000, await PriceAsync(_ann, "a"));
    }

    [Fact]
    public async Task Before_its_gate_has_looked_none_is_moved()
    {
        await SayAsync(Face);
        await PlaceAsync(_ann, "a", Side.Sell, "1", 50_000, Share);
        await StopAsync();
        await StartAsync(() => TradingHost.StartAsync(_database, looks: false));
        await SayAsync(110_000);
        Assert.Equal(Face, await PriceAsync(_ann, "a"));
        await StopAsync();
        await StartAsync(() => TradingHost.StartAsync(_database));
        await SayAsync(110_000);
        Assert.Equal(110_000, await PriceAsync(_ann, "a"));
    }

    [Fact]
    public async Task A_restart_goes_on_with_it_and_a_replay_comes_to_the_same_book_without_a_valuation()
    {
        await SayAsync(Face);
        await PlaceAsync(_ann, "a", Side.Sell, "0.97", 90_000, 3 * Share);
        await PlaceAsync(_bob, "b", Side.Buy, "0.95", 120_000, Share);
        await SayAsync(101_000);
        await AmendAsync(_bob, "b", new AmendOrder { Discount = Of("0.9"), Price = new Price(119_000) });
        await StopAsync();
        await StartAsync();
        Assert.Equal((97_970, 90_900), (await PriceAsync(_ann, "a"), await PriceAsync(_bob, "b")));
        Assert.Equal(("0.9", 119_000L),
            ((await GetAsync(_bob, "b")).Discount.ToString(), (await GetAsync(_bob, "b")).WorstPrice!.Value.Sats));

        await SayAsync(110_000);
        Assert.Equal((106_700, 99_000), (await PriceAsync(_ann, "a"), await PriceAsync(_bob, "b")));
        await TakeAsync("t", 106_700);
        await SayAsync(200_000);
        Assert.Equal((194_000, 119_000), (await PriceAsync(_ann, "a"), await PriceAsync(_bob, "b")));
        var replayed = await Journals.RebuildUntilAsync(_database, _ => false);
        Assert.Equal(await Journals.HashAsync(_database), replayed.StateHash());
        Assert.Equal(new Market.Trading.BookLevel(194_000, 2 * Share, 1), replayed.Best(Market.Trading.Side.Sell));

        Assert.True((await _host.Sequencer.LockTradeAsync(1, default)).IsOk);
        Assert.True((await _host.Sequencer.CloseTradeAsync(1, TradeOutcome.Settled, TradeOutcome.Settled, default)).IsOk);
        await _cid.PlaceAsync(_cid.Order("g", Side.Sell, 300_000, Share, o => o with
        {
            TimeInForce = TimeInForce.Gtd,
            ExpiresAt = _clock.Now.AddSeconds(30),
        }));
        _clock.Advance(TimeSpan.FromSeconds(30));
        await SayAsync(200_000);
        await _bob.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:b");
        Assert.True(await _host.Sequencer.HaltAsync("A chain lags.", default));
        await IsAuditedAsync();
    }

    // As the operator exports it, beside the server: with other rules at the end, and with a price in the first order changed.
    private async Task IsAuditedAsync()
    {
        var audit = await AuditAsync();
        Assert.Null(audit.Difference);
        Assert.Equal(await Journals.HashAsync(_database), audit.StateHash);
        Assert.Equal(
            [CommandKind.Place, CommandKind.Cancel, CommandKind.CloseTrade, CommandKind.SetStatus, CommandKind.Amend,
                CommandKind.LockTrade, CommandKind.Expire],
            audit.Commands.Keys.Select(kind => kind == CommandKind.CancelByClientId ? CommandKind.Cancel : kind).Order());
        await StopAsync();
        var old = BookRules.Definition;
        for (var orders = 500; orders <= 502; orders++)
            await Journals.RebuildAsync(_database, old with { Limits = old.Limits with { MaxOrdersPerAccount = orders } });
        await Journals.RebuildAsync(_database);
        await StartAsync();
        Assert.True(await _host.Sequencer.HaltAsync(null, default));
        await _cid.PlaceAsync("last", Side.Sell, 300_000, Share);
        for (var orders = 500; orders <= 502; orders++)
            await Journals.RebuildAsync(_database, old with { Limits = old.Limits with { MaxOrdersPerAccount = orders } });
        audit = await AuditAsync();
        Assert.Null(audit.Difference);
        Assert.Equal((0L, 3), (audit.From, audit.Snapshots));

        // A row that no command placed, beyond all others.
        await using var source = NpgsqlDataSource.Create(_database);
        await using var forge = source.CreateCommand(
            """
            insert into market.orders overriding system value
            select (jsonb_populate_record(o, '{"id": 999999, "number": 999999, "client_order_id": "forged"}')).*
            from market.orders o
            where instrument = 'P2SHARE-BTC' and id = 1
            """);
        Assert.Equal(1, await forge.ExecuteNonQueryAsync());
        Assert.Equal(DifferenceKind.Order, (await AuditAsync()).Difference!.Kind);
        await using var remove = source.CreateCommand("delete from market.orders where id = 999999");
        Assert.Equal(1, await remove.ExecuteNonQueryAsync());
        var first = await FirstAsync(source, "a");
        await using var tamper = source.CreateCommand($"""
            update market.journal set commands = set_byte(commands, 15, get_byte(commands, 15) # 1) where first_sequence = {first}
            """);
        Assert.Equal(1, await tamper.ExecuteNonQueryAsync());
        audit = await AuditAsync();
        Assert.Equal(first, audit.Difference!.Sequence);
    }

    // The number of the batch that placed an order of this name.
    private static async Task<long> FirstAsync(NpgsqlDataSource source, string name)
    {
        await using var command = source.CreateCommand($"""
            select min(first_sequence) from market.journal
            where position('\x01'::bytea in commands) = 1 and position('{name}'::bytea in commands) = 31
            """);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<JournalAudit> AuditAsync()
    {
        var exported = new MemoryStream();
        await JournalExport.WriteAsync(_database, "P2SHARE-BTC", exported, default);
        var audit = new JournalAudit();
        var text = System.Text.Encoding.UTF8.GetString(exported.ToArray());
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (!audit.Take(JsonSerializer.Deserialize<JournalLine>(line, JsonSerializerOptions.Web)!)) break;
        audit.End();
        return audit;
    }

    [Fact]
    public async Task One_batch_moves_so_many_and_the_next_goes_on()
    {
        await SayAsync(Face);
        const int orders = DiscountOrders.MostMoved + 1;
        var placed = await _host.Sequencer.PlaceAllAsync([.. Enumerable.Range(0, orders).Select(i => (
            Command.Limit(
                new AccountId(1_000 + (ulong)i), Market.Trading.Side.Sell, 50_000, Share, clientId: Name($"o{i}"), body: 1),
            new OrderDraft($"k{i}", $"o{i}", new byte[16], []) { Discount = Of("1"), WorstPrice = 50_000 }))], default);
        Assert.All(placed, one => Assert.Null(one.Refusal));
        _clock.Advance(DiscountOrders.Pace);
        await SayAsync(110_000);
        await _host.PublishedAsync();
        Assert.Equal([DiscountOrders.MostMoved, 1], await Journals.AmendsAsync(_database));
        Assert.Equal(new Market.Trading.BookLevel(110_000, orders * Share, orders),
            (await Journals.RebuildAsync(_database)).Best(Market.Trading.Side.Sell));
    }

    [Theory]
    [InlineData(PostOnlyMode.Reject, 100_000)]
    [InlineData(PostOnlyMode.Reprice, 95_010)]
    public async Task One_that_never_takes_stays_or_comes_as_near_as_it_may_and_nearer_once_it_may(PostOnlyMode mode, long price)
    {
        await SayAsync(Face);
        await _bob.PlaceAsync("b", Side.Buy, 95_000, Share);
        await PlaceAsync(_ann, "a", Side.Sell, "1", 50_000, Share, o => o with { PostOnly = true, PostOnlyMode = mode });
        await SayAsync(94_000);
        Assert.Equal(price, await PriceAsync(_ann, "a"));
        // Again and again it is asked, and nothing is journaled of it: it keeps its place.
        var before = _host.Sequencer.Sequence;
        await SayAsync(94_000);
        await SayAsync(93_000);
        Assert.Equal(before + 2, _host.Sequencer.Sequence);
        await _bob.SendAsync<Order>(HttpMethod.Delete, "/api/v1/orders/client:b");
        await SayAsync(93_000);
        Assert.Equal(93_000, await PriceAsync(_ann, "a"));
    }

    [Fact]
    public async Task A_bid_that_never_takes_comes_to_one_tick_below_the_best_offer()
    {
        await SayAsync(Face);
        await _bob.PlaceAsync("b", Side.Sell, 105_000, Share);
        await PlaceAsync(
            _ann, "a", Side.Buy, "1", 200_000, Share, o => o with { PostOnly = true, PostOnlyMode = PostOnlyMode.Reprice });
        await SayAsync(110_000);
        Assert.Equal(104_990, await PriceAsync(_ann, "a"));
    }

    [Fact]
    public async Task One_that_is_good_till_a_date_is_moved_until_then()
    {
        await SayAsync(Face);
        await PlaceAsync(_ann, "a", Side.Sell, "1", 50_000, Share,
            o => o with { TimeInForce = TimeInForce.Gtd, ExpiresAt = _clock.Now.AddSeconds(30) });
        await SayAsync(110_000);
        Assert.Equal(110_000, await PriceAsync(_ann, "a"));
        _clock.Advance(TimeSpan.FromSeconds(30));
        await SayAsync(120_000);
        var ended = await GetAsync(_ann, "a");
        Assert.Equal((OrderStatus.Cancelled, CancelReason.Expired, 110_000L), (ended.Status, ended.CancelReason, ended.Price.Sats));
        Assert.Equal(0, (await Journals.RebuildAsync(_database)).LiveOrders);
    }

    [Fact]
    public async Task What_would_be_too_small_for_a_swap_is_cancelled()
    {
        await SayAsync(Face);
        await PlaceAsync(_ann, "a", Side.Buy, "1", Face, Share / 4);
        await PlaceAsync(_bob, "b", Side.Buy, "0.5", Face, Share);
        await SayAsync(70_000);
        var ended = await GetAsync(_ann, "a");
        Assert.Equal((OrderStatus.Cancelled, CancelReason.BelowMinimum), (ended.Status, ended.CancelReason));
        await SayAsync(0);
        Assert.Equal(CancelReason.BelowMinimum, (await GetAsync(_bob, "b")).CancelReason);
    }

    [Fact]
    public async Task A_sale_that_becomes_too_large_for_its_series_is_cancelled_and_not_moved()
    {
        await SayAsync(Face);
        _host.Get<SeriesGate>().Set(Examples.Series.Items[0], 100 * Face, isForGood: false);
        await PlaceAsync(_ann, "a", Side.Sell, "1", 50_000, 90 * Share);
        await SayAsync(120_000);
        var ended = await GetAsync(_ann, "a");
        Assert.Equal((CancelReason.InstrumentClosed, Face), (ended.CancelReason, ended.Price.Sats));
    }

    [Fact]
    public async Task A_purchase_is_as_large_as_it_is_at_its_worst_price()
    {
        await SayAsync(Face);
        _host.Get<SeriesGate>().Set(Examples.Series.Items[0], 10 * Face, isForGood: false);
        Assert.Equal(ProblemCodes.TooLargeForSeries,
            await _ann.RefusedAsync(Discounted(_ann, "a", Side.Buy, "0.5", 2 * Face, 6 * Share)));
        await PlaceAsync(_ann, "b", Side.Buy, "0.5", Face, 6 * Share, coin: _ann.Coin(20 * Face));
        Assert.Equal(ProblemCodes.TooLargeForSeries, await RefusedAsync(_ann, "b", new AmendOrder { Price = new Price(2 * Face) }));
        // One that stands cheaper than it may come to is taken off with those that are too large by then.
        Assert.Null((await _host.Sequencer.CloseAsync(default, 5 * Face)).Refusal);
        Assert.Equal(CancelReason.InstrumentClosed, (await GetAsync(_ann, "b")).CancelReason);
    }

    [Fact]
    public async Task Its_coins_must_cover_its_worst_price()
    {
        await SayAsync(Face);
        var coin = _ann.Coin(11 * Face);
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await _ann.RefusedAsync(
            Discounted(_ann, "a", Side.Buy, "0.5", Face, 10 * Share, coin: _ann.Coin(9 * Face))));
        await PlaceAsync(_ann, "a", Side.Buy, "0.5", Face, 10 * Share, coin: coin);
        // It would stand where it stands.
        Assert.Equal(
            ProblemCodes.InsufficientOutpoints, await RefusedAsync(_ann, "a", new AmendOrder { Price = new Price(120_000) }));
        Assert.Equal(Face, (await GetAsync(_ann, "a")).WorstPrice!.Value.Sats);
        var amended = await AmendAsync(_ann, "a", new AmendOrder { Price = new Price(105_000) });
        Assert.Equal((50_000L, 105_000L), (amended.Order.Price.Sats, amended.Order.WorstPrice!.Value.Sats));
        var more = new AmendOrder { Quantity = new Quantity(11 * Share) };
        Assert.Equal(ProblemCodes.InsufficientOutpoints, await RefusedAsync(_ann, "a", more));
    }

    [Fact]
    public async Task Where_a_coin_leaves_it_is_made_as_small_as_its_worst_price_asks()
    {
        await SayAsync(Face);
        OutPoint[] coins = [_ann.Coin(6 * Face), _ann.Coin(6 * Face)];
        var placed = await PlaceAsync(_ann, "a", Side.Buy, "0.5", Face, 10 * Share, o => o with
        {
            Outpoints = [.. coins.Select(coin => new OutpointProof { Outpoint = coin.ToString(), Signature = "smp" })],
        });
        Assert.Null((await _host.Sequencer.JudgeAsync(new BackingSight.Undone(
            new OrderId(ulong.Parse(placed.Order.Id)), ChainKind.Mainchain, new OwnLegs([], 0), coins[0], []), default)).Refusal);
        Assert.Equal(599_000_000, (await GetAsync(_ann, "a")).Remaining.Units);
    }

    [Fact]
    public async Task Discount_worst_price_and_quantity_can_be_amended()
    {
        await SayAsync(Face);
        await PlaceAsync(_ann, "a", Side.Sell, "0.97", 90_000, 3 * Share, coin: _ann.Coin(5 * Share));
        var discount = (await AmendAsync(_ann, "a", new AmendOrder { Discount = Of("0.98") })).Order;
        Assert.Equal((98_000L, "0.98"), (discount.Price.Sats, discount.Discount.ToString()));
        Assert.Equal(90_000, discount.WorstPrice!.Value.Sats);
        var worst = (await AmendAsync(_ann, "a", new AmendOrder { Price = new Price(99_000) })).Order;
        Assert.Equal((99_000L, "0.98", 99_000L), (worst.Price.Sats, worst.Discount.ToString(), worst.WorstPrice!.Value.Sats));
        var all = (await AmendAsync(_ann, "a", new AmendOrder
        {
            Discount = Of("0.9"),
            Price = new Price(80_000),
            Quantity = new Quantity(4 * Share),
        })).Order;
        Assert.Equal((90_000L, 80_000L, 4 * Share), (all.Price.Sats, all.WorstPrice!.Value.Sats, all.Remaining.Units));
        // The quantity alone needs no face value, and what stands keeps its price.
        _clock.Advance(TimeSpan.FromMinutes(2));
        var fewer = new AmendOrder { Quantity = new Quantity(2 * Share) };
        Assert.Equal(2 * Share, (await AmendAsync(_ann, "a", fewer)).Order.Remaining.Units);
        Assert.Equal(ProblemCodes.NoFaceValue, await RefusedAsync(_ann, "a", new AmendOrder { Discount = Of("0.95") }));
        await SayAsync(110_000);
        Assert.Equal(99_000, await PriceAsync(_ann, "a"));
    }

    [Fact]
    public async Task Refuses_amendments_that_it_cannot_have()
    {
        await SayAsync(Face);
        await PlaceAsync(_ann, "a", Side.Sell, "0.97", 90_000, Share);
        await _bob.PlaceAsync("plain", Side.Buy, 50_000, Share);
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync(
            _bob, "plain", new AmendOrder { Discount = Of("0.97"), Price = new Price(40_000) }));
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync(_ann, "a", new AmendOrder { Discount = Of("10.000001") }));
        Assert.Equal(ProblemCodes.BadPrice, await RefusedAsync(_ann, "a", new AmendOrder { Price = new Price(90_005) }));
        Assert.Equal(ProblemCodes.BadQuantity, await RefusedAsync(_ann, "a", new AmendOrder { Price = new Price(10) }));
        await _bob.PlaceAsync("bid", Side.Buy, 97_000, Share);
        Assert.Equal(ProblemCodes.OrderSettling, await RefusedAsync(_ann, "a", new AmendOrder { Discount = Of("0.9") }));
        Assert.Equal(ProblemCodes.UnknownOrder, await RefusedAsync(_bob, "a", new AmendOrder { Discount = Of("0.9") }));

        // Less than a tick is no price, and not "as it is".
        await PlaceAsync(_cid, "c", Side.Buy, "0.3", 90_000, Share);
        Assert.True(await _host.Sequencer.HaltAsync("A chain lags.", default));
        await SayAsync(900);
        Assert.Equal(ProblemCodes.BadPrice, await RefusedAsync(
            _cid, "c", new AmendOrder { Discount = Of("0.01"), Quantity = new Quantity(Share) }));
        Assert.Equal("0.3", (await GetAsync(_cid, "c")).Discount.ToString());
    }

    [Fact]
    public async Task Refuses_orders_that_do_not_stand_parts_out_of_range_and_all_while_nothing_is_said_of_face_value()
    {
        async Task Refuses(string code, Func<PlaceOrder, PlaceOrder> change, string part = "0.97") =>
            Assert.Equal(code, await _ann.RefusedAsync(Discounted(_ann, "x", Side.Sell, part, 90_000, Share, change)));
        await Refuses(ProblemCodes.NoFaceValue, o => o);
        await SayAsync(Face);
        await Refuses(ProblemCodes.ValidationFailed, o => o with { TimeInForce = TimeInForce.Ioc });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { TimeInForce = TimeInForce.Fok });
        await Refuses(ProblemCodes.ValidationFailed, o => o with
        {
            Type = Market.Contracts.OrderType.Market,
            Price = null,
            Protection = new Price(90_000),
        });
        await Refuses(ProblemCodes.ValidationFailed, o => o with { Price = null });
        await Refuses(ProblemCodes.ValidationFailed, o => o, "0.009999");
        await Refuses(ProblemCodes.ValidationFailed, o => o, "10.000001");
        await Refuses(ProblemCodes.BadPrice, o => o with { Price = new Price(90_005) });
        await SayAsync(900);
        Assert.Equal(ProblemCodes.BadPrice, await _ann.RefusedAsync(Discounted(_ann, "x", Side.Buy, "0.01", 90_000, Share)));

        var order = Discounted(_ann, "a", Side.Sell, "0.97", 90_000, Share);
        var first = await _ann.PlaceAsync(order);
        _clock.Advance(TimeSpan.FromMinutes(2));
        await Refuses(ProblemCodes.NoFaceValue, o => o);
        // What was placed is answered again, whatever is known by now; with another part it is another order.
        Assert.Equal(first.Order.Id, (await _ann.PlaceAsync(order)).Order.Id);
        Assert.Equal(ProblemCodes.DuplicateClientOrderId, await _ann.RefusedAsync(
            _ann.Signed(order with { Discount = Of("0.98") })));
    }

    private static DiscountFactor Of(string part) =>
        DiscountFactor.TryParse(part, out var factor) ? factor : throw new ArgumentException(part);

    private static ClientOrderId Name(string text) =>
        ClientOrderId.TryParse(text, out var name) ? name : throw new ArgumentException(text);

    private async Task StartAsync(Func<Task<TradingHost>>? start = null)
    {
        _host = await (start?.Invoke() ?? TradingHost.StartAsync(_database, clock: _clock));
        _ann = await _host.TraderAsync(1);
        _bob = await _host.TraderAsync(2);
        _cid = await _host.TraderAsync(3);
    }

    private async Task StopAsync()
    {
        _ann.Dispose();
        _bob.Dispose();
        _cid.Dispose();
        await _host.DisposeAsync();
    }

    /// <summary>The model says so of a share's worth now, and what follows is done.</summary>
    private async Task SayAsync(double face)
    {
        _host.Get<MarketFeed>().SetDiscount(Examples.Discount with
        {
            Time = _host.Get<TimeProvider>().GetUtcNow(),
            FaceValue = face,
        });
        await _host.PublishedAsync();
    }

    private static PlaceOrder Discounted(Trader trader, string name, Side side, string part, long worst, long quantity,
        Func<PlaceOrder, PlaceOrder>? change = null, OutPoint? coin = null) =>
        trader.Order(name, side, worst, quantity, order =>
        {
            var named = order with { Discount = Of(part) };
            return change is null ? named : change(named);
        }, coin);

    private static Task<PlacedOrder> PlaceAsync(Trader trader, string name, Side side, string part, long worst, long quantity,
        Func<PlaceOrder, PlaceOrder>? change = null, OutPoint? coin = null) =>
        trader.PlaceAsync(Discounted(trader, name, side, part, worst, quantity, change, coin));

    private async Task TakeAsync(string name, long price)
    {
        var taken = await _cid.PlaceAsync(_cid.Order(
            name, Side.Buy, price, Share, o => o with { TimeInForce = TimeInForce.Ioc }));
        Assert.Equal(price, Assert.Single(taken.Fills).Price.Sats);
    }

    private static Task<Order> GetAsync(Trader trader, string name) =>
        trader.SendAsync<Order>(HttpMethod.Get, $"/api/v1/orders/client:{name}");

    private static async Task<long> PriceAsync(Trader trader, string name) => (await GetAsync(trader, name)).Price.Sats;

    private static Task<PlacedOrder> AmendAsync(Trader trader, string name, AmendOrder body) =>
        trader.SendAsync<PlacedOrder>(HttpMethod.Patch, $"/api/v1/orders/client:{name}", body);

    private static Task<string> RefusedAsync(Trader trader, string name, AmendOrder body) =>
        trader.RefusedAsync(HttpMethod.Patch, $"/api/v1/orders/client:{name}", body);
}
