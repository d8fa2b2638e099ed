using System.Threading.Channels;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Stratum;

/// <summary>
/// Work for whoever mines, made anew whenever either chain's tip moves, and now and then. A template is built once for the longest
/// script that a coinbase may pay, and addressed to each miner by a few hashes. While a chain is not to be had, or not at its end
/// yet, there is no work.
/// </summary>
internal sealed class StratumFeed
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
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private ShareTemplate? _template;
    private DateTimeOffset? _asked;

    /// <param name="shares">The sharechain.</param>
    /// <param name="main">The mainchain.</param>
    /// <param name="synced">Done when the sharechain is fetched.</param>
    /// <param name="refresh">Work is made anew at least so often.</param>
    /// <param name="clock">Tells the time.</param>
    public StratumFeed(ISharechain shares, IMainchain main, Task synced, TimeSpan refresh, TimeProvider clock)
    {
        (_shares, _main, _synced, _refresh, _clock) = (shares, main, synced, refresh, clock);
        Waiting = "Both chains are being looked at.";
    }

    /// <summary>Why there is no work, for people; null where there is.</summary>
    public string? Waiting { get; private set; }

    /// <summary>Told when there is other work, or none any more.</summary>
    public event Action? Changed;

    /// <summary>The template that all work is made from; null while there is none.</summary>
    public ShareTemplate? Template
    {
        get
        {
            lock (_lock)
            {
                return _template;
            }
        }
    }

    /// <summary>The newest work for an address; null while there is none.</summary>
    public StratumWork? WorkFor(Script miner)
    {
        lock (_lock)
        {
            if (_template is not null && !_works.ContainsKey(miner))
            {
                _works.Add(miner, new StratumWork(_template.PaidTo(miner)));
            }

            return _works.GetValueOrDefault(miner);
        }
    }

    /// <summary>Works until it is asked to stop.</summary>
    /// <param name="failed">Told of failures.</param>
    /// <param name="stop">Asks it to stop.</param>
    public Task RunAsync(Action<SupervisedFailure>? failed, CancellationToken stop)
    {
        var fetching = Loop("work for miners");
        return Task.WhenAll(
            fetching.RunAsync(token => FetchAsync(fetching, token), stop),
            Loop("what the sharechain tells").RunAsync(token => ListenAsync(_shares, token), stop),
            Loop("what the mainchain tells").RunAsync(token => ListenAsync(_main, token), stop),
            Loop("refreshing of work").RunAsync(RefreshAsync, stop));

        Supervised Loop(string name) => new(name, _clock, error => error is ChainUnavailableException, failed);
    }

    private async Task FetchAsync(Supervised fetching, CancellationToken stop)
    {
        await FetchOnceAsync(stop).ConfigureAwait(false);
        fetching.IsWell();
        await foreach (var _ in _wake.Reader.ReadAllAsync(stop).ConfigureAwait(false))
        {
            await FetchOnceAsync(stop).ConfigureAwait(false);
        }
    }

    private async Task FetchOnceAsync(CancellationToken stop)
    {
        try
        {
            if (await TroubleAsync(stop).ConfigureAwait(false) is { } trouble)
            {
                Set(null, trouble);
                return;
            }

            Set(await _shares.GetTemplateAsync(Longest, stop).ConfigureAwait(false), null);
        }
        catch (ChainUnavailableException error)
        {
            Set(null, error.Message);
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

    private void Set(ShareTemplate? template, string? waiting)
    {
        lock (_lock)
        {
            (_template, Waiting) = (template, waiting);
            _works.Clear();
        }

        Changed?.Invoke();
    }

    private async Task ListenAsync(IChain chain, CancellationToken stop)
    {
        await foreach (var happened in chain.SubscribeAsync(stop).ConfigureAwait(false))
        {
            if (happened is ChainEvent.TipChanged or ChainEvent.Gap)
            {
                _wake.Writer.TryWrite(true);
            }
        }
    }

    // While there is no work it is looked for more often.
    private async Task RefreshAsync(CancellationToken stop)
    {
        await Task.Delay(Waiting is null ? _refresh : Supervised.LongestPause, _clock, stop).ConfigureAwait(false);
        _wake.Writer.TryWrite(true);
    }
}
