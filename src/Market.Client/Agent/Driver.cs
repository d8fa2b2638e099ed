using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Watching;
using Market.Client.Api;
using Market.Client.Wallets;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>
/// Drives the own swaps by the chains alone: looks at both, asks the core, writes the journal, does what is asked. It never
/// waits for the market (law 7), and one chain's trouble stops only what needs that chain (law 8).
/// </summary>
internal sealed class Driver
{
    /// <summary>Rounds of a swap in one step: a fee that is refused is raised and offered again.</summary>
    private const int MostRounds = 8;

    private readonly AgentOptions _options;
    private readonly SwapJournal _journal;
    private readonly SwapMaker _maker;
    private readonly Broadcasts _broadcasts;
    private readonly Wallet _wallet;
    private readonly TimeProvider _time;
    private readonly Action<AgentNotice> _say;
    private readonly ChainLane _share;
    private readonly ChainLane _coin;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<Script, string> _scripts = [];
    private readonly Dictionary<ChainKind, string?> _troubles = [];

    /// <summary>Chains that left a question of this step unanswered: they are not waited for again before the next, so that what
    /// many swaps ask of a chain that hangs does not hold up the other one.</summary>
    private readonly HashSet<ChainKind> _silent = [];

    private readonly WakeUp _wake;

    public Driver(
        AgentOptions options,
        Wallet wallet,
        ISwapKeys keys,
        SwapJournal journal,
        Broadcasts broadcasts,
        Func<IChain, ChainHead, CancellationToken, ValueTask<ChainLook>>? sources,
        TimeProvider time,
        Action<AgentNotice> say)
    {
        (_options, _journal, _wallet, _broadcasts, _time, _say) = (options, journal, wallet, broadcasts, time, say);
        _wake = new WakeUp(time);
        _maker = new SwapMaker(wallet, keys);
        var rules = TradedInstrument.RulesOf(options.Network, wallet.On(ChainKind.Sharechain));
        _share = new ChainLane(wallet.On(ChainKind.Sharechain), rules.Share, options, sources, time)
        {
            Minds = () => journal.Swaps.Where(swap => !swap.IsOver),
        };
        _coin = new ChainLane(wallet.On(ChainKind.Mainchain), rules.Coin, options, sources, time);
        foreach (var swap in journal.Swaps)
        {
            Watch(swap);
        }
    }

    /// <summary>What both chains showed last; null before each was seen once.</summary>
    public SwapTips? Tips => _share.WasSeen && _coin.WasSeen ? Sight().Tips : null;

    /// <summary>Why nothing can be told for certain from the chains as they were seen last; null where all can.</summary>
    public string? WhyStale => Tips is null ? "the chains were not seen yet." : AgentWords.WhyStale(Sight());

    /// <summary>The heights of both chains as seen last.</summary>
    public (int Share, int Coin) Heights => (_share.Sight().Tip.Height, _coin.Sight().Tip.Height);

    /// <summary>Takes steps until cancelled: at every change of a chain, and at least once a pause.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var listeners = new[] { ListenAsync(_share.Chain, over.Token), ListenAsync(_coin.Chain, over.Token) };

