using Market.Api.Hosting;
using Market.Contracts;
using Market.Testing.Chains;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Market.Api.Tests.Orders;

/// <summary>One server works on a database at a time.</summary>
public sealed class DatabaseLockTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Locks =
        "from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())";

    private string _database = null!;
    private TradingHost _host = null!;
    private NpgsqlConnection _connection = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        _host = await TradingHost.StartAsync(_database);
        _connection = new NpgsqlConnection(_database + ";Pooling=false");
        await _connection.OpenAsync(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_second_server_of_the_same_instrument_or_another_is_refused_until_the_first_has_ended(int instrument)
    {
        Assert.Contains("Another server", (await RefusedAsync(instrument)).Message, StringComparison.Ordinal);
        using (var ann = await _host.TraderAsync(1))
        {
            await ann.PlaceAsync("a", Side.Sell, 100_000, 100_000_000);
            await ann.SendAsync<Order>(HttpMethod.Delete, $"{Routes.Orders}/client:a");
        }
        await _host.DisposeAsync();
        _host = await TradingHost.StartAsync(_database, first: instrument);
    }

    [Fact]
    public async Task A_lock_whose_connection_is_cut_is_taken_again()
    {
        var first = await HolderAsync();
        await CutAsync(first);
        await Eventually.TrueAsync(async () => await HolderAsync() is { } now && now != first, "it is taken again");
        await RefusedAsync(0);
        Assert.False(Lifetime.ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public async Task A_server_whose_database_another_has_taken_stops()
    {
        await using var other = new NpgsqlConnection(_database + ";Pooling=false");
        await other.OpenAsync(Stop);
        await using var take = new NpgsqlCommand(DatabaseLock.Taking, other);
        // It is next in the queue: no other comes between.
        var taken = take.ExecuteNonQueryAsync(Stop);
        await Eventually.TrueAsync(
            async () => await AskAsync($"select count(*) {Locks} and not granted") is 1L, "it waits");
        await CutAsync(await HolderAsync());
        await taken;
        await Eventually.TrueAsync(() => Lifetime.ApplicationStopping.IsCancellationRequested, "it stops");
        Assert.True(_host.Get<DatabaseLock>().IsLost);
    }

    private IHostApplicationLifetime Lifetime => _host.Get<IHostApplicationLifetime>();

    private Task<StartupException> RefusedAsync(int instrument) =>
        Assert.ThrowsAsync<StartupException>(() => TradingHost.StartAsync(_database, first: instrument));

    private async Task<int?> HolderAsync() => await AskAsync($"select pid {Locks} and granted") as int?;

    private Task CutAsync(int? holder) => AskAsync($"select pg_terminate_backend({holder})");

    private async Task<object?> AskAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        return await command.ExecuteScalarAsync(Stop);
    }
}
