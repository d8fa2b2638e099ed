using System.Diagnostics;
using System.Globalization;
using Market.Chains.Postgres;
using Npgsql;
using Testcontainers.PostgreSql;

namespace Market.Testing.Chains;

/// <summary>A PostgreSQL for tests that may lose what it holds.</summary>
public interface ITestDatabases : IAsyncDisposable
{
    /// <summary>Makes an empty database.</summary>
    /// <param name="name">Letters and digits.</param>
    /// <returns>Its connection string.</returns>
    Task<string> NewAsync(string name);
}

/// <summary>PostgreSQL in a container of the Docker engine.</summary>
public sealed class ContainerDatabases : ITestDatabases
{
    private const string Image = "postgres:15-bookworm";

    /// <summary>For the servers of a few tests at once, each with a pool of its own.</summary>
    internal const int MostConnections = 200;

    private readonly PostgreSqlContainer _container;

    private ContainerDatabases(PostgreSqlContainer container) => _container = container;

    /// <summary>Starts the container; nothing is left of it where that fails.</summary>
    public static async Task<ITestDatabases> StartAsync()
    {
        // As fast and as forgetful as the private cluster.
        var container = new PostgreSqlBuilder(Image)
            .WithCommand(
                "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off",
                "-c", string.Create(CultureInfo.InvariantCulture, $"max_connections={MostConnections}"))
            .WithTmpfsMount("/var/lib/postgresql/data")
            .Build();
        try
        {
            await container.StartAsync();
            return new ContainerDatabases(container);
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<string> NewAsync(string name)
    {
        await using var connection = new NpgsqlConnection(ConnectionStringFor("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"create database \"{name}\"", connection);
        await create.ExecuteNonQueryAsync();
        return ConnectionStringFor(name);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _container.DisposeAsync();

    private string ConnectionStringFor(string database) =>
        new NpgsqlConnectionStringBuilder(_container.GetConnectionString())
        {
            Database = database,
            Timeout = 15,
            MaxPoolSize = MostConnections / 8,
            IncludeErrorDetail = true,
        }.ConnectionString;
}

/// <summary>A private cluster of Debian's PostgreSQL. Those that a killed test process left behind are stopped and removed by the
/// next one.</summary>
public sealed class ClusterDatabases : ITestDatabases
{
    private const string Prefix = "market-test-pg-";

    private static int _started;

    private readonly PrivatePostgres _cluster;
    private readonly string _home;

    private ClusterDatabases(PrivatePostgres cluster, string home) => (_cluster, _home) = (cluster, home);

    /// <summary>Starts a cluster of its own.</summary>
    public static async Task<ITestDatabases> StartAsync()
    {
        await SweepAsync();
        var home = Path.Combine(Path.GetTempPath(), string.Create(
            CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _started)}"));
        var cluster = await PrivatePostgres.StartAsync(
            home, new PrivatePostgresOptions { Durable = false, MaxConnections = ContainerDatabases.MostConnections });
        await LeaveUncleanedAsync(cluster.ConnectionString);
        return new ClusterDatabases(cluster, home);
    }

    /// <inheritdoc/>
    public Task<string> NewAsync(string name) => _cluster.EnsureDatabaseAsync(name);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    // Each database is to be looked after once a minute: of the hundreds of a run that is several processes a second, and none of
    // them lives long enough to need it.
    private static async Task LeaveUncleanedAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        foreach (var statement in new[] { "alter system set autovacuum = off", "select pg_reload_conf()" })
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task SweepAsync()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            if (!int.TryParse(Path.GetFileName(folder)[Prefix.Length..].Split('-')[0], out var owner) || IsAlive(owner))
            {
                continue;
            }

            try
            {
                // Joining a cluster and letting go of it stops it.
                await (await PrivatePostgres.StartAsync(folder)).DisposeAsync();
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception error) when (error is IOException or PrivatePostgresException)
            {
                TestContext.Current.SendDiagnosticMessage("{0} could not be swept: {1}", folder, error.Message);
            }
        }
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
