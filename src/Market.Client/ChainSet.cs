using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Client;

/// <summary>
/// Both chains as an agent sees them: followed over a server's node interface, every block validated here and kept in
/// files, so that the server is trusted for being there and for nothing else.
/// </summary>
public sealed class ChainSet : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly RemoteMainchain _mainchain;
    private readonly RemoteSharechain _sharechain;

    private ChainSet(HttpClient http, string network, RemoteMainchain mainchain, RemoteSharechain sharechain) =>
        (_http, Network, _mainchain, _sharechain) = (http, network, mainchain, sharechain);

    /// <summary>The network's name.</summary>
    public string Network { get; }

    /// <summary>Bitcoin.</summary>
    public IMainchain Mainchain => _mainchain;

    /// <summary>The chain of shares.</summary>
    public ISharechain Sharechain => _sharechain;

    /// <summary>What keeps a chain from being followed; null where nothing does.</summary>
    public string? Trouble => _mainchain.Status.LastError ?? _sharechain.Status.LastError;

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
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NotSupportedException">A network whose chains this program cannot validate by itself.</exception>
    public static async Task<ChainSet> OpenAsync(
        Uri server, string network, string? folder, TimeProvider clock, CancellationToken cancellation = default)
    {
        var parameters = MainParameters.Find(network);
        var profile = SharechainProfile.Find(network == "devnet" ? "p2share-devnet" : "p2share");
        if (parameters is null || profile is null)
        {
            throw new NotSupportedException(
                $"The chains of \"{network}\" cannot be followed from here. Networks that can: devnet, regtest.");
        }

        var http = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        var scripts = new InterpreterRules(
            cache: new SignatureCache(RandomNumberGenerator.GetBytes(Hash256.Length)), maxThreads: Environment.ProcessorCount);
        RemoteMainchain? mainchain = null;
        try
        {
            mainchain = await RemoteMainchain.OpenAsync(
                http, parameters, scripts, Store(folder, "mainchain"), clock, null, cancellation).ConfigureAwait(false);
            var sharechain = await RemoteSharechain.OpenAsync(
                http, profile, scripts, Store(folder, "sharechain"), mainchain, clock, null, cancellation)
                .ConfigureAwait(false);
            return new ChainSet(http, network, mainchain, sharechain);
        }
        catch
        {
            if (mainchain is not null)
            {
                await mainchain.DisposeAsync().ConfigureAwait(false);
            }

            http.Dispose();
            throw;
        }
    }

    /// <summary>Returns when both chains have the server's tips.</summary>
    public async Task WaitLiveAsync(CancellationToken cancellation = default)
    {
        await _mainchain.WaitLiveAsync(cancellation).ConfigureAwait(false);
        await _sharechain.WaitLiveAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sharechain.DisposeAsync().ConfigureAwait(false);
        await _mainchain.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
    }

    private static IBlockStore Store(string? folder, string chain) => folder is null
        ? new MemoryBlockStore()
        : FileBlockStore.Open(Path.Combine(folder, chain));
}
