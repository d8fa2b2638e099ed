using System.Collections.Immutable;
using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>
/// A Bitcoin node behind JSON-RPC: Bitcoin Core 25 or newer, or bcoin 1.0.2. Looks at the node at a steady pace and
/// tells of new blocks, reorganisations and mempool changes. To find confirmed transactions by id the node must keep
/// an index (Core: -txindex, bcoin: --index-tx).
/// </summary>
public sealed class RpcMainchain : IMainchain, IAsyncDisposable
{
    private const int Maturity = 100;

    private readonly RpcOptions _options;
    private readonly RpcConnection _rpc;
    private readonly WakeUp _look;
    private readonly RpcTemplates _templates;
    private readonly RpcBlocks _blocks;
    private readonly RpcTransactions _transactions;
    private readonly RpcUnconfirmed _unconfirmed;
    private readonly RpcCoins _coins;
    private readonly RpcBroadcast _broadcast;
    private readonly RpcFollower _follower;

    private RpcMainchain(RpcOptions options, RpcConnection rpc, string name, Network network)
    {
        var events = new ChainEvents();
        (_options, _rpc, Name, Network) = (options, rpc, name, network);
        _look = new WakeUp(options.Clock);
        _templates = new RpcTemplates(
            rpc, new RpcConnection(options with { Timeout = RpcTemplates.LongestPoll }), options.Clock, _look.Call);
        _blocks = new RpcBlocks(rpc);
        _transactions = new RpcTransactions(rpc, _blocks);
        _unconfirmed = new RpcUnconfirmed(options, rpc, _transactions, events);
        _coins = new RpcCoins(options, rpc, _blocks, _unconfirmed);
        _broadcast = new RpcBroadcast(rpc, _transactions, _unconfirmed, _coins, _look, options.Clock);
        _follower = new RpcFollower(options, _blocks, _unconfirmed, _templates, events, _look);
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
                await RpcTrouble.RequireTransactionsAsync(rpc, cancellation).ConfigureAwait(false);
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

    /// <summary>What the node's signet asks of blocks; null on other networks, and where the node does not say.</summary>
    /// <exception cref="ChainUnavailableException">The node does not answer.</exception>
    public ValueTask<SignetChallenge?> GetSignetChallengeAsync(CancellationToken cancellation = default) =>
        Name == SignetChallenge.NetworkName
            ? _templates.GetSignetChallengeAsync(cancellation)
            : ValueTask.FromResult<SignetChallenge?>(null);

    /// <inheritdoc/>
    public ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default) => _blocks.GetTipAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation = default) =>
        _blocks.GetBlockIdAsync(height, cancellation);

    /// <inheritdoc/>
    public ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default) =>
        _blocks.GetBlockAsync(id, cancellation);

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation = default) =>
        _blocks.GetHeaderAsync(id, cancellation);

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(int height, CancellationToken cancellation = default) =>
        _blocks.GetHeaderAsync(height, cancellation);

    /// <inheritdoc/>
    public ValueTask<Block?> GetFullBlockAsync(BlockId id, CancellationToken cancellation = default) =>
        _blocks.GetFullBlockAsync(id, cancellation);

    /// <inheritdoc/>
    public ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default) =>
        _transactions.FindAsync(id, cancellation);

    /// <inheritdoc/>
    public ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default) =>
        _coins.FindUnspentAsync(outPoint, withMempool, cancellation);

    /// <inheritdoc/>
    /// <remarks>
    /// Bitcoin Core scans its whole set of coins for this, which takes a minute on the main network: followers keep
    /// an index of their own. bcoin needs --index-address.
    /// </remarks>
    public ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(
        Script script, CancellationToken cancellation = default) => _coins.GetCoinsAsync(script, cancellation);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default) =>
        _unconfirmed.GetMempoolAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<int> CountUnconfirmedAsync(CancellationToken cancellation = default) =>
        _unconfirmed.CountUnconfirmedAsync(cancellation);

    /// <inheritdoc/>
    /// <remarks>
    /// From the listing where that holds all the node has; else the node is asked for ids and, by gettxspendingprevout
    /// (Bitcoin Core 24), for what spends an output. Payments to a script beyond the listing are found by those alone.
    /// </remarks>
    public ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default) => _unconfirmed.FindUnconfirmedAsync(query, cancellation);

    /// <inheritdoc/>
    public ValueTask<BroadcastResult> BroadcastAsync(Transaction transaction, CancellationToken cancellation = default) =>
        _broadcast.SendAsync(transaction, cancellation);

    /// <inheritdoc/>
    public ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default) =>
        RpcTrouble.FindAsync(_rpc, _options.NeedsTransactions, cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<ChainEvent> SubscribeAsync(CancellationToken cancellation = default) =>
        _follower.Subscribe(cancellation);

    /// <inheritdoc/>
    public ValueTask<MainTemplate> GetTemplateAsync(CancellationToken cancellation = default) =>
        _templates.GetAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default)
    {
        try
        {
            var answer = await _rpc.CallAsync(
                "submitblock", cancellation, Market.Bitcoin.Encoding.Hex.Encode(block.ToArray())).ConfigureAwait(false);
            if (answer.ValueKind == JsonValueKind.String)
            {
                var code = RpcRefusals.OfSubmit(answer.Text());
                code = code == SubmitCode.Duplicate && !await IsBestAsync(block.Id, cancellation).ConfigureAwait(false)
                    ? SubmitCode.SideChain
                    : code;
                return new SubmitResult(block.Id.Value, code, RpcRefusals.WordsOf(answer.Text()));
            }
        }
        catch (RpcException refusal)
        {
            return new SubmitResult(block.Id.Value, SubmitCode.Refused, refusal.Message);
        }

        _templates.Forget(block.Id.Value);
        _look.Call();
        return new SubmitResult(
            block.Id.Value,
            await IsBestAsync(block.Id, cancellation).ConfigureAwait(false) ? SubmitCode.Accepted : SubmitCode.SideChain);
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
        await _follower.DisposeAsync().ConfigureAwait(false);
        await _templates.DisposeAsync().ConfigureAwait(false);
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

    private async ValueTask<bool> IsBestAsync(BlockId id, CancellationToken cancellation) =>
        (await _blocks.GetTipAsync(cancellation).ConfigureAwait(false)).Id == id.Value
        || await _blocks.GetHeaderAsync(id, cancellation).ConfigureAwait(false) is { OnBestChain: true };

    private static Network NetworkOf(NetworkProfile profile, bool isBcoin) =>
        isBcoin && profile.Addresses == Network.Regtest ? Network.BcoinRegtest : profile.Addresses;
}
