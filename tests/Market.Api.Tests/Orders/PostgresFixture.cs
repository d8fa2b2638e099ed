using System.Globalization;
using Market.Api.Data;
using Market.Api.Tests.Orders;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Market.Api.Tests.Orders;

/// <summary>One PostgreSQL for all tests; each test makes its own database in it.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private const string Pool = ";Maximum Pool Size=16";

    private readonly TestPostgres _postgres = new();
    private readonly Lazy<Task<NpgsqlConnectionStringBuilder>> _template;
    private int _made;

    public PostgresFixture() => _template = new Lazy<Task<NpgsqlConnectionStringBuilder>>(MigrateAsync);

    public ValueTask InitializeAsync() => _postgres.InitializeAsync();

    /// <summary>A new database with all tables, and nothing in them: as the migrations made them once for all tests. Its connection
    /// string.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var template = await _template.Value;
        var name = string.Create(CultureInfo.InvariantCulture, $"m{Interlocked.Increment(ref _made)}");
        await using var connection = new NpgsqlConnection(Of(template, "postgres", pooling: false));
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"create database \"{name}\" template \"{template.Database}\"", connection);
        await create.ExecuteNonQueryAsync();
        return Of(template, name, pooling: true) + Pool;
    }

    /// <summary>A new database that has nothing, tables neither; its connection string.</summary>
    public async Task<string> NewEmptyDatabaseAsync() => await _postgres.NewDatabaseAsync() + Pool;

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _postgres.DisposeAsync();
    }

    private async Task<NpgsqlConnectionStringBuilder> MigrateAsync()
    {
        var made = new NpgsqlConnectionStringBuilder(await _postgres.NewDatabaseAsync());
        // A database that somebody is connected to is no template.
        await using var db = new MarketDb(new DbContextOptionsBuilder<MarketDb>()
            .UseNpgsql(Of(made, made.Database!, pooling: false), Database.Options).Options);
        await db.Database.MigrateAsync();
        return made;
    }

    private static string Of(NpgsqlConnectionStringBuilder server, string database, bool pooling) =>
        new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = database, Pooling = pooling }.ConnectionString;
}
