using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>
/// Bitcoin without a node of one's own: headers checked by work and difficulty, blocks fetched when they are wanted and checked
/// against their headers, transactions offered to every source. It does not check scripts and amounts of others' transactions: a
/// block is believed because its header's work was done. What it cannot know it does not answer.
/// </summary>
public sealed class LightMainchain : IMainchain, ISourced, IAsyncDisposable
{
    /// <summary>A source whose tip left the best branch so many blocks ago contradicts it.</summary>
    public const int Tolerated = 2;

    private const int Maturity = 100;
    private static readonly TimeSpan LivePause = TimeSpan.FromMilliseconds(100);

    private readonly NetworkProfile _network;
    private readonly ILightSources _sources;
    private readonly LightOptions _options;
    private readonly TimeProvider _clock;
    private readonly LightFollower _headers;
    private readonly LightMempool _mempool = new();
    private readonly LightBlocks _blocks;
    private readonly LightScan _scan;
    private readonly LightUnconfirmed _unconfirmed;
    private readonly LightLookup _lookup;
    private readonly ChainEvents _events = new();
    private readonly WakeUp _toRead;
    private readonly Supervised _scanning;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _following;
    private readonly Task _reading;

    /// <summary>Opens the chain from its folder and begins to follow.</summary>
    /// <param name="network">Which chain: decided here, never by a source.</param>
    /// <param name="sources">Where headers and blocks come from; disposed with this.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="options">How it keeps up.</param>
    /// <exception cref="IOException">Another process has the folder.</exception>
    public LightMainchain(NetworkProfile network, ILightSources sources, TimeProvider clock, LightOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(sources);
        (_network, _sources, _clock, _options) = (network, sources, clock, options ?? new LightOptions());
        _toRead = new WakeUp(clock);
        _scanning = new Supervised("Reading Bitcoin's blocks", clock, error => error is ChainUnavailableException);
        _headers = new LightFollower(network, sources, clock, _options, FileOf("headers"), Moved, _toRead.Call);
        _blocks = new LightBlocks(sources, clock, _options.Timeout);
        _scan = new LightScan(
            _blocks, new LightFilters(sources, _blocks, _headers, _options, clock, FileOf("filters")), _mempool, _options, _headers,
            FileOf("digests"), FileOf("since"));
        _unconfirmed = new LightUnconfirmed(_mempool, _scan, _headers);
        _lookup = new LightLookup(_headers, _scan, _mempool, _unconfirmed);
        sources.Start(Hear, _headers.Wake);
        _following = Task.Run(() => _headers.RunAsync(_stop.Token), CancellationToken.None);
        _reading = Task.Run(() => ReadAsync(_stop.Token), CancellationToken.None);
    }

    /// <inheritdoc/>
    public ChainKind Kind => ChainKind.Mainchain;

    /// <inheritdoc/>
    public string Name => _network.Name;

    /// <inheritdoc/>
    public Network Network => _network.Addresses;

    /// <inheritdoc/>
    public int CoinbaseMaturity => Maturity;

    /// <inheritdoc/>
    public ImmutableArray<SourceHead> Sources => _headers.Sources;

