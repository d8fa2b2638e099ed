using System.Diagnostics;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Postgres;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Bench.Sharechain;

/// <summary>
/// Many readers of one node, each asking something and pausing, without a writer and beside one that hands in share after
/// share; with each store that ships.
/// </summary>
internal static class ReadersBench
{
    private const int Endowment = 12_000;
    private static readonly TimeSpan ReaderPause = TimeSpan.FromMilliseconds(10);

    public static async Task RunAsync(int readers, int seconds, int transfers)
    {
        var folder = Path.Combine(Path.GetTempPath(), "market-bench-" + Guid.NewGuid().ToString("N")[..8]);
        await MeasureAsync("files", FileBlockStore.Open(Path.Combine(folder, "files")), new Case(readers, seconds, transfers));
        await using (var postgres = await PrivatePostgres.StartAsync(Path.Combine(folder, "postgres")))
        {
            var database = await postgres.EnsureDatabaseAsync("bench");
            var store = PostgresBlockStore.Open(database, "sharechain");
            await MeasureAsync("PostgreSQL", store, new Case(readers, seconds, transfers));
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(string store, IBlockStore blocks, Case given)
    {
        var clock = new HandClock();
        await using var main = await BenchNode.OpenMainAsync(clock);
        await using var node = await BenchNode.OpenAsync(blocks, main, clock);
        var (coins, _) = await node.EndowAsync(Endowment);
        var alone = await ReadAsync(node, given, _ => Task.FromResult(new List<double>()));
        var beside = await ReadAsync(node, given, stop => WriteAsync(node, coins, given.Transfers, stop));
        Console.WriteLine(
            $"{store}: {given.Readers} readers pausing {ReaderPause.TotalMilliseconds} ms each, {given.Seconds} s; "
            + $"{beside.Writes.Count / (double)given.Seconds:N0} shares/s of {given.Transfers} transfers written");
        Console.WriteLine($"{"",-28} {"reads/s",9} {"p50 ms",9} {"p99 ms",9} {"max ms",9}");
        Print("memory, no writer", alone.Memory, given.Seconds);
        Print("memory, beside the writer", beside.Memory, given.Seconds);
        Print("blocks, no writer", alone.Blocks, given.Seconds);
        Print("blocks, beside the writer", beside.Blocks, given.Seconds);
        Print("a share written", beside.Writes, given.Seconds);
        Console.WriteLine(
            "p99 beside the writer over p99 without: "
            + $"memory {Percentile(beside.Memory, 0.99) / Percentile(alone.Memory, 0.99):F2}, "
            + $"blocks {Percentile(beside.Blocks, 0.99) / Percentile(alone.Blocks, 0.99):F2}");
    }

    private static async Task<Readings> ReadAsync(
        BenchNode node, Case given, Func<CancellationToken, Task<List<double>>> write)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(given.Seconds));
        var writing = Task.Run(() => write(stop.Token));
        var reading = Enumerable.Range(0, given.Readers)
            .Select(number => Task.Run(() => ReadOnAsync(node.Chain, number, stop.Token))).ToList();
        var read = await Task.WhenAll(reading);
        return new Readings(
            [.. read.SelectMany(each => each.Memory).Order()], [.. read.SelectMany(each => each.Blocks).Order()],
            [.. (await writing).Order()]);
    }

    private static async Task<List<double>> WriteAsync(
        BenchNode node, Queue<OwnCoin> coins, int transfers, CancellationToken stop)
    {
        var took = new List<double>();
        while (!stop.IsCancellationRequested)
        {
            for (var i = 0; i < transfers && coins.TryDequeue(out var coin); i++)
            {
                var spend = Owners.Spend([coin], [new TxOut(coin.Output.Value - new Amount(1_000), coin.Output.ScriptPubKey)]);
                await node.SendAsync(spend);
                coins.Enqueue(new OwnCoin(new OutPoint(spend.Id, 0), spend.Outputs[0], coin.Key));
            }

            var share = await node.MakeAsync(Owners.ScriptOf(1));
            var start = Stopwatch.GetTimestamp();
            await node.TakeAsync(share, SubmitCode.Accepted);
            took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return took;
    }

    private static async Task<Readings> ReadOnAsync(ShareNode chain, int number, CancellationToken stop)
    {
        var random = new Random(number);
        var readings = new Readings([], [], []);
        while (!stop.IsCancellationRequested)
        {
            var kind = random.Next(8);
            var start = Stopwatch.GetTimestamp();
            await AskAsync(chain, kind, random);
            (kind < Asks.Memory ? readings.Memory : readings.Blocks).Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(ReaderPause, CancellationToken.None);
        }

        return readings;
    }

    // What wallets, pages and followers ask: most of it is in memory, blocks and headers are in the store.
    private static async Task AskAsync(ShareNode chain, int kind, Random random)
    {
        switch (kind)
        {
            case 0:
                await chain.GetTipAsync();
                break;
            case 1:
                await chain.GetFiguresAsync();
                break;
            case 2:
                await chain.GetNextPayoutAsync();
                break;
            case 3:
                await chain.FindUnspentAsync((await chain.GetNextPayoutAsync()).Draws[0].Coin.OutPoint);
                break;
            case 4:
                await chain.GetCoinsAsync(Owners.Nobody(random.Next()));
                break;
            case 5:
                await chain.GetMempoolAsync();
                break;
            case Asks.Memory:
                await chain.GetHeadersAsync(random.Next((await chain.GetTipAsync()).Height), 100, 100_000);
                break;
            default:
                var id = await chain.GetBlockIdAsync(1 + random.Next((await chain.GetTipAsync()).Height));
                await chain.GetShareAsync(new ShareId(id!.Value));
                break;
        }
    }

    private static void Print(string name, List<double> times, int seconds) => Console.WriteLine(
        $"{name,-28} {times.Count / (double)seconds,9:N0} {Percentile(times, 0.5),9:F3} {Percentile(times, 0.99),9:F3} "
        + $"{Percentile(times, 1),9:F3}");

    private static double Percentile(List<double> sorted, double part) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];

    private static class Asks
    {
        public const int Memory = 6;
    }

    private sealed record Case(int Readers, int Seconds, int Transfers);

    // Milliseconds each.
    private sealed record Readings(List<double> Memory, List<double> Blocks, List<double> Writes);
}
