using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Market.Chains.Postgres;
using Npgsql;

namespace Market.Bench;

/// <summary>The sequencer and its journal without the wire: orders come checked, and count once they are on disk.</summary>
internal static class JournalBench
{
    private const int Slices = 5;

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var orders = new Argument<int>("orders")
        {
            Description = $"Orders of each of {OrderHistory.Accounts} accounts in each of {Slices} slices; each is cancelled, too",
            DefaultValueFactory = _ => 500,
        };
        var command = new Command("journal", "Sequencer and journal alone: commands a second, on disk before they are answered")
        {
            orders,
        };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(orders)));
        return command;
    }

    private static async Task RunAsync(int ordersEach)
    {
        Console.WriteLine($"{Machine.Describe()}, load {Machine.Load()}");
        var folder = Path.Combine(Path.GetTempPath(), "market-bench-" + Guid.NewGuid().ToString("N")[..8]);
        await using (var postgres = await PrivatePostgres.StartAsync(folder))
        {
            var database = await postgres.EnsureDatabaseAsync("bench");
            Console.WriteLine($"fsync of 4 kB in {folder}: {Machine.MeasureFsync(folder):N2} ms");
            await using var host = await QuietMarket.StartAsync(database);
            var history = await OrderHistory.OpenAsync(host.Services);
            for (var slice = 0; slice < Slices; slice++) await MeasureAsync(history, ordersEach);
            await PrintAsync(database);
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(OrderHistory history, int ordersEach)
    {
        using var self = Process.GetCurrentProcess();
        var (cpu, start) = (self.TotalProcessorTime, Stopwatch.GetTimestamp());
        var bytes = GC.GetTotalAllocatedBytes();
        var commands = await history.RunAsync(ordersEach);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        bytes = GC.GetTotalAllocatedBytes() - bytes;
        self.Refresh();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{commands:N0} commands: {commands / seconds:N0}/s on disk, "
            + $"{(self.TotalProcessorTime - cpu).TotalMicroseconds / commands:N1} us of the process's CPU "
            + $"and {bytes / commands:N0} bytes allocated a command"));
    }

    private static async Task PrintAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(
            "select count(*), sum(last_sequence - first_sequence + 1) from market.journal");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        Console.WriteLine($"{reader.GetInt64(0):N0} commits of {reader.GetDecimal(1) / reader.GetInt64(0):N1} commands");
    }
}
