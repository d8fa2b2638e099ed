using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Light;
using Market.Chains.Mainchain;
using Market.Chains.Rpc;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Client;

/// <summary>
/// Both chains as an agent sees them, from the sources that the party named: every share validated here, Bitcoin from an own node,
/// from its peers or from the market. Opening waits for nobody: a source that is away is tried again, and what needs the other
/// chain only goes on meanwhile.
/// </summary>
public sealed class ChainSet : IAsyncDisposable
{
    private static readonly TimeSpan NodePatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(5);

    private readonly ImmutableArray<HttpClient> _clients;
    private readonly IMainchain _mainchain;
    private readonly RemoteSharechain _sharechain;

    private ChainSet(ImmutableArray<HttpClient> clients, ChainSources sources, IMainchain mainchain, RemoteSharechain sharechain)
    {
        (_clients, Sources, _mainchain, _sharechain) = (clients, sources, mainchain, sharechain);
    }

    /// <summary>The sources that it was opened with.</summary>
    public ChainSources Sources { get; }

    /// <summary>The network's name.</summary>
    public string Network => Sources.Network;

    /// <summary>Bitcoin.</summary>
    public IMainchain Mainchain => _mainchain;

    /// <summary>The chain of shares.</summary>
    public ISharechain Sharechain => _sharechain;

    /// <summary>What keeps a chain from being followed; null where nothing does.</summary>
    public string? Trouble => (_mainchain as LateMainchain)?.Away ?? (_mainchain as RemoteMainchain)?.Status.LastError
        ?? _sharechain.Status.LastError;

    /// <summary>How addresses of a chain are written.</summary>
    public Bitcoin.Network AddressesOf(ChainKind chain) =>
        chain == ChainKind.Mainchain ? _mainchain.Network : _sharechain.Network;

    /// <summary>Opens both chains from their files, with the market and perhaps an own node as sources.</summary>
    /// <param name="server">Whose node interface is followed.</param>
    /// <param name="network">Which chains: decided here, never by the server.</param>
    /// <param name="folder">Where blocks are kept; null keeps them in memory.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="node">The party's own Bitcoin node; null follows the server's and validates it here.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NotSupportedException">These sources are not enough on this network; says what to name.</exception>
    /// <exception cref="ChainUnavailableException">The own node is of another network.</exception>
    public static Task<ChainSet> OpenAsync(
        Uri server, string network, string? folder, TimeProvider clock, RpcOptions? node = null,
        CancellationToken cancellation = default) => OpenAsync(
        new ChainSources { Network = network, Server = server, Folder = folder, Node = node }, clock, cancellation);

    /// <summary>Opens both chains from their files and begins to follow.</summary>
    /// <param name="sources">Where from.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NotSupportedException">These sources are not enough on this network; says what to name.</exception>
    /// <exception cref="ChainUnavailableException">The own node is of another network.</exception>
    public static async Task<ChainSet> OpenAsync(
        ChainSources sources, TimeProvider clock, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        if (sources.WhyNot() is { } refusal)
        {
            throw new NotSupportedException(refusal);
        }

        ImmutableArray<HttpClient> clients = [.. sources.AllShares.Select(ClientOf)];
        var scripts = ChainOpening.Scripts();
        IMainchain? mainchain = null;
        try
        {
            mainchain = await MainchainAsync(sources, clients, scripts, clock, cancellation).ConfigureAwait(false);
            var sharechain = await RemoteSharechain.OpenAsync(
                clients, sources.Profile, scripts, Store(sources.Folder, "sharechain"), mainchain, clock,
                null, cancellation).ConfigureAwait(false);
            return new ChainSet(clients, sources, mainchain, sharechain);
        }
        catch
        {
            await CloseAsync(mainchain).ConfigureAwait(false);
            CloseAll(clients);
            throw;
        }
    }

