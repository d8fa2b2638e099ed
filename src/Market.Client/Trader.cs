using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Watching;
using Market.Client.Agent;
using Market.Client.Api;
using Market.Client.Keys;
using Market.Client.Orders;
using Market.Client.Recovery;
using Market.Client.Wallets;

namespace Market.Client;

/// <summary>
/// Everything that one party needs to trade, composed: account, wallet, orders and the agent that drives its swaps. It opens, and
/// finishes what was begun, without the market. Lives in one folder: seed.json (encrypted), and caches that the seed makes up
/// for: wallet.json, orders.jsonl, swaps.journal, broadcasts.log. What other programs send stands in notes/.
/// </summary>
public sealed class Trader : IDisposable
{
    private readonly OrderLog _orders;
    private readonly SwapJournal _journal;

    private Trader(
        WalletKeys keys, Wallet wallet, MarketApi api, OrderLog orders, OrderDesk desk, SwapJournal journal, SwapAgent agent) =>
        (Keys, Wallet, Api, _orders, Desk, _journal, Agent) = (keys, wallet, api, orders, desk, journal, agent);

    /// <summary>Every key.</summary>
    public WalletKeys Keys { get; }

    /// <summary>The coins.</summary>
    public Wallet Wallet { get; }

    /// <summary>The market.</summary>
    public MarketApi Api { get; }

    /// <summary>Places orders.</summary>
    public OrderDesk Desk { get; }

    /// <summary>Drives swaps; call its RunAsync.</summary>
    public SwapAgent Agent { get; }

    /// <summary>Where the encrypted seed of a trader's folder is.</summary>
    public static string SeedPath(string folder) => Path.Combine(folder, "seed.json");

    /// <summary>Where what a wallet remembers besides its seed is.</summary>
    public static string WalletPath(string folder) => Path.Combine(folder, "wallet.json");

    /// <summary>Where the journal of swaps of a trader's folder is.</summary>
    public static string JournalPath(string folder) => Path.Combine(folder, "swaps.journal");

    /// <summary>Composes a trader. Needs no market: an agent drives its swaps without one.</summary>
    /// <param name="folder">Where it lives.</param>
    /// <param name="seed">Its secret; not kept.</param>
    /// <param name="chains">Both chains, validated here; not disposed.</param>
    /// <param name="server">The market.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="notices">Is told what the agent does.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="instrument">The id of the instrument that orders are for; null for that of the sharechain. The agent drives the
    /// swaps of all series.</param>
    /// <exception cref="IOException">Another process trades with this folder.</exception>
    /// <exception cref="ForeignFileException">The folder holds files of a wallet of other chains.</exception>
    public static Task<Trader> OpenAsync(
        string folder,
        Seed seed,
        ChainSet chains,
        Uri server,
        TimeProvider clock,
        Action<AgentNotice>? notices = null,
        CancellationToken cancellation = default,
        string? instrument = null)
    {
        cancellation.ThrowIfCancellationRequested();
        var keys = new WalletKeys(seed, chains.Network, chains.Sources.Sharechain);
        var of = WalletChains.Of(chains.Network, chains.Sources.Sharechain);
        var wallet = new Wallet(keys, WalletFile.Open(WalletPath(folder), of), chains.Mainchain, chains.Sharechain);
        var api = new MarketApi(server, keys, clock);
        var orders = OrderLog.Open(OrdersPath(folder));
        var journal = SwapJournal.Open(JournalPath(folder), of);
        var desk = new OrderDesk(api, wallet, orders, id => journal.Find(id) is { IsOver: false }, clock, instrument);
        var recovery = new AgentRecovery(wallet, journal, chains.Network, seed.BornAt, notice => notices?.Invoke(notice));
        SwapAgent? agent = null;
        agent = new SwapAgent(
            new AgentOptions
            {
                Network = chains.Network,
                Instrument = chains.Sharechain.Profile.SeriesLength is null ? TradedInstrument.IdOf(chains.Sharechain) : null,
            },
            wallet,
            journal,
            new AgentParts
            {
                Market = api,
                Orders = orders,
                Time = clock,
                BroadcastRecord = Path.Combine(folder, "broadcasts.log"),
                Recover = token => recovery.StepAsync(agent!, token),
                Reconcile = desk.ReconcileAsync,
                Sources = SourcesOf(chains),
            })
        {
            OnNotice = notices,
        };
        return Task.FromResult(new Trader(keys, wallet, api, orders, desk, journal, agent));
    }

    /// <summary>What an agent judges the freshness of its chains by.</summary>
    public static Func<IChain, ChainHead, CancellationToken, ValueTask<ChainLook>> SourcesOf(ChainSet chains) =>
        async (chain, head, token) => new ChainLook(
            head,
            await chains.WhyStaleAsync(chain.Kind, token).ConfigureAwait(false)
                ?? await chain.GetTroubleAsync(token).ConfigureAwait(false));

    /// <summary>The file of the orders that were sent for a wallet.</summary>
    public static string OrdersPath(string folder) => Path.Combine(folder, "orders.jsonl");

    /// <summary>Finds out what became of orders whose answer was lost, and frees the coins of those that are over.</summary>
    public Task ReleaseAsync(CancellationToken cancellation = default) => Desk.ReconcileAsync(cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        Api.Dispose();
        _orders.Dispose();
        _journal.Dispose();
        Keys.Dispose();
    }
}
