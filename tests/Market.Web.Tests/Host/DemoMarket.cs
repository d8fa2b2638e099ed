using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Market.Testing;

namespace Market.Web.Tests.Host;

/// <summary>`market up` with its demo miners and bots, as a person starts it: the real server on real chains.</summary>
public sealed class DemoMarket : IAsyncDisposable
{
    private const int LogLines = 60;
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly string data;
    private readonly Queue<string> log = new();

    private DemoMarket(Process process, string data, string address)
    {
        (this.process, this.data, Address) = (process, data, address);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Address { get; }

    public static async Task<DemoMarket> StartAsync(CancellationToken cancel)
    {
        var address = $"http://127.0.0.1:{FreePort()}";
        var data = Directory.CreateTempSubdirectory("market-page-").FullName;
        var start = new ProcessStartInfo("dotnet", [Built("Market.Cli", "market.dll"), "up", "--urls", address, "--data", data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MARKET_API"] = Built("Market.Api", "Market.Api.dll") },
        };
        var market = new DemoMarket(Process.Start(start)!, data, address);
        try
        {
            await market.WaitAsync(cancel);
            return market;
        }
        catch
        {
            await market.DisposeAsync();
            throw;
        }
    }

    /// <summary>The last lines that it printed.</summary>
    public string Log()
    {
        lock (log) return string.Join('\n', log);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var interrupt = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await interrupt.WaitForExitAsync();
            using var limit = new CancellationTokenSource(StopLimit);
            await process.WaitForExitAsync(limit.Token);
        }
        process.Dispose();
        Directory.Delete(data, recursive: true);
    }

    private async Task WaitAsync(CancellationToken cancel)
    {
        using var client = new HttpClient { BaseAddress = new Uri(Address) };
        var until = DateTime.UtcNow + StartLimit;
        while (DateTime.UtcNow < until)
        {
            if (process.HasExited) throw new InvalidOperationException($"market up ended:\n{Log()}");
            try
            {
                using var answer = await client.GetAsync("/api/v1/status", cancel);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
            await Task.Delay(500, cancel);
        }
        throw new InvalidOperationException($"market up does not answer after {StartLimit}:\n{Log()}");
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (log)
        {
            log.Enqueue(line);
            while (log.Count > LogLines) log.Dequeue();
        }
    }

    private static string Built(string room, string file)
    {
        // bin/<configuration>/net10.0, as these tests themselves stand.
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(
            Vectors.RepositoryRoot, "src", room, "bin", framework.Parent!.Name, framework.Name, file);
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is not built.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
