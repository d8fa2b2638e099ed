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

    private static string Cpu()
    {
        const string path = "/proc/cpuinfo";
        if (!File.Exists(path)) return RuntimeInformation.ProcessArchitecture.ToString();
        var line = File.ReadLines(path).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':') + 1)..].Trim();
    }
}
