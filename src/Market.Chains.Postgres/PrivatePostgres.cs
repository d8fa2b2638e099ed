using System.Security.Cryptography;
using System.Text;
using Market.Chains.Storage;
using Npgsql;

namespace Market.Chains.Postgres;

/// <summary>How a private cluster is run.</summary>
public sealed record PrivatePostgresOptions
{
    /// <summary>False trades safety against a power cut for speed: for tests.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>The most connections the server takes.</summary>
    public int MaxConnections { get; init; } = 100;

    /// <summary>How long starting or stopping may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>The time of waiting.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>PostgreSQL is not installed, or does not start. The message says what to do.</summary>
public sealed class PrivatePostgresException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// A PostgreSQL cluster of one's own in a folder: made on first use, reachable only through a Unix socket that only
/// its user can open. Ends with its starter, however that ends; joined where it still runs. Runs Debian's binaries; root
/// runs them as the system user <c>postgres</c>, since PostgreSQL refuses root.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private const string SystemUser = "postgres";
    private const string Role = "market";
    private const int LongestSocketFolder = 80;
    private const long MostLogBytes = 10 * 1024 * 1024;
    private const string Install = "Install it with: sudo apt-get install -y postgresql";

    private readonly PostgresPrograms _programs;
    private readonly PrivatePostgresOptions _options;
    private readonly string _socketFolder;
    private PostgresGuard? _guard;

    private PrivatePostgres(
        PostgresPrograms programs, PrivatePostgresOptions options, string dataFolder, string socketFolder)
    {
        _programs = programs;
        _options = options;
        DataFolder = dataFolder;
        _socketFolder = socketFolder;
    }

    /// <summary>Where the cluster's files are. Not below the folder asked for where that cannot be entered by the
    /// system user; a file there named <c>LOCATION</c> then says where.</summary>
    public string DataFolder { get; }

    /// <summary>Connects to the database "postgres" of the cluster.</summary>
    public string ConnectionString => ConnectionStringFor("postgres");

    /// <summary>Connects to a database of the cluster.</summary>
    public string ConnectionStringFor(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _socketFolder,
        Username = Role,
        Database = database,
        Timeout = 15,
        MaxPoolSize = Math.Max(4, _options.MaxConnections / 4),
        IncludeErrorDetail = true,
    }.ConnectionString;

    /// <summary>Starts the cluster of a folder, making it where there is none, or joins it where it runs.</summary>
    /// <param name="folder">The cluster's own folder; made where missing.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="PrivatePostgresException">PostgreSQL is missing or does not start; says what to do.</exception>
    public static async Task<PrivatePostgres> StartAsync(
        string folder, PrivatePostgresOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new PrivatePostgresOptions();
        var programs = PostgresPrograms.Find(SystemUser, options.Clock)
            ?? throw new PrivatePostgresException($"PostgreSQL is not installed on this machine. {Install}");
        folder = Path.GetFullPath(folder);
        var home = ChooseHome(folder, programs.RunsAsSystemUser);
        Directory.CreateDirectory(home);
        await using var guard = await FolderLock.TakeAsync(
            Path.Combine(home, "starting.lock"), options.Patience, options.Clock, cancellation).ConfigureAwait(false);
        var data = Path.Combine(home, "data");
        var sockets = Path.Combine(home, "socket");
        if (sockets.Length > LongestSocketFolder)
        {
            sockets = Path.Combine(Path.GetTempPath(), "market-pg-" + ShortHash(home));
        }

        var cluster = new PrivatePostgres(programs, options, data, sockets);
        await cluster.StartAsync(cancellation).ConfigureAwait(false);
        cluster._guard = PostgresGuard.Set(
            home, programs.Command("pg_ctl", ["-D", data, "-m", "fast", "-w", "stop"]));
        return cluster;
    }

