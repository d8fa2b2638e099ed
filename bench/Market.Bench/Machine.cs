using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Market.Bench;

/// <summary>What a figure was measured on; printed above every result.</summary>
internal static class Machine
{
    public static string Describe() =>
        $"{DateTime.UtcNow:yyyy-MM-dd}, {Cpu()}, {Environment.ProcessorCount} logical cores, "
        + $"{RuntimeInformation.OSDescription.Trim()}, .NET {Environment.Version}, "
        + $"AVX2 {(Avx2.IsSupported ? "yes" : "no")}, AVX-512 {(Avx512F.IsSupported ? "yes" : "no")}";

    /// <summary>The machine's load averages of 1, 5 and 15 minutes; other work on it moves the clock's figures.</summary>
    public static string Load()
    {
        const string path = "/proc/loadavg";
        return File.Exists(path) ? string.Join(' ', File.ReadAllText(path).Split(' ').Take(3)) : "not known";
    }

    /// <summary>Milliseconds that it takes to have 4 kB on the disk of a folder.</summary>
    public static double MeasureFsync(string folder)
    {
        const int times = 100;
        var page = new byte[4_096];
        using var file = new FileStream(
            Path.Combine(folder, "fsync"), FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++)
        {
            file.Write(page);
            file.Flush(flushToDisk: true);
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / times;
    }

    private static string Cpu()
    {
        const string path = "/proc/cpuinfo";
        if (!File.Exists(path)) return RuntimeInformation.ProcessArchitecture.ToString();
        var line = File.ReadLines(path).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':') + 1)..].Trim();
    }
}
