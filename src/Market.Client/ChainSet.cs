using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Rpc;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Client;

/// <summary>
/// Both chains as an agent sees them: followed over a server's node interface, every block validated here and kept in
/// files, so that the server is trusted for being there and for nothing else. Where the party has a Bitcoin node of its
/// own, Bitcoin is what that node says, and the server cannot even keep blocks back.
/// </summary>
public sealed class ChainSet : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly IMainchain _mainchain;
    private readonly RemoteSharechain _sharechain;

    private ChainSet(HttpClient http, string network, IMainchain mainchain, RemoteSharechain sharechain) =>
        (_http, Network, _mainchain, _sharechain) = (http, network, mainchain, sharechain);

    /// <summary>The network's name.</summary>
    public string Network { get; }

    /// <summary>Bitcoin.</summary>
    public IMainchain Mainchain => _mainchain;

    /// <summary>The chain of shares.</summary>
    public ISharechain Sharechain => _sharechain;

    /// <summary>What keeps a chain from being followed; null where nothing does.</summary>
    public string? Trouble => (_mainchain as RemoteMainchain)?.Status.LastError ?? _sharechain.Status.LastError;

    /// <summary>How addresses of a chain are written.</summary>
    public Bitcoin.Network AddressesOf(ChainKind chain) =>
        chain == ChainKind.Mainchain ? _mainchain.Network : _sharechain.Network;

    /// <summary>The chain of a kind.</summary>
    public IChain Of(ChainKind chain) => chain == ChainKind.Mainchain ? _mainchain : _sharechain;

    /// <summary>Opens both chains from their files and begins to follow.</summary>
    /// <param name="server">Whose node interface is followed.</param>
    /// <param name="network">Which chains: decided here, never by the server.</param>
    /// <param name="folder">Where blocks are kept; null keeps them in memory.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="node">The party's own Bitcoin node; null follows the server's and validates it here.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NotSupportedException">A network whose chains this program cannot validate by itself.</exception>
    /// <exception cref="ChainUnavailableException">The own node does not answer, or is of another network.</exception>
    public static async Task<ChainSet> OpenAsync(
        Uri server, string network, string? folder, TimeProvider clock, RpcOptions? node = null,
        CancellationToken cancellation = default)
    {
        var http = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        var scripts = ChainOpening.Scripts();
        IMainchain? mainchain = null;
        try
        {
            mainchain = node is null
                ? await RemoteMainchain.OpenAsync(
                    http, ParametersOf(network), scripts, Store(folder, "mainchain"), clock, null, cancellation)
                    .ConfigureAwait(false)
                : await ChainOpening.ConnectAsync(
                    node, network,
                    other => new ChainUnavailableException($"Your Bitcoin node runs {other}, and the wallet is for {network}."),
                    cancellation).ConfigureAwait(false);
            var sharechain = await RemoteSharechain.OpenAsync(
                http, SharechainProfile.Of(network), scripts, Store(folder, "sharechain"), mainchain, clock, null,
                cancellation).ConfigureAwait(false);
            return new ChainSet(http, network, mainchain, sharechain);
        }
        catch
        {
            await CloseAsync(mainchain).ConfigureAwait(false);
            http.Dispose();
            throw;
        }
    }

    /// <summary>Returns when both chains have the server's tips.</summary>
    public async Task WaitLiveAsync(CancellationToken cancellation = default)
    {
        if (_mainchain is RemoteMainchain followed)
        {
            await followed.WaitLiveAsync(cancellation).ConfigureAwait(false);
        }

        await _sharechain.WaitLiveAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sharechain.DisposeAsync().ConfigureAwait(false);
        await CloseAsync(_mainchain).ConfigureAwait(false);
        _http.Dispose();
    }

    private static MainParameters ParametersOf(string network) => MainParameters.Find(network)
        ?? throw new NotSupportedException(
            $"The Bitcoin of \"{network}\" cannot be validated from here (devnet and regtest can): name a node of your own.");

    private static ValueTask CloseAsync(IMainchain? chain) =>
        chain is IAsyncDisposable closing ? closing.DisposeAsync() : ValueTask.CompletedTask;

    private static IBlockStore Store(string? folder, string chain) => folder is null
        ? new MemoryBlockStore()
        : FileBlockStore.Open(Path.Combine(folder, chain));
}
