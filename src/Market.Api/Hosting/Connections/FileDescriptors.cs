using System.Globalization;

namespace Market.Api.Hosting.Connections;

/// <summary>How many files and sockets this process may have open.</summary>
public static class FileDescriptors
{
    /// <summary>Where the system does not say: what every system that the server runs on allows.</summary>
    public const int Unknown = 4_096;

    private const string Source = "/proc/self/limits";
    private const string Row = "Max open files";

    /// <summary>The limit now (RLIMIT_NOFILE; the runtime raises the soft one to the hard one when it starts).</summary>
    public static int Limit() => File.Exists(Source) ? Read(File.ReadLines(Source)) : Unknown;

    /// <summary>Reads what Linux says of a process's limits (proc(5)).</summary>
    public static int Read(IEnumerable<string> lines)
    {
        var row = lines.FirstOrDefault(line => line.StartsWith(Row, StringComparison.Ordinal));
        var soft = row?[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (soft == "unlimited") return int.MaxValue;
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? (int)Math.Min(limit, int.MaxValue)
            : Unknown;
    }
}
