using System.Collections.Concurrent;
using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>
/// A Bitcoin node behind JSON-RPC: Bitcoin Core 25 or newer, or bcoin 1.0.2. Looks at the node at a steady pace and
/// tells of new blocks, reorganisations and mempool changes. To find confirmed transactions by id the node must keep
/// an index (Core: -txindex, bcoin: --index-tx).
/// </summary>
public sealed partial class RpcMainchain : IMainchain, IAsyncDisposable
{
    private const int Maturity = 100;
    private const int HeaderCacheLimit = 20_000;
    private static readonly TimeSpan BroadcastPause = TimeSpan.FromMilliseconds(50);

    private readonly RpcOptions _options;
    private readonly RpcConnection _rpc;
    private readonly RpcTemplates _templates;
    private readonly ChainEvents _events = new();
    private readonly ConcurrentDictionary<BlockId, (BlockHeader Header, int Height, uint Median)> _headers = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _startLock = new();
    private Task? _polling;

    private RpcMainchain(RpcOptions options, RpcConnection rpc, string name, Network network)
    {
        _options = options;
        _look = new WakeUp(options.Clock);
        _following = new Supervised(
            "Following the Bitcoin node", options.Clock, error => error is ChainUnavailableException, Lose)
        {
            Pauses = new Backoff(options.Clock, options.PollInterval, Supervised.LongestPause),
        };
        _rpc = rpc;
        _templates = new RpcTemplates(
            rpc, new RpcConnection(options with { Timeout = RpcTemplates.LongestPoll }), options.Clock, _look.Call);
        Name = name;
        Network = network;
    }

    /// <inheritdoc/>
    public ChainKind Kind => ChainKind.Mainchain;

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public Network Network { get; }

    /// <inheritdoc/>
    public int CoinbaseMaturity => Maturity;

    /// <summary>Connects, and makes sure that a node answers.</summary>
    /// <exception cref="ChainUnavailableException">None does; says what to do.</exception>
    public static async Task<RpcMainchain> ConnectAsync(RpcOptions options, CancellationToken cancellation = default)
    {
        var rpc = new RpcConnection(options);
        try
        {
            var info = await rpc.CallAsync("getblockchaininfo", cancellation).ConfigureAwait(false);
            var node = await rpc.CallAsync("getnetworkinfo", cancellation).ConfigureAwait(false);
            var name = info.Get("chain").Text();
            if (options.NeedsTransactions)
            {
                await RequireTransactionsAsync(rpc, cancellation).ConfigureAwait(false);
            }

            var isBcoin = node.Find("subversion")?.Text().Contains("bcoin", StringComparison.OrdinalIgnoreCase) == true;
            return NetworkProfile.OfCore(name) is { } network
                ? new RpcMainchain(options, rpc, network.Name, NetworkOf(network, isBcoin))
                : throw new ChainUnavailableException(
                    $"The Bitcoin node runs the chain \"{name}\", which is none of {NetworkProfile.Names}.");
        }
        catch
        {
            rpc.Dispose();
            throw;
        }
    }

    /// <summary>Calls any method of the node, for operators and tests.</summary>
    public ValueTask<JsonElement> CallAsync(
        string method, CancellationToken cancellation = default, params object?[] parameters) =>
        _rpc.CallOnceAsync(method, cancellation, parameters);

