using System.Diagnostics;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Storage;

/// <summary>A process that has started a private cluster and is there to be killed.</summary>
internal sealed class ClusterStarter : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _owner;

    private ClusterStarter(Process process, string database, string owner) =>
        (_process, Database, _owner) = (process, database, owner);

    /// <summary>Connects to its cluster.</summary>
    public string Database { get; }

    public static async Task<ClusterStarter> StartAsync(string folder)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(Victim.Victim).Assembly.Location, "cluster", folder])
        {
            RedirectStandardOutput = true,
        })!;
        var database = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.False(string.IsNullOrEmpty(database), "The cluster did not start.");
        return new ClusterStarter(process, database, await File.ReadAllTextAsync(Path.Combine(folder, "owner")));
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits until the guard that it set has done what it has to do. Linux only.</summary>
    public Task GuardEndedAsync() => Eventually.TrueAsync(
        () => !Directory.GetDirectories("/proc").Any(process => CommandLine(process).Contains(_owner)), "the guard ends");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No process, or one that has just ended.
            return "";
        }
    }
}
