using System.Diagnostics;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;

namespace Market.Bench.Sharechain;

/// <summary>
/// A chain of small shares fetched from a peer on this machine over HTTP, validated and stored; then opened again from its
/// files, with its snapshot and without. Peer and follower share one process.
/// </summary>
internal static class SyncBench
{
    private const double RestartGoalSeconds = 3;
    private const int Restarts = 3;
    private const int Miners = 64;

    public static async Task RunAsync(int shares, string? keep)
    {
        var folder = keep ?? Path.Combine(Path.GetTempPath(), "market-bench-" + Guid.NewGuid().ToString("N")[..8]);
        var clock = new HandClock();
        await using (var main = await BenchNode.OpenMainAsync(clock))
        {
            if (!Directory.Exists(folder))
            {
                await FollowAsync(folder, main, clock, shares);
            }

            _ = Heap.Bytes();
            await RestartAsync("with its snapshot", folder, main, clock, shares);
            var snapshot = Path.Combine(folder, "snapshot");
            File.Move(snapshot, snapshot + ".kept");
            await RestartAsync("without a snapshot", folder, main, clock, shares);
            File.Move(snapshot + ".kept", snapshot);
        }

        if (keep is null)
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FollowAsync(string folder, EmbeddedMainchain main, HandClock clock, int shares)
    {
        await using var source = await BenchNode.OpenAsync(new MemoryBlockStore(), main, clock);
        await MineAsync(source, shares);
        await using var peer = await LocalPeer.StartAsync(main, source.Chain);
        Directory.CreateDirectory(folder);
        Console.WriteLine($"fsync of 4 kB in {folder}: {Machine.MeasureFsync(folder):N2} ms");
        await FollowAsync("in memory", new MemoryBlockStore(), peer, main, clock, shares);
        await FollowAsync("in files", FileBlockStore.Open(folder), peer, main, clock, shares);
    }

    private static async Task MineAsync(BenchNode source, int shares)
    {
        var progress = new Progress("mining shares", shares);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < shares; i++)
        {
            await source.MineAsync(Owners.ScriptOf(i % Miners));
            progress.Report(i);
        }

        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine($"{shares:N0} shares mined, checked and applied in {took:N1} s: {shares / took:N0} a second");
    }

    private static async Task FollowAsync(
        string where, IBlockStore store, LocalPeer peer, IMainchain main, HandClock clock, int shares)
    {
        using var http = peer.Client();
        RemoteSharechain? follower = null;
        var progress = new Progress("following " + where, shares);
        try
        {
            var taken = await Taken.OfAsync(async () =>
            {
                follower = await RemoteSharechain.OpenAsync(
                    http, BenchRules.Profile, BenchRules.AsShipped(), store, main, clock);
                var live = follower.WaitLiveAsync();
                while (await Task.WhenAny(live, Task.Delay(TimeSpan.FromSeconds(1))) != live)
                {
                    progress.Report((await follower.GetTipAsync()).Height);
                }

                await live;
            });
            var tip = await follower!.GetTipAsync();
            if (tip.Height != shares)
            {
                throw new InvalidOperationException($"The follower stopped at height {tip.Height}.");
            }

            Console.WriteLine(
                $"followed {where}: {shares / taken.Wall:N0} shares/s by the clock ({taken.Wall:N1} s), "
                + $"{taken.Cpu * 1e6 / shares:N0} us of processor time a share, the peer's included");
        }
        finally
        {
            if (follower is not null)
            {
                await follower.DisposeAsync();
            }
        }
    }

    private static async Task RestartAsync(string how, string folder, IMainchain main, HandClock clock, int shares)
    {
        var opened = new Meter();
        var stored = new Meter();
        long bytes = 0;
        for (var i = 0; i < Restarts; i++)
        {
            bytes = await OpenAsync(folder, main, clock, shares, stored, opened);
        }

        Console.WriteLine(
            $"restart {how}: {stored.Wall + opened.Wall:N2} s by the clock (files {stored.Wall:N2}, chain {opened.Wall:N2}; best "
            + $"{stored.BestWall + opened.BestWall:N2}), {stored.Cpu + opened.Cpu:N2} s of processor time; goal "
            + $"{RestartGoalSeconds} s; {bytes / shares:N0} bytes of memory a share");
    }

    // A method of its own, so that nothing of it lives on in the next.
    private static async Task<long> OpenAsync(
        string folder, IMainchain main, HandClock clock, int shares, Meter stored, Meter opened)
    {
        // The opening before may be what runs this: its chain must be gone before memory is looked at.
        await Task.Yield();
        var snapshot = Path.Combine(folder, "snapshot");
        var hadSnapshot = File.Exists(snapshot);
        var before = Heap.Bytes();
        FileBlockStore? store = null;
        ShareNode? node = null;
        stored.Add(await Taken.OfAsync(() =>
        {
            store = FileBlockStore.Open(folder);
            return Task.CompletedTask;
        }));
        opened.Add(await Taken.OfAsync(async () => node = await ShareNode.OpenAsync(
            BenchRules.Profile, BenchRules.AsShipped(), store!, main, clock)));
        if ((await node!.GetTipAsync()).Height != shares)
        {
            throw new InvalidOperationException("The chain was not opened whole.");
        }

        var bytes = Heap.Bytes() - before;
        await node.DisposeAsync();
        if (!hadSnapshot)
        {
            // Closing keeps one; the next opening is to have none again.
            File.Delete(snapshot);
        }

        return bytes;
    }
}
