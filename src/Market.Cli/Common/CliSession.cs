using System.CommandLine;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Clock;
using Market.Chains.Light;
using Market.Chains.Rpc;
using Market.Client;
using Market.Client.Agent;
using Market.Client.Api;
using Market.Client.Keys;
using Market.Client.NBitcoin;
using Market.Client.Recovery;
using Market.Client.Wallets;

namespace Market.Cli.Common;

/// <summary>
/// What most verbs work with: the wallet of a folder and both chains, followed from the server and validated here. Verbs that
/// trade also open a <see cref="Trader"/>.
/// </summary>
public sealed class CliSession : IAsyncDisposable
{
    private const int MostQuietLooks = 7;
    private static readonly TimeSpan NetworkPatience = TimeSpan.FromSeconds(5);

    private readonly Seed _seed;
    private readonly ChainSet _chains;
    private readonly WalletKeys _keys;
    private readonly WalletChains _of;
    private readonly string _folder;
    private readonly Uri _server;
    private string? _named;

    private CliSession(Seed seed, ChainSet chains, string folder, Uri server)
    {
        (_seed, _chains, _folder, _server) = (seed, chains, folder, server);
        _keys = new WalletKeys(seed, chains.Network, chains.Sources.Sharechain);
        _of = WalletChains.Of(chains.Network, chains.Sources.Sharechain);
        Wallet = new Wallet(_keys, WalletFile.Open(Trader.WalletPath(folder), _of), chains.Mainchain, chains.Sharechain);
    }

    /// <summary>The clock of all verbs.</summary>
    public static TimeProvider Clock { get; } = DevClock.FromEnvironment();

    /// <summary>The coins.</summary>
    public Wallet Wallet { get; }

    /// <summary>The network's name.</summary>
    public string Network => _chains.Network;

    /// <summary>Bitcoin.</summary>
    public IMainchain Mainchain => _chains.Mainchain;

    /// <summary>The expiry series that --instrument names; null for none.</summary>
    public int? Series => _named is null ? null : TradedInstrument.SeriesOf(_named, ChainKind.Sharechain);

    /// <summary>The id of the instrument of the wallet's sharechain; of all series together where shares expire.</summary>
    public string Instrument => TradedInstrument.IdOf(_chains.Sharechain);

    /// <summary>The chain of shares.</summary>
    public ISharechain Sharechain => _chains.Sharechain;

    /// <summary>Where the encrypted seed of a wallet's folder is.</summary>
    public static string SeedPath(string folder) => Trader.SeedPath(folder);

