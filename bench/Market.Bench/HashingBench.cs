using System.CommandLine;
using System.Security.Cryptography;
using Market.Hashing;

namespace Market.Bench;

/// <summary>Every kernel at every job beside the framework's own SHA-256, in one interleaved run.</summary>
internal static class HashingBench
{
    private const int Rounds = 31;
    private const int WarmUpRounds = 3;
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(4);

    public static Command Build()
    {
        var command = new Command("hashing", "SHA256d: every kernel at every job beside the framework's own SHA-256");
        command.SetAction(_ => Run());
        return command;
    }

    private static void Run()
    {
        HashKernel[] kernels = [.. HashKernels.All.ToArray().Where(HashKernels.IsSupported)];
        Console.WriteLine(Machine.Describe());
        Console.WriteLine($"one thread, active kernel {HashKernels.Active}, " +
            $"medians of {Rounds} interleaved rounds, processor time");
        Console.WriteLine();
        List<Contestant> contestants = [.. HashingJobs.All(kernels)];
        Measure(contestants);
        Print(contestants);
    }

    // All take turns, so that a slow second of the machine falls on all alike.
    private static void Measure(List<Contestant> contestants)
    {
        foreach (Contestant contestant in contestants) contestant.Calibrate(Slice);
        for (int round = 0; round < WarmUpRounds + Rounds; round++)
        {
            foreach (Contestant contestant in contestants) contestant.Take(isCounted: round >= WarmUpRounds);
        }
    }

    private static void Print(List<Contestant> contestants)
    {
        Console.WriteLine($"{"job",-34} {"kernel",-10} {"lanes",5} {"MH/s",8} {"best",8} {"x framework",12}");
        foreach (IGrouping<string, Contestant> job in contestants.GroupBy(contestant => contestant.Job))
        {
            double framework = job.First(contestant => contestant.Kernel is null).HashesPerSecond;
            foreach (Contestant contestant in job)
            {
                string name = contestant.Kernel?.ToString() ?? "framework";
                int lanes = contestant.Kernel is { } kernel ? HashKernels.Lanes(kernel) : 1;
                Console.WriteLine(
                    $"{job.Key,-34} {name,-10} {lanes,5} {contestant.HashesPerSecond / 1e6,8:F2} "
                    + $"{contestant.BestHashesPerSecond / 1e6,8:F2} {contestant.HashesPerSecond / framework,12:F2}");
            }

            Console.WriteLine();
        }
    }
}

/// <summary>One way of doing one job, and how long it took each time.</summary>
/// <param name="job">The job's name.</param>
/// <param name="kernel">The kernel; none is the framework.</param>
/// <param name="hashes">How many hashes one run makes.</param>
/// <param name="run">One run.</param>
internal sealed class Contestant(string job, HashKernel? kernel, int hashes, Action run)
{
    private readonly List<double> _secondsPerHash = [];
    private int _runs = 1;

    public string Job => job;

    public HashKernel? Kernel => kernel;

    public double HashesPerSecond => 1 / _secondsPerHash.Order().ElementAt(_secondsPerHash.Count / 2);

    public double BestHashesPerSecond => 1 / _secondsPerHash.Min();

    /// <summary>Finds how many runs fill a slice of time.</summary>
    public void Calibrate(TimeSpan slice)
    {
        run();
        while (_runs < 1 << 20 && Time() < slice) _runs *= 2;
    }

    public void Take(bool isCounted)
    {
        TimeSpan time = Time();
        if (isCounted) _secondsPerHash.Add(time.TotalSeconds / ((double)_runs * hashes));
    }

    private TimeSpan Time()
    {
        // The process's own time: what else the machine does in between is not counted.
        TimeSpan start = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < _runs; i++) run();
        return Environment.CpuUsage.TotalTime - start;
    }
}

/// <summary>The jobs, on seeded bytes.</summary>
internal static class HashingJobs
{
    private const int BatchSize = 1024;
    private const int Nonces = 1 << 14;
    private static readonly byte[] NoTarget = new byte[32];

    public static IEnumerable<Contestant> All(HashKernel[] kernels) =>
    [
        .. Headers(kernels), .. Pairs(kernels), .. Scan(kernels), .. ScanVersions(kernels, 4),
        .. ScanVersions(kernels, 8), .. Transactions(kernels), .. Single(80), .. Single(250), .. Single(4096),
    ];

