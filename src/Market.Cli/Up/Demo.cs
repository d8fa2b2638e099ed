using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mining;
using Market.Chains.Storage;
using Market.Cli.Common;
using Market.Client;
using Market.Client.Agent;
using Market.Client.Keys;
using Market.Client.Strategies;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Swaps;

namespace Market.Cli.Up;

/// <summary>
/// The demo's people on a devnet, each with a wallet of its own under data/demo: a market maker who has the first
/// bitcoins, two miners who sell what they mine, and a buyer. They are ordinary users of the market: what they do,
/// anybody can do from outside.
/// </summary>
public sealed class Demo : IAsyncDisposable
{
    /// <summary>Devnet coins are worth nothing; this word only keeps the files in the usual form.</summary>
    public const string DemoWord = "demo";

    private const string Network = "devnet";
    private const string Maker = "maker";
    private const long BuyerFunds = 40 * Amount.Coin;
    private static readonly TimeSpan FundingPause = TimeSpan.FromSeconds(30);

    // A young sharechain's value moves fast; quotes that followed every step would never rest long enough to be taken.
    private static readonly MakerOptions Quotes = new()
    {
        Bid = 0.975m,
        Ask = 1.025m,
        Step = 0.006m,
        Tolerance = 0.04m,
        Levels = 8,
        Size = new(4 * Quantity.UnitsPerShare),
        MaxInventory = new(1_000_000 * Quantity.UnitsPerShare),
    };

    private static readonly string[] Miners = ["alice", "bob"];

    private readonly long _started = CliSession.Clock.GetTimestamp();
    private readonly string _folder;
    private readonly Action<string> _say;
    private readonly List<Trader> _traders = [];
    private readonly List<ShareMiner> _miners = [];
    private ChainSet? _chains;
    private bool _settled;

    /// <summary>A demo in a folder.</summary>
    /// <param name="data">The data folder; wallets are made under demo/.</param>
    /// <param name="say">Is told what happens.</param>
    public Demo(string data, Action<string> say) => (_folder, _say) = (Path.Combine(data, "demo"), say);

    /// <summary>True where the instrument that the demo's people trade is among those of these sharechains; none stands for the
    /// network's own.</summary>
    public static bool IsTraded(IReadOnlyCollection<string> sharechains)
    {
        ArgumentNullException.ThrowIfNull(sharechains);
        var own = TradedInstrument.IdOf(Network, null);
        return sharechains.Count == 0 || sharechains.Any(name => TradedInstrument.IdOf(Network, name) == own);
    }

    /// <summary>The script that the first blocks of the embedded mainchain pay: the market maker's.</summary>
    public Script TreasuryScript()
    {
        using var seed = SeedOf(Maker);
        using var keys = new WalletKeys(seed, Network);
        return keys.ScriptOf(ChainKind.Mainchain, change: false, 0);
    }

    /// <summary>Runs the demo until cancelled.</summary>
    public async Task RunAsync(Uri server, CancellationToken cancellation)
    {
        PrivateFolder.Own(_folder);
        _chains = await ChainSet.OpenAsync(server, Network, Path.Combine(_folder, "chains"), CliSession.Clock, null, cancellation);
        await _chains.WaitLiveAsync(cancellation);
        var maker = await OpenAsync(Maker, server, cancellation);
        var buyer = await OpenAsync("carol", server, cancellation);
        // Before there are quotes: one that a coin was promised to while it is sent would be refused.
        await FundAsync(maker, buyer, cancellation);
        var quotes = new MarketMaker(maker, Quotes, CliSession.Clock) { OnSaid = text => _say($"{Maker}: {text}") };
        var work = new List<Func<CancellationToken, Task>> { maker.Agent.RunAsync, quotes.RunAsync };
        foreach (var name in Miners)
        {
            var miner = await OpenAsync(name, server, cancellation);
            StartMining(miner);
            work.Add(miner.Agent.RunAsync);
            work.Add(new DemoTaker(miner, DemoTaker.Habit.Seller, name, _say).RunAsync);
        }

        work.Add(buyer.Agent.RunAsync);
        work.Add(stop => KeepFundedAsync(maker, buyer, stop));
        work.Add(new DemoTaker(buyer, DemoTaker.Habit.Buyer, "carol", _say).RunAsync);
        // One that ends ends all: nobody trades on without its agent.
        await WithAgent.AllAsync(cancellation, work);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var miner in _miners)
        {
            await miner.DisposeAsync();
        }

