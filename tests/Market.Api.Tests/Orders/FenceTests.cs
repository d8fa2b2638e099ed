using Market.Api.Hosting;
using Market.Api.Trading;
using Market.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Market.Api.Tests.Orders;

public sealed class FenceTests(PostgresFixture postgres)
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;

    [Fact]
    public async Task A_sequencer_with_a_stale_sequence_is_refused_and_stops()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var one = await TradingHost.StartAsync(database);
        // Its lock, of another database, keeps nobody from this one.
        var elsewhere = await postgres.NewDatabaseAsync();
        await using var two = await TradingHost.StartAsync(database, services => services.AddSingleton(
            provider => ActivatorUtilities.CreateInstance<DatabaseLock>(provider, elsewhere)));
        using var ann = await one.TraderAsync(1);
        using var bob = await two.TraderAsync(2);
        await ann.PlaceAsync("a", Side.Sell, Price, Share);

        // The second has not seen the first one's command: its number is taken.
        Assert.Equal(ProblemCodes.Unavailable, await bob.RefusedAsync(bob.Order("b", Side.Sell, Price, Share)));
        await Eventually(() => two.Sequencer.State == SequencerState.Stopped);
        Assert.Equal(ProblemCodes.Unavailable, await bob.RefusedAsync(bob.Order("c", Side.Sell, Price, Share)));
        var instrument = await bob.SendAsync<Instrument>(HttpMethod.Get, "/api/v1/instruments/P2SHARE-BTC");
        Assert.Equal(InstrumentStatus.Paused, instrument.Status);

        await ann.PlaceAsync("d", Side.Sell, Price, Share);
        Assert.Equal(2, (await Journals.RebuildAsync(database)).LiveOrders);
    }

    [Fact]
    public async Task When_the_database_fails_the_book_is_discarded_and_rebuilt()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var host = await TradingHost.StartAsync(database);
        using var ann = await host.TraderAsync(1);
        await ann.PlaceAsync("a", Side.Sell, Price, Share);
        await ExecuteAsync(database, "alter table market.journal rename to journal_away");
        Assert.Equal(ProblemCodes.Unavailable, await ann.RefusedAsync(ann.Order("b", Side.Sell, Price, Share)));
        await ExecuteAsync(database, "alter table market.journal_away rename to journal");
        await Eventually(() => host.Sequencer.State == SequencerState.Running);
        var again = await ann.PlaceAsync("c", Side.Sell, Price, Share);
        Assert.Equal("2", again.Order.Id);
        Assert.Equal(2, (await Journals.RebuildAsync(database)).LiveOrders);

        // Connections cut from behind are the same to it.
        await ExecuteAsync(database,
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() " +
            "and pid <> pg_backend_pid()");
        await Eventually(async () =>
        {
            using var answer = await ann.PostAsync(ann.Order($"n{Guid.NewGuid():N}"[..20], Side.Sell, Price, Share));
            return answer.IsSuccessStatusCode;
        });
        Assert.Equal(3, (await Journals.RebuildAsync(database)).LiveOrders);
    }

    [Theory]
    [InlineData("update market.journal set events = events || '\\x00'::bytea")]
    [InlineData("update market.journal set commands = substr(commands, 1, 20) where first_sequence = 1")]
    [InlineData("delete from market.journal where first_sequence = 1")]
    [InlineData("update market.orders set remaining = remaining - 1")]
    [InlineData("delete from market.orders where id = 2")]
    public async Task A_journal_that_does_not_agree_with_itself_stops_the_market(string damage)
    {
        var database = await postgres.NewDatabaseAsync();
        await using (var host = await TradingHost.StartAsync(database))
        {
            using var ann = await host.TraderAsync(1);
            await ann.PlaceAsync("a", Side.Sell, Price, Share);
            await ann.PlaceAsync("b", Side.Sell, Price, Share);
        }
        await ExecuteAsync(database, damage);
        await Assert.ThrowsAsync<JournalDamagedException>(() => TradingHost.StartAsync(database));
    }

    [Fact]
    public async Task A_start_from_a_snapshot_gives_the_book_of_the_whole_journal()
    {
        var database = await postgres.NewDatabaseAsync();
        await PlaceAsync(database, 0, 5);
        var half = await Journals.RebuildAsync(database);
        await SnapshotAsync(database, half, BookRules.Definition);
        await PlaceAsync(database, 5, 10);
        var whole = await Journals.RebuildAsync(database);
        var replayed = await Journals.RebuildUntilAsync(database, _ => false);
        Assert.Equal(replayed.StateHash(), whole.StateHash());

        // What the snapshot has is not read again.
        await ExecuteAsync(database, $"delete from market.journal where last_sequence <= {half.Sequence}");
        Assert.Equal(replayed.StateHash(), await Journals.HashAsync(database));
        await ExecuteAsync(database, "update market.book_snapshots set state = state || '\\x00'::bytea");
        await Assert.ThrowsAsync<JournalDamagedException>(() => Journals.RebuildAsync(database));
    }

    [Fact]
    public async Task New_rules_are_taken_where_every_standing_order_keeps_them_and_refused_where_not()
    {
        var database = await postgres.NewDatabaseAsync();
        await PlaceAsync(database, 0, 5);
        var old = BookRules.Definition;
        var more = old with { Limits = old.Limits with { MaxOrdersPerAccount = 2_000 } };
        Assert.Equal(5, (await Journals.RebuildAsync(database, more)).LiveOrders);
        Assert.Equal(5, (await Journals.RebuildAsync(database, old)).LiveOrders);
        var dearer = old with { Rules = old.Rules with { MinNotional = 10_000_000 } };
        await Assert.ThrowsAsync<JournalDamagedException>(() => Journals.RebuildAsync(database, dearer));
    }

    private static async Task PlaceAsync(string database, int from, int to)
    {
        await using var host = await TradingHost.StartAsync(database);
        using var ann = await host.TraderAsync(1);
        for (var i = from; i < to; i++) await ann.PlaceAsync($"o{i}", Side.Sell, Price + 10 * (i % 3), (i + 1) * Share);
        await ann.SendAsync<Order>(HttpMethod.Delete, $"/api/v1/orders/client:o{from}");
        await ann.PlaceAsync($"again{from}", Side.Sell, Price, Share);
    }

    private static async Task SnapshotAsync(
        string database, Market.Trading.OrderBook book, Market.Trading.BookDefinition definition)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync();
        await new JournalReader("P2SHARE-BTC", definition).WriteSnapshotAsync(connection, book, DateTimeOffset.UtcNow, default);
    }

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static Task Eventually(Func<bool> isSo) => Eventually(() => Task.FromResult(isSo()));

    private static async Task Eventually(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await isSo()) return;
            await Task.Delay(100);
        }
        Assert.Fail("It did not become so within a minute.");
    }
}
