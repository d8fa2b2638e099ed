using Market.Chains;
using Market.Client.Agent;
using Market.Client.Api;
using Market.Client.Keys;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Client;

/// <summary>
/// Everything that one party needs to trade, composed: account, wallet, orders and the agent that drives its swaps.
/// Lives in one folder: seed.json (encrypted), wallet.json, orders.jsonl and swaps/.
/// </summary>
public sealed class Trader : IDisposable
{
    private readonly OrderLog _orders;

    private Trader(
        WalletKeys keys, Wallet wallet, MarketApi api, OrderLog orders, OrderDesk desk, SwapAgent agent)
    {
        (Keys, Wallet, Api, _orders, Desk, Agent) = (keys, wallet, api, orders, desk, agent);
    }

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

    /// <summary>Composes a trader.</summary>
    /// <param name="folder">Where it lives.</param>
    /// <param name="seed">Its secret; not kept.</param>
    /// <param name="chains">Both chains, validated here; not disposed.</param>
    /// <param name="server">The market.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="notices">Is told what the agent does.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Trader> OpenAsync(
        string folder,
        Seed seed,
        ChainSet chains,
        Uri server,
        TimeProvider clock,
        Action<AgentNotice>? notices = null,
        CancellationToken cancellation = default)
    {
        var keys = new WalletKeys(seed, chains.Network);
        var wallet = new Wallet(
            keys, WalletFile.Open(Path.Combine(folder, "wallet.json")), chains.Mainchain, chains.Sharechain);
        var api = new MarketApi(server, keys, clock);
        var instrument = await api.GetInstrumentAsync(Instrument.P2ShareBtc, cancellation).ConfigureAwait(false);
        var orders = OrderLog.Open(Path.Combine(folder, "orders.jsonl"));
        var agent = new SwapAgent(
            new AgentOptions { Network = chains.Network },
            wallet,
            new SwapStore(Path.Combine(folder, "swaps")),
            api,
            orders,
            clock)
        {
            OnNotice = notices,
        };
        return new Trader(keys, wallet, api, orders, new OrderDesk(api, wallet, instrument, orders), agent);
    }

    /// <summary>Frees the coins of closed orders that no swap needs any more.</summary>
    public Task ReleaseAsync(CancellationToken cancellation = default) =>
        Desk.ReleaseAsync(id => NeedsCoinsAsync(id, cancellation), cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        Api.Dispose();
        _orders.Dispose();
        Keys.Dispose();
    }

    /// <summary>The market keeps an order's coins locked until its swaps are over: a failed one may put it back.</summary>
    private async Task<bool> NeedsCoinsAsync(string swapId, CancellationToken cancellation)
    {
        if (Agent.Swaps.FirstOrDefault(swap => swap.Id == swapId) is { IsOver: false })
        {
            return true;
        }

        var swap = await Api.GetSwapAsync(swapId, cancellation).ConfigureAwait(false);
        return swap.Summary.Outcome == SwapOutcome.Moving;
    }
}