        foreach (var trader in _traders)
        {
            trader.Dispose();
        }

        if (_chains is not null)
        {
            await _chains.DisposeAsync();
        }
    }

    private Seed SeedOf(string name)
    {
        var path = Trader.SeedPath(Path.Combine(_folder, name));
        if (!File.Exists(path))
        {
            using var made = Seed.Create();
            SeedFile.Create(path, made, DemoWord, Network);
        }

        return SeedFile.Open(path, DemoWord).Seed;
    }

    private async Task<Trader> OpenAsync(string name, Uri server, CancellationToken cancellation)
    {
        using var seed = SeedOf(name);
        var trader = await Trader.OpenAsync(
            Path.Combine(_folder, name), seed, _chains!, server, CliSession.Clock, notice => Tell(name, notice), cancellation);
        _traders.Add(trader);
        // A demo that goes on where it stopped has seen its first swap settle.
        _settled |= HasSettled(trader);
        return trader;
    }

    private static bool HasSettled(Trader trader) => trader.Agent.Swaps.Any(swap => swap.Swap.Phase == SwapPhase.Settled);

    private void Tell(string name, AgentNotice notice)
    {
        if (notice.Kind is not Market.Swaps.Agent.AgentSayingKind.Broadcast)
        {
            _say(notice.SwapId is { } swap ? $"{name}: swap {swap}: {notice.Text}" : $"{name}: {notice.Text}");
        }

        if (!_settled && _traders.Exists(HasSettled))
        {
            _settled = true;
            var seconds = CliSession.Clock.GetElapsedTime(_started).TotalSeconds;
            _say($"The first swap has settled on both chains, {seconds:0} s after the start.");
        }
    }

    private void StartMining(Trader trader)
    {
        var miner = new ShareMiner(
            _chains!.Sharechain,
            trader.Wallet.PrimaryScript(ChainKind.Sharechain),
            new MinerOptions { MaxHashesPerSecond = 30_000 },
            _chains.Mainchain,
            CliSession.Clock);
        miner.Start();
        _miners.Add(miner);
    }

    /// <summary>The buyer's first bitcoins come from the maker, once the maker has mature ones.</summary>
    private Task KeepFundedAsync(Trader from, Trader to, CancellationToken cancellation)
    {
        var funding = new Supervised(
            "The buyer's funding", CliSession.Clock, error => error is ChainUnavailableException,
            failure => _say($"{Maker}: {failure.Words}"))
        {
            Pauses = new Backoff(CliSession.Clock, FundingPause, FundingPause),
        };
        return funding.RepeatAsync(stop => FundAsync(from, to, stop), FundingPause, cancellation);
    }

    private async Task FundAsync(Trader from, Trader to, CancellationToken cancellation)
    {
        var balance = await to.Wallet.GetBalanceAsync(ChainKind.Mainchain, cancellation);
        if (balance.Total.Sats < BuyerFunds / 10)
        {
            await TrySendAsync(from, to.Wallet.NewScript(ChainKind.Mainchain), cancellation);
        }
    }

    private async Task TrySendAsync(Trader from, Script script, CancellationToken cancellation)
    {
        try
        {
            var rate = await _chains!.Mainchain.EstimateFeeAsync(2, cancellation);
            var payment = new TxOut(new Amount(BuyerFunds), script);
            var transaction = (await from.Wallet.BuildAsync(ChainKind.Mainchain, [payment], rate,
                cancellation: cancellation)).Transaction;
            var result = await _chains.Mainchain.BroadcastAsync(transaction, cancellation);
            _say(result.IsSuccess
                ? $"{Maker}: sent the buyer {BuyerFunds / Amount.Coin} BTC to trade with"
                : $"{Maker}: could not fund the buyer: {result.Code} {result.Detail}");
        }
        catch (Exception e) when (e is InsufficientFundsException or ChainUnavailableException)
        {
            _say($"{Maker}: cannot fund the buyer yet: {e.Message}");
        }
    }
}
