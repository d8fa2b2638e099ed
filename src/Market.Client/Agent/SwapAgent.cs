using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Watching;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>
/// Drives the own swaps to their end. Three parts: the intake hears of swaps from the market, the driver watches both chains
/// and asks the pure core (<see cref="AgentCore"/>) what is owed, the journal makes every step survive a crash. It needs the
/// market for nothing but the terms. It places no orders.
/// </summary>
public sealed class SwapAgent
{
    private readonly SwapJournal _journal;
    private readonly Driver _driver;
    private readonly Intake? _intake;
    private readonly Func<CancellationToken, Task>? _recover;
    private readonly Func<CancellationToken, Task>? _reconcile;
    private readonly AgentOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _telling = new();

    /// <summary>An agent. The journal is read at once: a swap under way goes on with the first step.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="wallet">Keys, coins and both chains.</param>
    /// <param name="journal">What survives a crash; not disposed.</param>
    /// <param name="parts">What else there may be.</param>
    public SwapAgent(AgentOptions options, Wallet wallet, SwapJournal journal, AgentParts? parts = null)
    {
        parts ??= new AgentParts();
        (_options, _journal, _recover, _reconcile) = (options, journal, parts.Recover, parts.Reconcile);
        _time = parts.Time ?? TimeProvider.System;
        var broadcasts = new Broadcasts(parts.BroadcastRecord, options.ChainPatience, _time);
        _driver = new Driver(options, wallet, wallet.Keys, journal, broadcasts, parts.Sources, _time, Say);
        _intake = parts.Market is { } market && parts.Orders is { } orders
            ? new Intake(options, market, orders, wallet, wallet.Keys, journal, _driver, _time, Say)
            : null;
    }

    /// <summary>Told of everything that happens, one notice after the other. Must not throw.</summary>
    public Action<AgentNotice>? OnNotice { get; init; }

    /// <summary>Every swap of the journal, over or not.</summary>
    public IReadOnlyCollection<AgentSwap> Swaps => _journal.Swaps;

    /// <summary>What both chains showed last, and the clock; null before each was seen once.</summary>
    public SwapTips? Tips => _driver.Tips;

    /// <summary>Why nothing can be told for certain from the chains as they were seen last, for people; null where all
    /// can.</summary>
    public string? WhyStale => _driver.WhyStale;

    /// <summary>True where every swap is over.</summary>
    public bool IsIdle => _journal.Swaps.All(swap => swap.IsOver);

    /// <summary>True once all swaps that the seed made are known: after a restore the chains are looked through first.</summary>
    public bool IsComplete => _journal.IsComplete;

    /// <summary>True for a swap of the market's that is taken up or refused: the journal says the rest.</summary>
    /// <param name="id">The market's id.</param>
    public bool IsJudged(string id) => _journal.Find(id) is not null || _intake?.Ignores(id) == true;

    /// <summary>
    /// Runs until cancelled. Where a part ends by a fault, all of them end with it and the fault is thrown: an agent that is
    /// dead in part must not look alive (law 14).
    /// </summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var parts = new List<Task> { _driver.RunAsync(stop.Token), RecoverAsync(stop.Token) };
        if (_intake is not null)
        {
            parts.Add(_intake.RunAsync(stop.Token));
        }

        if (_reconcile is { } reconcile)
        {
            parts.Add(ReconcileAsync(reconcile, stop.Token));
        }

        while (parts.Count > 0)
        {
            var ended = await Task.WhenAny(parts).ConfigureAwait(false);
            parts.Remove(ended);
            if (!ended.IsCompletedSuccessfully)
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(parts).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
                await ended.ConfigureAwait(false);
            }
        }

        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Looks once at the chains, then at the market, then does all that is owed.</summary>
    public async Task StepAsync(CancellationToken cancellation = default)
    {
        await _driver.StepAsync(cancellation).ConfigureAwait(false);
        if (!_journal.IsComplete && _recover is not null)
        {
            await _recover(cancellation).ConfigureAwait(false);
        }

        if (_intake is not null)
        {
            await _intake.StepAsync(cancellation).ConfigureAwait(false);
            await _driver.StepAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes over swaps that were found on the chains; those that the journal knows, by whatever name, it knows better.
    /// </summary>
    public async Task AdoptAsync(IEnumerable<AgentSwap> found, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(found);
        foreach (var swap in SwapAdoption.Beside(_journal.Swaps, found))
        {
            await _driver.AdoptAsync(swap, cancellation).ConfigureAwait(false);
            Say(new AgentNotice(AgentSayingKind.Opened, swap.Id, "Found on the chains: it is driven to its end."));
        }
    }

    // The market is not asked for swaps before all that the seed made are known. It may wait for blocks.
    private Task RecoverAsync(CancellationToken cancellation)
    {
        if (_journal.IsComplete || _recover is not { } recover)
        {
            return Task.CompletedTask;
        }

        var recovering = new Supervised(
            "The search for the seed's swaps", _time, error => error is ChainUnavailableException,
            failure => Say(new AgentNotice(AgentSayingKind.Unreachable, null, failure.Words)))
        {
            Pauses = new Backoff(_time, _options.Pause, Supervised.LongestPause),
        };
        return recovering.UntilAsync(
            async stop =>
            {
                await recover(stop).ConfigureAwait(false);
                return _journal.IsComplete;
            },
            _options.Pause, cancellation);
    }

    // Coins of orders that are over are free again as soon as that is known. What is away the intake tells of; the next time may
    // do better.
    private Task ReconcileAsync(Func<CancellationToken, Task> reconcile, CancellationToken cancellation)
    {
        var reconciling = new Supervised("Freeing the coins of orders that are over", _time, Away.IsAny)
        {
            Pauses = new Backoff(_time, _options.MarketPause, _options.MarketPatience),
            EndsBy = error => !Away.IsAny(error),
        };
        return reconciling.RepeatAsync(reconcile, _options.MarketPatience, cancellation);
    }

    private void Say(AgentNotice notice)
    {
        lock (_telling)
        {
            OnNotice?.Invoke(notice);
        }
    }
}

/// <summary>What an agent may have besides its wallet and journal.</summary>
public sealed record AgentParts
{
    /// <summary>Where swaps come from; null to finish what was begun, with the market gone.</summary>
    public MarketApi? Market { get; init; }

    /// <summary>What was really ordered; null refuses every new swap.</summary>
    public OrderLog? Orders { get; init; }

    /// <summary>The clock; null for the system's.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>What other sources of a chain show beside a tip; null where there are none, and only time tells a stale
    /// one.</summary>
    public Func<IChain, ChainHead, CancellationToken, ValueTask<ChainLook>>? Sources { get; init; }

    /// <summary>Looks through the chains for the seed's swaps, step by step (<see cref="Recovery.AgentRecovery"/>); asked for
    /// as long as the journal is not complete.</summary>
    public Func<CancellationToken, Task>? Recover { get; init; }

    /// <summary>Frees coins of orders that are over; called now and then.</summary>
    public Func<CancellationToken, Task>? Reconcile { get; init; }

    /// <summary>The file in which every broadcast's answer is recorded; null records none.</summary>
    public string? BroadcastRecord { get; init; }
}