    /// <summary>Returns when both chains have a source's tips.</summary>
    public async Task WaitLiveAsync(CancellationToken cancellation = default)
    {
        switch (_mainchain)
        {
            case RemoteMainchain followed:
                await followed.WaitLiveAsync(cancellation).ConfigureAwait(false);
                break;
            case LateMainchain node:
                await node.WaitLiveAsync(cancellation).ConfigureAwait(false);
                break;
            case LightMainchain light:
                await light.WaitLiveAsync(cancellation).ConfigureAwait(false);
                break;
            default:
                break;
        }

        await _sharechain.WaitLiveAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Why nothing may be locked or revealed on a chain now, in words: no source answers, they contradict each other, or the
    /// mainchain block that the newest share builds on is not on the own mainchain. Null where nothing of that is so.
    /// </summary>
    public async ValueTask<string?> WhyStaleAsync(ChainKind chain, CancellationToken cancellation = default)
    {
        try
        {
            return chain == ChainKind.Mainchain
                ? await WhyMainchainAsync(cancellation).ConfigureAwait(false)
                : await WhySharechainAsync(cancellation).ConfigureAwait(false);
        }
        catch (ChainUnavailableException error)
        {
            return error.Message;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sharechain.DisposeAsync().ConfigureAwait(false);
        await CloseAsync(_mainchain).ConfigureAwait(false);
        CloseAll(_clients);
    }

    private static HttpClient ClientOf(Uri node) => new() { BaseAddress = node, Timeout = Timeout.InfiniteTimeSpan };

    private static async Task<IMainchain> MainchainAsync(
        ChainSources sources, ImmutableArray<HttpClient> clients, IScriptRules scripts, TimeProvider clock,
        CancellationToken cancellation)
    {
        var several = new List<NamedMainchain>();
        try
        {
            if (sources.Node is { } node)
            {
                var own = NodeOf(node, sources.Network, clock);
                several.Add(new NamedMainchain("your Bitcoin node", own));
                await FirstTryAsync(own, clock, cancellation).ConfigureAwait(false);
            }

            if (sources.Peers is { } peers)
            {
                several.Add(new NamedMainchain("Bitcoin's peers", peers(FolderOf(sources.Folder, "peers"))));
            }

            if (several.Count == 0)
            {
                return await ServersAsync(sources, clients, scripts, clock, cancellation).ConfigureAwait(false);
            }

            return several.Count == 1 ? several[0].Chain : new SeveralMainchain(several, clock);
        }
        catch
        {
            foreach (var opened in several)
            {
                await CloseAsync(opened.Chain).ConfigureAwait(false);
            }

            throw;
        }
    }

    // Where this program knows every rule of the chain it checks every block; elsewhere the work of the headers and the blocks
    // against them.
    private static async Task<IMainchain> ServersAsync(
        ChainSources sources, ImmutableArray<HttpClient> clients, IScriptRules scripts, TimeProvider clock,
        CancellationToken cancellation)
    {
        var http = clients[sources.AllShares.IndexOf(sources.AllShares.First(
            share => share.GetLeftPart(UriPartial.Authority) == sources.Server!.GetLeftPart(UriPartial.Authority)))];
        return MainParameters.Find(sources.Network) is { } parameters
            ? await RemoteMainchain.OpenAsync(
                http, parameters, scripts, Store(sources.Folder, "mainchain"), clock, null, cancellation).ConfigureAwait(false)
            : new LightMainchain(
                NetworkProfile.Of(sources.Network), new HttpLightSource(http, clock), clock,
                new LightOptions { Folder = FolderOf(sources.Folder, "light") });
    }

    private static LateMainchain NodeOf(RpcOptions node, string network, TimeProvider clock) => new(
        NetworkProfile.Of(network),
        "Your Bitcoin node",
        async limit => await ChainOpening.ConnectAsync(
            node, network,
            other => new NotSupportedException($"Your Bitcoin node runs {other}, and the wallet is for {network}."),
            limit).ConfigureAwait(false),
        NodePatience,
        clock);

    // One that answers at once is there at once; and a node of another network is said to be one before anything begins.
    private static async Task FirstTryAsync(LateMainchain node, TimeProvider clock, CancellationToken cancellation)
    {
        try
        {
            await node.FirstTryAsync(cancellation).WaitAsync(FirstLook, clock, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It is away, or slow: it is tried on.
        }
        catch (NotSupportedException refusal)
        {
            throw new ChainUnavailableException(refusal.Message, refusal);
        }
    }

    private async ValueTask<string?> WhyMainchainAsync(CancellationToken cancellation)
    {
        if (_mainchain is ISourced sourced
            && await sourced.FindDisagreementAsync(cancellation).ConfigureAwait(false) is { } disagreement)
        {
            return disagreement;
        }

        return _mainchain is RemoteMainchain { Status: { IsLive: false } status }
            ? status.LastError ?? "The market's node has not answered yet."
            : await _mainchain.GetTroubleAsync(cancellation).ConfigureAwait(false);
    }

    private async ValueTask<string?> WhySharechainAsync(CancellationToken cancellation)
    {
        if (await _sharechain.FindDisagreementAsync(cancellation).ConfigureAwait(false) is { } disagreement)
        {
            return disagreement;
        }

        if (!_sharechain.Status.IsLive)
        {
            return $"No source of the sharechain answers: {_sharechain.Status.LastError ?? "none has yet"}";
        }

        var tip = await _sharechain.GetTipAsync(cancellation).ConfigureAwait(false);
        if (await _sharechain.GetShareAsync(new ShareId(tip.Id), cancellation).ConfigureAwait(false) is not { } share)
        {
            return null;
        }

        var built = share.Proof.MainHeader.Previous;
        return await _mainchain.GetHeaderAsync(built, cancellation).ConfigureAwait(false) switch
        {
            null => $"The newest share builds on Bitcoin block {built}, which your source of Bitcoin does not know.",
            { OnBestChain: false } off when await IsBuriedAsync(off, cancellation).ConfigureAwait(false) =>
                $"The newest share builds on Bitcoin block {built}, which is not on Bitcoin's best chain as your source shows it.",
            _ => null,
        };
    }

    // A block that has just lost its race may still be built on for a share or two.
    private async ValueTask<bool> IsBuriedAsync(MainHeader header, CancellationToken cancellation) =>
        (await _mainchain.GetTipAsync(cancellation).ConfigureAwait(false)).Height - header.Height > _sharechain.Profile.MainLag;

    private static ValueTask CloseAsync(IMainchain? chain) =>
        chain is IAsyncDisposable closing ? closing.DisposeAsync() : ValueTask.CompletedTask;

    private static void CloseAll(ImmutableArray<HttpClient> clients)
    {
        foreach (var client in clients)
        {
            client.Dispose();
        }
    }

    private static string? FolderOf(string? folder, string chain) => folder is null ? null : Path.Combine(folder, chain);

    private static IBlockStore Store(string? folder, string chain) => FolderOf(folder, chain) is { } path
        ? FileBlockStore.Open(path)
        : new MemoryBlockStore();
}
