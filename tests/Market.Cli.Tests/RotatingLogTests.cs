using Market.Cli.Up;

namespace Market.Cli.Tests;

/// <summary>However much is said, the log stays small.</summary>
public sealed class RotatingLogTests : IDisposable
{
    private const int FileBytes = 1_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("market-log-").FullName;

    private string Log => Path.Combine(_folder, "market.log");

    [Fact]
    public void A_flood_fills_so_many_files_and_the_newest_lines_are_kept_in_order()
    {
        using (var log = new RotatingLog(Log, FileBytes))
        {
            for (var i = 0; i < 1_000; i++) log.WriteLine($"line {i:000}");
        }

        var files = Directory.GetFiles(_folder);
        Assert.Equal(RotatingLog.Files, files.Length);
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, FileBytes + 100));
        string[] newest = [Path.Combine(_folder, "market.1.log"), Log];
        var lines = newest.SelectMany(File.ReadLines).ToList();
        Assert.Equal("line 999", lines[^1]);
        Assert.Equal(lines.Order(), lines);
    }

    [Fact]
    public void A_log_goes_on_where_it_ended_and_a_long_line_is_cut()
    {
        using (var log = new RotatingLog(Log)) log.WriteLine("first");
        using (var log = new RotatingLog(Log)) log.WriteLine(new string('x', 10 * RotatingLog.LineLength));

        var lines = File.ReadAllLines(Log);
        Assert.Equal("first", lines[0]);
        Assert.InRange(lines[1].Length, RotatingLog.LineLength, RotatingLog.LineLength + 10);
    }

    [Fact]
    public void Nobody_else_reads_it()
    {
        using var log = new RotatingLog(Log);
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Log));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
