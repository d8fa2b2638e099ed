using System.Diagnostics;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Storage;

namespace Market.Bench.Sharechain;

/// <summary>
/// The share that makes a node leave its branch for another one: blocks taken back, as many and one connected. The node keeps
/// its files on disk; beside it stands what the other node took for the same shares one after the other.
/// </summary>
internal static class ReorgBench
{
    private const int WarmUpRounds = 2;
    private const double GoalMilliseconds = 50;

    public static async Task RunAsync(int depth, int transfers, int rounds)
    {
        var folder = Path.Combine(Path.GetTempPath(), "market-bench-" + Guid.NewGuid().ToString("N")[..8]);
        var clock = new HandClock();
        await using (var main = await BenchNode.OpenMainAsync(clock))
        await using (var left = await BenchNode.OpenAsync(FileBlockStore.Open(Path.Combine(folder, "left")), main, clock))
        await using (var right = await BenchNode.OpenAsync(FileBlockStore.Open(Path.Combine(folder, "right")), main, clock))
        {
            Console.WriteLine(
                $"{depth} blocks taken back and {depth + 1} connected, each of {transfers} signed P2WPKH or P2TR transactions; "
                + $"medians of {rounds}");
            foreach (var isShared in transfers == 0 ? new[] { false } : [true, false])
            {
                await MeasureAsync(left, right, new Case(depth, transfers, rounds, isShared));
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(BenchNode left, BenchNode right, Case given)
    {
        var count = (WarmUpRounds + given.Rounds) * (given.Depth + 1) * given.Transfers * (given.IsShared ? 1 : 2);
        var (coins, shares) = await left.EndowAsync(count);
        foreach (var share in shares)
        {
            await right.TakeAsync(share, SubmitCode.Accepted);
        }

        var reorgs = new Meter();
        var straights = new Meter();
        var progress = new Progress("reorganisations", WarmUpRounds + given.Rounds);
        for (var round = 0; round < WarmUpRounds + given.Rounds; round++)
        {
            var (reorg, straight) = await RoundAsync(left, right, coins, given);
            if (round >= WarmUpRounds)
            {
                reorgs.Add(reorg);
                straights.Add(straight);
            }

            progress.Report(round);
        }

        var name = given.Transfers == 0 ? "sharebases alone"
            : given.IsShared ? "branches of the same transactions" : "branches of different transactions";
        Console.WriteLine(
            $"{name}: {reorgs.Wall * 1e3:F1} ms by the clock (best {reorgs.BestWall * 1e3:F1}), {reorgs.Cpu * 1e3:F1} ms of "
            + $"processor time; {reorgs.Cpu / straights.Cpu:F2} times the same shares taken one by one "
            + $"(goal {GoalMilliseconds} ms)");
    }

    // Both begin at one tip and end at one: the right one's.
    private static async Task<(Taken Reorg, Taken Straight)> RoundAsync(
        BenchNode left, BenchNode right, Queue<OwnCoin> coins, Case given)
    {
        var branch = new List<Market.Sharechain.ShareBlock>();
        var straight = default(Taken);
        for (var i = 0; i <= given.Depth; i++)
        {
            for (var j = 0; j < given.Transfers; j++)
            {
                var transfer = Transfer(coins.Dequeue());
                await right.SendAsync(transfer);
                if (i < given.Depth)
                {
                    await left.SendAsync(given.IsShared ? transfer : Transfer(coins.Dequeue()));
                }
            }

            if (i < given.Depth)
            {
                await left.MineAsync(Owners.ScriptOf(0));
            }

            var share = await right.MakeAsync(Owners.ScriptOf(1));
            straight += await Taken.OfAsync(() => right.TakeAsync(share, SubmitCode.Accepted));
            branch.Add(share);
        }

        for (var i = 0; i < given.Depth; i++)
        {
            await left.TakeAsync(branch[i], SubmitCode.SideChain);
        }

        var reorg = await Taken.OfAsync(() => left.TakeAsync(branch[^1], SubmitCode.Accepted));
        await SettleAsync(left, right);
        return (reorg, straight);
    }

    // What was only in the branch that was left waits again: it is mined before the next round.
    private static async Task SettleAsync(BenchNode left, BenchNode right)
    {
        while (await left.Chain.CountUnconfirmedAsync() > 0)
        {
            await right.TakeAsync(await left.MineAsync(Owners.ScriptOf(0)), SubmitCode.Accepted);
        }
    }

    private static Transaction Transfer(OwnCoin coin) =>
        Owners.Spend([coin], [new TxOut(coin.Output.Value - new Amount(1_000), Owners.ScriptOf(coin.Key + 1))]);

    private sealed record Case(int Depth, int Transfers, int Rounds, bool IsShared);
}

/// <summary>Seconds that something took, by the clock and of the process's own processor time.</summary>
internal readonly record struct Taken(double Wall, double Cpu)
{
    public static Taken operator +(Taken left, Taken right) => new(left.Wall + right.Wall, left.Cpu + right.Cpu);

    public static async Task<Taken> OfAsync(Func<Task> action)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await action();
        return new Taken(
            Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }
}

/// <summary>Medians of what was taken.</summary>
internal sealed class Meter
{
    private readonly List<Taken> _taken = [];

    public double Wall => _taken.Select(each => each.Wall).Order().ElementAt(_taken.Count / 2);

    public double BestWall => _taken.Min(each => each.Wall);

    public double Cpu => _taken.Select(each => each.Cpu).Order().ElementAt(_taken.Count / 2);

    public void Add(Taken taken) => _taken.Add(taken);
}
