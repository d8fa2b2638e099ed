using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Stratum;

/// <summary>
/// Work for whoever mines, made anew whenever either chain's tip moves, and now and then. A template is built once for the longest
/// script that a coinbase may pay, and addressed to each miner by a few hashes. While a chain is not to be had, or not at its end
/// yet, there is no work.
/// </summary>
internal sealed class StratumFeed : IDisposable
{
    private static readonly TimeSpan TroubleInterval = TimeSpan.FromSeconds(10);

    // As long as any that is paid (a witness program of 40 bytes): every miner's share then has room.
    private static readonly Script Longest = new(new byte[] { 0x60, 0x28 }.Concat(new byte[40]).ToArray());

    private readonly ISharechain _shares;
    private readonly IMainchain _main;
    private readonly Task _synced;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _refresh;
    private readonly Lock _lock = new();
    private readonly Dictionary<Script, StratumWork> _works = [];
    private readonly WakeUp _wake;
    private StratumPattern? _pattern;
    private DateTimeOffset? _asked;

    /// <param name="shares">The sharechain.</param>
    /// <param name="main">The mainchain.</param>
    /// <param name="synced">Done when the sharechain is fetched.</param>
    /// <param name="refresh">Work is made anew at least so often.</param>
    /// <param name="clock">Tells the time.</param>
    public StratumFeed(ISharechain shares, IMainchain main, Task synced, TimeSpan refresh, TimeProvider clock)
    {
        (_shares, _main, _synced, _refresh, _clock) = (shares, main, synced, refresh, clock);
        _wake = new WakeUp(clock);
        Waiting = "Both chains are being looked at.";
    }

    /// <summary>Why there is no work, for people; null where there is.</summary>
    public string? Waiting { get; private set; }

    /// <summary>Told when there is other work, or none any more; the next is looked for when it is done with that.</summary>
    public Func<Task>? Changed { get; init; }

    /// <summary>The template that all work is made from; null while there is none.</summary>
    public ShareTemplate? Template
    {
        get
        {
            lock (_lock)
            {
                return _pattern?.Template;
            }
        }
    }

    /// <summary>The newest work for an address; null while there is none.</summary>
    public StratumWork? WorkFor(Script miner)
    {
        lock (_lock)
        {
            if (!_works.TryGetValue(miner, out var work) && _pattern is not null)
            {
                _works.Add(miner, work = StratumWork.Of(_pattern, miner));
            }

            return work;
        }
    }

    /// <summary>Works until it is asked to stop.</summary>
    /// <param name="failed">Told of failures.</param>
    /// <param name="stop">Asks it to stop.</param>
    public Task RunAsync(Action<SupervisedFailure>? failed, CancellationToken stop)
    {
        return Task.WhenAll(
            Loop("Work for miners").RepeatAsync(FetchOnceAsync, PauseAsync, stop),
            Listen(_shares, "What the sharechain tells miners' work"),
            Listen(_main, "What the mainchain tells miners' work"));

        Supervised Loop(string name) => new(name, _clock, error => error is ChainUnavailableException, failed);

        Task Listen(IChain chain, string name) => chain.ListenForTipsAsync(Loop(name), _wake.Call, stop);
    }

    /// <summary>Nobody works with it any more.</summary>
    public void Dispose() => _wake.Dispose();

    private async Task FetchOnceAsync(CancellationToken stop)
    {
        try
        {
            if (await TroubleAsync(stop).ConfigureAwait(false) is { } trouble)
            {
                await SetAsync(null, trouble).ConfigureAwait(false);
                return;
            }

            await SetAsync(await _shares.GetTemplateAsync(Longest, stop).ConfigureAwait(false), null).ConfigureAwait(false);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            // Whatever it was, nobody goes on with work that may be dead.
            await SetAsync(null, error is ChainUnavailableException ? error.Message : "Work for miners met a bug.")
                .ConfigureAwait(false);
            throw;
        }
    }

    // A node that catches up is asked now and then; a tip that moves is not kept waiting for that.
    private async ValueTask<string?> TroubleAsync(CancellationToken stop)
    {
        var now = _clock.GetUtcNow();
        if (!_synced.IsCompletedSuccessfully)
        {
            return "The sharechain is being fetched.";
        }

        if (Waiting is null && now - _asked < TroubleInterval)
        {
            return null;
        }

        _asked = now;
        return await _main.GetTroubleAsync(stop).ConfigureAwait(false) is { } main ? $"The mainchain: {main}."
            : await _shares.GetTroubleAsync(stop).ConfigureAwait(false) is { } shares ? $"The sharechain: {shares}."
            : null;
    }

    private Task SetAsync(ShareTemplate? template, string? waiting)
    {
        var pattern = template is null ? null : new StratumPattern(template);
        lock (_lock)
        {
            (_pattern, Waiting) = (pattern, waiting);
            _works.Clear();
        }

        return Changed?.Invoke() ?? Task.CompletedTask;
    }

    // While there is no work it is looked for more often.
    private Task PauseAsync(CancellationToken stop) =>
        _wake.PauseAsync(Waiting is null ? _refresh : Supervised.LongestPause, stop);
}
