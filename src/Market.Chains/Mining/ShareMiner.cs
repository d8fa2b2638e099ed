using System.Threading.Channels;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Mining;

/// <summary>
/// Mines shares with the processor: real nonces on templates of a sharechain, local or followed. Work changes within
/// milliseconds of either tip's.
/// </summary>
public sealed class ShareMiner : IAsyncDisposable
{
    private const int MostWaiting = 64;
    private const int MostTries = 20;
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    private readonly ISharechain _shares;
    private readonly IMainchain? _main;
    private readonly Script _payTo;
    private readonly MinerOptions _options;
    private readonly Channel<ShareBlock> _found = Channel.CreateBounded<ShareBlock>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly TimeProvider _clock;
    private readonly WakeUp _refresh;
    private readonly Supervised _fetching;
    private readonly Supervised _handingIn;
    private readonly object _changed = new();
    private readonly HashMeter _meter = new();
    private readonly List<Task> _tasks = [];
    private CancellationTokenSource? _stop;
    private MinerJob? _job;
    private long _accepted;
    private long _stale;
    private long _weak;
    private long _refused;
    private long _mainBlocks;
    private string? _lastError;

    /// <summary>A miner that stands still.</summary>
    /// <param name="shares">Where work comes from and shares go.</param>
    /// <param name="payTo">The script that its sharebases pay.</param>
    /// <param name="options">How hard it works.</param>
    /// <param name="main">Where given, a new mainchain tip changes the work at once, not at the next refresh.</param>
    /// <param name="clock">The time of pauses; null for the system's.</param>
    public ShareMiner(
        ISharechain shares, Script payTo, MinerOptions? options = null, IMainchain? main = null, TimeProvider? clock = null)
    {
        _shares = shares;
        _main = main;
        _payTo = payTo;
        _options = options ?? new MinerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Threads, 1);
        _clock = clock ?? TimeProvider.System;
        _refresh = new WakeUp(_clock);
        _fetching = Supervise("Fetching of work");
        _handingIn = Supervise("Handing in of shares");
    }

    /// <summary>Told of every share handed in, after the chain answered.</summary>
    public event Action<ShareResult>? Submitted;

    /// <summary>What it did so far.</summary>
    public MinerReport Report => new(
        _meter.PerSecond, _meter.Total, Interlocked.Read(ref _accepted), Interlocked.Read(ref _stale),
        Interlocked.Read(ref _refused), Interlocked.Read(ref _mainBlocks), Volatile.Read(ref _lastError))
    {
        Weak = Interlocked.Read(ref _weak),
    };

    internal MinerJob? Job => Volatile.Read(ref _job);

    /// <summary>Starts its threads.</summary>
    public void Start()
    {
        if (_stop is not null)
        {
            return;
        }

        _stop = new CancellationTokenSource();
        var token = _stop.Token;
        _tasks.Add(Task.Run(() => FetchAsync(token), CancellationToken.None));
        _tasks.Add(Task.Run(() => _handingIn.RunAsync(HandInAsync, token), CancellationToken.None));
        _tasks.Add(Task.Run(() => ListenAsync(_shares, token), CancellationToken.None));
        if (_main is not null)
        {
            _tasks.Add(Task.Run(() => ListenAsync(_main, token), CancellationToken.None));
        }

        for (var lane = 0; lane < _options.Threads; lane++)
        {
            var thread = new MinerThread(this, lane, (double?)_options.MaxHashesPerSecond / _options.Threads);
            _tasks.Add(Task.Factory.StartNew(
                () => thread.Run(token), CancellationToken.None, TaskCreationOptions.LongRunning,
                TaskScheduler.Default));
        }
    }

    /// <summary>Stops; returns when no thread hashes any more.</summary>
    public async Task StopAsync()
    {
        if (_stop is null)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        SetJob(null);
        await Task.WhenAll(_tasks).ConfigureAwait(false);
        _tasks.Clear();
        _stop.Dispose();
        _stop = null;
    }

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _refresh.Dispose();
    }

    internal void Count(long hashes) => _meter.Add(hashes);

    internal void Hand(ShareBlock share) => _found.Writer.TryWrite(share);

    internal void WaitForChange(TimeSpan atMost, CancellationToken cancellation)
    {
        lock (_changed)
        {
            if (!cancellation.IsCancellationRequested)
            {
                Monitor.Wait(_changed, atMost);
            }
        }
    }

    private void SetJob(MinerJob? job)
    {
        lock (_changed)
        {
            Volatile.Write(ref _job, job);
            Monitor.PulseAll(_changed);
        }
    }

    private Supervised Supervise(string name) => new(
        name, _clock, error => error is ChainUnavailableException, failure => Volatile.Write(ref _lastError, failure.Words))
    {
        Pauses = new Backoff(_clock, _options.RetryInterval, LongestRetry),
    };

    private async Task FetchAsync(CancellationToken cancellation)
    {
        await _fetching.RepeatAsync(FetchOnceAsync, stop => _refresh.PauseAsync(_options.RefreshInterval, stop), cancellation)
            .ConfigureAwait(false);
        SetJob(null);
    }

    private async Task FetchOnceAsync(CancellationToken cancellation)
    {
        try
        {
            var template = await _shares.GetTemplateAsync(_payTo, cancellation).ConfigureAwait(false);
            Volatile.Write(ref _lastError, null);
            SetJob(new MinerJob(template));
        }
        catch
        {
            // Without work on the current tips there is nothing worth hashing.
            SetJob(null);
            throw;
        }
    }

    private Task ListenAsync(IChain chain, CancellationToken cancellation) =>
        chain.ListenForTipsAsync(Supervise($"Listening to the {chain.Kind}"), _refresh.Call, cancellation);

    private async Task HandInAsync(CancellationToken cancellation)
    {
        await foreach (var share in _found.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            await HandInAsync(share, cancellation).ConfigureAwait(false);
            _handingIn.IsWell();
        }
    }

    // Tried again where the way is broken: the work is done, and may be worth a mainchain block.
    private async Task HandInAsync(ShareBlock share, CancellationToken cancellation)
    {
        for (var left = MostTries; left > 0; left--)
        {
            try
            {
                Book(await _shares.SubmitShareAsync(share, cancellation).ConfigureAwait(false));
                return;
            }
            catch (ChainUnavailableException error)
            {
                Volatile.Write(ref _lastError, error.Message);
            }

            await Task.Delay(_options.RetryInterval, _clock, cancellation).ConfigureAwait(false);
        }

        Interlocked.Increment(ref _refused);
    }

    private void Book(ShareResult result)
    {
        switch (result.Code)
        {
            case SubmitCode.Accepted:
                Interlocked.Increment(ref _accepted);
                break;
            case SubmitCode.SideChain when result.IsWeak:
                Interlocked.Increment(ref _weak);
                break;
            case SubmitCode.SideChain:
                Interlocked.Increment(ref _stale);
                break;
            case SubmitCode.Duplicate:
                break;
            default:
                Interlocked.Increment(ref _refused);
                break;
        }

        if (result.IsMainBlock)
        {
            Interlocked.Increment(ref _mainBlocks);
        }

        Submitted?.Invoke(result);
    }
}
