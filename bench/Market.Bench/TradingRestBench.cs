using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using HdrHistogram;
using Market.Chains.Postgres;
using Npgsql;

namespace Market.Bench;

/// <summary>
/// Orders over REST from many clients: signed beforehand, each with its own coin, one in ten trades at once and opens a
/// swap. The server, its PostgreSQL (durable) and the clients share this machine.
/// </summary>
internal static class TradingRestBench
{
    private const int Clients = 64;
    private const int Slices = 5;

    public static Command Build()
    {
        var orders = new Argument<int>("orders")
        {
            Description = $"Orders of each of the {Clients} clients",
            DefaultValueFactory = _ => 500,
        };
        orders.Validators.Add(given =>
        {
            if (given.Tokens.Count == 1
                && (!int.TryParse(given.Tokens[0].Value, CultureInfo.InvariantCulture, out var wanted) || wanted < Slices))
                given.AddError($"orders: give a number of at least {Slices}");
        });
        var hub = new Option<bool>("--hub") { Description = "Over the hub (JSON) in place of REST" };
        var command = new Command("orders",
            "Orders over REST with a PostgreSQL commit, many clients: orders a second, latency, fsync") { orders, hub };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(orders), parsed.GetValue(hub)));
        return command;
    }

    private static async Task RunAsync(int perClient, bool isHub)
    {
        Console.WriteLine($"{Machine.Describe()}, load {Machine.Load()}");
        var folder = Path.Combine(Path.GetTempPath(), "market-bench-" + Guid.NewGuid().ToString("N")[..8]);
        await using (var postgres = await PrivatePostgres.StartAsync(folder))
        {
            var database = await postgres.EnsureDatabaseAsync("bench");
            Console.WriteLine($"fsync of 4 kB in {folder}: {Machine.MeasureFsync(folder):N2} ms");
            await MeasureAsync(database, perClient, isHub);
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(string database, int perClient, bool isHub)
    {
        var (server, address, _) = await BenchServer.StartAsync(database, BenchServer.OrdersAlone);
        using (server)
        {
            var clients = await Task.WhenAll(
                Enumerable.Range(0, Clients).Select(n => Client.PrepareAsync(address, n, perClient, isHub)));
            // A server that has just begun compiles itself while it serves: the slices show when it is warm.
            for (var slice = 0; slice < Slices; slice++)
                await MeasureSliceAsync(server, clients, perClient * slice / Slices, perClient * (slice + 1) / Slices);
            await PrintJournalAsync(database);
            server.StandardInput.Close();
            await server.WaitForExitAsync();
        }
    }

    private static async Task MeasureSliceAsync(Process server, Client[] clients, int from, int to)
    {
        foreach (var client in clients) client.Times.Reset();
        server.Refresh();
        var cpu = server.TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(clients.Select(c => c.SendAsync(from, to)));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        server.Refresh();
        cpu = server.TotalProcessorTime - cpu;
        var times = Latencies.New();
        foreach (var client in clients) times.Add(client.Times);
        Console.WriteLine($"{times.TotalCount:N0} orders from {Clients} clients: {times.TotalCount / seconds:N0} orders/s, "
            + $"p50 {Latencies.Of(times, 50):N1} ms, p99 {Latencies.Of(times, 99):N1} ms, "
            + $"{clients.Sum(c => c.Refused)} refused so far, "
            + $"{cpu.TotalMilliseconds / times.TotalCount:N3} ms of the server's CPU an order");
    }

    private static async Task PrintJournalAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("""
            select count(*), sum(last_sequence - first_sequence + 1), sum(length(commands) + length(events)),
                (select count(*) from market.trades) from market.journal
            """);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        Console.WriteLine($"{reader.GetInt64(0):N0} commits of {reader.GetDecimal(1) / reader.GetInt64(0):N1} commands, "
            + $"{reader.GetDecimal(2) / reader.GetDecimal(1):N0} bytes a command, {reader.GetInt64(3):N0} trades");
    }

    private sealed class Client
    {
        // A tier gives a key no more open orders than that.
        private const int OrdersOfKey = 200;

        private readonly BenchTrader[] _keys;
        private readonly byte[][] _bodies;

        private Client(BenchTrader[] keys, byte[][] bodies)
        {
            _keys = keys;
            _bodies = bodies;
        }

        /// <summary>How long its orders took, in microseconds.</summary>
        public HistogramBase Times { get; } = Latencies.New();

        public int Refused { get; private set; }

        public static async Task<Client> PrepareAsync(Uri address, int number, int orders, bool isHub)
        {
            var keys = new BenchTrader[(orders + OrdersOfKey - 1) / OrdersOfKey];
            for (var i = 0; i < keys.Length; i++) keys[i] = await BenchTrader.EnterAsync(address, number + i * Clients);
            if (isHub)
            {
                foreach (var key in keys) await key.OpenHubAsync(address);
            }
            return new Client(keys, [.. Enumerable.Range(0, orders).Select(i => keys[i / OrdersOfKey].Order(i))]);
        }

        public async Task SendAsync(int from, int to)
        {
            for (var i = from; i < to; i++)
            {
                var start = Stopwatch.GetTimestamp();
                var isTaken = await _keys[i / OrdersOfKey].PlaceAsync(_bodies[i]);
                Latencies.Note(Times, start);
                if (!isTaken) Refused++;
            }
        }
    }
}
