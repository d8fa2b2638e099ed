using System.Collections.Immutable;
using System.Threading.Channels;
using Market.Bitcoin.Watching;

namespace Market.Chains.Watching;

/// <summary>
/// Lets a <see cref="ChainFollower"/> look at its chain again and again: whenever the chain tells of something that concerns
/// what is watched, when something new is to be watched, and at a steady pace. Any number of readers.
/// </summary>
public sealed class ChainWatcher : IAsyncDisposable
{
    /// <summary>
    /// Looks that wait for a slow reader; the oldest give way. Their events are lost to it, and no state: each carries
    /// the whole view.
    /// </summary>
    public const int QueueLimit = 256;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    private readonly ChainFollower _follower;
    private readonly WatchOwners _owners;
    private readonly Supervised _looking;
    private readonly Supervised _listening;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _working;
    private readonly Lock _lock = new();
    private readonly WakeUp _wake;
    private ImmutableArray<Channel<FollowResult>> _readers = [];
    private FollowResult? _last;
    private string? _lastError;

    /// <summary>Begins to watch.</summary>
    /// <param name="chain">Which chain; not disposed.</param>
    /// <param name="clock">Tells the time between two looks.</param>
    public ChainWatcher(IChain chain, TimeProvider clock)
    {
        _follower = new ChainFollower(chain);
        _owners = new WatchOwners(_follower, LookNow);
        _wake = new WakeUp(clock);
        _looking = new Supervised("Looking at the chain", clock, IsAway, Fail);
        _listening = new Supervised(
            "Listening to the chain", clock, IsAway, failure => Volatile.Write(ref _lastError, failure.Words));
        _working = Task.Run(() => WorkAsync(_stop.Token), CancellationToken.None);
    }

    /// <summary>The chain.</summary>
    public IChain Chain => _follower.Chain;

    /// <summary>Why the chain could not be looked at, or listened to, last; null where all is well.</summary>
    public string? LastError => Volatile.Read(ref _lastError);

    /// <summary>What the chain showed of what is watched at the last look.</summary>
    public WatchView View => _follower.View;

    /// <summary>What a reader wants to be told of; what no reader wants is not watched.</summary>
    public SharedWatch OpenWatch() => new(_owners);

    /// <summary>Looks again at once, and not only when the next look is due.</summary>
    public void LookNow() => _wake.Call();

    /// <summary>
    /// The last look, and each from now on, until cancelled or disposed. Where looking met a bug, every reader is told it as an
    /// exception; the chain is looked at further, and whoever reads again is shown what is seen from then on.
    /// </summary>
    public async IAsyncEnumerable<FollowResult> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var queue = Channel.CreateBounded<FollowResult>(
            new BoundedChannelOptions(QueueLimit) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_lock)
        {
            if (_last is { } last)
            {
                queue.Writer.TryWrite(last);
            }

            if (_working.IsCompleted || _stop.IsCancellationRequested)
            {
                queue.Writer.TryComplete();
            }

            _readers = _readers.Add(queue);
        }

        try
        {
            await foreach (var look in queue.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                yield return look;
            }
        }
        finally
        {
            lock (_lock)
            {
                _readers = _readers.Remove(queue);
            }
        }
    }

    /// <summary>Stops watching.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _working.ConfigureAwait(false);
            _stop.Dispose();
            _wake.Dispose();
        }
    }

    private static bool IsAway(Exception error) => error is ChainUnavailableException;

    private async Task WorkAsync(CancellationToken cancellation)
    {
        var listening = Task.Run(() => _listening.RunAsync(ListenAsync, cancellation), CancellationToken.None);
        await _looking.RepeatAsync(
            async stop => Tell(await _follower.PollAsync(stop).ConfigureAwait(false)),
            stop => _wake.PauseAsync(PollInterval, stop),
            cancellation).ConfigureAwait(false);
        Complete(null);
        await listening.ConfigureAwait(false);
    }

    // Of a bug every reader must hear. A look that broke off has changed nothing, so the next one may be whole.
    private void Fail(SupervisedFailure failure)
    {
        Volatile.Write(ref _lastError, failure.Words);
        if (!failure.IsPassing)
        {
            Complete(failure.Error);
        }
    }

    private void Tell(FollowResult look)
    {
        lock (_lock)
        {
            // A reader that comes now begins with this one, and hears no event twice.
            Volatile.Write(ref _last, look with { Events = [] });
            Volatile.Write(ref _lastError, null);
            foreach (var reader in _readers)
            {
                reader.Writer.TryWrite(look);
            }
        }
    }

    private void Complete(Exception? error)
    {
        lock (_lock)
        {
            foreach (var reader in _readers)
            {
                reader.Writer.TryComplete(error);
            }
        }
    }

    // What the chain tells makes a look come sooner; where it ends or fails, looks come at their pace until it is heard again.
    private async Task ListenAsync(CancellationToken cancellation)
    {
        await foreach (var happened in Chain.SubscribeAsync(cancellation).ConfigureAwait(false))
        {
            _listening.IsWell();
            if (happened is not ChainEvent.TransactionSeen seen || _follower.Concerns(seen.Transaction))
            {
                LookNow();
            }
        }
    }
}
