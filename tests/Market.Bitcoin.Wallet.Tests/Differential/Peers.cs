using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Market.Bitcoin.Wallet.Tests.Differential;

/// <summary>
/// Bitcoin libraries of other people's making (bitcoinjs-lib, @scure/btc-signer) in one process of Node, asked by lines
/// of JSON. Installed from the committed lock file at first use.
/// </summary>
public sealed class Peers : IAsyncLifetime
{
    private static readonly TimeSpan InstallPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(200);
    private static readonly string Home =
        Path.Combine(Testing.Vectors.RepositoryRoot, "tests", "Market.Bitcoin.Wallet.Tests", "Differential", "peers");

    private string? _missing;
    private Process? _process;
    private Task<string>? _errors;

    public async ValueTask InitializeAsync()
    {
        _missing = Find("node") is null ? "node" : Find("npm") is null ? "npm" : null;
        if (_missing is not null)
        {
            return;
        }

        await InstallAsync();
        _process = Start("node", "peers.mjs");
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Asks one thing of many cases; skips the running test where there is no Node.</summary>
    public async Task<JsonArray> AskAsync<T>(string ask, IEnumerable<T> cases)
    {
        Assert.SkipWhen(_missing is not null, $"{_missing} is not on PATH: the libraries compared with run in Node.");
        await _process!.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { ask, cases }));
        await _process.StandardInput.FlushAsync();
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(AnswerPatience);
        Assert.True(line is not null, $"The peers ended: {(line is null ? await _errors! : string.Empty)}");
        return JsonNode.Parse(line!)!["answers"]!.AsArray();
    }

    /// <summary>Answers of whom none may be a refusal.</summary>
    public async Task<List<T>> AskAllAsync<T>(string ask, IEnumerable<object> cases)
    {
        var answers = await AskAsync(ask, cases);
        foreach (var answer in answers)
        {
            Assert.True(answer!["error"] is null, $"{ask}: {answer["error"]}");
        }

        return [.. answers.Select(answer => answer.Deserialize<T>(JsonSerializerOptions.Web)!)];
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
            {
                _process.Kill(entireProcessTree: true);
            }

            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task InstallAsync()
    {
        await using var turn = await TakeTurnAsync();
        var (wanted, installed) = (
            Path.Combine(Home, "package-lock.json"), Path.Combine(Home, "node_modules", ".package-lock.json"));
        if (File.Exists(installed) && File.GetLastWriteTimeUtc(installed) >= File.GetLastWriteTimeUtc(wanted))
        {
            return;
        }

        using var npm = Start("npm", "ci", "--no-audit", "--no-fund");
        npm.StandardInput.Close();
        var (output, errors) = (npm.StandardOutput.ReadToEndAsync(), npm.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(InstallPatience);
        await npm.WaitForExitAsync(limit.Token);
        Assert.True(npm.ExitCode == 0, $"npm ci failed in {Home}:\n{await output}\n{await errors}");
    }

    // Test processes install one after the other.
    private static async Task<FileStream> TakeTurnAsync()
    {
        var path = Path.Combine(Path.GetTempPath(), "market-bitcoin-peers.lock");
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(started) < InstallPatience)
            {
                await Task.Delay(LockRetry);
            }
        }
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(
        new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Home,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