    /// <inheritdoc/>
    public ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default) => ValueTask.FromResult(Head(_headers.Tip));

    /// <inheritdoc/>
    public ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default)
    {
        var (height, count) = (_headers.Tip.Height, _sources.Current.Length);
        return ValueTask.FromResult(
            count < _sources.Least
                ? $"Only {count} of at least {_sources.Least} sources of Bitcoin answer"
                    + (_sources.Trouble is { } why ? $": {why}" : ".")
            : (_headers.Trouble ?? _scanning.Trouble?.Words) is { } broken ? broken
            : !_headers.HasLeastWork ? $"Bitcoin's headers are still being read: {height} so far."
            : !Sources.Any(source => source.IsCurrent) ? "No source of Bitcoin has answered lately."
            : _scan.Trouble(height));
    }

    /// <inheritdoc/>
    public ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation = default) =>
        ValueTask.FromResult(_headers.HeaderAt(height)?.Header.Id.Value);

    /// <inheritdoc/>
    public async ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default)
    {
        if (_headers.Find(id) is not { } header)
        {
            return null;
        }

        var block = await _blocks.FetchAsync(header.Header, cancellation).ConfigureAwait(false);
        return new ChainBlock(
            id, header.Header.Previous.Value, header.Height, header.Header.Time, header.MedianTimePast, block.Transactions);
    }

    /// <inheritdoc/>
    public ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default) =>
        ValueTask.FromResult<ChainTransaction?>(_lookup.Transaction(id));

    /// <inheritdoc/>
    public ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_lookup.Unspent(outPoint, withMempool));
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(Script script, CancellationToken cancellation = default) =>
        _lookup.CoinsAsync(script, cancellation);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(_mempool.All().RemoveAll(entry => !_unconfirmed.IsFinal(entry.Transaction)));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default) => _lookup.UnconfirmedAsync(query, cancellation);

    /// <inheritdoc/>
    public async ValueTask<BroadcastResult> BroadcastAsync(
        Transaction transaction, CancellationToken cancellation = default)
    {
        if (_scan.Find(transaction.Id) is not null)
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.AlreadyConfirmed);
        }

        if (_sources.Current.IsEmpty)
        {
            throw new ChainUnavailableException($"There is no source of Bitcoin to offer {transaction.Id} to. {_sources.Trouble}");
        }

        var result = await Broadcasts.ToAllAsync(
            transaction,
            [
                .. _sources.Current.Take(Broadcasts.MostSources).Select(source => (
                    source.Name,
                    (Func<CancellationToken, ValueTask<BroadcastResult>>)(limit => source.OfferAsync(transaction, limit)))),
            ],
            _clock,
            cancellation).ConfigureAwait(false);
        if (result.IsSuccess && _mempool.Add(transaction, Now, keep: true))
        {
            _events.Publish(new ChainEvent.TransactionSeen(transaction));
        }

        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(targetBlocks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(targetBlocks, 1008);
        var rates = new List<FeeRate>();
        foreach (var header in _headers.Newest(LightFees.Blocks))
        {
            var block = await _blocks.FetchAsync(header.Header, cancellation).ConfigureAwait(false);
            rates.Add(LightFees.Of(block, _network.Issuance.At(header.Height)));
        }

        var floors = _sources.Current.Select(source => source.LeastFeeRate).OfType<FeeRate>();
        return LightFees.Estimate(rates, targetBlocks, [.. floors]);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ChainEvent> SubscribeAsync(CancellationToken cancellation = default) =>
        _events.Subscribe(cancellation);

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation = default) =>
        ValueTask.FromResult(_headers.Find(id.Value));

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(int height, CancellationToken cancellation = default) =>
        ValueTask.FromResult(_headers.HeaderAt(height));

    /// <inheritdoc/>
    public async ValueTask<Block?> GetFullBlockAsync(BlockId id, CancellationToken cancellation = default) =>
        _headers.Find(id.Value) is { } header
            ? await _blocks.FetchAsync(header.Header, cancellation).ConfigureAwait(false)
            : null;

    /// <inheritdoc/>
    public ValueTask<MainTemplate> GetTemplateAsync(CancellationToken cancellation = default) =>
        throw new ChainUnavailableException(
            "A light client builds no blocks, since it does not know all coins: mining needs a Bitcoin node (--mainchain).");

    /// <inheritdoc/>
    public ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default) =>
        throw new ChainUnavailableException("A light client hands in no blocks: mining needs a Bitcoin node (--mainchain).");

    /// <inheritdoc/>
    public ValueTask<string?> FindDisagreementAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(_headers.FindDisagreement());

    /// <summary>Returns when a source has named the tip that is known here, and the blocks up to it were read.</summary>
    public async Task WaitLiveAsync(CancellationToken cancellation = default)
    {
        while (await GetTroubleAsync(cancellation).ConfigureAwait(false) is not null)
        {
            await Task.Delay(LivePause, _clock, cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _sources.DisposeAsync().ConfigureAwait(false);
        _scan.Dispose();
        _headers.Dispose();
        _stop.Dispose();
        _toRead.Dispose();
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    private string? FileOf(string name)
    {
        if (_options.Folder is null)
        {
            return null;
        }

        Directory.CreateDirectory(_options.Folder);
        return Path.Combine(_options.Folder, name);
    }

    private static ChainHead Head(MainHeader tip) =>
        new(tip.Header.Id.Value, tip.Height, tip.Header.Time, tip.MedianTimePast);

    private bool Hear(Transaction transaction)
    {
        var isWorthMore = _unconfirmed.Hear(transaction, Now, out var isNews);
        if (isNews)
        {
            _events.Publish(new ChainEvent.TransactionSeen(transaction));
        }

        return isWorthMore;
    }

    private void Moved(HeaderResult result)
    {
        _scan.Rewind(result.Connected[0].Height - 1);
        _events.Publish(new ChainEvent.TipChanged(Head(_headers.Tip), result.Disconnected, result.Connected));
        _toRead.Call();
    }

    // Beside the headers: blocks that do not come keep nobody from hearing of the next ones.
    private Task ReadAsync(CancellationToken cancellation) => _scanning.RepeatAsync(
        async stop =>
        {
            if (_headers.IsSettled)
            {
                await _scan.AdvanceAsync(stop).ConfigureAwait(false);
            }
        },
        stop => _toRead.PauseAsync(_options.PollInterval, stop),
        cancellation);
}
