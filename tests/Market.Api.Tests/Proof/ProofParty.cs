using System.Diagnostics;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Clock;
using Market.Chains.Rpc;
using Market.Client;
using Market.Client.Agent;
using Market.Client.Keys;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;
using Market.Testing;
using ClientTrader = Market.Client.Trader;

namespace Market.Api.Tests.Proof;

/// <summary>
/// A trader with its own folder, its own validated copies of both chains and its own agent: inside this process, to be
/// dropped at any moment, or as `market swaps run --watch` in a process of its own, to be killed.
/// </summary>
internal sealed class ProofParty(ProofMarket market, byte number, Side side) : IAsyncDisposable
{
    private const string Passphrase = "proof";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string _folder = Path.Combine(market.Folder, side.ToString());
    private ChainSet? _chains;
    private ClientTrader? _trader;
    private Process? _process;
    private long _startHeight;

    public Side Side { get; } = side;

    public ClientTrader Trader => _trader!;

    /// <summary>Where a bot of the owner notes what it orders.</summary>
    public string NotesPath => Path.Combine(_folder, "notes", "bot.jsonl");

    /// <summary>The swap that is proved; a trade that fails may bring another.</summary>
    public string SwapId { get; set; } = "";

    public AgentSwap? Swap => SwapJournal.Peek(ClientTrader.JournalPath(_folder)).SingleOrDefault(swap => swap.Id == SwapId);

    public SwapPhase Phase => Swap?.Swap.Phase ?? SwapPhase.Matched;

    public bool IsOver => Swap is { IsOver: true };

    public List<string> Notices { get; } = [];

    /// <summary>Both chains as it sees them.</summary>
    public ChainSet Chains => _chains!;

    /// <summary>A Bitcoin node of its own; null where it follows the server's.</summary>
    public RpcOptions? Node { get; init; }

    private long Shares { get; set; }

    private long Sats { get; set; }

    public static Script FirstScript(byte number, ChainKind chain, string? sharechain = null)
    {
        using var seed = SeedOf(number);
        using var keys = new WalletKeys(seed, "devnet", sharechain);
        return keys.ScriptOf(chain, false, 0);
    }

    public async Task OpenAsync()
    {
        Directory.CreateDirectory(_folder);
        using var seed = SeedOf(number);
        var sources = new ChainSources
        {
            Network = market.Ground.Network,
            Sharechain = market.Ground.Sharechain,
            Server = market.Address,
            Folder = Path.Combine(_folder, "chains"),
            Node = Node,
        };
        _chains = await ChainSet.OpenAsync(sources, market.Clock);
        await _chains.WaitLiveAsync().WaitAsync(Patience);
        _trader = await ClientTrader.OpenAsync(
            _folder, seed, _chains, market.Address, market.Clock, Heard, instrument: market.Ground.Instrument);
    }

    /// <summary>The agent vanishes without a word.</summary>
    public async Task DropAsync()
    {
        _trader?.Dispose();
        _trader = null;
        if (_chains is not null)
        {
            await _chains.DisposeAsync();
            _chains = null;
        }
    }

    /// <summary>Notes what there is before anything is traded.</summary>
    public async Task NoteAsync()
    {
        _startHeight = (await _chains!.Mainchain.GetTipAsync()).Height;
        (Shares, Sats) = await TotalsAsync();
    }

    public async Task PlaceAsync(Price price, Quantity quantity)
    {
        await UntilOrdersAreTakenAsync();
        await Trader.Desk.PlaceAsync(new OrderWish(Side, price, quantity));
    }

    /// <summary>Waits until the market has looked at its chains, and takes orders.</summary>
    public async Task UntilOrdersAreTakenAsync()
    {
        var since = Stopwatch.StartNew();
        while (!(await market.Api.GetInstrumentsAsync()).Any(
            one => one.Id == market.Ground.Instrument && one.Status == InstrumentStatus.Open))
        {
            Assert.True(since.Elapsed < Patience, "The market takes no orders.");
            await Task.Delay(20);
        }
    }

    /// <summary>One step of the agent, on the newest blocks.</summary>
    public async Task StepAsync()
    {
        await CatchUpAsync();
        await Trader.Agent.StepAsync();
    }

    /// <summary>Waits until the own chains have the market's tips.</summary>
    public async Task CatchUpAsync()
    {
        var tips = await market.Api.GetChainsAsync(market.Ground.Instrument);
        var since = Stopwatch.StartNew();
        while (since.Elapsed < Patience)
        {
            var share = await _chains!.Sharechain.GetTipAsync();
            var coin = await _chains.Mainchain.GetTipAsync();
            if (share.Height >= tips.Sharechain.Height && coin.Height >= tips.Mainchain.Height)
            {
                return;
            }

            await Task.Delay(20);
        }

        Assert.Fail($"{Side} does not catch up with the market: {_chains!.Trouble}");
    }

