using System.Diagnostics;
using Npgsql;

namespace Market.Bench.Load;

/// <summary>What the server takes of the machine, every ten seconds.</summary>
internal sealed class LoadMeter(Process server, LogMeter log, string database)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    public async Task RunAsync(CancellationToken cancel)
    {
        var start = Stopwatch.GetTimestamp();
        Console.WriteLine($"{"s",5} {"RSS, MB",8} {"threads",8} {"connections",12} {"log, kB/min",12}");
        await using var source = NpgsqlDataSource.Create(database);
        var (written, at) = (log.Characters, start);
        while (!cancel.IsCancellationRequested)
        {
            var connections = await CountAsync(source, cancel);
            server.Refresh();
            var minutes = Stopwatch.GetElapsedTime(at).TotalMinutes;
            var now = log.Characters;
            Console.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalSeconds,5:N0} {server.WorkingSet64 / 1e6,8:N0} "
                + $"{server.Threads.Count,8} {connections,12} {(minutes < 0.1 ? 0 : (now - written) / 1e3 / minutes),12:N1}");
            (written, at) = (now, Stopwatch.GetTimestamp());
            await Task.Delay(Every, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        foreach (var line in log.First().Take(5)) Console.WriteLine($"log: {line}");
    }

    private static async Task<long> CountAsync(NpgsqlDataSource source, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }
}
