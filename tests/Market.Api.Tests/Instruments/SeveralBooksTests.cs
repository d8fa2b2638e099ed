using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Settlement;
using Market.Api.Standing;
using Market.Api.Tests.Orders;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Tests.Instruments;

/// <summary>Two instruments in one server: books, tapes and streams apart; coins, names and waits together.</summary>
public sealed class SeveralBooksTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string First = "P2SHARE-BTC";
    private const string Second = "P2SHARE-K20-BTC";
    private const long Share = Quantity.UnitsPerShare;
    private const long Price = 100_000;
    private static readonly string[] Both = [First, Second];

    private string _database = null!;
    private TradingHost _host = null!;
    private Trader _ann = null!;
    private Trader _bob = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        _bob.Dispose();
        await _host.DisposeAsync();
    }

    private async Task StartAsync()
    {
        _host = await TradingHost.StartAsync(_database, instruments: 2);
        (_ann, _bob) = (await _host.TraderAsync(1), await _host.TraderAsync(2));
    }

    private static PlaceOrder Order(
        Trader trader, string instrument, string name, Side side, long quantity = Share, OutPoint? coin = null,
        long price = Price) =>
        trader.Order(name, side, price, quantity, order => order with { Instrument = instrument }, coin);

    [Fact]
    public async Task Books_tapes_and_streams_are_apart()
    {
        Assert.Equal(Both, (await _ann.SendAsync<Instrument[]>(HttpMethod.Get, Routes.Instruments)).Select(one => one.Id));
        var topics = _host.Get<Topics>();
        var readers = new Dictionary<string, StreamClient>();
        foreach (var instrument in Both)
        {
            readers[instrument] = topics.Open(null);
            foreach (var channel in new[] { Channels.Book(instrument), Channels.Trades(instrument) })
                Assert.Null((await topics.SubscribeAsync(readers[instrument], channel, default)).Refusal);
        }

        foreach (var (instrument, price) in Both.Zip([Price, 2 * Price]))
        {
            await _ann.PlaceAsync(Order(_ann, instrument, $"s-{instrument}", Side.Sell, 5 * Share, price: price));
            var bought = await _bob.PlaceAsync(Order(_bob, instrument, $"b-{instrument}", Side.Buy, price: price));
            Assert.Equal((instrument, price), (Assert.Single(bought.Fills).Instrument, bought.Fills[0].Price.Sats));
        }

        foreach (var (instrument, price) in Both.Zip([Price, 2 * Price]))
        {
            var book = await _ann.SendAsync<BookSnapshot>(HttpMethod.Get, Of(Routes.Book, instrument));
            Assert.Equal((price, 4 * Share), (Assert.Single(book.Asks).Price.Sats, book.Asks[0].Quantity.Units));
            var trade = Assert.Single((await _ann.SendAsync<Page<Trade>>(HttpMethod.Get, Of(Routes.Trades, instrument))).Items);
            Assert.Equal((instrument, price), (trade.Instrument, trade.Price.Sats));
            var told = await NextTradeAsync(readers[instrument]);
            Assert.Equal((instrument, price), (told.Instrument, told.Price.Sats));
            var swap = await _ann.SendAsync<SwapDetail>(HttpMethod.Get, $"{Routes.Swaps}/{trade.SwapId}");
            Assert.Equal(instrument, swap.Summary.Instrument);
            Assert.Equal([trade.SwapId], (await _ann.SendAsync<Page<SwapSummary>>(
                HttpMethod.Get, $"{Routes.Swaps}?instrument={instrument}")).Items.Select(one => one.Id));
            Assert.Equal(1, (await _ann.SendAsync<SwapCounts>(HttpMethod.Get, Of(Routes.SwapCounts, instrument))).Moving);
        }

        Assert.Equal(2, (await _ann.SendAsync<Page<SwapSummary>>(HttpMethod.Get, Routes.Swaps)).Items.Count);
        foreach (var reader in readers.Values) topics.Closed(reader);
    }

    [Fact]
    public async Task A_final_trade_of_one_moves_no_price_of_the_other()
    {
        await _ann.PlaceAsync(Order(_ann, First, "s", Side.Sell));
        await _bob.PlaceAsync(Order(_bob, First, "b", Side.Buy));
        Assert.Null((await _host.Sequencer.LockTradeAsync(1, default)).Refusal);
        var second = _host.Instruments.All[1].Sequencer;
        Assert.Equal(ProblemCodes.UnknownOrder, (await second.LockTradeAsync(1, default)).Refusal?.Code);
        await Eventually.TrueAsync(async () => (await TickerAsync(First)).Last is not null, "the first has a price");
        Assert.Null((await TickerAsync(Second)).Last);

        Task<Ticker> TickerAsync(string instrument) => _ann.SendAsync<Ticker>(HttpMethod.Get, Of(Routes.Ticker, instrument));
    }

    [Fact]
    public async Task An_orders_number_is_good_in_its_instrument_and_a_clients_name_in_all()
    {
        foreach (var instrument in Both) await _ann.PlaceAsync(Order(_ann, instrument, $"s-{instrument}", Side.Sell));
        var orders = (await _ann.SendAsync<Page<Order>>(HttpMethod.Get, Routes.Orders)).Items;
        Assert.Equal([Second, First], orders.Select(one => one.Instrument));
        var number = Assert.Single(orders.Select(one => one.Id).Distinct());
        Assert.Equal([First], (await _ann.SendAsync<Page<Order>>(HttpMethod.Get, $"{Routes.Orders}?instrument={First}")).Items
            .Select(one => one.Instrument));

        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            var refused = await _ann.ProblemAsync(method, $"{Routes.Orders}/{number}");
            Assert.Equal(ProblemCodes.ValidationFailed, refused.Code);
            Assert.Contains(Second, Assert.Single(refused.Errors!["instrument"]), StringComparison.Ordinal);
            Assert.Equal(
                ProblemCodes.UnknownInstrument, await _ann.RefusedAsync(method, $"{Routes.Orders}/{number}?instrument=NONE"));
        }

        var second = await _ann.SendAsync<Order>(HttpMethod.Get, $"{Routes.Orders}/{number}?instrument={Second}");
        Assert.Equal(($"s-{Second}", Second), (second.ClientOrderId, second.Instrument));
        Assert.Equal(Second, (await _ann.SendAsync<Order>(HttpMethod.Get, $"{Routes.Orders}/client:s-{Second}")).Instrument);
        Assert.Equal(Second, (await _ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:s-{Second}")).Instrument);
        var first = await _ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/{number}?instrument={First}");
        Assert.Equal(First, first.Instrument);
    }

    [Fact]
    public async Task Pages_of_orders_and_fills_of_both_leave_nothing_out_and_show_nothing_twice()
    {
        for (var i = 0; i < 3; i++)
        {
            foreach (var instrument in Both)
            {
                await _ann.PlaceAsync(Order(_ann, instrument, $"s{i}-{instrument}", Side.Sell));
                await _bob.PlaceAsync(Order(_bob, instrument, $"b{i}-{instrument}", Side.Buy));
            }
        }

        var orders = await AllAsync<Order>(_ann, Routes.Orders);
        Assert.Equal(["s2-" + Second, "s2-" + First, "s1-" + Second, "s1-" + First, "s0-" + Second, "s0-" + First],
            orders.Select(one => one.ClientOrderId));
        var fills = await AllAsync<Fill>(_bob, Routes.Fills);
        Assert.Equal(["b2-" + Second, "b2-" + First, "b1-" + Second, "b1-" + First, "b0-" + Second, "b0-" + First],
            fills.Select(one => one.ClientOrderId));

        static async Task<List<T>> AllAsync<T>(Trader trader, string route)
        {
            var all = new List<T>();
            string? cursor = null;
            do
            {
                var page = await trader.SendAsync<Page<T>>(
                    HttpMethod.Get, $"{route}?limit=1{(cursor is null ? "" : $"&cursor={cursor}")}");
                all.AddRange(page.Items);
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            return all;
        }
    }

    [Fact]
    public async Task Cancel_all_is_of_one_instrument_or_of_all()
    {
        foreach (var instrument in Both)
        {
            for (var i = 0; i < 2; i++) await _ann.PlaceAsync(Order(_ann, instrument, $"s{i}-{instrument}", Side.Sell));
        }

        var one = await CancelAsync(Second);
        Assert.Equal([Second, Second], one.Select(order => order.Instrument));
        await _ann.PlaceAsync(Order(_ann, Second, "more", Side.Sell));
        var all = await CancelAsync(null);
        Assert.Equal([First, First, Second], all.Select(order => order.Instrument).Order(StringComparer.Ordinal));

        async Task<IReadOnlyList<Order>> CancelAsync(string? instrument) => (await _ann.SendAsync<CancelledOrders>(
            HttpMethod.Post, Routes.CancelAll, new CancelAllOrders { Instrument = instrument })).Orders;
    }

    [Fact]
    public async Task Cancel_all_fails_by_a_stopped_instrument_only_where_something_stands_in_it()
    {
        await _ann.PlaceAsync(Order(_ann, First, "a", Side.Sell));
        await _bob.PlaceAsync(Order(_bob, First, "b", Side.Sell));
        await _bob.PlaceAsync(Order(_bob, Second, "c", Side.Sell));
        var second = _host.Instruments.All[1].Sequencer;
        // The next number is taken by another.
        await using (var command = _host.Get<NpgsqlDataSource>().CreateCommand(
            "insert into market.journal (instrument, first_sequence, last_sequence, time, commands, events) "
            + $"values ('{Second}', {second.Sequence + 1}, {second.Sequence + 1}, now(), '', '')"))
        {
            await command.ExecuteNonQueryAsync();
        }
        Assert.Equal(ProblemCodes.Unavailable, await _ann.RefusedAsync(Order(_ann, Second, "d", Side.Sell)));
        await Eventually.TrueAsync(() => second.State == SequencerState.Stopped, "it stopped");

        var cancelled = (await _ann.SendAsync<CancelledOrders>(HttpMethod.Post, Routes.CancelAll, new CancelAllOrders())).Orders;
        Assert.Equal(OrderStatus.Cancelled, Assert.Single(cancelled).Status);
        Assert.Equal(ProblemCodes.Unavailable, await _ann.RefusedAsync(
            HttpMethod.Post, Routes.CancelAll, new CancelAllOrders { Instrument = Second }));
        Assert.Equal(ProblemCodes.Unavailable, await _bob.RefusedAsync(
            HttpMethod.Post, Routes.CancelAll, new CancelAllOrders()));
        Assert.Equal(OrderStatus.Cancelled, (await _bob.SendAsync<Order>(HttpMethod.Get, $"{Routes.Orders}/client:b")).Status);
    }

    [Fact]
    public async Task A_coin_of_the_mainchain_stands_behind_an_order_of_one_instrument_at_a_time()
    {
        var coin = _ann.Coin(2 * Price);
        await _ann.PlaceAsync(Order(_ann, First, "b1", Side.Buy, coin: coin));
        var refused = await _ann.ProblemAsync(Order(_ann, Second, "b2", Side.Buy, coin: coin));
        Assert.Equal(ProblemCodes.OutpointInUse, refused.Code);

        await RestartAsync();
        Assert.Equal(ProblemCodes.OutpointInUse, (await _ann.ProblemAsync(Order(_ann, Second, "b3", Side.Buy, coin: coin))).Code);

        // What is refused for another reason lets the coin go, and so does what is cancelled.
        await _ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:b1");
        var off = await _ann.ProblemAsync(Order(_ann, First, "b4", Side.Buy, coin: coin, price: 7));
        Assert.Equal(ProblemCodes.BadPrice, off.Code);
        await _bob.PlaceAsync(Order(_bob, First, "s", Side.Sell));
        var crossing = Order(_ann, First, "b5", Side.Buy, coin: coin);
        Assert.Equal(ProblemCodes.WouldTrade, (await _ann.ProblemAsync(_ann.Signed(crossing with { PostOnly = true }))).Code);
        await _ann.PlaceAsync(Order(_ann, Second, "b6", Side.Buy, coin: coin));
        Assert.Equal(ProblemCodes.OutpointInUse, (await _ann.ProblemAsync(Order(_ann, First, "b7", Side.Buy, coin: coin))).Code);
    }

    [Fact]
    public async Task A_coin_is_anothers_only_once_its_end_is_on_disk()
    {
        var coin = _ann.Coin(2 * Price);
        await _ann.PlaceAsync(Order(_ann, First, "b1", Side.Buy, coin: coin));
        await using var held = await HeldJournal.HoldAsync(_database);
        var cancelled = _ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:b1");
        await held.UntilWaitedForAsync();
        Assert.Equal(ProblemCodes.OutpointInUse, (await _ann.ProblemAsync(Order(_ann, Second, "b2", Side.Buy, coin: coin))).Code);
        await held.ReleaseAsync();
        await cancelled;
        await _ann.PlaceAsync(Order(_ann, Second, "b2", Side.Buy, coin: coin));
    }

    [Fact]
    public async Task What_stands_behind_orders_is_known_before_the_first_sequencer_runs()
    {
        var coin = _ann.Coin(2 * Price);
        await _ann.PlaceAsync(Order(_ann, First, "b", Side.Buy, coin: coin));
        var promises = new Promises();
        await using var db = await _host.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync();
        await promises.LoadAsync(db, Both, default);
        var promised = new PromisedCoin(_host.Instruments.All[0].Market.NameOf(ChainKind.Mainchain), coin);
        Assert.False(promises.TryTake(Second, promised));
        Assert.True(promises.TryTake(First, promised));
    }

    [Fact]
    public async Task What_became_of_a_swap_is_told_to_the_matching_of_its_own_instrument()
    {
        foreach (var instrument in Both)
        {
            await _ann.PlaceAsync(Order(_ann, instrument, $"s-{instrument}", Side.Sell));
            await _bob.PlaceAsync(Order(_bob, instrument, $"b-{instrument}", Side.Buy));
        }

        foreach (var one in _host.Instruments.All)
        {
            Assert.Equal(one.Id, Assert.Single(await one.Get<SwapStore>().OpenAsync(default)).Instrument);
            Assert.Equal(one.Id, Assert.Single(await one.Get<SwapStore>().NewestAsync(10, default)).Instrument);
        }

        await using var command = _host.Get<NpgsqlDataSource>().CreateCommand("""
            insert into market.swap_outbox (swap_id, seller, buyer, done)
            select id, 3, 3, false from market.swaps where instrument = $1
            """);
        command.Parameters.AddWithValue(Second);
        await command.ExecuteNonQueryAsync();
        await Eventually.TrueAsync(async () => (await TradeAsync(Second)).Status == TradeStatus.Final, "the trade is final");
        Assert.Equal(TradeStatus.Pending, (await TradeAsync(First)).Status);

        async Task<Trade> TradeAsync(string instrument) =>
            (await _ann.SendAsync<Page<Trade>>(HttpMethod.Get, Of(Routes.Trades, instrument))).Items[0];
    }

    [Fact]
    public async Task The_same_outpoint_on_two_sharechains_is_two_coins()
    {
        var coin = _ann.Coin(2 * Share);
        await _ann.PlaceAsync(Order(_ann, First, "s1", Side.Sell, coin: coin));
        await _ann.PlaceAsync(Order(_ann, Second, "s2", Side.Sell, coin: coin));
        Assert.Equal(ProblemCodes.OutpointInUse, (await _ann.ProblemAsync(Order(_ann, Second, "s3", Side.Sell, coin: coin))).Code);
        await RestartAsync();
        Assert.Equal(ProblemCodes.OutpointInUse, (await _ann.ProblemAsync(Order(_ann, First, "s4", Side.Sell, coin: coin))).Code);
    }

    [Fact]
    public async Task Of_many_orders_at_once_over_one_coin_or_under_one_name_one_stands_and_no_book_breaks()
    {
        for (var round = 0; round < 10; round++)
        {
            var coin = _ann.Coin(2 * Price);
            var over = Both.SelectMany(instrument => Enumerable.Range(0, 4).Select(
                i => Order(_ann, instrument, $"c{round}-{i}-{instrument}", Side.Buy, coin: coin)));
            Assert.Equal([ProblemCodes.OutpointInUse], await RefusalsAsync(over, 7));
            // Dear, so that no order of the next round meets it.
            var under = Both.Select(instrument => Order(_ann, instrument, $"n{round}", Side.Sell, price: 2 * Price));
            Assert.Equal([ProblemCodes.DuplicateClientOrderId], await RefusalsAsync(under, 1));
        }

        Assert.All(_host.Instruments.All, one => Assert.Empty(one.Workers.Troubles));

        async Task<IEnumerable<string>> RefusalsAsync(IEnumerable<PlaceOrder> orders, int count)
        {
            var answers = await Task.WhenAll(orders.Select(async order =>
            {
                using var response = await _ann.PostAsync(order);
                return response.IsSuccessStatusCode
                    ? null
                    : System.Text.Json.JsonSerializer.Deserialize<Problem>(
                        await response.Content.ReadAsStringAsync(), MarketJson.Options)!.Code;
            }));
            Assert.Equal(count, answers.Count(code => code is not null));
            return answers.OfType<string>().Distinct();
        }
    }

    [Fact]
    public async Task A_name_used_in_one_instrument_is_used_in_all_and_the_same_body_is_answered_with_the_first()
    {
        var order = Order(_ann, First, "name", Side.Sell);
        var placed = await _ann.PlaceAsync(order);
        Assert.Equal(
            ProblemCodes.DuplicateClientOrderId, (await _ann.ProblemAsync(Order(_ann, Second, "name", Side.Sell))).Code);
        Assert.Equal(placed.Order.Id, (await _ann.PlaceAsync(order)).Order.Id);
        await _bob.PlaceAsync(Order(_bob, Second, "name", Side.Sell));
        await RestartAsync();
        Assert.Equal(
            ProblemCodes.DuplicateClientOrderId, (await _ann.ProblemAsync(Order(_ann, Second, "name", Side.Sell))).Code);
    }

    [Fact]
    public async Task Who_let_a_swap_of_one_fail_waits_in_all_and_so_does_its_bitcoin_and_not_a_coin_of_another_sharechain()
    {
        var (bitcoin, shares) = (_ann.Coin(2 * Price), _ann.Coin(2 * Share));
        var until = _host.Get<TimeProvider>().GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        var market = _host.Instruments.All[0].Market;
        _host.Get<Waits>().Set(
        [
            Wait(Waits.OfAccount(_bob.Key)), Wait(Waits.OfCoin(market.NameOf(ChainKind.Mainchain), bitcoin)),
            Wait(Waits.OfCoin(market.NameOf(ChainKind.Sharechain), shares)),
        ]);
        await _ann.PlaceAsync(Order(_ann, Second, "s", Side.Sell));
        Assert.Equal(ProblemCodes.MustWait, (await _bob.ProblemAsync(Order(_bob, Second, "b", Side.Buy))).Code);
        Assert.Equal(ProblemCodes.MustWait, (await _ann.ProblemAsync(Order(_ann, Second, "b", Side.Buy, coin: bitcoin))).Code);
        Assert.Equal(ProblemCodes.MustWait, (await _ann.ProblemAsync(Order(_ann, First, "s1", Side.Sell, coin: shares))).Code);
        await _ann.PlaceAsync(Order(_ann, Second, "s2", Side.Sell, coin: shares));

        WaitRow Wait(string subject) => new() { Subject = subject, Failures = 1, FailedAt = until - 3_600, Until = until };
    }

    [Fact]
    public async Task An_instrument_in_which_something_is_under_way_is_not_left_closed()
    {
        await _ann.PlaceAsync(Order(_ann, Second, "s", Side.Sell));
        await _host.DisposeAsync();
        var refused = await Assert.ThrowsAsync<Hosting.StartupException>(() => TradingHost.StartAsync(_database));
        Assert.Contains(Second, refused.Message, StringComparison.Ordinal);
        await StartAsync();
        await _ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:s");
        await _host.DisposeAsync();

        // Alone again: what was named in the other stays named.
        _host = await TradingHost.StartAsync(_database);
        _ann = await _host.TraderAsync(1);
        Assert.Equal(ProblemCodes.DuplicateClientOrderId, (await _ann.ProblemAsync(Order(_ann, First, "s", Side.Sell))).Code);
        await _ann.PlaceAsync(Order(_ann, First, "t", Side.Sell));
    }

    [Fact]
    public async Task Each_instrument_has_its_parts_in_the_status_and_where_one_is_in_trouble_it_says_so()
    {
        var parts = (await StatusAsync()).Components.Where(part => part.Instrument is not null)
            .GroupBy(part => part.Instrument!).ToDictionary(group => group.Key, group => group.Select(part => part.Name));
        Assert.Equal(Both, parts.Keys.Order(StringComparer.Ordinal));
        Assert.All(parts.Values, names => Assert.Equal(["sharechain", "matching", "swaps", "workers"], names));
        Assert.Equal(Both, (await StatusAsync()).Chains.Select(tips => tips.Instrument));

        using var stop = new CancellationTokenSource();
        var worker = _host.Instruments.All[1].Workers.Supervise(
            _host.Get<Microsoft.Extensions.Logging.ILogger<SeveralBooksTests>>(), "What a test does", TimeProvider.System);
        var running = worker.RunAsync(_ => throw new InvalidOperationException("nobody's business"), stop.Token);
        var part = (await StatusAsync()).Components.Single(one => one is { Name: "workers", Instrument: Second });
        Assert.Equal((Health.Down, $"What a test does ({Second}) met a bug."), (part.Health, part.Detail));
        Assert.Equal(Health.Down, (await StatusAsync()).Health);
        await stop.CancelAsync();
        await running;

        Task<ServerStatus> StatusAsync() => _ann.SendAsync<ServerStatus>(HttpMethod.Get, Routes.Status);
    }

    private static string Of(string route, string instrument) =>
        route.Replace("{instrument}", instrument, StringComparison.Ordinal);

    private static async Task<Trade> NextTradeAsync(StreamClient reader)
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        while (await reader.NextAsync(patience.Token) is { } told)
        {
            if (told.Type == StreamEventType.Update && told.Channel.StartsWith("trades:", StringComparison.Ordinal))
                return System.Text.Json.JsonSerializer.Deserialize<Trade>(told.Data!.Value, MarketJson.Options)!;
        }
        throw new InvalidOperationException("No trade was told.");
    }

    private async Task RestartAsync()
    {
        _ann.Dispose();
        _bob.Dispose();
        await _host.DisposeAsync();
        await StartAsync();
    }
}
