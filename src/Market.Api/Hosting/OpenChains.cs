using System.Collections.Immutable;
using System.Net.Sockets;
using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Features.Dev;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Postgres;
using Market.Chains.Rpc;
using Market.Chains.Shares;
using Market.Chains.Stratum;
using Market.Sharechain;

namespace Market.Api.Hosting;

/// <summary>Opens the mainchain and every sharechain as the options say, and closes them.</summary>
public sealed partial class OpenChains : IAsyncDisposable
{
    private readonly IAsyncDisposable _main;
    private readonly RpcMainchain? _second;
    private readonly ImmutableArray<ShareNode> _shares;
    private readonly ImmutableArray<HttpClient> _others;

    private OpenChains(IMainchain main, IAsyncDisposable disposable, ImmutableArray<ShareNode> shares, RpcMainchain? second,
        ImmutableArray<HttpClient> others)
    {
        _others = others;
        _main = disposable;
        _second = second;
        _shares = shares;
        Pairs = [.. shares.Select(one => new ChainPair(main, one, second))];
    }

    /// <summary>The chains of each instrument, in the order in which the options name their sharechains.</summary>
    public IReadOnlyList<ChainPair> Pairs { get; }

    /// <summary>The schema of the database that keeps a sharechain's blocks: that of the network's own is named alike everywhere.
    /// </summary>
    public static string SchemaOf(string network, SharechainProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile == SharechainProfile.Of(network)
            ? "sharechain"
            : $"sharechain_{profile.Name.Replace('-', '_')}";
    }

    private FoundLog? Found { get; init; }

    /// <summary>Where miners of every sharechain connect, not started; null where they do not.</summary>
    public StratumServer? Stratum { get; private init; }

    /// <summary>The key of the faucet; null but on a devnet.</summary>
    public FaucetKey? Faucet { get; private init; }

    /// <summary>Opens the chains from the database.</summary>
    /// <exception cref="ChainUnavailableException">A node does not answer.</exception>
    public static async Task<OpenChains> OpenAsync(
        ServerOptions options, string connectionString, TimeProvider clock, ILogger? log = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var scripts = ChainOpening.Scripts();
        if (options.Mainchain != "embedded")
        {
            var rpc = await ConnectAsync("--mainchain", options.Mainchain, options.Network, true, cancel);
            await CheckSignetAsync(rpc, options, log, cancel);
            var second = options.SecondMainchain is { } url
                ? await ConnectAsync("--mainchain-second", url, options.Network, false, cancel)
                : null;
            return await WithSharesAsync(rpc, rpc, second);
        }
        if (MainParameters.Find(options.Network) is not { } parameters)
            throw new StartupException($"No embedded mainchain is like {options.Network}; name a node with --mainchain.");
        var faucet = options.Network == "devnet" ? FaucetKey.Open(options.Data) : null;
        var chainOptions = new EmbeddedMainchainOptions
        {
            Parameters = parameters,
            TreasuryScript = options.Treasury is { } treasury ? Script.FromHex(treasury) : FaucetKey.Nobody,
            Mine = options.Mine,
            FaucetScript = faucet?.Script,
        };
        var embedded = await EmbeddedMainchain.OpenAsync(
            chainOptions, scripts, PostgresBlockStore.Open(connectionString, "mainchain"), clock, cancel);
        return await WithSharesAsync(embedded, embedded, null, faucet);

        async Task<OpenChains> WithSharesAsync(
            IMainchain main, IAsyncDisposable disposable, RpcMainchain? second, FaucetKey? faucet = null)
        {
            ImmutableArray<HttpClient> others =
                [.. options.Shares.Select(url => new HttpClient { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan })];
            var shares = new List<ShareNode>();
            foreach (var profile in options.Profiles)
            {
                var store = PostgresBlockStore.Open(connectionString, SchemaOf(options.Network, profile));
                shares.Add(others.IsEmpty
                    ? await ShareNode.OpenAsync(profile, scripts, store, main, clock, cancellation: cancel)
                    : await RemoteSharechain.OpenAsync(
                        others, profile, scripts, store, main, clock, new FollowerOptions { IsNode = true }, cancel));
            }
            return new(main, disposable, [.. shares], second, others)
            {
                Faucet = faucet,
                Found = log is null ? null : new FoundLog(shares, clock, log),
                Stratum = Listen(options, shares, main, clock, log),
            };
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Stratum is not null) await Stratum.DisposeAsync();
        if (Found is not null) await Found.DisposeAsync();
        foreach (var shares in _shares) await shares.DisposeAsync();
        foreach (var other in _others) other.Dispose();
        if (_second is not null) await _second.DisposeAsync();
        await _main.DisposeAsync();
    }

    // All signets begin with one block: what tells one's own from the public one is what its blocks have to satisfy.
    private static async Task CheckSignetAsync(RpcMainchain rpc, ServerOptions options, ILogger? log, CancellationToken cancel)
    {
        var told = await rpc.GetSignetChallengeAsync(cancel);
        if (ChainOpening.WhyNotThisSignet(told, options.SignetChallenge) is { } why)
        {
            await rpc.DisposeAsync();
            throw new StartupException(why);
        }
        if (told is not null && log is not null)
            Signet(log, told, told.Magic, told.TakesAnybodysBlock ? "anybody's" : "their makers' alone, whoever mines shares here");
    }

    [LoggerMessage(LogLevel.Information, "The signet of challenge {challenge}, message start {magic:x8}: its blocks are {whose}")]
    private static partial void Signet(ILogger log, SignetChallenge challenge, uint magic, string whose);

    private static StratumServer? Listen(
        ServerOptions options, List<ShareNode> shares, IMainchain main, TimeProvider clock, ILogger? log)
    {
        if (options.Stratum is not { } where) return null;
        try
        {
            return new StratumServer(
                [
                    .. shares.Select(one => new StratumRow(one, (one as RemoteSharechain)?.WaitLiveAsync(CancellationToken.None))),
                ],
                main, new StratumOptions { Listen = where }, clock, log?.TellFailures(),
                log is null ? null : words => Told(log, words));
        }
        catch (SocketException e)
        {
            throw new StartupException($"--stratum {where}: {e.Message}. Is another program on that port?", e);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{words}")]
    private static partial void Told(ILogger log, string words);

    private static Task<RpcMainchain> ConnectAsync(
        string option, string url, string network, bool needsTransactions, CancellationToken cancel) =>
        ChainOpening.ConnectAsync(
            RpcOptions.Of(new Uri(url)) with { NeedsTransactions = needsTransactions }, network,
            other => new StartupException(
                $"The node at {option} runs {other}, and --network is {network}: name the same for both."),
            cancel);
}
