using Market.Api.Realtime;
using Market.Api.Tests.Orders;
using Market.Api.Trading;
using Market.Contracts;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Tests.Instruments;

/// <summary>Two instruments in one server: books, tapes, streams and pages apart.</summary>
public sealed class SeveralBooksTests(PostgresFixture postgres) : TwoBooks(postgres)
{
    [Fact]
    public async Task Books_tapes_and_streams_are_apart()
    {
        Assert.Equal(Both, (await Ann.SendAsync<Instrument[]>(HttpMethod.Get, Routes.Instruments)).Select(one => one.Id));
        var topics = Host.Get<Topics>();
        var readers = new Dictionary<string, StreamClient>();
        foreach (var instrument in Both)
        {
            readers[instrument] = topics.Open(null);
            foreach (var channel in new[] { Channels.Book(instrument), Channels.Trades(instrument) })
                Assert.Null((await topics.SubscribeAsync(readers[instrument], channel, default)).Refusal);
        }

        foreach (var (instrument, price) in Both.Zip([Price, 2 * Price]))
        {
            await Ann.PlaceAsync(Order(Ann, instrument, $"s-{instrument}", Side.Sell, 5 * Share, price: price));
            var bought = await Bob.PlaceAsync(Order(Bob, instrument, $"b-{instrument}", Side.Buy, price: price));
            Assert.Equal((instrument, price), (Assert.Single(bought.Fills).Instrument, bought.Fills[0].Price.Sats));
        }

        foreach (var (instrument, price) in Both.Zip([Price, 2 * Price]))
        {
            var book = await Ann.SendAsync<BookSnapshot>(HttpMethod.Get, Of(Routes.Book, instrument));
            Assert.Equal((price, 4 * Share), (Assert.Single(book.Asks).Price.Sats, book.Asks[0].Quantity.Units));
            var trade = Assert.Single((await Ann.SendAsync<Page<Trade>>(HttpMethod.Get, Of(Routes.Trades, instrument))).Items);
            Assert.Equal((instrument, price), (trade.Instrument, trade.Price.Sats));
            var told = await NextTradeAsync(readers[instrument]);
            Assert.Equal((instrument, price), (told.Instrument, told.Price.Sats));
            var swap = await Ann.SendAsync<SwapDetail>(HttpMethod.Get, $"{Routes.Swaps}/{trade.SwapId}");
            Assert.Equal(instrument, swap.Summary.Instrument);
            Assert.Equal([trade.SwapId], (await Ann.SendAsync<Page<SwapSummary>>(
                HttpMethod.Get, $"{Routes.Swaps}?instrument={instrument}")).Items.Select(one => one.Id));
            Assert.Equal(1, (await Ann.SendAsync<SwapCounts>(HttpMethod.Get, Of(Routes.SwapCounts, instrument))).Moving);
        }

        Assert.Equal(2, (await Ann.SendAsync<Page<SwapSummary>>(HttpMethod.Get, Routes.Swaps)).Items.Count);
        foreach (var reader in readers.Values) topics.Closed(reader);
    }

    [Fact]
    public async Task A_final_trade_of_one_moves_no_price_of_the_other()
    {
        await Ann.PlaceAsync(Order(Ann, First, "s", Side.Sell));
        await Bob.PlaceAsync(Order(Bob, First, "b", Side.Buy));
        Assert.Null((await Host.Sequencer.LockTradeAsync(1, default)).Refusal);
        var second = Host.Instruments.All[1].Sequencer;
        Assert.Equal(ProblemCodes.UnknownOrder, (await second.LockTradeAsync(1, default)).Refusal?.Code);
        await Eventually.TrueAsync(async () => (await TickerAsync(First)).Last is not null, "the first has a price");
        Assert.Null((await TickerAsync(Second)).Last);

        Task<Ticker> TickerAsync(string instrument) => Ann.SendAsync<Ticker>(HttpMethod.Get, Of(Routes.Ticker, instrument));
    }

    [Fact]
    public async Task An_orders_number_is_good_in_its_instrument_and_a_clients_name_in_all()
    {
        foreach (var instrument in Both) await Ann.PlaceAsync(Order(Ann, instrument, $"s-{instrument}", Side.Sell));
        var orders = (await Ann.SendAsync<Page<Order>>(HttpMethod.Get, Routes.Orders)).Items;
        Assert.Equal([Second, First], orders.Select(one => one.Instrument));
        var number = Assert.Single(orders.Select(one => one.Id).Distinct());
        Assert.Equal([First], (await Ann.SendAsync<Page<Order>>(HttpMethod.Get, $"{Routes.Orders}?instrument={First}")).Items
            .Select(one => one.Instrument));

        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            var refused = await Ann.ProblemAsync(method, $"{Routes.Orders}/{number}");
            Assert.Equal(ProblemCodes.ValidationFailed, refused.Code);
            Assert.Contains(Second, Assert.Single(refused.Errors!["instrument"]), StringComparison.Ordinal);
            Assert.Equal(
                ProblemCodes.UnknownInstrument, await Ann.RefusedAsync(method, $"{Routes.Orders}/{number}?instrument=NONE"));
        }

