using System.Diagnostics;
using System.Globalization;
using Market.Chains.Postgres;
using Market.Chains.Storage;

namespace Market.Testing.Chains;

/// <summary>
/// One private PostgreSQL cluster for all tests of a process. Use as an assembly fixture; clusters that a killed test
/// process left behind are stopped and removed by the next one.
/// </summary>
public sealed class TestPostgres : IAsyncLifetime
{
    private const string Prefix = "market-test-pg-";

    private PrivatePostgres? _cluster;
    private int _databases;

    private static string Home => Path.Combine(
        Path.GetTempPath(), Prefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

    /// <summary>A new empty database.</summary>
    /// <returns>Its connection string.</returns>
    public Task<string> NewDatabaseAsync()
    {
        var name = "t" + Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture);
        return _cluster!.EnsureDatabaseAsync(name);
    }

    public async ValueTask InitializeAsync()
    {
        await SweepAsync();
        _cluster = await PrivatePostgres.StartAsync(Home, new PrivatePostgresOptions { Durable = false });
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
            Directory.Delete(Home, recursive: true);
        }
    }

    private static async Task SweepAsync()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            if (!int.TryParse(Path.GetFileName(folder)[Prefix.Length..], out var owner) || IsAlive(owner))
            {
                continue;
            }

            try
            {
                // Joining a cluster and letting go of it stops it.
                await (await PrivatePostgres.StartAsync(folder)).DisposeAsync();
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception error) when (error is IOException or PrivatePostgresException)
            {
                TestContext.Current.SendDiagnosticMessage("{0} could not be swept: {1}", folder, error.Message);
            }
        }
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