    /// <summary>Makes a database where there is none of the name.</summary>
    /// <param name="database">Letters, digits and underscores.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Its connection string.</returns>
    public async Task<string> EnsureDatabaseAsync(string database, CancellationToken cancellation = default)
    {
        if (database.Length is 0 or > 63 || !database.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            throw new ArgumentException("A database is named by letters, digits and underscores.", nameof(database));
        }

        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellation).ConfigureAwait(false);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection);
        exists.Parameters.AddWithValue(database);
        if (await exists.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is null)
        {
            await using var create = new NpgsqlCommand($"create database \"{database}\"", connection);
            await create.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }

        return ConnectionStringFor(database);
    }

    /// <summary>Stops the server: running statements are broken off, everything committed is kept.</summary>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        NpgsqlConnection.ClearAllPools();
        var seconds = ((int)_options.Patience.TotalSeconds).ToString(null, null);
        await _programs.RunAsync(
            "pg_ctl", ["-D", DataFolder, "-m", "fast", "-w", "-t", seconds, "stop"], _options.Patience, cancellation)
            .ConfigureAwait(false);
        _guard?.Dispose();
        _guard = null;
    }

    /// <summary>Stops the server.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task StartAsync(CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(DataFolder, "PG_VERSION")))
        {
            await InitializeAsync(cancellation).ConfigureAwait(false);
        }

        CheckVersion();
        await _programs.OwnAsync(_socketFolder, cancellation).ConfigureAwait(false);
        if (await AnswersAsync(cancellation).ConfigureAwait(false))
        {
            return;
        }

        var log = Path.Combine(DataFolder, "server.log");
        if (File.Exists(log) && new FileInfo(log).Length > MostLogBytes)
        {
            File.Move(log, log + ".1", overwrite: true);
        }

        var settings = string.Join(' ', Settings().Select(setting => $"-c {setting}"));
        var seconds = ((int)_options.Patience.TotalSeconds).ToString(null, null);
        var (code, output) = await _programs.RunAsync(
            "pg_ctl", ["-D", DataFolder, "-l", log, "-w", "-t", seconds, "-o", settings, "start"],
            _options.Patience, cancellation).ConfigureAwait(false);
        if (code != 0 || !await AnswersAsync(cancellation).ConfigureAwait(false))
        {
            throw new PrivatePostgresException(
                $"PostgreSQL did not start in {DataFolder}. {output.Trim()}\n{Tail(log)}\n"
                + "If the files are damaged, move that folder away; a new one is then made.");
        }
    }

    private IEnumerable<string> Settings()
    {
        yield return $"unix_socket_directories={_socketFolder}";
        yield return "listen_addresses=";
        yield return $"max_connections={_options.MaxConnections}";
        yield return "unix_socket_permissions=0700";
        // What a statement did wrong is told to who sent it; the log is for the cluster's own affairs.
        yield return "log_min_messages=log";
        yield return "log_min_error_statement=panic";
        yield return "log_checkpoints=off";
        if (!_options.Durable)
        {
            yield return "fsync=off";
            yield return "synchronous_commit=off";
            yield return "full_page_writes=off";
        }
    }

    private async Task InitializeAsync(CancellationToken cancellation)
    {
        // A folder without PG_VERSION is one that initdb was killed in: nothing in it was ever in use.
        if (Directory.Exists(DataFolder))
        {
            Directory.Delete(DataFolder, recursive: true);
        }

        await _programs.OwnAsync(DataFolder, cancellation).ConfigureAwait(false);
        var (code, output) = await _programs.RunAsync(
            "initdb",
            [
                "-D", DataFolder, "-U", Role, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions",
                .. _options.Durable ? (string[])[] : ["--no-sync"],
            ],
            _options.Patience, cancellation).ConfigureAwait(false);
        if (code != 0)
        {
            throw new PrivatePostgresException($"initdb could not make a cluster in {DataFolder}: {output.Trim()}");
        }
    }

    private void CheckVersion()
    {
        var made = File.ReadAllText(Path.Combine(DataFolder, "PG_VERSION")).Trim();
        if (_programs.Major.Length > 0 && made != _programs.Major)
        {
            throw new PrivatePostgresException(
                $"The cluster in {DataFolder} was made by PostgreSQL {made}, and {_programs.Major} is installed. "
                + $"Install the older one (sudo apt-get install -y postgresql-{made}) or move the folder away.");
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(DataFolder, "postmaster.pid")))
        {
            return false;
        }

        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
            await connection.OpenAsync(cancellation).ConfigureAwait(false);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static string Tail(string log)
    {
        const int lines = 8;
        try
        {
            return string.Join('\n', File.ReadLines(log).TakeLast(lines));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string ChooseHome(string folder, bool bySystemUser)
    {
        if (!bySystemUser || ParentsOf(folder).All(CanBeEntered))
        {
            return folder;
        }

        var elsewhere = "/var/lib/market/postgres-" + ShortHash(folder);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "LOCATION"), elsewhere + "\n");
        return elsewhere;
    }

    private static IEnumerable<string> ParentsOf(string folder)
    {
        for (var at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Directory.Exists(at))
            {
                yield return at;
            }
        }
    }

    private static bool CanBeEntered(string folder) => OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(folder) & UnixFileMode.OtherExecute) != 0;

    private static string ShortHash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
}
