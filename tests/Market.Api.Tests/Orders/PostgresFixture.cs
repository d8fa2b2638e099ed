using Market.Api.Tests.Orders;
using Market.Testing.Chains;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Market.Api.Tests.Orders;

/// <summary>One PostgreSQL for all tests; each test makes its own database in it.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly TestPostgres _postgres = new();

    public ValueTask InitializeAsync() => _postgres.InitializeAsync();

    /// <summary>A new, empty database; its connection string.</summary>
    public async Task<string> NewDatabaseAsync() => await _postgres.NewDatabaseAsync() + ";Maximum Pool Size=16";

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _postgres.DisposeAsync();
    }
}
