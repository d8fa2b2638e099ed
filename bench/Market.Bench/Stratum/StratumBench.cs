using System.CommandLine;
using System.Diagnostics;
using System.Net;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Chains.Stratum;
using Market.Sharechain;

namespace Market.Bench.Stratum;

/// <summary>
/// Miners of a Stratum server on a devnet in memory: how long a result waits for its answer while everybody has one every ten
/// seconds, and how long a new tip takes to reach them all. Server, node and miners share this machine and one process.
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
        await using var ground = await Ground.OpenAsync(difficulty);
        var times = Latencies.New();
        var miners = await ConnectAsync(ground, connections, times);
        await SendAsync(miners, WarmSeconds);
        times.Reset();
        var (sent, elapsed) = await SendAsync(miners, seconds);
        var waiting = Stopwatch.GetTimestamp();
        while (miners.Any(miner => miner.Unanswered > 0) && Stopwatch.GetElapsedTime(waiting) < LastAnswers)
        {
            await Task.Delay(10);
        }

        var answers = miners.SelectMany(miner => miner.Answers).GroupBy(each => each.Key)
            .OrderBy(each => each.Key).Select(each => $"{Name(each.Key)} {each.Sum(one => one.Value):N0}");
        Console.WriteLine($"{connections:N0} connections, {sent / elapsed:N0} results/s for {elapsed:N0} s: "
            + $"p50 {Latencies.Of(times, 50):N2} ms, p99 {Latencies.Of(times, 99):N2} ms, "
            + $"longest {Latencies.Of(times, 100):N1} ms; "
            + $"{string.Join(", ", answers)}, unanswered {miners.Sum(miner => miner.Unanswered)}; "
            + $"{(await ground.Shares.GetTipAsync()).Height} shares meanwhile, of which each gave all connections a new job; "
            + $"resident {Process.GetCurrentProcess().WorkingSet64 >> 20} MB with the miners");
        miners.ForEach(miner => miner.Dispose());
    }

    private static async Task<(int Sent, double Seconds)> SendAsync(List<LoadMiner> miners, double seconds)
    {
        var gap = TimeSpan.FromSeconds(SecondsBetweenResults / miners.Count);
        var start = Stopwatch.GetTimestamp();
        var sent = 0;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            for (var due = (int)(Stopwatch.GetElapsedTime(start) / gap); sent < due; sent++)
            {
                await miners[sent % miners.Count].SubmitAsync();
            }

            await Task.Delay(1);
        }

        return (sent, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static async Task SwitchAsync(int connections, int switches)
    {
        await using var ground = await Ground.OpenAsync(16);
        var miners = await ConnectAsync(ground, connections, Latencies.New());
        var (each, last) = (Latencies.New(), Latencies.New());
        for (var i = -WarmSwitches; i < switches; i++)
        {
            if (i == 0)
            {
                each.Reset();
                last.Reset();
            }

            miners.ForEach(miner => miner.AwaitClean());
            await ground.Main.MineAsync(1, Ground.Payee(Math.Max(0, i)));
            var heard = await Task.WhenAll(miners.Select(miner => miner.Cleaned));
            var start = ground.TipMoved;
            foreach (var at in heard)
            {
                each.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(start, at).TotalMicroseconds));
            }

            last.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(start, heard.Max()).TotalMicroseconds));
            await Task.Delay(200);
        }

        Console.WriteLine($"{switches} new Bitcoin blocks to {connections:N0} connections of {Addresses:N0} addresses: a "
            + $"connection has its job after p50 {Latencies.Of(each, 50):N1} ms, p99 {Latencies.Of(each, 99):N1} ms; the last of "
            + $"all after p50 {Latencies.Of(last, 50):N1} ms, longest {Latencies.Of(last, 100):N1} ms");
        miners.ForEach(miner => miner.Dispose());
    }

    private static async Task<List<LoadMiner>> ConnectAsync(Ground ground, int count, HdrHistogram.HistogramBase times)
    {
        var miners = new List<LoadMiner>();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i += ConnectedAtOnce)
        {
            var some = Enumerable.Range(i, Math.Min(ConnectedAtOnce, count - i))
                .Select(n => new LoadMiner($"{ground.AddressOf(n % Addresses)}.{n}", times)).ToList();
            await Task.WhenAll(some.Select(miner => miner.StartAsync(ground.Server.EndPoint)));
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

    /// <summary>A devnet in memory and its server.</summary>
    private sealed class Ground : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private Task _watching = Task.CompletedTask;
        private long _tipMoved;

        private Ground(EmbeddedMainchain main, ShareNode shares, StratumServer server) =>
            (Main, Shares, Server) = (main, shares, server);

        public EmbeddedMainchain Main { get; }

        public ShareNode Shares { get; }

        public StratumServer Server { get; }

        /// <summary>When the mainchain told of its last block.</summary>
        public long TipMoved => Interlocked.Read(ref _tipMoved);

        public static async Task<Ground> OpenAsync(double difficulty)
        {
            var options = new EmbeddedMainchainOptions { TreasuryScript = Payee(0), Mine = false };
            var main = await EmbeddedMainchain.OpenAsync(
                options, InterpreterRules.Consensus, new MemoryBlockStore(), TimeProvider.System);
            var shares = await ShareNode.OpenAsync(
                SharechainProfile.Find("p2share-devnet")!, InterpreterRules.Consensus, new MemoryBlockStore(), main,
                TimeProvider.System);
            var server = new StratumServer(
                shares, main,
                new StratumOptions
                {
                    Listen = new IPEndPoint(IPAddress.Loopback, 0),
                    MostOfAddress = int.MaxValue,
                    MostASecond = int.MaxValue,
                    Rules = new StratumRules { StartDifficulty = difficulty, LeastDifficulty = difficulty },
                },
                TimeProvider.System);
            server.Start();
            var ground = new Ground(main, shares, server);
            ground._watching = Task.Run(ground.WatchAsync);
            return ground;
        }

        public static Script Payee(int number) => Script.P2wsh(new Script(new byte[] { 0x02, (byte)number, (byte)(number >> 8) }));

        public string AddressOf(int number) => BitcoinAddress.FromScript(Payee(number), Shares.Network).ToString();

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await _stop.CancelAsync();
            await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Shares.DisposeAsync();
            await Main.DisposeAsync();
            _stop.Dispose();
        }

        private async Task WatchAsync()
        {
            await foreach (var happened in Main.SubscribeAsync(_stop.Token))
            {
                if (happened is ChainEvent.TipChanged)
                {
                    Interlocked.Exchange(ref _tipMoved, Stopwatch.GetTimestamp());
                }
            }
        }
    }
}
