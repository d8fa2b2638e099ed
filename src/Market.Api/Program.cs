using Market.Api.Hosting;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Clock;
using Market.Chains.Postgres;
using Market.Chains.Storage;
using Market.Sharechain;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(ServerOptions.Usage);
    return 0;
}

if (args is [JournalExport.Verb, ..])
{
    await using var lines = Console.OpenStandardOutput();
    return await JournalExport.RunAsync(args[1..], lines, Console.Error, CancellationToken.None);
}

var (options, error) = ServerOptions.Parse(args);
if (options is null)
{
    await Console.Error.WriteLineAsync($"market-api: {error}");
    return 2;
}

try
{
    Curve.UseLibrary(Environment.GetEnvironmentVariable(Curve.LibraryVariable));
    foreach (var warning in options.Warnings) Console.WriteLine($"Warning: {warning}");
    var clock = DevClock.FromEnvironment();
    PrivateFolder.Data(options.Data);
    await using var only = await TakeDataFolderAsync(options.Data);
    Console.WriteLine(options.Database is null ? "Starting a private PostgreSQL" : "Opening the database");
    await using var postgres = options.Database is null
        ? await PrivatePostgres.StartAsync(Path.Combine(Path.GetFullPath(options.Data), "postgres"))
        : null;
    var database = options.Database ?? await postgres!.EnsureDatabaseAsync("market");
    if (options.Reset) return Reset(database, options);
    Console.WriteLine("Opening the chains; an embedded one that is new first mines its first blocks");
    using var logs = LoggerFactory.Create(ServerApp.ConfigureLog);
    await using var chains = await OpenChains.OpenAsync(options, database, clock, logs.CreateLogger<OpenChains>());
    Console.WriteLine("Bringing the database up to date");
    await using var app = ServerApp.Build(options, database, chains.Pairs, clock, faucet: chains.Faucet, miners: chains.Stratum);
    await app.PrepareAsync(CancellationToken.None);
    if (chains.Stratum is { } miners)
        Console.WriteLine($"Miners of {string.Join(", ", miners.Sharechains)} connect at stratum+tcp://{miners.EndPoint}");
    var databaseLock = app.Services.GetRequiredService<DatabaseLock>();
    await app.RunAsync();
    return databaseLock.IsLost ? 1 : 0;
}
catch (Exception e) when (e is StartupException or PrivatePostgresException or ChainUnavailableException
    or CurveLibraryMissingException)
{
    await Console.Error.WriteLineAsync($"market-api: {e.Message}");
    return 1;
}
catch (Npgsql.NpgsqlException e)
{
    await Console.Error.WriteLineAsync($"market-api: the database does not answer: {e.Message}");
    return 1;
}
catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    await Console.Error.WriteLineAsync($"market-api: {options.Urls} is taken by another program; choose another --urls.");
    return 1;
}

static int Reset(string database, ServerOptions options)
{
    try
    {
        foreach (var schema in SharechainProfile.All.Select(row => OpenChains.SchemaOf(options.Network, row)).Distinct())
            PostgresBlockStore.Delete(database, schema);
        return 0;
    }
    catch (InvalidOperationException inUse)
    {
        throw new StartupException(inUse.Message);
    }
}

// Two servers on one folder would write one journal: the second would be fenced off at its first order.
static async Task<FolderLock> TakeDataFolderAsync(string folder)
{
    try
    {
        return await FolderLock.TakeAsync(Path.Combine(folder, "server.lock"), TimeSpan.FromSeconds(5), TimeProvider.System);
    }
    catch (IOException)
    {
        throw new StartupException($"Another server runs on the data folder {folder}: stop it, or name another --data.");
    }
}
