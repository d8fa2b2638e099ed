using System.Diagnostics;
using System.Globalization;
using System.Text;
using Market.Chains;
using Market.Chains.Rpc;
using Market.Chains.Storage;

namespace Market.Testing.Chains;

/// <summary>
/// A Bitcoin node of somebody else's making on regtest, for as long as a test: bcoin from npm, or Bitcoin Core's
/// bitcoind where it is on PATH or named by $BITCOIND.
/// </summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private const string Password = "market-tests";
    private static readonly TimeSpan InstallPatience = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly string _folder;
    private readonly StringBuilder _output = new();

    private NodeProcess(string program, IEnumerable<string> arguments, string folder, int port, string user)
    {
        _folder = folder;
        Options = new RpcOptions
        {
            // On a loaded machine a hundred blocks take a while.
            Timeout = Eventually.Patience,
            Address = new Uri($"http://127.0.0.1:{port}/"),
            User = user,
            Password = Password,
            PollInterval = TimeSpan.FromMilliseconds(200),
        };
        _process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>How to reach it.</summary>
    public RpcOptions Options { get; }

    /// <summary>Starts "bcoin" or "bitcoind"; skips the running test where the latter is not there.</summary>
    /// <param name="kind">Which of them.</param>
    /// <param name="standardOnly">True holds its mempool to the relay rules, as on the mainnet.</param>
    /// <param name="more">More arguments for it; what comes later counts.</param>
    public static async Task<NodeProcess> StartAsync(string kind, bool standardOnly = false, params string[] more)
    {
        var folder = Directory.CreateTempSubdirectory("market-node-").FullName;
        var port = NodeHost.FreePort();
        var node = kind == "bcoin"
            ? new NodeProcess("node", [.. await BcoinArgumentsAsync(folder, port, standardOnly), .. more], folder, port, "x")
            : new NodeProcess(Bitcoind(), [.. BitcoindArguments(folder, port, standardOnly), .. more], folder, port, "market");
        try
        {
            await node.WaitAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Bitcoind()
    {
        var named = Environment.GetEnvironmentVariable("BITCOIND");
        var found = named is { Length: > 0 } ? named : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, "bitcoind")).FirstOrDefault(File.Exists);
        Assert.SkipUnless(File.Exists(found), "bitcoind is absent: put it on PATH or name it by $BITCOIND.");
        return found;
    }

    private static string[] BitcoindArguments(string folder, int port, bool standardOnly) =>
    [
        "-regtest", $"-datadir={folder}", "-server", $"-rpcport={port}", "-rpcuser=market", $"-rpcpassword={Password}",
        "-listen=0", "-txindex=1", $"-acceptnonstdtxn={(standardOnly ? 0 : 1)}", "-dnsseed=0",
        "-disablewallet=1",
    ];

    private static async Task<string[]> BcoinArgumentsAsync(string folder, int port, bool standardOnly)
    {
        var home = Path.Combine(Vectors.RepositoryRoot, "tests", "Market.Testing.Chains", "bcoin");
        var program = Path.Combine(home, "node_modules", "bcoin", "bin", "node");
        await using var turn = await FolderLock.TakeAsync(
            Path.Combine(Path.GetTempPath(), "market-bcoin-install.lock"), InstallPatience, TimeProvider.System);
        if (!File.Exists(program))
        {
            await InstallAsync(home);
        }

        return
        [
            program, "--network=regtest", "--memory=true", "--listen=false", "--index-tx=true", "--index-address=true",
            "--replace-by-fee=true", "--http-host=127.0.0.1", $"--http-port={port}", $"--api-key={Password}",
            "--no-wallet=true", $"--prefix={folder}", "--log-level=error",
            $"--require-standard={(standardOnly ? "true" : "false")}",
        ];
    }

    // bcoin's native parts are compiled against the headers of the Node that runs it. Where they did not come with it,
    // npm fetches them.
    private static async Task InstallAsync(string home)
    {
        var start = new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund"])
        {
            WorkingDirectory = home,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var node = await NodeFolderAsync();
        if (File.Exists(Path.Combine(node, "include", "node", "node.h")))
        {
            start.Environment["npm_config_nodedir"] = node;
        }

        using var npm = Process.Start(start)!;
        var output = npm.StandardOutput.ReadToEndAsync();
        var errors = npm.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(InstallPatience);
        await npm.WaitForExitAsync(limit.Token);
        Assert.True(npm.ExitCode == 0, $"npm ci failed in {home}:\n{await output}\n{await errors}");
    }

    private static async Task<string> NodeFolderAsync()
    {
        using var node = Process.Start(new ProcessStartInfo("node", ["-p", "path.dirname(path.dirname(process.execPath))"])
        {
            RedirectStandardOutput = true,
        })!;
        return (await node.StandardOutput.ReadToEndAsync()).Trim();
    }

    private async Task WaitAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await (await RpcMainchain.ConnectAsync(Options with { NeedsTransactions = false })).DisposeAsync();
                return;
            }
            catch (ChainUnavailableException error)
            {
                Assert.False(
                    _process.HasExited, string.Create(CultureInfo.InvariantCulture, $"The node ended:\n{_output}"));
                Assert.True(
                    Stopwatch.GetElapsedTime(started) < Eventually.Patience, $"{error.Message}\n{_output}");
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    private void Keep(string? line)
    {
        const int most = 16_384;
        lock (_output)
        {
            if (line is not null && _output.Length < most)
            {
                _output.AppendLine(line);
            }
        }
    }
}
