using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Market.Bitcoin;

namespace Market.Chains.Mainchain;

/// <summary>
/// A source of Bitcoin that may be away when a program starts: it is tried again with growing pauses, and until it answers every
/// question is answered with why not. Whoever needs the other chain only goes on meanwhile.
/// </summary>
public sealed class LateMainchain : IMainchain, IAsyncDisposable
{
    private const int Maturity = 100;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly NetworkProfile _network;
    private readonly string _label;
    private readonly Func<CancellationToken, Task<IMainchain>> _connect;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<IMainchain> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _connecting;
    private string _why;

    /// <summary>Begins to connect.</summary>
    /// <param name="network">Which chain: decided here, never by the source.</param>
    /// <param name="name">For people: "Your Bitcoin node".</param>
    /// <param name="connect">
    /// Connects once; throws <see cref="ChainUnavailableException"/> where nobody answers, <see cref="NotSupportedException"/>
    /// where what answers is not the network's: then it is not tried again. After anything else that it throws it is.
    /// </param>
    /// <param name="patience">The longest that one try may take.</param>
    /// <param name="clock">Tells the time.</param>
    public LateMainchain(
        NetworkProfile network, string name, Func<CancellationToken, Task<IMainchain>> connect, TimeSpan patience,
        TimeProvider clock)
    {
        (_network, _label, _connect, _patience, _clock) = (network, name, connect, patience, clock);
        _why = $"{name} has not answered yet.";
        _connecting = Task.Run(() => ConnectAsync(_stop.Token), CancellationToken.None);
    }

    /// <inheritdoc/>
    public ChainKind Kind => ChainKind.Mainchain;

    /// <inheritdoc/>
    public string Name => _network.Name;

    /// <inheritdoc/>
    public Network Network => Connected?.Network ?? _network.Addresses;

    /// <inheritdoc/>
    public int CoinbaseMaturity => Maturity;

    /// <summary>Why it cannot be asked, for people; null where it can.</summary>
    public string? Away => Connected is null ? Volatile.Read(ref _why) : null;

    /// <summary>Returns when the first try has ended, however it did.</summary>
    /// <exception cref="NotSupportedException">What answered is not the network's.</exception>
    public Task FirstTryAsync(CancellationToken cancellation = default) => _first.Task.WaitAsync(cancellation);

    /// <summary>Returns when it answers.</summary>
    public Task WaitLiveAsync(CancellationToken cancellation = default) => _connected.Task.WaitAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default) => Source.GetTipAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default) => Source.GetTroubleAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation = default) =>
        Source.GetBlockIdAsync(height, cancellation);

    /// <inheritdoc/>
    public ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default) =>
        Source.GetBlockAsync(id, cancellation);

    /// <inheritdoc/>
    public ValueTask<ChainTransaction?> FindTransactionAsync(TxId id, CancellationToken cancellation = default) =>
        Source.FindTransactionAsync(id, cancellation);

    /// <inheritdoc/>
    public ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool = true, CancellationToken cancellation = default) =>
        Source.FindUnspentAsync(outPoint, withMempool, cancellation);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(Script script, CancellationToken cancellation = default) =>
        Source.GetCoinsAsync(script, cancellation);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(CancellationToken cancellation = default) =>
        Source.GetMempoolAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<int> CountUnconfirmedAsync(CancellationToken cancellation = default) =>
        Source.CountUnconfirmedAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default) => Source.FindUnconfirmedAsync(query, cancellation);

    /// <inheritdoc/>
    public ValueTask<BroadcastResult> BroadcastAsync(Transaction transaction, CancellationToken cancellation = default) =>
        Source.BroadcastAsync(transaction, cancellation);

    /// <inheritdoc/>
    public ValueTask<BroadcastResult> RelayAsync(Transaction transaction, CancellationToken cancellation = default) =>
        Source.RelayAsync(transaction, cancellation);

    /// <inheritdoc/>
    public ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default) =>
        Source.EstimateFeeAsync(targetBlocks, cancellation);

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation = default) =>
        Source.GetHeaderAsync(id, cancellation);

    /// <inheritdoc/>
    public ValueTask<MainHeader?> GetHeaderAsync(int height, CancellationToken cancellation = default) =>
        Source.GetHeaderAsync(height, cancellation);

    /// <inheritdoc/>
    public ValueTask<Block?> GetFullBlockAsync(BlockId id, CancellationToken cancellation = default) =>
        Source.GetFullBlockAsync(id, cancellation);

    /// <inheritdoc/>
    public ValueTask<MainTemplate> GetTemplateAsync(CancellationToken cancellation = default) =>
        Source.GetTemplateAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default) =>
        Source.SubmitBlockAsync(block, cancellation);

    /// <inheritdoc/>
    /// <remarks>Begins when the source answers, with a gap: what is known of it is read then.</remarks>
    public async IAsyncEnumerable<ChainEvent> SubscribeAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var isLate = Connected is null;
        var source = await _connected.Task.WaitAsync(cancellation).ConfigureAwait(false);
        var events = source.SubscribeAsync(cancellation);
        if (isLate)
        {
            yield return new ChainEvent.Gap();
        }

        await foreach (var happened in events.ConfigureAwait(false))
        {
            yield return happened;
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
        await _connecting.ConfigureAwait(false);
        if (Connected is IAsyncDisposable closing)
        {
            await closing.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private IMainchain? Connected => _connected.Task.IsCompletedSuccessfully ? _connected.Task.Result : null;

    private IMainchain Source => Connected ?? throw new ChainUnavailableException(Volatile.Read(ref _why));

    private async Task ConnectAsync(CancellationToken cancellation)
    {
        var connecting = new Supervised(
            $"Connecting to {_label}", _clock,
            error => error is not NotSupportedException && !cancellation.IsCancellationRequested, Fail)
        {
            Pauses = new Backoff(_clock, ShortestPause, LongestPause),
        };
        try
        {
            await connecting.UntilDoneAsync(TryAsync, cancellation).ConfigureAwait(false);
            _first.TrySetResult();
        }
        catch (NotSupportedException refusal)
        {
            // Another network's node does not become this one's by waiting.
            Volatile.Write(ref _why, refusal.Message);
            _first.TrySetException(refusal);
            _ = _first.Task.Exception;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            _first.TrySetCanceled(cancellation);
            _connected.TrySetCanceled(cancellation);
        }
    }

    private async Task TryAsync(CancellationToken cancellation)
    {
        using var limit = new TimeLimit(_clock, _patience, cancellation);
        _connected.TrySetResult(await _connect(limit.Token).ConfigureAwait(false));
    }

    // Whatever went wrong may go well the next time; to stop trying would leave the program without a chain for good.
    private void Fail(SupervisedFailure failure)
    {
        Volatile.Write(ref _why, failure.Error switch
        {
            ChainUnavailableException away => away.Message,
            OperationCanceledException => $"{_label} did not answer within {_patience.TotalSeconds:0} s. Is it running?",
            var error => $"{_label} cannot be connected to: {error.Message}",
        });
        _first.TrySetResult();
    }
}
