using System.Collections.Concurrent;
using System.Net.Http.Json;
using Market.Contracts;
using Market.Trading;
using Side = Market.Contracts.Side;

namespace Market.Api.Tests.Orders;

public sealed class CrashTests(PostgresFixture postgres)
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;
    private const int Traders = 8;

    [Fact]
    public async Task Killed_in_mid_load_it_has_lost_nothing_that_was_acknowledged()
    {
        var database = await postgres.NewDatabaseAsync();
        var acknowledged = new ConcurrentDictionary<(int Trader, string Name), (PlaceOrder Body, PlacedOrder Answer)>();
        var cancelled = new ConcurrentDictionary<(int Trader, string Name), bool>();
        for (var life = 0; life < 3; life++)
        {
            using var server = await ChildServer.StartAsync(database);
            var before = acknowledged.Count;
            using var stop = new CancellationTokenSource();
            var load = Enumerable.Range(0, Traders)
                .Select(t => LoadAsync(server.Address, t, life, acknowledged, cancelled, stop.Token)).ToArray();
            for (var i = 0; i < 1_200 && acknowledged.Count - before < 150; i++) await Task.Delay(50);
            await server.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(load);
            Assert.True(acknowledged.Count - before >= 150, "The load did not run.");
        }

        var journal = await Journals.RebuildAsync(database);
        using var last = await ChildServer.StartAsync(database);
        for (var t = 0; t < Traders; t++)
        {
            using var trader = await Trader.SignInAsync(last.Address, 100 + t);
            foreach (var ((_, name), (body, answer)) in acknowledged.Where(a => a.Key.Trader == t))
            {
                var order = await trader.SendAsync<Order>(HttpMethod.Get, $"/api/v1/orders/client:{name}");
                Assert.Equal((answer.Order.Id, answer.Order.CreatedAt), (order.Id, order.CreatedAt));
                Assert.True(order.Filled.Units >= answer.Order.Filled.Units, "a fill is gone");
                if (cancelled.ContainsKey((t, name))) Assert.Equal(0, order.Remaining.Units);

                // Asked again after the crash it is the same order, not another.
                Assert.Equal(order.Id, (await trader.PlaceAsync(body)).Order.Id);
            }
        }
        Assert.Equal(journal.StateHash(), await WithoutRepetitionsAsync(database));
        await AssertBookAsync(last.Address, journal);
    }

    // Repeated orders are journaled as such: they raise the sequence and change nothing else.
    private static async Task<byte[]> WithoutRepetitionsAsync(string database)
    {
        var now = await Journals.RebuildAsync(database);
        var copy = await Journals.RebuildUntilAsync(database, e => e.Kind == EventKind.Duplicate);
        Assert.Equal(now.LiveOrders, copy.LiveOrders);
        return copy.StateHash();
    }

    private static async Task AssertBookAsync(Uri server, OrderBook journal)
    {
        using var http = new HttpClient { BaseAddress = server };
        var book = await http.GetFromJsonAsync<BookSnapshot>(
            "/api/v1/instruments/P2SHARE-BTC/book?depth=1000", MarketJson.Options);
        foreach (var (side, shown) in new[] { (Market.Trading.Side.Buy, book!.Bids), (Market.Trading.Side.Sell, book.Asks) })
        {
            var levels = new Market.Trading.BookLevel[1_000];
            var count = journal.CopyLevels(side, levels);
            Assert.Equal(levels.Take(count).Select(l => (l.Price, l.Quantity, l.Orders)),
                shown.Select(l => (l.Price.Sats, l.Quantity.Units, l.Orders)));
        }
        Assert.Equal(BookChecksum.Compute(book.Bids, book.Asks), book.Checksum);
    }

    private static async Task LoadAsync(Uri server, int number, int life,
        ConcurrentDictionary<(int, string), (PlaceOrder, PlacedOrder)> acknowledged,
        ConcurrentDictionary<(int, string), bool> cancelled, CancellationToken stop)
    {
        try
        {
            using var trader = await Trader.SignInAsync(server, 100 + number);
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var name = $"l{life}-{i}";
                var side = (i + number) % 3 == 0 ? Side.Buy : Side.Sell;
                var order = trader.Order(name, side, Price + (side == Side.Buy ? 10 : 0) + 10 * (i % 5), (1 + i % 4) * Share,
                    coin: TestCoins.Make(trader.PublicKey, 1_000 * Share, (ulong)(1_000_000 * life + i)));
                var placed = await trader.PlaceAsync(order);
                acknowledged[(number, name)] = (order, placed);
                if (i % 4 != 0 || placed.Order.Status != OrderStatus.Open) continue;
                using var answer = await trader.RawAsync(HttpMethod.Delete, $"/api/v1/orders/{placed.Order.Id}");
                if (answer.IsSuccessStatusCode) cancelled[(number, name)] = true;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            // The server was killed: what it had not answered it did not promise.
        }
    }
}
