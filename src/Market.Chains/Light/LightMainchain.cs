using System.Collections.Concurrent;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Bitcoin.Watching;

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
    private const int MostRounds = 10_000;
    private const int MostHeaders = 2_000;
    private const int RecentSeconds = 86_400;

    // Of what pays one script and cannot be judged, so many are shown, those first heard of: a stranger learns of a contract only
    // from its payment. Half of what a watcher keeps, so that they leave room for what is proven.
    private const int MostUnjudged = WatchBook.MaxPayments / 2;

    // Whoever wakes it a thousand times a second must not make it ask everybody else as often.
    internal static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    private readonly NetworkProfile _network;
    private readonly ILightSources _sources;
    private readonly LightOptions _options;
    private readonly TimeProvider _clock;
    private readonly HeaderChain _headers;
    private readonly Lock _lock = new();
    private readonly LightMempool _mempool = new();
    private readonly LightBlocks _blocks;
    private readonly LightScan _scan;
    private readonly ChainEvents _events = new();
    private readonly ConcurrentDictionary<string, SourceHead> _heads = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly SemaphoreSlim _toRead = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _following;
    private readonly Task _reading;
    private bool _isSettled;
    private string? _trouble;

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
        _headers = new HeaderChain(network, FileOf("headers"));
        _blocks = new LightBlocks(sources, clock, _options.Timeout);
        _scan = new LightScan(_blocks, _mempool, _options, HeaderAt, FileOf("digests"), FileOf("since"));
        sources.Start(Hear, Wake);
        _following = Task.Run(() => FollowAsync(_stop.Token), CancellationToken.None);
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
    public ImmutableArray<SourceHead> Sources =>
    [
        .. _sources.Current.Select(source =>
            _heads.GetValueOrDefault(source.Name, new SourceHead(source.Name, null, false, 0, null))),
    ];

    /// <inheritdoc/>
    public ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default)
    {
        var tip = Locked(headers => headers.At(headers.Height)!);
        return ValueTask.FromResult(new ChainHead(tip.Header.Id.Value, tip.Height, tip.Header.Time, tip.MedianTimePast));
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default)
    {
        var (height, hasWork) = Locked(headers => (headers.Height, headers.HasLeastWork));
        var count = _sources.Current.Length;
        return ValueTask.FromResult(
            count < _sources.Least
                ? $"Only {count} of at least {_sources.Least} sources of Bitcoin answer"
                    + (_sources.Trouble is { } why ? $": {why}" : ".")
            : Volatile.Read(ref _trouble) is { } broken ? broken
            : !hasWork ? $"Bitcoin's headers are still being read: {height} so far."
            : !Sources.Any(source => source.IsCurrent) ? "No source of Bitcoin has answered lately."
            : _scan.Trouble(height));
    }

    /// <inheritdoc/>
    public ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation = default) =>
        ValueTask.FromResult(HeaderAt(height)?.Header.Id.Value);

    /// <inheritdoc/>
    public async ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default)
    {
        if (Locked(headers => headers.Find(id)) is not { } header)
        {
            return null;
        }

        var block = await _blocks.FetchAsync(header.Header, cancellation).ConfigureAwait(false);
        return new ChainBlock(
            id, header.Header.Previous.Value, header.Height, header.Header.Time, header.MedianTimePast, block.Transactions);
    }

    /// <inheritdoc/>
    public ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default)
    {
        if (_scan.Find(id) is { } found)
        {
            return ValueTask.FromResult<ChainTransaction?>(new ChainTransaction(
                found.Transaction, new BlockRef(HeaderAt(found.Height)!.Header.Id.Value, found.Height),
                Locked(headers => headers.Height) - found.Height + 1));
        }

        return Shown(_mempool.VersionsOf(id)) is [var waiting, ..]
            ? ValueTask.FromResult<ChainTransaction?>(new ChainTransaction(waiting, null, 0))
            : throw new ChainUnavailableException(
                $"A light client cannot look up transaction {id}: it was not heard of and concerns none of its scripts.");
    }

    /// <inheritdoc/>
    public async ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default)
    {
        await _scan.ReadyAsync(cancellation).ConfigureAwait(false);
        if (withMempool && IsSpent(outPoint))
        {
            return null;
        }

        if (_scan.Find(outPoint, Locked(headers => headers.Height)) is { } known)
        {
            return known.IsSpent ? null : known.Coin;
        }

        return withMempool && Shown(_mempool.VersionsOf(outPoint.TxId)) is [var waiting, ..]
            && outPoint.Index < waiting.Outputs.Length
            ? new UnspentOutput(outPoint, waiting.Outputs[(int)outPoint.Index], -1, false, 0)
            : throw new ChainUnavailableException(
                $"A light client cannot look up output {outPoint}: it pays none of the scripts that it looks for.");
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(
        Script script, CancellationToken cancellation = default)
    {
        _mempool.Watch(script);
        var confirmed = await _scan.CoinsAsync(script, cancellation).ConfigureAwait(false);
        var waiting = _mempool.Paying(script).Where(coin => !Shown(_mempool.VersionsOf(coin.OutPoint.TxId)).IsEmpty);
        return [.. confirmed.Concat(waiting).Where(coin => !IsSpent(coin.OutPoint))];
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(_mempool.All().RemoveAll(entry => !IsFinal(entry.Transaction)));

    /// <inheritdoc/>
    /// <remarks>
    /// What is asked for by script is kept from now on, however much else is heard of; and its coins are looked for, since only
    /// the spends of a coin that is known can be judged.
    /// </remarks>
    public async ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default)
    {
        foreach (var script in query.Scripts)
        {
            _mempool.Watch(script);
            try
            {
                await _scan.CoinsAsync(script, cancellation).ConfigureAwait(false);
            }
            catch (ChainUnavailableException)
            {
                // Not all blocks are read yet: until they are its spends are shown unjudged.
            }
        }

        return Shown(
            query.Filter(_mempool.All().Select(entry => entry.Transaction))
                .SelectMany(transaction => _mempool.VersionsOf(transaction.Id)),
            query.Scripts);
    }

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
        var headers = Locked(all => Enumerable.Range(0, LightFees.Blocks)
            .Select(back => all.At(all.Height - back)).OfType<MainHeader>().Where(header => header.Height > 0).ToList());
        var rates = new List<FeeRate>();
        foreach (var header in headers)
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
        ValueTask.FromResult(Locked(headers => headers.Find(id.Value)));

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(int height, CancellationToken cancellation = default) =>
        ValueTask.FromResult(HeaderAt(height));

    /// <inheritdoc/>
    public async ValueTask<Block?> GetFullBlockAsync(BlockId id, CancellationToken cancellation = default) =>
        Locked(headers => headers.Find(id.Value)) is { } header
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
        ValueTask.FromResult(Locked(headers =>
        {
            foreach (var source in Sources)
            {
                if (source is { IsCurrent: true, Tip: { } tip } && headers.ForkOf(tip.Id) is { } fork && fork < tip.Height
                    && Math.Min(tip.Height, headers.Height) - fork >= Tolerated)
                {
                    return $"{source.Source} follows another branch of Bitcoin, which left this one at height {fork}.";
                }
            }

            return null;
        }));

    /// <summary>Returns when a source has named the tip that is known here, and the blocks up to it were read.</summary>
    public async Task WaitLiveAsync(CancellationToken cancellation = default)
    {
        while (await GetTroubleAsync(cancellation).ConfigureAwait(false) is not null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation).ConfigureAwait(false);
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
        Locked(headers =>
        {
            headers.Dispose();
            return true;
        });
        _stop.Dispose();
        _wake.Dispose();
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

    private MainHeader? HeaderAt(int height) => Locked(headers => headers.At(height));

    private T Locked<T>(Func<HeaderChain, T> ask)
    {
        lock (_lock)
        {
            return ask(_headers);
        }
    }

    // What spends an output that is known here without its owner's signature was invented: it must not hide the output, and a
    // copy with a false witness must not hide the true one. Says whether another copy of it is worth hearing.
    private bool Hear(Transaction transaction)
    {
        var (spending, isFinal) = (_scan.Judge(transaction), IsFinal(transaction));
        if (spending is not (Spending.Refuted or Spending.Impossible)
            && _mempool.Add(transaction, Now, isProven: spending == Spending.Proven, isFinal: isFinal) && isFinal)
        {
            _events.Publish(new ChainEvent.TransactionSeen(transaction));
        }

        return spending == Spending.Refuted || (spending == Spending.Unknown && _mempool.IsWanted(transaction));
    }

    // One version of each transaction, none that what is known by now refutes and none that no block may hold yet. Those that are
    // proven stand last, since of several that spend one output the last counts.
    private ImmutableArray<Transaction> Shown(IEnumerable<Transaction> versions, ImmutableArray<Script> paid = default)
    {
        var room = paid.IsDefault ? [] : paid.Distinct().ToDictionary(script => script, _ => MostUnjudged);
        var (unjudged, proven) = (new List<Transaction>(), new List<Transaction>());
        var seen = new HashSet<TxId>();
        foreach (var version in versions.Where(version => !seen.Contains(version.Id) && IsFinal(version)))
        {
            var spending = _scan.Judge(version);
            if (spending is Spending.Refuted or Spending.Impossible)
            {
                _mempool.Refute(version);
                continue;
            }

            seen.Add(version.Id);
            if (spending == Spending.Proven || _mempool.IsOwn(version))
            {
                proven.Add(version);
            }
            else if (HasRoom(version, room))
            {
                unjudged.Add(version);
            }
        }

        return [.. unjudged, .. proven];
    }

    // One that pays no such script, but spends what was asked for, is bounded by the mempool alone.
    private static bool HasRoom(Transaction transaction, Dictionary<Script, int> room)
    {
        var taken = transaction.Outputs.Select(output => output.ScriptPubKey).Where(room.ContainsKey)
            .CountBy(script => script).ToList();
        if (taken.Exists(script => script.Value > room[script.Key]))
        {
            return false;
        }

        taken.ForEach(script => room[script.Key] -= script.Value);
        return true;
    }

    // False for what the next block may not hold (BIP113; BIP68 where the coin is known): nobody relays it, and it stands against
    // nothing that one may hold.
    private bool IsFinal(Transaction transaction)
    {
        var tip = Locked(headers => headers.At(headers.Height)!);
        var next = new BlockContext(tip.Height + 1, tip.MedianTimePast);
        return Locks.IsFinal(transaction, next.Height, next.PreviousMedianTime)
            && transaction.Inputs.All(input => CoinOf(input.PreviousOutput, next) is not { } coin
                || Locks.IsPast(transaction.Version, input.Sequence, coin, next));
    }

    private Coin? CoinOf(OutPoint outPoint, BlockContext next) =>
        _scan.Find(outPoint, next.Height - 1) is { Coin: var known }
            ? new Coin(known.Output, known.Height, known.IsCoinbase, HeaderAt(known.Height - 1)?.MedianTimePast ?? 0)
            : _mempool.Find(outPoint.TxId) is { } waiting && outPoint.Index < waiting.Outputs.Length
                ? new Coin(waiting.Outputs[(int)outPoint.Index], next.Height, false, next.PreviousMedianTime)
                : null;

    private bool IsSpent(OutPoint outPoint) => !Shown(_mempool.Spending(outPoint)).IsEmpty;

    private void Wake() => Release(_wake);

    private static void Release(SemaphoreSlim signal)
    {
        try
        {
            signal.Release();
        }
        catch (Exception error) when (error is SemaphoreFullException or ObjectDisposedException)
        {
            // It is awake already, or over.
        }
    }

    // Each source is looked at on its own: one that hangs, or has ever more headers to tell, holds up none of the others.
    private async Task FollowAsync(CancellationToken cancellation)
    {
        var looks = new Dictionary<ILightSource, Task>();
        try
        {
            while (true)
            {
                var idle = looks.Values.All(look => look.IsCompleted);
                if (looks.Count > 0 && !Volatile.Read(ref _isSettled) && IsSettled(idle))
                {
                    Volatile.Write(ref _isSettled, true);
                    Release(_toRead);
                }

                var current = _sources.Current;
                if (idle || Volatile.Read(ref _isSettled))
                {
                    looks.Where(look => look.Value.IsCompleted).ToList().ForEach(look => looks.Remove(look.Key));
                }

                foreach (var source in current.Where(source => !looks.ContainsKey(source)))
                {
                    looks.Add(source, LookAsync(source, cancellation));
                }

                Forget(current);
                await Task.Delay(ShortestPause, cancellation).ConfigureAwait(false);
                await _wake.WaitAsync(_options.PollInterval, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await Task.WhenAll(looks.Values).ConfigureAwait(false);
        }
    }

    // Where blocks are read from is reckoned from the tip, so all headers are heard first: from every source, or up to now.
    private bool IsSettled(bool idle) => Locked(headers => headers.HasLeastWork
        && (idle || (_network.BlocksAreFree && headers.Height > 0)
            || headers.At(headers.Height)!.Header.Time > Now - RecentSeconds));

    // Beside the headers: blocks that do not come keep nobody from hearing of the next ones.
    private async Task ReadAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await _toRead.WaitAsync(_options.PollInterval, cancellation).ConfigureAwait(false);
                if (Volatile.Read(ref _isSettled))
                {
                    await _scan.AdvanceAsync(cancellation).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // It is over.
        }
    }

    private void Forget(ImmutableArray<ILightSource> current)
    {
        var names = current.Select(source => source.Name).ToHashSet();
        foreach (var gone in _heads.Keys.Where(name => !names.Contains(name)).ToList())
        {
            _heads.TryRemove(gone, out _);
        }
    }

    private async Task LookAsync(ILightSource source, CancellationToken cancellation)
    {
        await LookOnceAsync(source, cancellation).ConfigureAwait(false);
        if (!Volatile.Read(ref _isSettled))
        {
            Wake();
        }
    }

    private async Task LookOnceAsync(ILightSource source, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            for (var round = 0; round < MostRounds; round++)
            {
                limit.CancelAfter(_options.Timeout);
                var answer = await source.HeadersAsync(Locked(headers => headers.Locator()), limit.Token)
                    .AsTask().WaitAsync(limit.Token).ConfigureAwait(false);
                if (!Take(source, answer))
                {
                    return;
                }
            }
        }
        catch (ChainUnavailableException error)
        {
            Fail(source, error.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Fail(source, $"{source.Name} took longer than {_options.Timeout.TotalSeconds:0} s.");
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // This machine's trouble, not the source's: it is tried again.
            Volatile.Write(ref _trouble, $"Bitcoin's headers cannot be kept: {error.Message}");
        }
    }

    // True where it may have more.
    private bool Take(ILightSource source, IReadOnlyList<BlockHeader> answer)
    {
        if (answer.Count > MostHeaders)
        {
            source.Blame($"it sent {answer.Count} headers");
            return false;
        }

        var result = Locked(headers => headers.Add(answer, Now));
        Volatile.Write(ref _trouble, null);
        if (result.MovesTip)
        {
            _scan.Rewind(result.Connected[0].Height - 1);
            var tip = Locked(headers => headers.At(headers.Height)!);
            _events.Publish(new ChainEvent.TipChanged(
                new ChainHead(tip.Header.Id.Value, tip.Height, tip.Header.Time, tip.MedianTimePast),
                result.Disconnected, result.Connected));
            Release(_toRead);
        }

        // A header from the future is no lie yet; anything else that does not hold is one.
        if (result.Error is not (LedgerError.None or LedgerError.TimeTooNew))
        {
            source.Blame($"it sent a header that breaks a rule ({result.Error})");
            return false;
        }

        var last = answer.Count > 0 ? Locked(headers => headers.Find(answer[^1].Id.Value)) : null;
        _heads[source.Name] = new SourceHead(
            source.Name, last is null ? _heads.GetValueOrDefault(source.Name)?.Tip
                : new BlockRef(last.Header.Id.Value, last.Height), true, Now, null);
        return result.Added > 0 && answer.Count > 1;
    }

    private void Fail(ILightSource source, string message) => _heads[source.Name] =
        _heads.GetValueOrDefault(source.Name, new SourceHead(source.Name, null, false, 0, null)) with
        {
            IsCurrent = false, Trouble = message,
        };
}