    /// <inheritdoc/>
    public async ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default)
    {
        JsonElement answer;
        try
        {
            answer = await _rpc.CallAsync("getrawtransaction", cancellation, id.ToString(), true)
                .ConfigureAwait(false);
        }
        catch (RpcException)
        {
            return null;
        }

        var transaction = answer.Get("hex").Transaction();
        if (answer.Find("blockhash") is not { } block)
        {
            return new ChainTransaction(transaction, null, 0);
        }

        var header = await GetHeaderAsync(new BlockId(block.Hash()), cancellation).ConfigureAwait(false);
        if (header is not { OnBestChain: true })
        {
            return null;
        }

        var tip = await GetTipAsync(cancellation).ConfigureAwait(false);
        return new ChainTransaction(
            transaction, new BlockRef(block.Hash(), header.Height), Math.Max(1, tip.Height - header.Height + 1));
    }

    /// <inheritdoc/>
    public async ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default)
    {
        if (withMempool)
        {
            // bcoin answers with confirmed coins that the mempool spends, so that is looked up here.
            await RefreshMempoolAsync(cancellation).ConfigureAwait(false);
            if (_mempool.IsSpent(outPoint))
            {
                return null;
            }
        }

        var answer = await _rpc.CallAsync(
            "gettxout", cancellation, outPoint.TxId.ToString(), outPoint.Index, withMempool).ConfigureAwait(false);
        if (answer.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var confirmations = answer.Get("confirmations").Int();
        var tip = await GetTipAsync(cancellation).ConfigureAwait(false);
        return new UnspentOutput(
            outPoint,
            new TxOut(answer.Get("value").Coins(), new Script(answer.Get("scriptPubKey").Get("hex").Bytes())),
            confirmations == 0 ? -1 : tip.Height - confirmations + 1,
            answer.Get("coinbase").Bool(),
            confirmations);
    }

    /// <inheritdoc/>
    public async ValueTask<BroadcastResult> BroadcastAsync(
        Transaction transaction, CancellationToken cancellation = default)
    {
        var id = transaction.Id;
        if (await FindTransactionAsync(id, cancellation).ConfigureAwait(false) is { } known)
        {
            return new BroadcastResult(
                id, known.Block is null ? BroadcastCode.AlreadyInMempool : BroadcastCode.AlreadyConfirmed);
        }

        try
        {
            await _rpc.CallAsync("sendrawtransaction", cancellation, transaction.ToHex()).ConfigureAwait(false);
        }
        catch (RpcException refusal)
        {
            return new BroadcastResult(id, RpcRefusals.OfBroadcast(refusal), refusal.Message);
        }

        _look.Call();
        return await ConfirmBroadcastAsync(transaction, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(targetBlocks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(targetBlocks, 1008);
        var info = await _rpc.CallAsync("getmempoolinfo", cancellation).ConfigureAwait(false);
        var floor = Math.Max(FeeRate.MinimumRelay.SatsPerKvB, info.Get("mempoolminfee").Coins().Sats);
        var rate = await AskFeeRateAsync(targetBlocks, cancellation).ConfigureAwait(false);
        var sats = rate is { } value && value.Coins() > Amount.Zero
            ? value.Coins().Sats
            : _options.FallbackFeeRate.SatsPerKvB;
        return new FeeRate(Math.Max(floor, sats));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_polling is not null)
        {
            await _polling.ConfigureAwait(false);
        }

        await _templates.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
        _look.Dispose();
        _rpc.Dispose();
    }

    // Null while the node has no estimate, and where it makes none at all (-blocksonly).
    private async ValueTask<JsonElement?> AskFeeRateAsync(int targetBlocks, CancellationToken cancellation)
    {
        try
        {
            var answer = await _rpc.CallAsync("estimatesmartfee", cancellation, targetBlocks).ConfigureAwait(false);
            return answer.Find("feerate") ?? answer.Find("fee");
        }
        catch (RpcException)
        {
            return null;
        }
    }

    private static Network NetworkOf(NetworkProfile profile, bool isBcoin) =>
        isBcoin && profile.Addresses == Network.Regtest ? Network.BcoinRegtest : profile.Addresses;

    // Bitcoin Core answers after it has judged; bcoin before, and never says why not. So the mempool is looked at, for longer
    // where nothing else explains why it is not there: a busy node has a queue.
    private async ValueTask<BroadcastResult> ConfirmBroadcastAsync(
        Transaction transaction, CancellationToken cancellation)
    {
        const int rounds = 5;
        const int looks = 20;
        var id = transaction.Id;
        BroadcastResult? reason = null;
        for (var round = 0; round < rounds && reason is null; round++)
        {
            for (var look = 0; look < looks; look++)
            {
                if (await FindTransactionAsync(id, cancellation).ConfigureAwait(false) is not null)
                {
                    return new BroadcastResult(id, BroadcastCode.Accepted);
                }

                await Task.Delay(BroadcastPause, _options.Clock, cancellation).ConfigureAwait(false);
            }

            reason = await WhyNotAsync(transaction, cancellation).ConfigureAwait(false);
        }

        // Looked for once more after the reason was found: its own arrival spends its inputs, too.
        return await FindTransactionAsync(id, cancellation).ConfigureAwait(false) is not null
            ? new BroadcastResult(id, BroadcastCode.Accepted)
            : reason ?? new BroadcastResult(id, BroadcastCode.Invalid, "the node did not keep it and did not say why");
    }

    private async ValueTask<BroadcastResult?> WhyNotAsync(Transaction transaction, CancellationToken cancellation)
    {
        await RefreshMempoolAsync(cancellation).ConfigureAwait(false);
        foreach (var input in transaction.Inputs)
        {
            if (_mempool.IsSpent(input.PreviousOutput))
            {
                return new BroadcastResult(transaction.Id, BroadcastCode.Conflict, $"{input.PreviousOutput} is spent already");
            }

            if (await FindUnspentAsync(input.PreviousOutput, true, cancellation).ConfigureAwait(false) is null)
            {
                return new BroadcastResult(transaction.Id, BroadcastCode.MissingInputs, $"{input.PreviousOutput} is not there");
            }
        }

        return null;
    }
}
