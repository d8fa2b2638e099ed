using Market.Api.Data;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Watching;
using Market.Contracts;

namespace Market.Api.Chains;

/// <summary>Both tips at one moment.</summary>
/// <param name="Sharechain">The sharechain's.</param>
/// <param name="Mainchain">The mainchain's.</param>
public sealed record TipPair(ChainTip Sharechain, ChainTip Mainchain);

/// <summary>Follows the tips of both chains of a pair: keeps them for readers, tells whoever asked to be told, and says whether a
/// chain's node answers. One loop for each chain, however many instruments are traded on it.</summary>
public sealed class TipWatch : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private const int GoodBefore = 1_000;

    private readonly ChainPair _chains;
    private readonly ChainWatchers _watchers;
    private readonly Workers _workers;
    private readonly TimeProvider _clock;
    private readonly ILogger<TipWatch> _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<ChainName, State> _states = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class State(Hashrates rates)
    {
        public Hashrates Rates { get; } = rates;
        public ChainTip? Tip { get; set; }
        public ChainSample Sample { get; set; }
        public long Grown { get; set; }
        public long Stale { get; set; }
        public string? Trouble { get; set; }
        public long At { get; set; }
    }

    /// <summary>Starts with nothing known.</summary>
    public TipWatch(ChainPair chains, ChainWatchers watchers, Workers workers, TimeProvider clock, ILogger<TipWatch> log)
    {
        _workers = workers;
        _chains = chains;
        _watchers = watchers;
        _clock = clock;
        _log = log;
        foreach (var name in Enum.GetValues<ChainName>()) _states.Add(name, new State(new Hashrates(chains, name)));
    }

    /// <summary>Completes when both tips are known.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Told after a tip changed: return quickly.</summary>
    public event Action<ChainName>? Moved;

    /// <summary>Told of whatever is said of the tips, in its order: return quickly.</summary>
    public event Action<TipPair>? Told;

    /// <summary>Both tips; null until both are known.</summary>
    public TipPair? Tips
    {
        get { lock (_gate) return Current(); }
    }

    /// <summary>A chain's newest blocks, which tell its pace at any time.</summary>
    public ChainSample SampleOf(ChainName name)
    {
        lock (_gate) return _states[name].Sample;
    }

    /// <summary>The rate of stale blocks of a chain: of those that joined it under this process's eyes, what reorganisations took
    /// off again. Counted as if a thousand good ones had gone before, so that the first reorganisation says little.</summary>
    public double StaleRateOf(ChainName name)
    {
        lock (_gate) return _states[name].Stale / (double)(GoodBefore + _states[name].Grown);
    }

    /// <summary>What is wrong with a chain's node; null when it answers.</summary>
    public string? TroubleOf(ChainName name)
    {
        lock (_gate) return _states[name].Trouble;
    }

    /// <summary>Tells one listener again what is known, in turn with the news: what it says beside the tips has changed.</summary>
    /// <param name="listener">The listener.</param>
    public void TellAgain(Action<TipPair> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        lock (_gate)
        {
            if (Current() is { } tips) listener(tips);
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_states.Keys.Select(name => FollowAsync(name, stoppingToken)));

    private async Task FollowAsync(ChainName name, CancellationToken stop)
    {
        var supervised = _workers.Supervise(_log, $"The watch of the {name}'s tip", _clock);
        await supervised.RunAsync(async cancel =>
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var noting = NoteTroubleAsync(name, ended.Token);
            try
            {
                await foreach (var look in _watchers.Of(_chains.Of(name)).ReadAsync(cancel))
                {
                    await TakeAsync(name, look, cancel);
                    supervised.IsWell();
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Note(name, e is ChainUnavailableException ? e.Message : $"The watch of the {name}'s tip met a bug.");
                throw;
            }
            finally
            {
                await ended.CancelAsync();
                await noting;
            }
        }, stop);
    }

    // A chain that does not answer is not looked at to the end, so no look tells of it.
    private Task NoteTroubleAsync(ChainName name, CancellationToken ended)
    {
        var watcher = _watchers.Of(_chains.Of(name));
        return _log.Supervise($"The notes of the {name}'s trouble", _clock).RepeatAsync(_ =>
        {
            if (watcher.LastError is { } trouble && trouble != TroubleOf(name)) Note(name, trouble);
            return Task.CompletedTask;
        }, Retry, ended);
    }

    private async Task TakeAsync(ChainName name, FollowResult look, CancellationToken stop)
    {
        var state = _states[name];
        // The figures beside the tip, such as the mempool's, are renewed now and then.
        if (state.Trouble is null && state.Tip?.Id == look.Head.Id.ToString() && _clock.GetElapsedTime(state.At) < Poll) return;
        try
        {
            await UpdateAsync(name, state, look.Head, look.Undone, stop);
            state.At = _clock.GetTimestamp();
        }
        catch (ChainUnavailableException e)
        {
            Note(name, e.Message);
        }
    }

    private async Task UpdateAsync(ChainName name, State state, ChainHead head, int undone, CancellationToken stop)
    {
        var waiting = await _chains.Of(name).CountUnconfirmedAsync(stop);
        var sample = await state.Rates.AtAsync(head.Id, head.Height, stop);
        var bits = name == ChainName.Sharechain
            ? (await _chains.Shares.GetFiguresAsync(stop)).NextBits
            : sample.Bits;
        bool moved;
        lock (_gate)
        {
            var id = head.Id.ToString();
            moved = state.Tip?.Id != id;
            state.Sample = sample;
            if (moved && state.Tip is { } before)
            {
                state.Stale += undone;
                state.Grown += Math.Max(0, head.Height - before.Height + undone);
            }
            state.Trouble = null;
            state.Tip = new ChainTip
            {
                Chain = name,
                Height = head.Height,
                Id = id,
                Time = DateTimeOffset.FromUnixTimeSeconds(head.Time),
                MedianTime = DateTimeOffset.FromUnixTimeSeconds(head.MedianTimePast),
                SeenAt = moved ? _clock.GetUtcNow() : state.Tip!.SeenAt,
                Bits = bits.ToString(),
                Hashrate = Math.Round(sample.At(_clock.GetUtcNow()).HashesPerSecond, 3),
                TargetSpacing = _chains.SpacingOf(name),
                MempoolTransactions = waiting,
                Live = true,
                Reorganised = undone > 0 ? undone : moved ? null : state.Tip?.Reorganised,
            };
            if (Current() is { } tips)
            {
                Told?.Invoke(tips);
                _ready.TrySetResult();
            }
        }
        if (moved) Moved?.Invoke(name);
    }

    private void Note(ChainName name, string trouble)
    {
        lock (_gate)
        {
            var state = _states[name];
            state.Trouble = trouble;
            if (state.Tip is not null) state.Tip = state.Tip with { Live = false };
            if (Current() is { } tips) Told?.Invoke(tips);
        }
    }

    private TipPair? Current() =>
        _states[ChainName.Sharechain].Tip is { } share && _states[ChainName.Mainchain].Tip is { } main
            ? new TipPair(share, main)
            : null;
}
