using System.Collections.Immutable;
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
using Market.Swaps;

namespace Market.Cli.Up;

/// <summary>
/// The demo's people on one sharechain, each with a wallet of its own: a market maker, two miners who sell what they mine, and a
/// buyer. Where shares expire they trade by series.
/// </summary>
internal sealed class DemoPeople : IAsyncDisposable
{
    private const string Maker = "maker";
    private const string Buyer = "carol";
    private const int MakerCoins = 16;
    private static readonly Amount MakerCoin = new(5 * Amount.Coin);
    private static readonly Amount BuyerCoin = new(40 * Amount.Coin);
    private static readonly TimeSpan FundingPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstFundingPause = TimeSpan.FromSeconds(3);
    private static readonly string[] Miners = ["alice", "bob"];

    private readonly long _started = CliSession.Clock.GetTimestamp();
    private readonly string _design;
    private readonly string _folder;
    private readonly Action<string> _say;
    private readonly List<Trader> _traders = [];
    private readonly List<ShareMiner> _miners = [];
    private ChainSet? _chains;
    private volatile Trader? _maker;
    private bool _settled;

    /// <summary>People of a sharechain.</summary>
    /// <param name="design">The sharechain's design.</param>
    /// <param name="folder">Where their wallets are made.</param>
    /// <param name="say">Is told what happens.</param>
    public DemoPeople(string design, string folder, Action<string> say) => (_design, _folder, _say) = (design, folder, say);

    /// <summary>The sharechain's design.</summary>
    public string Design => _design;

    /// <summary>The script that the first blocks of the embedded mainchain pay: the market maker's.</summary>
    public Script TreasuryScript()
    {
        using var seed = SeedOf(Maker);
        using var keys = new WalletKeys(seed, Demo.Network, _design);
        return keys.ScriptOf(ChainKind.Mainchain, change: false, 0);
    }

    /// <summary>Runs them until cancelled.</summary>
    /// <param name="server">The market.</param>
    /// <param name="treasury">The people whose maker has the first bitcoins; null where it is this one's.</param>
    /// <param name="cancellation">Stops them.</param>
    public async Task RunAsync(Uri server, DemoPeople? treasury, CancellationToken cancellation)
    {
        PrivateFolder.Own(_folder);
        _chains = await ChainSet.OpenAsync(
            new ChainSources
            {
                Network = Demo.Network,
                Sharechain = _design,
                Server = server,
                Folder = Path.Combine(_folder, "chains"),
            },
            CliSession.Clock, cancellation);
        await _chains.WaitLiveAsync(cancellation);
        var maker = await OpenAsync(Maker, server, cancellation);
        var buyer = await OpenAsync(Buyer, server, cancellation);
        if (treasury is null)
        {
            // Before there are quotes: one that a coin was promised to while it is sent would be refused.
            await FundAsync(maker, buyer, [BuyerCoin], cancellation);
        }

        _maker = maker;
        var habits = DemoHabits.Of(_chains.Sharechain.Profile);
        var series = _chains.Sharechain.Profile.SeriesLength is null ? null : new DemoSeries(maker.Api, _chains.Sharechain);
        var quotes = new MarketMaker(maker, habits.Quotes, CliSession.Clock)
        {
            OnSaid = text => _say($"{Maker}: {text}"),
            Choose = series is null ? null : series.ChooseAsync,
            Worth = series is null ? null : stop => DemoHabits.WorthAsync(_chains.Mainchain, _chains.Sharechain, stop),
        };
        var work = new List<Func<CancellationToken, Task>>
        {
            maker.Agent.RunAsync,
            quotes.RunAsync,
            buyer.Agent.RunAsync,
            stop => KeepFundedAsync(treasury, maker, buyer, stop),
            new DemoTaker(buyer, DemoTaker.Habit.Buyer, Buyer, habits, series, _say).RunAsync,
        };
        foreach (var name in Miners)
        {
            var miner = await OpenAsync(name, server, cancellation);
            StartMining(miner, habits);
            work.Add(miner.Agent.RunAsync);
            work.Add(new DemoTaker(miner, DemoTaker.Habit.Seller, name, habits, series, _say).RunAsync);
        }

        // One that ends ends all of this sharechain: nobody trades on without its agent.
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
            SeedFile.Create(path, made, Demo.DemoWord, Demo.Network, _design);
        }

        return SeedFile.Open(path, Demo.DemoWord).Seed;
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
            _say($"The first swap of {_design} has settled on both chains, {seconds:0} s after the start.");
        }
    }

    private void StartMining(Trader trader, DemoHabits habits)
    {
        var miner = new ShareMiner(
            _chains!.Sharechain,
            trader.Wallet.PrimaryScript(ChainKind.Sharechain),
            new MinerOptions { MaxHashesPerSecond = habits.HashesPerSecond },
            _chains.Mainchain,
            CliSession.Clock);
        miner.Start();
        _miners.Add(miner);
    }

    /// <summary>The buyer's first bitcoins come from a maker, and so do a maker's that the first blocks do not pay, once those are
    /// mature.</summary>
    private Task KeepFundedAsync(DemoPeople? treasury, Trader maker, Trader buyer, CancellationToken cancellation)
    {
        var funding = new Supervised(
            "The funding", CliSession.Clock, error => error is ChainUnavailableException,
            failure => _say($"{Maker}: {failure.Words}"))
        {
            Pauses = new Backoff(CliSession.Clock, FundingPause, FundingPause),
        };
        var isThere = false;
        return funding.RepeatAsync(
            async stop =>
            {
                isThere = treasury is null || treasury._maker is not null;
                if ((treasury is null ? maker : treasury._maker) is { } payer)
                {
                    await FundAsync(payer, buyer, [BuyerCoin], stop);
                    if (treasury is not null)
                    {
                        await FundAsync(payer, maker, [.. Enumerable.Repeat(MakerCoin, MakerCoins)], stop);
                    }
                }
            },
            stop => Task.Delay(isThere ? FundingPause : FirstFundingPause, CliSession.Clock, stop),
            cancellation);
    }

    private async Task FundAsync(Trader from, Trader to, Amount[] coins, CancellationToken cancellation)
    {
        var balance = await to.Wallet.GetBalanceAsync(ChainKind.Mainchain, cancellation);
        if (balance.Total.Sats < coins.Sum(coin => coin.Sats) / 10)
        {
            await TrySendAsync(
                from, [.. coins.Select(coin => new TxOut(coin, to.Wallet.NewScript(ChainKind.Mainchain)))], cancellation);
        }
    }

    private async Task TrySendAsync(Trader from, ImmutableArray<TxOut> payments, CancellationToken cancellation)
    {
        try
        {
            var rate = await _chains!.Mainchain.EstimateFeeAsync(2, cancellation);
            var transaction = (await from.Wallet.BuildAsync(ChainKind.Mainchain, payments, rate,
                cancellation: cancellation)).Transaction;
            var result = await _chains.Mainchain.BroadcastAsync(transaction, cancellation);
            _say(result.IsSuccess
                ? $"{Maker}: handed out {payments.Sum(payment => payment.Value.Sats) / Amount.Coin} BTC to trade with"
                : $"{Maker}: could not hand out bitcoins: {result.Code} {result.Detail}");
        }
        catch (Exception e) when (e is InsufficientFundsException or ChainUnavailableException)
        {
            _say($"{Maker}: cannot hand out bitcoins yet: {e.Message}");
        }
    }
}
