using Market.Api.Tests.Orders;
using Market.Chains.Postgres;
using Market.Chains.Storage;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Market.Api.Tests.Orders;

/// <summary>One private PostgreSQL for all tests; each test makes its own database in it.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "market-tests-" + Guid.NewGuid().ToString("N")[..12]);
    private PrivatePostgres? _postgres;
    private int _made;

    public async ValueTask InitializeAsync() =>
        _postgres = await PrivatePostgres.StartAsync(_folder, new PrivatePostgresOptions { Durable = false });

    /// <summary>A new, empty database; its connection string.</summary>
    public async Task<string> NewDatabaseAsync() =>
        await _postgres!.EnsureDatabaseAsync($"t{Interlocked.Increment(ref _made)}") + ";Maximum Pool Size=16";

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_postgres is not null) await _postgres.DisposeAsync();
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }
}
