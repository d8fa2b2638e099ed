using Market.Contracts;
using Npgsql;

namespace Market.Api.Tests.Orders;

/// <summary>Several orders or cancels in one request: each answered by itself, in order, and on disk together.</summary>
public sealed class BatchTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    private string _database = null!;
    private TradingHost _host = null!;
    private Trader _ann = null!, _bob = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        _host = await TradingHost.StartAsync(_database);
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
    public async Task Each_order_is_answered_by_itself_and_those_that_are_taken_are_one_commit()
    {
        await _bob.PlaceAsync("bid", Side.Buy, Price, 3 * Share);
        var coin = _ann.Coin(3 * Share);
        var good = _ann.Order("a", Side.Sell, Price + 10, Share, coin: coin);
        PlaceOrder[] orders =
        [
            good,
            _ann.Order("b c", Side.Sell, Price, Share),
            _ann.Order("d", Side.Sell, Price + 10, Share, coin: coin),
            _ann.Order("e", Side.Sell, Price, Share, o => o with { PostOnly = true }),
            _ann.Order("f", Side.Sell, Price + 10, Share) with { Instrument = "NOPE-BTC" },
            good,
            _ann.Order("g", Side.Sell, Price, Share),
        ];
        var answers = (await PlaceAsync(_ann, orders)).Answers;
        Assert.Equal(
            [
                null, ProblemCodes.ValidationFailed, ProblemCodes.OutpointInUse, ProblemCodes.WouldTrade,
                ProblemCodes.UnknownInstrument, null, null,
            ],
            answers.Select(answer => answer.Problem?.Code));
        Assert.Equal(answers[0].Placed!.Order.Id, answers[5].Placed!.Order.Id);
        Assert.Single(answers[6].Placed!.Fills);
        Assert.Contains("clientOrderId", answers[1].Problem!.Errors!.Keys);
        // The bid before was one batch; what the engine was asked of all these is one more.
        Assert.Equal([(1L, 1L), (2L, 5L)], await BatchesAsync());
        Assert.Equal(3, (await Journals.RebuildAsync(_database)).LiveOrders);

        // Sent again, what was placed is answered with the first orders, and nothing is placed twice.
        var again = (await PlaceAsync(_ann, orders)).Answers;
        Assert.Equal(answers.Select(answer => answer.Placed?.Order.Id), again.Select(answer => answer.Placed?.Order.Id));
    }

    [Fact]
    public async Task Each_cancel_is_answered_by_itself_and_all_are_one_commit()
    {
        for (var i = 0; i < 3; i++) await _ann.PlaceAsync($"o{i}", Side.Sell, Price, Share);
        await _bob.PlaceAsync("b", Side.Buy, Price - 10, Share);
        var before = (await BatchesAsync()).Count;
        var answers = (await CancelAsync(_ann, "client:o0", "2", "4", "client:none", "x y", "client:o0")).Answers;
        Assert.Equal(
            [
                null, null, ProblemCodes.UnknownOrder, ProblemCodes.UnknownOrder, ProblemCodes.ValidationFailed,
                ProblemCodes.OrderClosed,
            ],
            answers.Select(answer => answer.Problem?.Code));
        Assert.All(answers.Take(2), answer => Assert.Equal(OrderStatus.Cancelled, answer.Order!.Status));
        var batches = await BatchesAsync();
        Assert.Equal((before + 1, (5L, 9L)), (batches.Count, batches[^1]));
        Assert.Equal(2, (await Journals.RebuildAsync(_database)).LiveOrders);
    }

    [Fact]
    public async Task Refuses_none_and_more_than_there_may_be()
    {
        Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(
            HttpMethod.Post, Routes.OrderBatch, new PlaceOrders { Orders = [] }));
        var one = _ann.Order("a", Side.Sell, Price, Share);
        Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(
            HttpMethod.Post, Routes.OrderBatch, new PlaceOrders { Orders = [.. Enumerable.Repeat(one, PlaceOrders.Most + 1)] }));
        Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(
            HttpMethod.Delete, Routes.OrderBatch, new CancelOrders { Orders = [] }));
        Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(HttpMethod.Delete, Routes.OrderBatch, new CancelOrders
        {
            Orders = [.. Enumerable.Repeat(new OrderName { Id = "1" }, CancelOrders.Most + 1)],
        }));
        Assert.Equal(0, _host.Sequencer.Sequence);
    }

    [Fact]
    public async Task As_many_as_there_may_be_are_taken_and_are_there_after_a_kill()
    {
        var database = await postgres.NewDatabaseAsync();
        using (var killed = await ChildServer.StartAsync(database))
        {
            using var ann = await Trader.SignInAsync(killed.Address, 1);
            var placed = await PlaceAsync(
                ann, [.. Enumerable.Range(0, PlaceOrders.Most).Select(i => ann.Order($"o{i}", Side.Sell, Price + 10 * i, Share))]);
            Assert.All(placed.Answers, answer => Assert.NotNull(answer.Placed));
            await killed.KillAsync();
        }
        await using var host = await TradingHost.StartAsync(database);
        using var again = await host.TraderAsync(1);
        var open = await again.SendAsync<Page<Order>>(HttpMethod.Get, Routes.Orders + "?status=open&limit=50");
        Assert.Equal(PlaceOrders.Most, open.Items.Count);
        var cancelled = await CancelAsync(again, [.. open.Items.Select(order => order.Id)]);
        Assert.All(cancelled.Answers, answer => Assert.NotNull(answer.Order));
    }

    private async Task<List<(long First, long Last)>> BatchesAsync()
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using var command = source.CreateCommand(
            "select first_sequence, last_sequence from market.journal order by first_sequence");
        await using var reader = await command.ExecuteReaderAsync();
        var batches = new List<(long, long)>();
        while (await reader.ReadAsync()) batches.Add((reader.GetInt64(0), reader.GetInt64(1)));
        return batches;
    }

    private static Task<PlacedOrders> PlaceAsync(Trader trader, PlaceOrder[] orders) =>
        trader.SendAsync<PlacedOrders>(HttpMethod.Post, Routes.OrderBatch, new PlaceOrders { Orders = orders });

    private static Task<CancelledAnswers> CancelAsync(Trader trader, params string[] ids) =>
        trader.SendAsync<CancelledAnswers>(HttpMethod.Delete, Routes.OrderBatch, new CancelOrders
        {
            Orders = [.. ids.Select(id => new OrderName { Id = id })],
        });
}
