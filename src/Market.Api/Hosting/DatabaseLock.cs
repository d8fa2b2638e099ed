using Market.Api.Data;
using Market.Chains;
using Npgsql;

namespace Market.Api.Hosting;

/// <summary>
/// One server works on a database at a time, whichever instruments it trades: what stands behind orders and who waits is in its
/// memory. It holds an advisory lock of the database on a connection of its own, which ends with its process. Where that connection
/// is cut it takes the lock again; where another server has taken it meanwhile, it stops.
/// </summary>
/// <param name="connectionString">The database.</param>
/// <param name="lifetime">Stops the server.</param>
/// <param name="clock">The time of pauses.</param>
/// <param name="log">Is told.</param>
public sealed partial class DatabaseLock(
    string connectionString, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<DatabaseLock> log)
    : BackgroundService, IAsyncDisposable
{
    /// <summary>Takes the lock, in SQL.</summary>
    internal const string Taking = "select pg_advisory_lock(hashtextextended('market server', 7))";

    // A server that was killed may be noticed by the database a moment later.
    private const string Patience = "5s";
    private const int KeepAliveSeconds = 30;

    // A pool would give the connection, and with it the lock, to others.
    private readonly string _connectionString = new NpgsqlConnectionStringBuilder(connectionString)
    {
        Pooling = false,
        KeepAlive = KeepAliveSeconds,
    }.ConnectionString;

    private readonly Supervised _supervised = log.Supervise("The lock of the database", clock);
    private NpgsqlConnection? _held;

    /// <summary>True where another server has the database.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Takes the database for this server.</summary>
    /// <exception cref="StartupException">Another server works on it.</exception>
    public async Task TakeAsync(CancellationToken cancel)
    {
        if (!await TryTakeAsync(cancel))
            throw new StartupException("Another server works on this database: stop it, or name another --database.");
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _supervised.RunAsync(HoldAsync, stoppingToken);

    private async Task HoldAsync(CancellationToken stop)
    {
        if (_held is null && !await TryTakeAsync(stop))
        {
            IsLost = true;
            Lost(log);
            lifetime.StopApplication();
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, stop);
        }
        _supervised.IsWell();
        try
        {
            // Nothing is ever told on it: what ends the wait is that the connection is cut.
            await _held!.WaitAsync(stop);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await LetGoAsync();
            throw;
        }
    }

    private async Task<bool> TryTakeAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancel);
            await using var take = new NpgsqlCommand($"set lock_timeout = '{Patience}'; {Taking}", connection);
            await take.ExecuteNonQueryAsync(cancel);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            if (e is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable }) return false;
            throw;
        }
        _held = connection;
        return true;
    }

    private async Task LetGoAsync()
    {
        if (_held is not { } held) return;
        _held = null;
        await held.DisposeAsync();
    }

    /// <summary>Gives the database to whichever server comes next.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        if (ExecuteTask is { } running) await running;
        await LetGoAsync();
    }

    [LoggerMessage(LogLevel.Critical, "Another server works on this database; this one stops")]
    private static partial void Lost(ILogger log);
}
