using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Market.Testing;

namespace Market.Cli.Tests;

/// <summary>The script ./market, as far as it acts before the program does.</summary>
public sealed class MarketScriptTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("market-script-").FullName;

    [Fact]
    public async Task No_curve_library_is_asked_of_the_system() =>
        Assert.DoesNotContain("secp256k1", await File.ReadAllTextAsync(Script, TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_data_folder_that_another_server_has_ends_it_in_one_line_before_anything_is_built()
    {
        await using var held = new FileStream(
            Path.Combine(_folder, "server.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        foreach (var option in new[] { new[] { "--data", _folder }, [$"--data={_folder}"] })
        {
            var (code, said) = await BashAsync([Script, "up", .. option]);
            Assert.Equal(1, code);
            Assert.StartsWith($"market: another server runs on the data folder {_folder}", Assert.Single(said));
        }
    }

    [Fact]
    public async Task A_port_that_another_program_has_ends_it_in_one_line_before_anything_is_built()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = $"http://{other.LocalEndpoint}";
        var (code, said) = await BashAsync(Script, "up", "--data", _folder, "--urls", url);
        Assert.Equal(1, code);
        Assert.StartsWith($"market: {url} is taken", Assert.Single(said));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Script => Path.Combine(Vectors.RepositoryRoot, "market");

    private static async Task<(int Code, string[] Said)> BashAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Nothing was ever built under this name: who goes on begins to build, and says so.
        start.Environment["MARKET_CONFIGURATION"] = "Never";
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        var said = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, (await said).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
