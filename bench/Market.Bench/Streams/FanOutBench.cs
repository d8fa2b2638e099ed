using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Market.Bench.Stratum;
using Market.Chains.Postgres;

namespace Market.Bench.Streams;

/// <summary>
/// One channel of the real server told to many readers over real sockets, by each of its doors: messages delivered, processor time
/// of the server for each, memory for a reader, and what readers that read nothing cost the others. Server, PostgreSQL and
/// readers share this machine; the server's processor time is its own.
/// </summary>
internal static class FanOutBench
{
    private const int AtOnce = 50;
    private const int SmallBuffer = 4 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(10);

    public static Command Build()
    {
        var readers = new Option<int>("--readers") { Description = "How many read", DefaultValueFactory = _ => 2_000 };
        var slow = new Option<int>("--slow") { Description = "How many more that read nothing", DefaultValueFactory = _ => 20 };
        var rate = new Option<int>("--rate") { Description = "Messages a second, each to all", DefaultValueFactory = _ => 50 };
        var seconds = new Option<int>("--seconds") { Description = "For how long", DefaultValueFactory = _ => 10 };
        var doors = new Option<ReaderDoor[]>("--door")
        {
            Description = "What they come by",
            DefaultValueFactory = _ => Enum.GetValues<ReaderDoor>(),
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("streams", "A stream told to many readers: messages, processor time, memory, slow readers")
        { readers, slow, rate, seconds, doors };
        command.SetAction((parsed, cancel) => RunAsync(
            new Load(parsed.GetValue(readers), parsed.GetValue(rate), parsed.GetValue(seconds)),
            parsed.GetValue(slow), parsed.GetValue(doors)!, cancel));
        return command;
    }

    private sealed record Load(int Readers, int Rate, int Seconds)
    {
        public int Messages => Rate * Seconds;
    }

    // Each in a server of its own: what one kind of reader leaves in pools would count for the next.
    private static async Task RunAsync(Load load, int slow, ReaderDoor[] doors, CancellationToken cancel)
    {
        StratumProcess.ReadWhereItComes();
        Console.WriteLine(Machine.Describe());
        var folder = Path.Combine(Path.GetTempPath(), "market-bench-" + Guid.NewGuid().ToString("N")[..8]);
        await using (var postgres = await PrivatePostgres.StartAsync(folder, cancellation: cancel))
        {
            foreach (var door in doors)
            {
                var database = await postgres.EnsureDatabaseAsync($"bench_{door}".ToLowerInvariant(), cancel);
                var (process, address) = await BenchServer.OpenAsync(database, BenchServer.Streams);
                using (process)
                {
                    await MeasureAsync(process, new IPEndPoint(IPAddress.Loopback, address.Port), door, load, slow);
                    process.StandardInput.Close();
                    await process.WaitForExitAsync(cancel);
                }
            }
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(Process process, IPEndPoint server, ReaderDoor door, Load load, int slow)
    {
        // Compiled and grown before anything is measured.
        await using (var first = await FanOutCrowd.OpenAsync(server, door, load.Readers, AtOnce))
        {
            for (var i = 0; i < 3; i++) await TellAsync(process, first, load with { Seconds = 3 });
        }
        await UntilAsync(async () => (await LookAsync(process)).Readers == 0);
        var empty = await LookAsync(process);
        await using var crowd = await FanOutCrowd.OpenAsync(server, door, load.Readers, AtOnce);
        var beats = crowd.BeatAsync(BeatEvery);
        await UntilAsync(() => Task.FromResult(crowd.Least >= 1));
        var joined = await LookAsync(process);
        var alone = await TellAsync(process, crowd, load);
        var told = await LookAsync(process);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{door}: {load.Readers} readers; of each {(joined.Alive - empty.Alive) / 1e3 / load.Readers:F1} kB alive and "
            + $"{(joined.Resident - empty.Resident) / 1e3 / load.Readers:F1} kB resident when joined, "
            + $"{(told.Alive - empty.Alive) / 1e3 / load.Readers:F1} and "
            + $"{(told.Resident - empty.Resident) / 1e3 / load.Readers:F1} kB once told"));
        Print("  alone", alone, joined, told);
        await using var silent = await FanOutCrowd.OpenAsync(server, door, slow, AtOnce, SmallBuffer);
        var before = await LookAsync(process);
        var beside = await TellAsync(process, crowd, load);
        var after = await LookAsync(process);
        Print($"  beside {slow} that read nothing", beside, before, after);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  of each that reads nothing {(after.Alive - before.Alive) / 1e3 / Math.Max(1, slow):F0} kB alive; "
            + $"of those that read ended: {crowd.Ended}; load {Machine.Load()}"));
        crowd.Stop();
        await beats;
    }

    private static void Print(string what, Delivered told, Figures before, Figures after) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{what}: {told.Messages:N0} of {told.Wanted:N0} messages of {told.Bytes / (double)Math.Max(1, told.Messages):F0} bytes in "
        + $"{told.Seconds:F1} s, {told.Messages / told.Seconds:N0}/s; processor {(after.Processor - before.Processor) / 1e3:F2} s, "
        + $"{(after.Processor - before.Processor) * 1e3 / Math.Max(1, told.Messages):F2} us a message, "
        + $"{told.Messages / (double)Math.Max(1, after.Processor - before.Processor) * 1e3:N0}/s of one core; "
        + $"{(after.Allocated - before.Allocated) * 1024.0 / Math.Max(1, told.Messages):F0} bytes allocated a message; "
        + $"{after.Collections - before.Collections} collections, paused {after.Paused - before.Paused} ms"));

    /// <summary>What came of what was told.</summary>
    private sealed record Delivered(long Messages, long Wanted, long Bytes, double Seconds);

    private static async Task<Delivered> TellAsync(Process process, FanOutCrowd crowd, Load load)
    {
        var (count, bytes, start) = (crowd.Count, crowd.Bytes, Environment.TickCount64);
        var wanted = (long)load.Messages * load.Readers;
        await AskAsync(process, $"{FanOutGround.Tell} {load.Rate} {load.Messages}");
        // Who fell behind got snapshots: fewer come then than were told.
        for (var last = -1L; crowd.Count - count < wanted && last != crowd.Count; await Task.Delay(40 * Pause)) last = crowd.Count;
        return new Delivered(crowd.Count - count, wanted, crowd.Bytes - bytes, Math.Max(1, crowd.Last - start) / 1e3);
    }

    private sealed record Figures(
        long Alive, long Resident, long Readers, long Processor, long Allocated, long Collections, long Paused);

    private static async Task<Figures> LookAsync(Process process)
    {
        var all = await AskAsync(process, FanOutGround.Look);
        return new Figures(all[0], all[1], all[2], all[3], all[4], all[5], all[6]);
    }

    // What else it writes is its log.
    private static async Task<long[]> AskAsync(Process process, string what)
    {
        await process.StandardInput.WriteLineAsync(what);
        await process.StandardInput.FlushAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Length > 0 && char.IsAsciiDigit(line[0]) && line.All(c => char.IsAsciiDigit(c) || c == ' '))
                return [.. line.Split(' ').Select(each => long.Parse(each, CultureInfo.InvariantCulture))];
        }
        throw new InvalidOperationException("The server ended.");
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Patience; await Task.Delay(Pause))
        {
            if (await isSo()) return;
        }
        throw new TimeoutException("Readers did not come or go.");
    }
}