        var second = await Ann.SendAsync<Order>(HttpMethod.Get, $"{Routes.Orders}/{number}?instrument={Second}");
        Assert.Equal(($"s-{Second}", Second), (second.ClientOrderId, second.Instrument));
        Assert.Equal(Second, (await Ann.SendAsync<Order>(HttpMethod.Get, $"{Routes.Orders}/client:s-{Second}")).Instrument);
        Assert.Equal(Second, (await Ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:s-{Second}")).Instrument);
        var first = await Ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/{number}?instrument={First}");
        Assert.Equal(First, first.Instrument);
        foreach (var route in new[] { Routes.Chains, Routes.Fees, Routes.Orders, Routes.Fills, Routes.Swaps })
            Assert.Equal(ProblemCodes.UnknownInstrument, await Ann.RefusedAsync(HttpMethod.Get, $"{route}?instrument=NONE"));
    }

    [Fact]
    public async Task Pages_of_orders_and_fills_of_both_leave_nothing_out_and_show_nothing_twice()
    {
        for (var i = 0; i < 3; i++)
        {
            foreach (var instrument in Both)
            {
                await Ann.PlaceAsync(Order(Ann, instrument, $"s{i}-{instrument}", Side.Sell));
                await Bob.PlaceAsync(Order(Bob, instrument, $"b{i}-{instrument}", Side.Buy));
            }
        }

        var orders = await AllAsync<Order>(Ann, Routes.Orders);
        Assert.Equal(["s2-" + Second, "s2-" + First, "s1-" + Second, "s1-" + First, "s0-" + Second, "s0-" + First],
            orders.Select(one => one.ClientOrderId));
        var fills = await AllAsync<Fill>(Bob, Routes.Fills);
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
            for (var i = 0; i < 2; i++) await Ann.PlaceAsync(Order(Ann, instrument, $"s{i}-{instrument}", Side.Sell));
        }

        var one = await CancelAsync(Second);
        Assert.Equal([Second, Second], one.Select(order => order.Instrument));
        await Ann.PlaceAsync(Order(Ann, Second, "more", Side.Sell));
        var all = await CancelAsync(null);
        Assert.Equal([First, First, Second], all.Select(order => order.Instrument).Order(StringComparer.Ordinal));

        async Task<IReadOnlyList<Order>> CancelAsync(string? instrument) => (await Ann.SendAsync<CancelledOrders>(
            HttpMethod.Post, Routes.CancelAll, new CancelAllOrders { Instrument = instrument })).Orders;
    }

    [Fact]
    public async Task Cancel_all_fails_by_a_stopped_instrument_only_where_something_stands_in_it()
    {
        await Ann.PlaceAsync(Order(Ann, First, "a", Side.Sell));
        await Bob.PlaceAsync(Order(Bob, First, "b", Side.Sell));
        await Bob.PlaceAsync(Order(Bob, Second, "c", Side.Sell));
        var second = Host.Instruments.All[1].Sequencer;
        // The next number is taken by another.
        await using (var command = Host.Get<NpgsqlDataSource>().CreateCommand(
            "insert into market.journal (instrument, first_sequence, last_sequence, time, commands, events) "
            + $"values ('{Second}', {second.Sequence + 1}, {second.Sequence + 1}, now(), '', '')"))
        {
            await command.ExecuteNonQueryAsync();
        }
        Assert.Equal(ProblemCodes.Unavailable, await Ann.RefusedAsync(Order(Ann, Second, "d", Side.Sell)));
        await Eventually.TrueAsync(() => second.State == SequencerState.Stopped, "it stopped");

        var cancelled = (await Ann.SendAsync<CancelledOrders>(HttpMethod.Post, Routes.CancelAll, new CancelAllOrders())).Orders;
        Assert.Equal(OrderStatus.Cancelled, Assert.Single(cancelled).Status);
        Assert.Equal(ProblemCodes.Unavailable, await Ann.RefusedAsync(
            HttpMethod.Post, Routes.CancelAll, new CancelAllOrders { Instrument = Second }));
        Assert.Equal(ProblemCodes.Unavailable, await Bob.RefusedAsync(
            HttpMethod.Post, Routes.CancelAll, new CancelAllOrders()));
        Assert.Equal(OrderStatus.Cancelled, (await Bob.SendAsync<Order>(HttpMethod.Get, $"{Routes.Orders}/client:b")).Status);
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
        var worker = Host.Instruments.All[1].Workers.Supervise(
            Host.Get<Microsoft.Extensions.Logging.ILogger<SeveralBooksTests>>(), "What a test does", TimeProvider.System);
        var running = worker.RunAsync(_ => throw new InvalidOperationException("nobody's business"), stop.Token);
        var part = (await StatusAsync()).Components.Single(one => one is { Name: "workers", Instrument: Second });
        Assert.Equal((Health.Down, $"What a test does ({Second}) met a bug."), (part.Health, part.Detail));
        Assert.Equal(Health.Down, (await StatusAsync()).Health);
        await stop.CancelAsync();
        await running;

        Task<ServerStatus> StatusAsync() => Ann.SendAsync<ServerStatus>(HttpMethod.Get, Routes.Status);
    }
}
