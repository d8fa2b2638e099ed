using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Market.Bitcoin;

namespace Market.Chains.Mainchain;

/// <summary>A mainchain source and its name.</summary>
/// <param name="Name">For people; no password is in it.</param>
/// <param name="Chain">The source; disposed with what it is part of, where it can be.</param>
public sealed record NamedMainchain(string Name, IMainchain Chain);

/// <summary>
/// Bitcoin from several sources. The first is asked; the next only where it does not answer. Transactions and blocks go to
/// every one, and where two of them name different blocks at one height that is told: nobody may lock or reveal on a chain
/// that its sources disagree about.
/// </summary>
public sealed class SeveralMainchain : IMainchain, ISourced, IAsyncDisposable
{
    /// <summary>Blocks at the tip about which sources may differ for a while.</summary>
    public const int Tolerated = 2;

    private const int MostSources = 8;
    private const int QueueLimit = ChainEvents.QueueLimit;
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(10);

    private readonly ImmutableArray<NamedMainchain> _sources;
    private readonly TimeProvider _clock;
    private ImmutableArray<SourceHead> _heads;

    /// <summary>Puts sources together.</summary>
    /// <param name="sources">In the order in which they are asked; all of one network.</param>
    /// <param name="clock">Tells the time.</param>
    public SeveralMainchain(IReadOnlyList<NamedMainchain> sources, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sources.Count, MostSources);
        if (sources.Select(source => source.Chain.Name).Distinct().Count() != 1)
        {
            throw new ArgumentException("The sources are of different networks.", nameof(sources));
        }