    /// <summary>Opens wallet and chains.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">Is told how far it is.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="waitLive">Waits until both chains are at the server's tips. Not for an agent: it looks at its chains as they
    /// come, and what it must do by a deadline does not wait for a server that is away.</param>
    public static async Task<CliSession> OpenAsync(
        ParseResult arguments, Output output, CancellationToken cancellation, bool waitLive = true)
    {
        var folder = arguments.GetValue(CommonOptions.Wallet)!;
        var server = arguments.GetValue(CommonOptions.Server)!;
        var (seed, network, sharechain) = SeedFile.Open(SeedPath(folder), Passphrase.Ask(twice: false));
        CheckInstrument(arguments, network, sharechain, folder);
        var sources = SourcesOf(arguments, network, sharechain, folder, server);
        await CheckNetworkAsync(server, network, folder, cancellation);
        Warn(sources, output);
        var chains = await OpenChainsAsync(sources, cancellation);
        var session = new CliSession(seed, chains, folder, server)
        {
            _named = arguments.GetResult(CommonOptions.Instrument) is null
                ? null
                : arguments.GetValue(CommonOptions.Instrument),
        };
        try
        {
            if (waitLive)
            {
                await WaitLiveAsync(session, output, cancellation);
            }

            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Opens a wallet of words or of its file for a rescue, and waits until both chains are there. The market is a source only
    /// where it is named, or where nothing else is.
    /// </summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="opened">The seed, which is disposed with the session, and its chains.</param>
    /// <param name="output">Is told how far it is.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<CliSession> OpenForRescueAsync(
        ParseResult arguments, OpenedSeed opened, Output output, CancellationToken cancellation)
    {
        var (seed, network, sharechain) = opened;
        var folder = arguments.GetValue(CommonOptions.Wallet)!;
        var server = arguments.GetValue(CommonOptions.Server)!;
        var named = arguments.GetResult(CommonOptions.Server) is { Implicit: false }
            || Environment.GetEnvironmentVariable("MARKET_SERVER") is { Length: > 0 };
        var others = CommonOptions.SharesOf(arguments).Length > 0
            && (CommonOptions.MainchainOf(arguments) is not null || CommonOptions.PeersOf(arguments) is not null);
        var sources = SourcesOf(arguments, network, sharechain, folder, named || !others ? server : null);
        Warn(sources, output);
        var session = new CliSession(seed, await OpenChainsAsync(sources, cancellation), folder, server);
        try
        {
            await WaitLiveAsync(session, output, cancellation);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>A rescue of this wallet. One process at a time writes a wallet's journal.</summary>
    /// <param name="journal">Of the wallet's folder.</param>
    /// <param name="notices">Is told what goes on.</param>
    public Rescue OpenRescue(SwapJournal journal, Action<AgentNotice> notices) => new(
        Wallet, journal, Network, _seed.BornAt, Clock, notices, new AgentParts { Sources = Trader.SourcesOf(_chains) });

    /// <summary>Opens the journal of the wallet's folder.</summary>
    /// <exception cref="CliException">Another process has it.</exception>
    public SwapJournal OpenJournal()
    {
        try
        {
            return SwapJournal.Open(Trader.JournalPath(_folder), _of);
        }
        catch (IOException e)
        {
            throw InUse(e);
        }
    }

    /// <summary>The wallet's keys alone, for verbs that only sign requests.</summary>
    public static WalletKeys OpenKeys(ParseResult arguments)
    {
        var folder = arguments.GetValue(CommonOptions.Wallet)!;
        var (seed, network, sharechain) = SeedFile.Open(SeedPath(folder), Passphrase.Ask(twice: false));
        CheckInstrument(arguments, network, sharechain, folder);
        using (seed)
        {
            return new WalletKeys(seed, network, sharechain);
        }
    }

    /// <summary>The id of the instrument that the wallet trades, from its file alone; what it says is not authenticated.</summary>
    public static string InstrumentOf(ParseResult arguments)
    {
        var (network, sharechain) = SeedFile.ChainsOf(SeedPath(arguments.GetValue(CommonOptions.Wallet)!));
        if (arguments.GetResult(CommonOptions.Instrument) is not null
            && arguments.GetValue(CommonOptions.Instrument) is { } named)
        {
            return named;
        }

        return TradedInstrument.HasSeries(network, WalletChains.Of(network, sharechain).Sharechain)
            ? throw new CliException("no-series", WhichSeries([]))
            : TradedInstrument.IdOf(network, sharechain);
    }

    /// <summary>What the wallet remembers, without its chains; which those are, its seed's file says, not authenticated.</summary>
    public static WalletFile OpenFile(ParseResult arguments)
    {
        var folder = arguments.GetValue(CommonOptions.Wallet)!;
        var (network, sharechain) = SeedFile.ChainsOf(SeedPath(folder));
        return WalletFile.Open(Trader.WalletPath(folder), WalletChains.Of(network, sharechain));
    }

    /// <summary>The market's interface.</summary>
    public static MarketApi ApiOf(ParseResult arguments, WalletKeys? keys) =>
        new(arguments.GetValue(CommonOptions.Server)!, keys, Clock);

    /// <summary>Opens what trading needs. One process at a time trades with a wallet.</summary>
    /// <param name="notices">Is told what the agent does.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="forOrders">Orders are placed: where shares expire, one series of them must be named.</param>
    /// <exception cref="CliException">Another process trades with it, or no series is named.</exception>
    public async Task<Trader> OpenTraderAsync(
        Action<AgentNotice>? notices, CancellationToken cancellation, bool forOrders = false)
    {
        if (forOrders && _named is null && Sharechain.Profile.SeriesLength is not null)
        {
            throw new CliException("no-series", WhichSeries(await Wallet.GetSeriesAsync(cancellation)));
        }

        try
        {
            return await Trader.OpenAsync(_folder, _seed, _chains, _server, Clock, notices, cancellation, _named);
        }
        catch (IOException e) when (e is not FileNotFoundException)
        {
            throw InUse(e);
        }
    }

    /// <summary>What is said where a series is to be named.</summary>
    /// <param name="held">What the wallet holds.</param>
    internal static string WhichSeries(IReadOnlyCollection<WalletSeries> held) =>
        "These shares expire, and each series of them is traded by itself: name one with --instrument. "
        + (held.Count == 0 ? "The wallet holds none; market book and GET /api/v1/instruments tell which are traded."
            : $"The wallet holds {string.Join(", ", held.Select(each => each.Instrument))}.");

    /// <summary>The address of a script of the wallet.</summary>
    public string AddressOf(ChainKind chain, Script script) =>
        BitcoinAddress.FromScript(script, _chains.AddressesOf(chain)).ToString();

    /// <summary>The script of an address.</summary>
    /// <exception cref="CliException">It is none of this chain and network.</exception>
    public Script ScriptOf(ChainKind chain, string address)
    {
        AddressError? first = null;
        foreach (var writing in _chains.AddressesOf(chain).Writings)
        {
            if (BitcoinAddress.TryParse(address, writing, out var parsed, out var error))
            {
                return parsed.ScriptPubKey;
            }

            first ??= error;
        }

        throw new CliException("bad-address", $"\"{address}\" is no address of this chain and network ({first}).");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _chains.DisposeAsync();
        _keys.Dispose();
        _seed.Dispose();
    }

    private CliException InUse(IOException e) => new(
        "wallet-in-use", $"Another program trades with the wallet in {_folder}: stop it, or wait for it. ({e.Message})");

    /// <summary>A wallet of one network waits for ever at a market of another. A market that is away is waited for.</summary>
    private static async Task CheckNetworkAsync(
        Uri server, string network, string folder, CancellationToken cancellation)
    {
        using var api = new MarketApi(server);
        using var limit = new TimeLimit(Clock, NetworkPatience, cancellation);
        try
        {
            var there = (await api.GetStatusAsync(limit.Token)).Network;
            if (there != network)
            {
                throw new CliException(
                    "wrong-network",
                    $"The market at {server} is for {there}, and the wallet in {folder} is for {network}. Name another --wallet, "
                    + $"or make one: market wallet create --network {there} --wallet FOLDER");
            }
        }
        catch (Exception e) when (e is MarketUnavailableException or MarketApiException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // Following the chains will say what is wrong.
        }
    }

    /// <summary>A wallet is of one sharechain: whoever names another instrument would trade what it does not hold.</summary>
    private static void CheckInstrument(ParseResult arguments, string network, string? sharechain, string folder)
    {
        var own = TradedInstrument.IdOf(network, sharechain);
        if (arguments.GetResult(CommonOptions.Instrument) is not null
            && arguments.GetValue(CommonOptions.Instrument) is { } named && !TradedInstrument.IsOf(named, network, sharechain))
        {
            throw new CliException(
                "wrong-instrument",
                $"The wallet in {folder} is of {own}, not of {named}. Name another --wallet, or make one: "
                + "market wallet create --sharechain NAME --wallet FOLDER");
        }
    }

    /// <summary>The sources that the command line and the environment name.</summary>
    /// <exception cref="CliException">They are not enough on this network; says what to name.</exception>
    private static ChainSources SourcesOf(
        ParseResult arguments, string network, string? sharechain, string folder, Uri? server)
    {
        var peers = CommonOptions.PeersOf(arguments);
        var sources = new ChainSources
        {
            Network = network,
            Sharechain = sharechain,
            Server = server,
            Shares = [.. CommonOptions.SharesOf(arguments)],
            Node = CommonOptions.MainchainOf(arguments) is { } node ? RpcOptions.Of(node) : null,
            Peers = peers is null ? null : PeersOf(network, peers, CommonOptions.FiltersOf(arguments)),
            TrustServer = arguments.GetValue(CommonOptions.TrustServer),
            Folder = Path.Combine(folder, "chains"),
        };
        return sources.WhyNot() is { } refusal ? throw new CliException("sources-missing", refusal) : sources;
    }

    private static Func<string?, IMainchain> PeersOf(string network, string[] named, bool usesFilters)
    {
        try
        {
            // Once now, so that what is wrong is said before anything is opened.
            _ = new PeerPool(NetworkProfile.Of(network), new PeerOptions { Named = [.. named] }, Clock);
        }
        catch (NotSupportedException refusal)
        {
            throw new CliException("no-peers", refusal.Message);
        }

        var profile = NetworkProfile.Of(network);
        return chains => new LightMainchain(
            profile, new PeerPool(profile, new PeerOptions { Named = [.. named] }, Clock), Clock,
            new LightOptions { Folder = chains, UsesFilters = usesFilters });
    }

    private static void Warn(ChainSources sources, Output output)
    {
        if (sources.TrustServer && !NetworkProfile.Of(sources.Network).TrustsMarketNode && !sources.AreOwn)
        {
            output.Progress($"Warning: {ChainSources.WhatTrustCosts}");
        }
    }

    private static async Task<ChainSet> OpenChainsAsync(ChainSources sources, CancellationToken cancellation)
    {
        try
        {
            return await ChainSet.OpenAsync(sources, Clock, cancellation);
        }
        catch (IOException)
        {
            // Another verb of the same wallet has the files; blocks are then fetched and validated again, in memory.
            return await ChainSet.OpenAsync(sources with { Folder = null }, Clock, cancellation);
        }
    }

    private static async Task WaitLiveAsync(CliSession session, Output output, CancellationToken cancellation)
    {
        // What is due on one chain does not wait for a source of the other that is away: where the party has sources of its own,
        // the program goes on with what it has, and nothing is locked or revealed on a chain that is not current.
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var live = session._chains.WaitLiveAsync(enough.Token);
        var said = "";
        var quiet = 0;
        while (!live.IsCompleted)
        {
            if (await Task.WhenAny(live, Task.Delay(TimeSpan.FromSeconds(3), Clock, cancellation)) == live)
            {
                break;
            }

            var now = await session.ProgressAsync(cancellation);
            quiet = now == said ? quiet + 1 : 0;
            if (now != said)
            {
                output.Progress(said = now);
            }
            else if (session._chains.Sources.AreOwn && quiet >= MostQuietLooks)
            {
                output.Progress(
                    "Going on with what is known: nothing is locked or revealed on a chain while no source of it answers.");
                await enough.CancelAsync();
                await live.ContinueWith(
                    _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                return;
            }
        }

        await live;
    }

    private async Task<string> ProgressAsync(CancellationToken cancellation)
    {
        var shares = await Sharechain.GetTipAsync(cancellation);
        try
        {
            var main = await Mainchain.GetTipAsync(cancellation);
            var trouble = _chains.Trouble is { } error ? $"; {error} Is the market running at {_server}?" : "";
            return $"Following the chains: mainchain {main.Height}, sharechain {shares.Height} validated{trouble}";
        }
        catch (ChainUnavailableException error)
        {
            return $"Following the chains: the mainchain's source is away, sharechain {shares.Height} validated; {error.Message}";
        }
    }
}