    private static IEnumerable<Contestant> Headers(HashKernel[] kernels)
    {
        byte[] headers = Bytes(80 * BatchSize);
        byte[] hashes = new byte[32 * BatchSize];
        return Of("batch: headers of 80 bytes", kernels, BatchSize,
            () => FrameworkMany(headers, 80, hashes), kernel => HeaderHasher.HashMany(headers, hashes, kernel));
    }

    private static IEnumerable<Contestant> Pairs(HashKernel[] kernels)
    {
        byte[] pairs = Bytes(64 * BatchSize);
        byte[] hashes = new byte[32 * BatchSize];
        return Of("merkle: pairs of 64 bytes", kernels, BatchSize,
            () => FrameworkMany(pairs, 64, hashes), kernel => MerkleHasher.HashLevel(pairs, hashes, kernel));
    }

    private static IEnumerable<Contestant> Scan(HashKernel[] kernels)
    {
        byte[] header = Bytes(80);
        uint[] results = new uint[4];
        return Of("scan: nonces", kernels, Nonces,
            () => FrameworkScan(header, Nonces),
            kernel => NonceScanner.Scan(header, 0, Nonces, NoTarget, results, kernel));
    }

    private static IEnumerable<Contestant> ScanVersions(HashKernel[] kernels, int count)
    {
        byte[] header = Bytes(80);
        uint[] versions = [.. Enumerable.Range(0, count).Select(i => 0x20000000u | (uint)i << 13)];
        VersionedNonce[] results = new VersionedNonce[4];
        int nonces = Nonces / count;
        return Of($"scan: nonces under {count} versions", kernels, Nonces,
            () => FrameworkScan(header, Nonces),
            kernel => NonceScanner.ScanVersions(header, versions, 0, nonces, NoTarget, results, kernel));
    }

    // Lengths as a block's transactions have them: most a few hundred bytes, some a few thousand.
    private static IEnumerable<Contestant> Transactions(HashKernel[] kernels)
    {
        byte[] buffer = Bytes(1 << 20);
        Random random = new(7);
        List<HashMessage> messages = [];
        for (int at = 0; messages.Count < BatchSize;)
        {
            int length = random.Next(20) == 0 ? random.Next(1000, 6000) : random.Next(190, 600);
            messages.Add(new HashMessage(at, length));
            at += length;
        }

        HashMessage[] all = [.. messages];
        byte[] hashes = new byte[32 * BatchSize];
        return Of("txids: messages of many lengths", kernels, BatchSize,
            () =>
            {
                for (int i = 0; i < all.Length; i++)
                {
                    Span<byte> hash = hashes.AsSpan(32 * i, 32);
                    SHA256.HashData(buffer.AsSpan(all[i].HeadStart, all[i].HeadLength), hash);
                    SHA256.HashData(hash, hash);
                }
            },
            kernel => BatchHasher.Hash(buffer, all, hashes, kernel));
    }

    private static IEnumerable<Contestant> Single(int length)
    {
        byte[] data = Bytes(length);
        byte[] hash = new byte[32];
        return
        [
            new Contestant($"one message of {length} bytes", null, 1, () => FrameworkMany(data, length, hash)),
            new Contestant($"one message of {length} bytes", HashKernel.Scalar, 1, () => Sha256d.Hash(data, hash)),
        ];
    }

    private static IEnumerable<Contestant> Of(
        string job, HashKernel[] kernels, int hashes, Action framework, Action<HashKernel> run) =>
    [
        new Contestant(job, null, hashes, framework),
        .. kernels.Select(kernel => new Contestant(job, kernel, hashes, () => run(kernel))),
    ];

    private static void FrameworkMany(byte[] data, int size, byte[] hashes)
    {
        for (int i = 0; i < data.Length / size; i++)
        {
            Span<byte> hash = hashes.AsSpan(32 * i, 32);
            SHA256.HashData(data.AsSpan(size * i, size), hash);
            SHA256.HashData(hash, hash);
        }
    }

    private static void FrameworkScan(byte[] header, int count)
    {
        Span<byte> hash = stackalloc byte[32];
        for (uint nonce = 0; nonce < count; nonce++)
        {
            BitConverter.TryWriteBytes(header.AsSpan(76), nonce);
            SHA256.HashData(header, hash);
            SHA256.HashData(hash, hash);
            if (!hash.ContainsAnyExcept((byte)0)) throw new InvalidOperationException("A hash of zeros.");
        }
    }

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
