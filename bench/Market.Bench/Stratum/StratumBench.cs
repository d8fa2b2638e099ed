using System.CommandLine;
using System.Diagnostics;
using HdrHistogram;

namespace Market.Bench.Stratum;

/// <summary>
/// Miners of a Stratum server on a devnet in memory: how long a result waits for its answer while everybody has one every ten
/// seconds, counted from the moment at which it should have been sent, and how long a new tip takes to reach them all. The
/// server and its nodes are one process, the miners this one; both share the machine.
/// </summary>
internal static class StratumBench
{
    private const int Addresses = 1_000;
    private const int ConnectedAtOnce = 100;
    private const double SecondsBetweenResults = 10;

    // Any hash will do: what is measured is the server, not the miner.
    private const double Easiest = 1e-11;
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(10);

    // A process that has just begun compiles itself.
    private const double WarmSeconds = 10;
    private const int WarmSwitches = 5;
    private const long MinersGarbage = 200 << 20;

    public static Command Build()
    {
        var connections = new Option<int>("--connections") { DefaultValueFactory = _ => 5_000 };
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 60 };
        var difficulty = new Option<double>("--difficulty")
        {
            Description = "Of a result; at 1e-9 every few seconds one is a share, which gives all connections a new job",
            DefaultValueFactory = _ => Easiest,
        };
        var switches = new Option<int>("--switches") { DefaultValueFactory = _ => 20 };
        var switched = new Option<int>("--switched") { DefaultValueFactory = _ => 1_000 };
        var command = new Command("stratum", "Miners' connections: the answer to a result, the switch to a new job")
        {
            connections, seconds, difficulty, switches, switched,
        };
        command.SetAction(async (parsed, _) =>
        {
            StratumProcess.ReadWhereItComes();
            Console.WriteLine(Machine.Describe());
            Console.WriteLine($"load before: {Machine.Load()}");
            await SwitchAsync(parsed.GetValue(switched), parsed.GetValue(switches));
            await SubmitAsync(parsed.GetValue(connections), parsed.GetValue(seconds), parsed.GetValue(difficulty));
            Console.WriteLine($"load after: {Machine.Load()}");
        });
        return command;
    }

    private static async Task SubmitAsync(int connections, int seconds, double difficulty)
    {
        await using var ground = await StratumProcess.StartAsync(difficulty);
        var (times, starts) = (Latencies.New(), Latencies.New());
        var miners = await ConnectAsync(ground, connections, times, starts);
        await SendAsync(miners, WarmSeconds);
        times.Reset();
        starts.Reset();
        var before = await ground.AskAsync(StratumGround.Look);

        // That miners of a load program collect their garbage together is nothing that miners do.
        GC.TryStartNoGCRegion(MinersGarbage);
        var stood = GC.GetTotalPauseDuration();
        var (sent, elapsed) = await SendAsync(miners, seconds);
        stood = GC.GetTotalPauseDuration() - stood;
        var waiting = Stopwatch.GetTimestamp();
        while (miners.Any(miner => miner.Unanswered > 0) && Stopwatch.GetElapsedTime(waiting) < LastAnswers)
        {
            await Task.Delay(10);
        }

        var after = await ground.AskAsync(StratumGround.Look);
        var answers = miners.SelectMany(miner => miner.Answers).GroupBy(each => each.Key)
            .OrderBy(each => each.Key).Select(each => $"{Name(each.Key)} {each.Sum(one => one.Value):N0}");
        Console.WriteLine($"{connections:N0} connections, {sent / elapsed:N0} results/s for {elapsed:N0} s: "
            + $"p50 {Latencies.Of(times, 50):N2} ms, p99 {Latencies.Of(times, 99):N2} ms, "
            + $"longest {Latencies.Of(times, 100):N1} ms, of which it was late by p50 {Latencies.Of(starts, 50):N2} ms, "
            + $"p99 {Latencies.Of(starts, 99):N2} ms when it was sent; "
            + $"{string.Join(", ", answers)}, unanswered {miners.Sum(miner => miner.Unanswered)}; "
            + $"{after[0] - before[0]} shares meanwhile, of which each gave all connections a new job; the server: "
            + $"resident {after[1]} MB, {after[2] - before[2]:N0} ms of processor time, stood still for {after[3] - before[3]} ms "
            + $"to collect {(after[4] - before[4]) >> 10:N0} MB of garbage, the miners for {stood.TotalMilliseconds:N0} ms");
        miners.ForEach(miner => miner.Dispose());
    }

    // A thread of its own: none of the pool, which reads answers, is kept by it, and timers of the pool do not wake it late.
    private static Task<(int Sent, double Seconds)> SendAsync(List<LoadMiner> miners, double seconds) =>
        Task.Factory.StartNew(
            () => Send(miners, seconds), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static (int Sent, double Seconds) Send(List<LoadMiner> miners, double seconds)
    {
        var gap = TimeSpan.FromSeconds(SecondsBetweenResults / miners.Count);
        var start = Stopwatch.GetTimestamp();
        var sent = 0;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            for (var due = (int)(Stopwatch.GetElapsedTime(start) / gap) + 1; sent < due; sent++)
            {
                miners[sent % miners.Count].Submit(start + (long)(sent * gap.TotalSeconds * Stopwatch.Frequency));
            }

            // The shortest sleep there is. By what it takes too long results are sent late, which counts as waiting for the answer
            // and is told by itself; a thread that spins instead takes one of the cores that are measured.
            Thread.Sleep(1);
        }

        return (sent, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static async Task SwitchAsync(int connections, int switches)
    {
        await using var ground = await StratumProcess.StartAsync(16);
        var miners = await ConnectAsync(ground, connections, Latencies.New(), Latencies.New());
        var (first, each, last) = (Latencies.New(), Latencies.New(), Latencies.New());
        for (var i = -WarmSwitches; i < switches; i++)
        {
            if (i == 0)
            {
                first.Reset();
                each.Reset();
                last.Reset();
            }

            miners.ForEach(miner => miner.AwaitClean());
            var start = (await ground.AskAsync(StratumGround.Mine))[0];
            var heard = await Task.WhenAll(miners.Select(miner => miner.Cleaned));
            foreach (var at in heard)
            {
                each.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(start, at).TotalMicroseconds));
            }

            first.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(start, heard.Min()).TotalMicroseconds));
            last.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(start, heard.Max()).TotalMicroseconds));
            await Task.Delay(200);
        }

        Console.WriteLine($"{switches} new Bitcoin blocks to {connections:N0} connections of {Addresses:N0} addresses: the "
            + $"first has its job after p50 {Latencies.Of(first, 50):N1} ms, "
            + $"a connection after p50 {Latencies.Of(each, 50):N1} ms, p99 {Latencies.Of(each, 99):N1} ms; the last of "
            + $"all after p50 {Latencies.Of(last, 50):N1} ms, longest {Latencies.Of(last, 100):N1} ms");
        miners.ForEach(miner => miner.Dispose());
    }

    private static async Task<List<LoadMiner>> ConnectAsync(
        StratumProcess ground, int count, HistogramBase times, HistogramBase starts)
    {
        var miners = new List<LoadMiner>();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i += ConnectedAtOnce)
        {
            var some = Enumerable.Range(i, Math.Min(ConnectedAtOnce, count - i))
                .Select(n => new LoadMiner($"{StratumGround.AddressOf(n % Addresses)}.{n}", times, starts)).ToList();
            await Task.WhenAll(some.Select(miner => miner.StartAsync(ground.EndPoint)));
            miners.AddRange(some);
        }

        Console.WriteLine($"{count:N0} connected in {Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s");
        return miners;
    }

    private static string Name(int code) => code switch
    {
        0 => "accepted",
        21 => "late",
        _ => $"refused with {code}",
    };
}
