using System.CommandLine;
using System.Diagnostics;
using System.Net;
using Market.Chains.Postgres;

namespace Market.Bench.Load;

/// <summary>
/// The whole server under many readers of everything that anybody may read, beside people who trade and mine. Server,
/// PostgreSQL and readers share this machine; readers ask without a pause, so the figures are those of a server that has more to
/// do than it can.
/// </summary>
internal static class LoadBench
{
    private const int Traders = 4;
    private const int AccountsBefore = 10;
    private const int SharesBefore = 60;
    private static readonly TimeSpan BetweenOrders = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Command Build()
    {
        var readers = new Option<int>("--readers") { Description = "How many read at once", DefaultValueFactory = _ => 64 };
        var seconds = new Option<int>("--seconds") { Description = "For how long", DefaultValueFactory = _ => 60 };
        var only = new Option<string?>("--only") { Description = "Only routes whose name begins like this" };
        var command = new Command(
            "load", "Readers of every public route beside writers: latency by route, errors, memory, connections, log")
        { readers, seconds, only };
        command.SetAction((parsed, cancel) => RunAsync(
            parsed.GetValue(readers), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(only), cancel));
        return command;
    }

    private static async Task RunAsync(int readers, TimeSpan duration, string? only, CancellationToken cancel)
    {
        Console.WriteLine(Machine.Describe());
        var folder = Path.Combine(Path.GetTempPath(), "market-bench-" + Guid.NewGuid().ToString("N")[..8]);
        await using (var postgres = await PrivatePostgres.StartAsync(folder, cancellation: cancel))
        {
            var database = await postgres.EnsureDatabaseAsync("bench", cancel);
            var (server, address, log) = await BenchServer.StartAsync(database, BenchServer.Whole);
            using (server)
            {
                await MeasureAsync(new LoadMeter(server, log, database), address, readers, duration, only, cancel);
                server.StandardInput.Close();
                await server.WaitForExitAsync(cancel);
            }
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(
        LoadMeter meter, Uri address, int readers, TimeSpan duration, string? only, CancellationToken cancel)
    {
        var before = new LoadWriters(address);
        await before.MineAsync(SharesBefore, 1, cancel);
        await Task.WhenAll(Enumerable.Range(0, Traders).Select(_ => before.TradeAsync(AccountsBefore, TimeSpan.Zero, cancel)));
        using var http = Client(address);
        var routes = await new LoadRoutes(http).FindAsync(before.First!, cancel);
        if (only is not null) routes = [.. routes.Where(r => r.Name.StartsWith(only, StringComparison.Ordinal))];
        Console.WriteLine($"before: {before.Summary}; {routes.Count} routes, {readers} readers, load {Machine.Load()}");

        var writers = new LoadWriters(address, before.Accounts);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        ended.CancelAfter(duration);
        var start = Stopwatch.GetTimestamp();
        Task[] all =
        [
            meter.RunAsync(ended.Token), writers.MineOnAsync(ended.Token),
            .. Enumerable.Range(0, Traders).Select(_ => writers.TradeAsync(int.MaxValue, BetweenOrders, ended.Token)),
            .. Enumerable.Range(0, readers).Select(n => ReadAsync(address, routes, n, ended.Token)),
        ];
        await Task.WhenAll(all.Select(UntilEndAsync));
        Print(routes, Stopwatch.GetElapsedTime(start));
        foreach (var route in writers.Asked) Print(route);
        Console.WriteLine($"all in all: {writers.Summary}; load {Machine.Load()}");
    }

    private static async Task ReadAsync(Uri address, IReadOnlyList<LoadRoute> routes, int number, CancellationToken ended)
    {
        using var http = Client(address);
        var random = new Random(number);
        while (!ended.IsCancellationRequested)
        {
            var route = routes[random.Next(routes.Count)];
            await ReadOneAsync(http, route, route.Paths[random.Next(route.Paths.Count)], ended);
        }
    }

    private static async Task ReadOneAsync(HttpClient http, LoadRoute route, string path, CancellationToken ended)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await http.GetAsync(path, ended);
            await answer.Content.ReadAsByteArrayAsync(ended);
            if (!answer.IsSuccessStatusCode) route.Failed(((int)answer.StatusCode).ToString());
        }
        catch (Exception e) when (e is HttpRequestException or IOException || !ended.IsCancellationRequested)
        {
            route.Failed(e.GetType().Name);
        }
        Latencies.Note(route.Times, start);
    }

    // Ending is no failure; everything else is printed, and does not end the others.
    private static async Task UntilEndAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
        catch (Exception e) when (e is HttpRequestException or IOException or Npgsql.NpgsqlException)
        {
            Console.WriteLine($"ended early: {e.Message}");
        }
    }

    private static HttpClient Client(Uri address) => new(
        // As browsers and most bots do.
        new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All })
    { BaseAddress = address, Timeout = Patience };

    private static void Print(IReadOnlyList<LoadRoute> routes, TimeSpan took)
    {
        Console.WriteLine($"{"route",-62} {"count",7} {"p50, ms",8} {"p99, ms",8} {"max, ms",8}  errors");
        foreach (var route in routes.OrderByDescending(r => Latencies.Of(r.Times, 99))) Print(route);
        var times = Latencies.New();
        foreach (var route in routes) times.Add(route.Times);
        Console.WriteLine($"{"all",-62} {times.TotalCount,7:N0} {Latencies.Of(times, 50),8:N0} {Latencies.Of(times, 99),8:N0} "
            + $"{Latencies.Of(times, 100),8:N0}  {times.TotalCount / took.TotalSeconds:N0} requests/s");
    }

    private static void Print(LoadRoute route) => Console.WriteLine(
        $"{route.Name,-62} {route.Times.TotalCount,7:N0} {Latencies.Of(route.Times, 50),8:N0} "
        + $"{Latencies.Of(route.Times, 99),8:N0} {Latencies.Of(route.Times, 100),8:N0}  "
        + string.Join(", ", route.Errors().Select(e => $"{e.Value} of {e.Key}")));
}