        // A chain that is away is told of within a step; whatever leaves one is a bug, and an agent must not look alive then.
        var driving = new Supervised("The driver of swaps", _time, _ => false) { EndsBy = _ => true };
        try
        {
            await driving.RepeatAsync(StepAsync, stop => _wake.PauseAsync(_options.Pause, stop), cancellation)
                .ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(listeners).ConfigureAwait(false);
        }
    }

    /// <summary>Looks once at both chains and does all that is owed. Steps never overlap.</summary>
    public async Task StepAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await Task.WhenAll(_share.PollAsync(cancellation), _coin.PollAsync(cancellation)).ConfigureAwait(false);
            TellTrouble(_share);
            TellTrouble(_coin);
            _silent.Clear();
            foreach (var swap in Due())
            {
                await DriveAsync(swap, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Writes a swap that was taken on, or whose terms came, and watches for it. Between two steps, never in
    /// one.</summary>
    public async Task AdoptAsync(AgentSwap swap, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            _journal.Save(swap);
            Watch(swap);
        }
        finally
        {
            _one.Release();
        }

        _wake.Call();
    }

    /// <summary>The swaps that are not over, and those that are and were paid again.</summary>
    private List<AgentSwap> Due()
    {
        var touched = new HashSet<string>(StringComparer.Ordinal);
        foreach (var lane in new[] { _share, _coin })
        {
            lock (lane.Touched)
            {
                touched.UnionWith(lane.Touched.Where(_scripts.ContainsKey).Select(script => _scripts[script]));
                lane.Touched.Clear();
            }
        }

        // What is public already is claimed first.
        return [.. _journal.Swaps.Where(swap => !swap.IsOver || touched.Contains(swap.Id))
            .OrderBy(swap => swap.Swap.Preimage is null)];
    }

    private async Task DriveAsync(AgentSwap own, CancellationToken cancellation)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            var turn = Keep(AgentCore.Step(own, Sight(), _options.Policy));
            own = turn.Swap;
            foreach (var act in turn.Acts)
            {
                own = await DoAsync(own, act, cancellation).ConfigureAwait(false);
            }

            if (turn.Acts.IsEmpty)
            {
                return;
            }
        }
    }

    private async Task<AgentSwap> DoAsync(AgentSwap own, AgentAct act, CancellationToken cancellation)
    {
        switch (act)
        {
            case AgentAct.Make make:
                var (made, whyNot) = await MakeAsync(own, make, cancellation).ConfigureAwait(false);
                var turn = Keep(AgentCore.Made(own, make, made, whyNot, Sight(), _options.Policy));
                own = turn.Swap;
                foreach (var then in turn.Acts)
                {
                    own = await DoAsync(own, then, cancellation).ConfigureAwait(false);
                }

                return own;
            case AgentAct.Send send:
                var lane = LaneOf(own.Swap.ChainOf(send.Transaction.Leg));
                var (outcome, detail) = _silent.Contains(lane.Chain.Kind)
                    ? (SendOutcome.Unanswered, "")
                    : await _broadcasts.SendAsync(lane.Chain, send.Transaction.Transaction, cancellation).ConfigureAwait(false);
                if (outcome == SendOutcome.Unanswered)
                {
                    _silent.Add(lane.Chain.Kind);
                }

                return Keep(AgentCore.Sent(own, send.Transaction.TxId, outcome, detail, Sight(), _options.Policy)).Swap;
            default:
                return own;
        }
    }

    private async Task<(MadeTransaction? Made, string? WhyNot)> MakeAsync(
        AgentSwap own, AgentAct.Make make, CancellationToken cancellation)
    {
        const string NotInTime = "The chain whose coins are asked for does not answer in time.";
        var chain = SwapMaker.KindOf(own.Swap, make.Leg);

        // Claims and refunds are signed without asking anybody.
        if (_silent.Contains(chain) && make.Kind is OwnTransactionKind.Funding or OwnTransactionKind.Conflict)
        {
            return (null, NotInTime);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = _time.CreateTimer(_ => limit.Cancel(), null, _options.ChainPatience, Timeout.InfiniteTimeSpan);
        try
        {
            return await _maker.MakeAsync(own, make, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (ChainUnavailableException e)
        {
            return (null, e.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _silent.Add(chain);
            return (null, NotInTime);
        }
    }

    private AgentSight Sight() =>
        new(_share.Sight(), _coin.Sight(), _time.GetUtcNow().ToUnixTimeSeconds(), _wallet.Owns);

    private ChainLane LaneOf(SwapChain chain) => chain == SwapChain.Share ? _share : _coin;

    /// <summary>Writes what a turn came to, before anybody hears of it.</summary>
    private AgentTurn Keep(AgentTurn turn)
    {
        _journal.Save(turn.Swap);
        Watch(turn.Swap);
        foreach (var saying in turn.Sayings)
        {
            _say(new AgentNotice(saying.Kind, turn.Swap.Id, saying.Text));
        }

        return turn;
    }

    // A contract is watched for ever: whoever pays it after its swap is over gets it back.
    private void Watch(AgentSwap swap)
    {
        foreach (var list in AgentCore.Watches(swap))
        {
            LaneOf(list.Chain).Watch(list);
            foreach (var script in list.Scripts)
            {
                _scripts[script] = swap.Id;
            }
        }
    }

    private void TellTrouble(ChainLane lane)
    {
        if (_troubles.GetValueOrDefault(lane.Chain.Kind) != lane.Trouble)
        {
            _troubles[lane.Chain.Kind] = lane.Trouble;
            if (lane.Trouble is { } trouble)
            {
                _say(new AgentNotice(AgentSayingKind.Unreachable, null, trouble));
            }
        }
    }

    // Wakes the driver early; the pause alone would do.
    private Task ListenAsync(IChain chain, CancellationToken cancellation)
    {
        var listening = new Supervised($"Listening to the {chain.Kind}", _time, Away.IsAny)
        {
            Pauses = new Backoff(_time, _options.Pause, Supervised.LongestPause),
        };
        return chain.ListenAsync(listening, _ => _wake.Call(), cancellation);
    }
}
