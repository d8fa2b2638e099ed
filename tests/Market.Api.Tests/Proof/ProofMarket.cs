using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Market.Bitcoin;
using Market.Chains.Clock;
using Market.Client.Api;
using Market.Contracts;

namespace Market.Api.Tests.Proof;

/// <summary>
/// The market as an operator runs it: its own process, a real database, its chains as the ground says. Blocks are mined
/// when the test says so and time is moved by the development clock. It can be killed and started again at any moment.
/// </summary>
internal sealed class ProofMarket : IAsyncDisposable
{
    public const int ShareSpacing = 2;
    private const int CoinSpacing = 10;
    private const string Localhost = "http://127.0.0.1";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ClockHeldEvery = TimeSpan.FromMilliseconds(100);

    private readonly string _database;
    private readonly int _port = FreePort();
    private readonly HttpClient _http;
    private readonly DevClock _clock;
    private readonly Stopwatch _real = Stopwatch.StartNew();
    private readonly Timer _holding;
    private readonly Lock _lock = new();
    private Process? _process;
    private TimeSpan _passed;
    private int _sinceCoin;

    private ProofMarket(string folder, string database, ProofGround ground)
    {
        (Folder, _database, Ground) = (folder, database, ground);
        _clock = new DevClock(ClockFile);
        HoldClock();
        _holding = new Timer(_ => HoldClock(), null, ClockHeldEvery, ClockHeldEvery);
        _http = new HttpClient { BaseAddress = Address, Timeout = Patience };
        Api = new MarketApi(Address);
    }

    public ProofGround Ground { get; }

    public string Folder { get; }

    public string ClockFile => Path.Combine(Folder, "clock");

    public TimeProvider Clock => _clock;

    public Uri Address => new($"{Localhost}:{_port}");

    public MarketApi Api { get; }

    /// <summary>Starts the market; the ground is its own from here.</summary>
    public static async Task<ProofMarket> StartAsync(string database, ProofGround ground)
    {
        var folder = Directory.CreateTempSubdirectory("market-proof-").FullName;
        var market = new ProofMarket(folder, database, ground);
        try
        {
            await ground.BeginAsync(market.Clock);
            await market.StartServerAsync();
            await ground.MeetAsync(market.Address, market.Clock);
            return market;
        }
        catch
        {
            await market.DisposeAsync();
            throw;
        }
    }

    public async Task StartServerAsync()
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "Market.Api.dll"), "--urls", Address.ToString().TrimEnd('/'),
            "--database", _database, "--data", Path.Combine(Folder, "server"), "--network", Ground.Network, "--pages", "no",
            .. Ground.ServerArguments,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[DevClock.Variable] = ClockFile;
        var said = new List<string>();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(said, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(said, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var since = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            lock (said)
            {
                var last = string.Join('\n', said.TakeLast(20));
                Assert.False(_process.HasExited, "The server ended: " + last);
                Assert.True(since.Elapsed < Patience, "The server does not answer: " + last);
            }

            await Task.Delay(200);
        }
    }

    /// <summary>SIGKILL, and a new process on the same database.</summary>
    public async Task KillAndRestartAsync()
    {
        await KillAsync();
        await StartServerAsync();
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public Task MineSharesAsync(int count, Script? payTo = null) => Ground.MineSharesAsync(count, payTo);

    public Task MineCoinsAsync(int count) => Ground.MineCoinsAsync(count);

    /// <summary>Time passes: a share block, and now and then a mainchain block.</summary>
    public async Task PassAsync(int seconds = ShareSpacing)
    {
        await LetPassAsync(seconds);
        await MineSharesAsync(1);
        _sinceCoin += seconds;
        if (_sinceCoin >= CoinSpacing)
        {
            _sinceCoin = 0;
            await MineCoinsAsync(1);
        }
    }

    /// <summary>Time passes without a block.</summary>
    public Task LetPassAsync(int seconds)
    {
        lock (_lock)
        {
            _passed += TimeSpan.FromSeconds(seconds);
        }

        HoldClock();
        return Ground.TellTimeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        await Ground.DisposeAsync();
        await _holding.DisposeAsync();
        Api.Dispose();
        _http.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Time stands still but when the test lets it pass: a slow machine runs into no deadline.</summary>
    private void HoldClock()
    {
        lock (_lock)
        {
            _clock.Set(_passed - _real.Elapsed);
        }
    }

    private static void Keep(List<string> said, string? line)
    {
        lock (said)
        {
            said.Add(line ?? "");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(Routes.Status, UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
