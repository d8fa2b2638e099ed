using System.CommandLine;
using System.Diagnostics;
using Market.Chains.Postgres;
using Npgsql;

namespace Market.Bench;

/// <summary>How long a server takes from its process's start until its book takes orders, with a long history on disk.</summary>
internal static class StartBench
{
    private const int Starts = 3;

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var orders = new Argument<int>("orders") { Description = "Orders of history", DefaultValueFactory = _ => 1_000_000 };
        var command = new Command("start", "A server's start with a million orders of history: until it takes orders") { orders };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(orders)));
        return command;
    }

    private static async Task RunAsync(int orders)
    {
        Console.WriteLine($"{Machine.Describe()}, load {Machine.Load()}");
        var folder = Path.Combine(Path.GetTempPath(), "market-bench-" + Guid.NewGuid().ToString("N")[..8]);
        // The history is made without waiting for the disk; the starts read it.
        await using (var postgres = await PrivatePostgres.StartAsync(folder, new PrivatePostgresOptions { Durable = false }))
        {
            var database = await postgres.EnsureDatabaseAsync("bench");
            await MeasureAsync(database, "none");
            await using (var host = await QuietMarket.StartAsync(database))
            {
                var history = await OrderHistory.OpenAsync(host.Services);
                await history.RunAsync(orders / OrderHistory.Accounts);
            }
            await using (var source = NpgsqlDataSource.Create(database))
            await using (var analyze = source.CreateCommand("vacuum analyze"))
            {
                analyze.CommandTimeout = 0;
                await analyze.ExecuteNonQueryAsync();
            }
            await MeasureAsync(database, $"{orders:N0} orders");
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(string database, string history)
    {
        for (var i = 0; i < Starts; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var (server, _, _) = await BenchServer.StartAsync(database, BenchServer.OrdersAlone);
            using (server)
            {
                var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                server.Refresh();
                Console.WriteLine($"history {history}: takes orders after {seconds:N2} s, "
                    + $"{server.TotalProcessorTime.TotalSeconds:N2} s of the server's CPU");
                server.StandardInput.Close();
                await server.WaitForExitAsync();
            }
        }
    }
}
