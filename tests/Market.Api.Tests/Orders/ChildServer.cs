using System.Diagnostics;
using Market.Api.Tests.Orders;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestPipelineStartup(typeof(ChildServer))]

namespace Market.Api.Tests.Orders;

/// <summary>
/// A server in a process of its own, to be killed. The process is this test program again, told by its environment to
/// serve instead of testing; it ends with the process that started it.
/// </summary>
public sealed class ChildServer : ITestPipelineStartup, IDisposable
{
    private const string DatabaseVariable = "MARKET_TEST_SERVER_DATABASE";
    private const string AddressVariable = "MARKET_TEST_SERVER_ADDRESS";
    private readonly Process? _process;

    public ChildServer()
    {
    }

    private ChildServer(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; } = new("http://unknown/");

    /// <summary>Descriptors that the process has open now; Linux only.</summary>
    public int OpenDescriptors() => Directory.GetFileSystemEntries($"/proc/{_process!.Id}/fd").Length;

    /// <param name="database">Its database.</param>
    /// <param name="descriptors">How many files and sockets it may open; null for as many as this process.</param>
    public static async Task<ChildServer> StartAsync(string database, int? descriptors = null)
    {
        var file = Path.GetTempFileName();
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(ChildServer).Assembly.Location);
        if (descriptors is { } most)
        {
            start.ArgumentList.Insert(0, start.FileName);
            start.ArgumentList.Insert(0, $"--nofile={most}:{most}");
            start.FileName = "prlimit";
        }
        start.Environment[DatabaseVariable] = database;
        start.Environment[AddressVariable] = file;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        for (var i = 0; i < 1_200 && !process.HasExited; i++)
        {
            var address = await File.ReadAllTextAsync(file);
            if (address.EndsWith('\n'))
            {
                File.Delete(file);
                return new ChildServer(process, new Uri(address.Trim()));
            }
            await Task.Delay(100);
        }
        process.Kill();
        throw new InvalidOperationException("The child server did not start.");
    }

    /// <summary>SIGKILL: nothing of it runs any more when this returns.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    async ValueTask ITestPipelineStartup.StartAsync(IMessageSink diagnosticMessageSink)
    {
        if (Environment.GetEnvironmentVariable(DatabaseVariable) is not { Length: > 0 } database) return;
        await using (var host = await TradingHost.StartAsync(database))
        {
            await File.WriteAllTextAsync(Environment.GetEnvironmentVariable(AddressVariable)!, host.Address + "\n");
            await Console.In.ReadToEndAsync();
        }
        Environment.Exit(0);
    }

    ValueTask ITestPipelineStartup.StopAsync() => ValueTask.CompletedTask;

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill();
        _process?.Dispose();
    }
}