        _sources = [.. sources];
        _clock = clock;
        _heads = [.. sources.Select(source => new SourceHead(source.Name, null, false, 0, null))];
    }

    /// <inheritdoc/>
    public ChainKind Kind => ChainKind.Mainchain;

    /// <inheritdoc/>
    public string Name => First.Name;

    /// <inheritdoc/>
    public Network Network => First.Network;

    /// <inheritdoc/>
    public int CoinbaseMaturity => First.CoinbaseMaturity;

    /// <inheritdoc/>
    public ImmutableArray<SourceHead> Sources =>
        [.. _sources.SelectMany((source, i) => source.Chain is ISourced many ? many.Sources : [_heads[i]])];

    private IMainchain First => _sources[0].Chain;

    /// <inheritdoc/>
    public ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default) =>
        AskAsync(chain => chain.GetTipAsync(cancellation));

    /// <inheritdoc/>
    public ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default) =>
        AskAsync(chain => chain.GetTroubleAsync(cancellation));

    /// <inheritdoc/>
    public ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation = default) =>
        AskAsync(chain => chain.GetBlockIdAsync(height, cancellation));

    /// <inheritdoc/>
    public ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default) =>
        FindAsync(chain => chain.GetBlockAsync(id, cancellation));

    /// <inheritdoc/>
    public ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default) =>
        FindAsync(chain => chain.FindTransactionAsync(id, cancellation));

    /// <inheritdoc/>
    public ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default) =>
        AskAsync(chain => chain.FindUnspentAsync(outPoint, withMempool, cancellation));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(Script script, CancellationToken cancellation = default) =>
        AskAsync(chain => chain.GetCoinsAsync(script, cancellation));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default) =>
        AskAsync(chain => chain.GetMempoolAsync(cancellation));

    /// <inheritdoc/>
    public ValueTask<int> CountUnconfirmedAsync(CancellationToken cancellation = default) =>
        AskAsync(chain => chain.CountUnconfirmedAsync(cancellation));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default) =>
        AskAsync(chain => chain.FindUnconfirmedAsync(query, cancellation));

    /// <inheritdoc/>
    public ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default) =>
        AskAsync(chain => chain.EstimateFeeAsync(targetBlocks, cancellation));

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation = default) =>
        AskAsync(chain => chain.GetHeaderAsync(id, cancellation));

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(int height, CancellationToken cancellation = default) =>
        AskAsync(chain => chain.GetHeaderAsync(height, cancellation));

    /// <inheritdoc/>
    public ValueTask<Block?> GetFullBlockAsync(BlockId id, CancellationToken cancellation = default) =>
        FindAsync(chain => chain.GetFullBlockAsync(id, cancellation));

    /// <inheritdoc/>
    public ValueTask<MainTemplate> GetTemplateAsync(CancellationToken cancellation = default) =>
        AskAsync(chain => chain.GetTemplateAsync(cancellation));

    /// <inheritdoc/>
    public ValueTask<BroadcastResult> BroadcastAsync(Transaction transaction, CancellationToken cancellation = default) =>
        ToAllAsync(transaction, (chain, limit) => chain.BroadcastAsync(transaction, limit), cancellation);

    /// <inheritdoc/>
    public ValueTask<BroadcastResult> RelayAsync(Transaction transaction, CancellationToken cancellation = default) =>
        ToAllAsync(transaction, (chain, limit) => chain.RelayAsync(transaction, limit), cancellation);

    private ValueTask<BroadcastResult> ToAllAsync(
        Transaction transaction, Func<IMainchain, CancellationToken, ValueTask<BroadcastResult>> offer,
        CancellationToken cancellation) => Broadcasts.ToAllAsync(
        transaction,
        [
            .. _sources.Select(source => (
                source.Name, (Func<CancellationToken, ValueTask<BroadcastResult>>)(limit => offer(source.Chain, limit)))),
        ],
        _clock,
        cancellation);

    /// <inheritdoc/>
    public async ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default)
    {
        SubmitResult? best = null;
        ChainUnavailableException? failure = null;

        // All at once: one that hangs must not cost the race at the others.
        var offers = _sources.Select(source => OfferAsync(source.Chain)).ToList();
        foreach (var offer in offers)
        {
            try
            {
                var result = await offer.ConfigureAwait(false);
                best = best is null || result.Code < best.Code ? result : best;
            }
            catch (ChainUnavailableException error)
            {
                failure = error;
            }
        }

        return best ?? throw failure!;

        async Task<SubmitResult> OfferAsync(IMainchain chain) =>
            await chain.SubmitBlockAsync(block, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindDisagreementAsync(CancellationToken cancellation = default)
    {
        var heads = await Task.WhenAll(_sources.Select(source => LookAsync(source, cancellation))).ConfigureAwait(false);
        ImmutableInterlocked.InterlockedExchange(ref _heads, [.. heads]);
        foreach (var source in _sources.Select(source => source.Chain).OfType<ISourced>())
        {
            if (await source.FindDisagreementAsync(cancellation).ConfigureAwait(false) is { } inner)
            {
                return inner;
            }
        }

        var current = _sources.Zip(heads).Where(pair => pair.Second is { IsCurrent: true, Tip: not null }).ToList();
        for (var i = 1; i < current.Count; i++)
        {
            if (await CompareAsync(current[0], current[i], cancellation).ConfigureAwait(false) is { } words)
            {
                return words;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChainEvent> SubscribeAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var events = Channel.CreateBounded<ChainEvent>(
            new BoundedChannelOptions(QueueLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var hearing = _sources.Select(source => HearAsync(source.Chain.SubscribeAsync(stop.Token), events.Writer)).ToList();
        try
        {
            await foreach (var happened in events.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                yield return happened;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(hearing).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources)
        {
            if (source.Chain is IAsyncDisposable closing)
            {
                await closing.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task HearAsync(IAsyncEnumerable<ChainEvent> events, ChannelWriter<ChainEvent> writer)
    {
        try
        {
            await foreach (var happened in events.ConfigureAwait(false))
            {
                writer.TryWrite(happened);
            }
        }
        catch (OperationCanceledException)
        {
            // The reader is gone.
        }
    }

    // At one height below both tips the ids must be the same; a few blocks at the tip may differ while they race.
    private static async ValueTask<string?> CompareAsync(
        (NamedMainchain Source, SourceHead Head) one, (NamedMainchain Source, SourceHead Head) other,
        CancellationToken cancellation)
    {
        var height = Math.Min(one.Head.Tip!.Value.Height, other.Head.Tip!.Value.Height) - Tolerated;
        if (height < 0)
        {
            return null;
        }

        try
        {
            var first = await one.Source.Chain.GetBlockIdAsync(height, cancellation).ConfigureAwait(false);
            var second = await other.Source.Chain.GetBlockIdAsync(height, cancellation).ConfigureAwait(false);
            return first is null || second is null || first == second
                ? null
                : $"{one.Source.Name} and {other.Source.Name} disagree about Bitcoin: at height {height} one has block {first}, "
                    + $"the other {second}.";
        }
        catch (ChainUnavailableException)
        {
            // One of them went away meanwhile: it contradicts nobody, and its head says that it is away.
            return null;
        }
    }

    private async Task<SourceHead> LookAsync(NamedMainchain source, CancellationToken cancellation)
    {
        var index = _sources.IndexOf(source);
        try
        {
            var tip = await source.Chain.GetTipAsync(cancellation).AsTask().WaitAsync(LongestLook, _clock, cancellation)
                .ConfigureAwait(false);
            var trouble = await source.Chain.GetTroubleAsync(cancellation).AsTask()
                .WaitAsync(LongestLook, _clock, cancellation).ConfigureAwait(false);
            return new SourceHead(source.Name, tip.Ref, true, _clock.GetUtcNow().ToUnixTimeSeconds(), trouble);
        }
        catch (Exception error) when (error is ChainUnavailableException or TimeoutException)
        {
            return _heads[index] with { IsCurrent = false, Trouble = error.Message };
        }
    }

    private async ValueTask<T> AskAsync<T>(Func<IMainchain, ValueTask<T>> ask)
    {
        for (var i = 0; i < _sources.Length - 1; i++)
        {
            try
            {
                return await ask(_sources[i].Chain).ConfigureAwait(false);
            }
            catch (ChainUnavailableException)
            {
                // The next one is asked; which ones are away stands in Sources.
            }
        }

        return await ask(_sources[^1].Chain).ConfigureAwait(false);
    }

    // What one does not know the next may.
    private async ValueTask<T?> FindAsync<T>(Func<IMainchain, ValueTask<T?>> ask)
        where T : class
    {
        ChainUnavailableException? failure = null;
        var answered = false;
        foreach (var source in _sources)
        {
            try
            {
                if (await ask(source.Chain).ConfigureAwait(false) is { } found)
                {
                    return found;
                }

                answered = true;
            }
            catch (ChainUnavailableException error)
            {
                failure = error;
            }
        }

        return answered ? null : throw failure!;
    }
}
