using Market.Testing.Chains;
using Npgsql;

namespace Market.Api.Tests.Orders;

/// <summary>Keeps every sequencer from committing.</summary>
internal sealed class HeldJournal : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private HeldJournal(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (_connection, _transaction) = (connection, transaction);

    public static async Task<HeldJournal> HoldAsync(string database)
    {
        var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        var held = new HeldJournal(connection, await connection.BeginTransactionAsync());
        await using var command = new NpgsqlCommand("lock table market.journal in exclusive mode", connection);
        await command.ExecuteNonQueryAsync();
        return held;
    }

    public async Task UntilWaitedForAsync() => await Eventually.TrueAsync(async () =>
    {
        await using var command = new NpgsqlCommand(
            "select count(*) from pg_locks where not granted and relation = 'market.journal'::regclass", _connection);
        return (long)(await command.ExecuteScalarAsync())! > 0;
    }, "the sequencer waits for the journal");

    public Task ReleaseAsync() => _transaction.RollbackAsync();

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