    /// <summary>Starts `market swaps run --watch` on the folder, and waits until it drives.</summary>
    public async Task StartProcessAsync()
    {
        lock (Notices)
        {
            Notices.Clear();
        }

        var path = Path.Combine(_folder, "seed.json");
        if (!File.Exists(path))
        {
            using var seed = SeedOf(number);
            SeedFile.Create(path, seed, Passphrase, market.Ground.Network, market.Ground.Sharechain);
        }

        var start = new ProcessStartInfo("dotnet",
        [
            CliPath(), "swaps", "run", "--watch", "--server", market.Address.ToString(), "--wallet", _folder,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MARKET_PASSPHRASE"] = Passphrase;
        start.Environment[DevClock.Variable] = market.ClockFile;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Heard(line.Data);
        _process.ErrorDataReceived += (_, line) => Heard(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var since = Stopwatch.StartNew();
        while (!HasSaid("Driving own swaps"))
        {
            Assert.True(since.Elapsed < Patience && !_process.HasExited, string.Join('\n', Notices));
            await Task.Delay(100);
        }
    }

    /// <summary>Everything is lost but what is written on paper, and `market rescue` is run in an empty folder.</summary>
    /// <returns>What the wallet holds in the end beyond what it held in the beginning: base units of shares, and satoshis but for
    /// what its shares won meanwhile.</returns>
    public async Task<(long Shares, long Sats)> RescueAsync()
    {
        await DropAsync();
        Directory.Delete(_folder, recursive: true);
        var start = new ProcessStartInfo("dotnet",
        [
            CliPath(), "rescue", "--json", "--network", market.Ground.Network, "--server", market.Address.ToString(),
            "--wallet", _folder,
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[DevClock.Variable] = market.ClockFile;
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => Heard(line.Data);
        _process.BeginErrorReadLine();
        using (var seed = SeedOf(number))
        {
            await _process.StandardInput.WriteLineAsync(Convert.ToHexStringLower(seed.Secret));
            _process.StandardInput.Close();
        }

        var result = await _process.StandardOutput.ReadToEndAsync();
        await _process.WaitForExitAsync();
        Assert.True(_process.ExitCode == 0, string.Join('\n', Notices));
        var report = System.Text.Json.JsonDocument.Parse(result).RootElement;

        // What its shares won meanwhile is home as well.
        await OpenAsync();
        await CatchUpAsync();
        var sats = (await TotalsAsync()).Sats;
        Assert.True(report.GetProperty("sats").GetInt64() >= sats, result);
        return (report.GetProperty("shares").GetInt64() - Shares, sats - Sats);
    }

    private bool HasSaid(string words)
    {
        lock (Notices)
        {
            return Notices.Exists(notice => notice.Contains(words, StringComparison.Ordinal));
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillProcessAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }
    }

    /// <summary>What there is now is what there was, less what was sold and the fees that were paid, and what was
    /// bought.
    /// </summary>
    public async Task AccountAsync(long shares, long sats)
    {
        await CatchUpAsync();
        var (nowShares, nowSats) = await TotalsAsync();
        Assert.Equal(Shares + shares - await FeesAsync(SwapChain.Share), nowShares);
        Assert.Equal(Sats + sats - await FeesAsync(SwapChain.Coin), nowSats);
    }

    public async ValueTask DisposeAsync()
    {
        await KillProcessAsync();
        await DropAsync();
    }

    private static Seed SeedOf(byte number)
    {
        var bytes = new byte[Seed.Length];
        Array.Fill(bytes, number);
        return new Seed(bytes);
    }

    private static string CliPath() => Path.Combine(
        Vectors.RepositoryRoot, "src", "Market.Cli", "bin",
        new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "market.dll");

    private void Heard(AgentNotice notice) => Heard($"{notice.Kind} {notice.Text}");

    private void Heard(string? line)
    {
        lock (Notices)
        {
            Notices.Add(line ?? "");
        }
    }

    /// <summary>Shares and satoshis, without what the own shares earned meanwhile as a winner of mainchain
    /// blocks.</summary>
    private async Task<(long Shares, long Sats)> TotalsAsync()
    {
        var shares = await Trader.Wallet.GetCoinsAsync(ChainKind.Sharechain);
        var coins = await Trader.Wallet.GetCoinsAsync(ChainKind.Mainchain);
        return (
            shares.Sum(coin => coin.Value.Sats),
            coins.Where(coin => !coin.Coin.IsCoinbase || coin.Coin.Height <= _startHeight)
                .Sum(coin => coin.Value.Sats));
    }

    private async Task<long> FeesAsync(SwapChain chain)
    {
        if (Swap is not { } own)
        {
            return 0;
        }

        IChain source = chain == SwapChain.Share ? _chains!.Sharechain : _chains!.Mainchain;
        long fees = 0;
        foreach (var sent in own.Transactions.Where(sent => own.Swap.ChainOf(sent.Leg) == chain
            && (sent.Kind != OwnTransactionKind.Funding || sent.Leg == own.Role)))
        {
            if (await source.FindTransactionAsync(sent.TxId) is { Block: not null } found)
            {
                foreach (var input in found.Transaction.Inputs)
                {
                    var spent = await source.FindTransactionAsync(input.PreviousOutput.TxId);
                    fees += spent!.Transaction.Outputs[(int)input.PreviousOutput.Index].Value.Sats;
                }

                fees -= found.Transaction.Outputs.Sum(output => output.Value.Sats);
            }
        }

        return fees;
    }
}
