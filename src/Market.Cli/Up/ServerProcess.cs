using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Market.Chains;
using Market.Chains.Storage;
using Market.Cli.Common;

namespace Market.Cli.Up;

/// <summary>The market's server as a child process: started, waited for, stopped.</summary>
public sealed class ServerProcess : IKeptServer
{
    private const string OwnName = "market-api: ";
    private const int TailLines = 20;
    private const int Sigterm = 15;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan StartPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    // One that is not well may not hear: long enough to end what it is writing, no longer.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Queue<string> _tail = new();
    private const string WarningMark = "Warning: ";
    private const int MostWarnings = 16;

    private readonly List<string> _warnings = [];
    private readonly RotatingLog _log;

    // Its connection stays open between questions: a server whose connections are all taken still answers on it.
    private readonly HttpClient _http;
    private bool _disposed;

    private ServerProcess(Process process, Uri url, RotatingLog log)
    {
        (_process, Url, _log) = (process, url, log);
        _http = new HttpClient { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>What it warned of when it started.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_tail)
            {
                return [.. _warnings];
            }
        }
    }

    /// <summary>The file that its log goes to.</summary>
    public string LogPath => _log.Path;

    /// <inheritdoc/>
    public Task Exited { get; private set; } = Task.CompletedTask;

    /// <summary>Starts the server and waits until it answers.</summary>
    /// <param name="assembly">Path of Market.Api.dll.</param>
    /// <param name="url">Where to listen.</param>
    /// <param name="arguments">Its other arguments.</param>
    /// <param name="dataFolder">Where the log goes, in logs/.</param>
    /// <param name="progress">Is told what it is doing.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="CliException">It ended or did not answer in time; the message has the last lines of its log.</exception>
    public static async Task<ServerProcess> StartAsync(
        string assembly,
        Uri url,
        IEnumerable<string> arguments,
        string dataFolder,
        Action<string> progress,
        CancellationToken cancellation)
    {
        var logs = PrivateFolder.Own(Path.Combine(dataFolder, "logs"));
        var start = new ProcessStartInfo("dotnet", [assembly, "--urls", url.ToString().TrimEnd('/'), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var process = new Process { StartInfo = start };
        var server = new ServerProcess(process, url, new RotatingLog(Path.Combine(logs, "market.log")));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        server.Exited = process.WaitForExitAsync(CancellationToken.None);
        try
        {
            await server.WaitUntilAnsweringAsync(progress, cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the server's program to its end, for a task that only it can do.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <exception cref="CliException">It is not here, or refused; the message is its own.</exception>
    public static async Task RunAsync(IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly(), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        await using var stop = cancellation.Register(() => process.Kill(entireProcessTree: true)).ConfigureAwait(false);
        var said = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var refused = await process.StandardError.ReadToEndAsync(CancellationToken.None).ConfigureAwait(false);
        await said.ConfigureAwait(false);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
        {
            throw new CliException("server-refused", refused.Trim().Replace(OwnName, "", StringComparison.Ordinal));
        }
    }

    /// <summary>Path of the server's program.</summary>
    /// <exception cref="CliException">It is not built.</exception>
    public static string Assembly()
    {
        var named = Environment.GetEnvironmentVariable("MARKET_API");
        if (named is not null && File.Exists(named))
        {
            return named;
        }

        // Beside this program in a published folder.
        var beside = Path.Combine(AppContext.BaseDirectory, "Market.Api.dll");
        return File.Exists(beside)
            ? beside
            : throw new CliException(
                "server-not-built", "Market.Api.dll is not here. Start with ./market up, or name it in MARKET_API.");
    }

    /// <summary>The preferred port where it is free, else the next free one above it.</summary>
    /// <exception cref="CliException">None of the next hundred is free.</exception>
    public static int FreePort(int preferred)
    {
        for (var port = preferred; port < preferred + 100; port++)
        {
            if (!IsTaken(IPAddress.Loopback, port))
            {
                return port;
            }
        }

        throw new CliException("no-free-port", $"No port from {preferred} to {preferred + 99} is free. Name one with --urls.");
    }

    /// <summary>Makes sure that who answers there will be the server that is started, and no other program.</summary>
    /// <exception cref="CliException">Another program listens there.</exception>
    public static void RequireFree(Uri url)
    {
        if (IsTaken(IPAddress.TryParse(url.Host, out var address) ? address : IPAddress.Loopback, url.Port))
        {
            throw new CliException("port-taken", $"{url} is taken by another program. Name another port with --urls.");
        }
    }

    private static bool IsTaken(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return false;
        }
        catch (SocketException e)
        {
            // What else is wrong with it the server says in its own words.
            return e.SocketErrorCode == SocketError.AddressAlreadyInUse;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> AnswersAsync(TimeSpan patience, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(CliSession.Clock, patience, cancellation);
        try
        {
            using var answer = await _http.GetAsync(Contracts.Routes.Time, limit.Token);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException
            && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public Task EndAsync() => StopAsync(EndLimit);

    /// <summary>Asks the server to stop as an operator would, and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await StopAsync(StopLimit);
        _http.Dispose();
        _process.Dispose();
        _log.Dispose();
    }

    private async Task StopAsync(TimeSpan patience)
    {
        if (_process.HasExited)
        {
            return;
        }

        _ = NativeMethods.Kill(_process.Id, Sigterm);
        using var limit = new CancellationTokenSource(patience, CliSession.Clock);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: false);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task WaitUntilAnsweringAsync(Action<string> progress, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(5) };
        var started = Stopwatch.StartNew();
        var said = TimeSpan.Zero;
        while (started.Elapsed < StartLimit)
        {
            if (_process.HasExited)
            {
                throw new CliException("server-ended", $"The server ended with {_process.ExitCode}. Its last words:\n{Tail()}");
            }

            try
            {
                using var answer = await http.GetAsync(Contracts.Routes.Status, cancellation);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException
                && !cancellation.IsCancellationRequested)
            {
                // Not listening yet: that is what is being waited for.
            }

            if (started.Elapsed - said > TimeSpan.FromSeconds(5))
            {
                said = started.Elapsed;
                progress($"Waiting for the server ({said.TotalSeconds:0} s): {LastLine()}");
            }

            await Task.Delay(StartPause, CliSession.Clock, cancellation);
        }

        throw new CliException(
            "server-silent", $"The server does not answer after {StartLimit.TotalSeconds} s. Its last words:\n{Tail()}");
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_tail)
        {
            if (line.StartsWith(WarningMark, StringComparison.Ordinal) && _warnings.Count < MostWarnings)
            {
                _warnings.Add(line);
            }

            _tail.Enqueue(line);
            if (_tail.Count > TailLines)
            {
                _tail.Dequeue();
            }

            _log.WriteLine(line);
        }
    }

    private string Tail()
    {
        lock (_tail)
        {
            return string.Join('\n', _tail);
        }
    }

    private string LastLine()
    {
        lock (_tail)
        {
            return _tail.LastOrDefault() ?? "it has said nothing yet";
        }
    }

    private static partial class NativeMethods
    {
        [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "kill", SetLastError = true)]
        internal static extern int Kill(int pid, int signal);
    }
}
