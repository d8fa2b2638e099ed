using Market.Chains;
using Market.Client.Agent;
using Market.Client.Wallets;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Recovery;

/// <summary>A swap that a rescue has to do with.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Side">"sale" or "purchase".</param>
/// <param name="Shares">Base units of shares.</param>
/// <param name="Sats">Satoshis.</param>
/// <param name="IsOver">Nothing is left to do.</param>
/// <param name="Sentence">Where it stands, what is waited for and until when.</param>
public sealed record RescuedSwap(string Id, string Side, long Shares, long Sats, bool IsOver, string Sentence);

/// <summary>What a rescue sees, or came to.</summary>
/// <param name="Swaps">Swaps looked after.</param>
/// <param name="Over">Swaps found that are long over.</param>
/// <param name="Shares">The wallet's shares.</param>
/// <param name="Sats">The wallet's bitcoin.</param>
public sealed record RescueReport(IReadOnlyList<RescuedSwap> Swaps, int Over, WalletBalance Shares, WalletBalance Sats);

/// <summary>
/// Finds every coin and contract of a seed on both chains and brings all of it home, without a market: the agent's own core
/// drives each swap to its end, and then every coin is moved to a fresh address, so that no lock which was handed out before
/// can confirm any more.
/// </summary>
public sealed class Rescue
{
    private readonly Wallet _wallet;
    private readonly SwapAgent _agent;
    private readonly SwapJournal _journal;
    private readonly AgentRecovery _recovery;
    private readonly string _network;
    private readonly TimeProvider _clock;
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    /// <summary>A rescue.</summary>
    /// <param name="wallet">The seed's keys, and both chains.</param>
    /// <param name="journal">Where it writes down what it does; not disposed.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="bornAt">When the seed was made, Unix seconds; 0 where that is not known.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="say">Is told what goes on. Must not throw.</param>
    /// <param name="parts">The agent's: how its sources are judged.</param>
    public Rescue(
        Wallet wallet, SwapJournal journal, string network, long bornAt, TimeProvider clock, Action<AgentNotice> say,
        AgentParts? parts = null)
    {
        (_wallet, _journal, _network, _clock, Say) = (wallet, journal, network, clock, say);
        _recovery = new AgentRecovery(wallet, journal, network, bornAt, say);
        _agent = new SwapAgent(
            new AgentOptions { Network = network },
            wallet,
            journal,
            (parts ?? new AgentParts()) with
            {
                Market = null,
                Orders = null,
                Time = clock,
                Recover = cancellation => _recovery.StepAsync(_agent!, cancellation),
            })
        {
            OnNotice = say,
        };
    }

    /// <summary>The swaps known by now.</summary>
    public IReadOnlyCollection<AgentSwap> Swaps => _agent.Swaps;

    /// <summary>What both chains showed last; null before they were seen.</summary>
    public SwapTips? Tips => _agent.Tips;

    /// <summary>True once both chains were looked through: every swap is known.</summary>
    public bool IsWhole => _journal.IsComplete;

    private Action<AgentNotice> Say { get; }

    /// <summary>True once the journal knows every swap, and each is over or has brought what it was to bring: whether the
    /// other side ever takes what it is owed is no matter of a rescue.</summary>
    /// <exception cref="ChainUnavailableException">A chain does not answer.</exception>
    public async Task<bool> IsOverAsync(CancellationToken cancellation)
    {
        var tips = await TipsAsync(cancellation).ConfigureAwait(false);
        return _journal.IsComplete && _agent.Swaps.All(swap => swap.IsOver || IsHome(swap, tips));
    }

    /// <summary>Searches, and does nothing: what there is, and what would be waited for.</summary>
    public async Task<RescueReport> LookAsync(CancellationToken cancellation)
    {
        var found = await _recovery.SearchAsync(cancellation).ConfigureAwait(false);
        var known = _agent.Swaps.Select(swap => swap.Id).ToHashSet(StringComparer.Ordinal);
        return await ReportAsync([.. _agent.Swaps, .. found.Swaps.Where(swap => !known.Contains(swap.Id))], cancellation)
            .ConfigureAwait(false);
    }

    /// <summary>Looks once at both chains and does all that is owed; tells of each swap what is waited for, in every phase
    /// once.</summary>
    public async Task StepAsync(CancellationToken cancellation)
    {
        await _agent.StepAsync(cancellation).ConfigureAwait(false);
        var tips = await TipsAsync(cancellation).ConfigureAwait(false);
        foreach (var swap in _agent.Swaps.Where(swap => !swap.IsOver && swap.Swap.Terms is not null))
        {
            if (_said.Add(swap.Id))
            {
                Say(new AgentNotice(AgentSayingKind.Moved, swap.Id, SwapWords.Of(swap.Swap, tips, swap.Role)));
            }
        }
    }

    /// <summary>Goes on until all is over, and returns what was recovered.</summary>
    /// <param name="pause">Between two looks.</param>
    /// <param name="keepCoins">Leaves coins where they are, although a forgotten lock may still spend one.</param>
    /// <param name="cancellation">Stops: what is under way goes on with the next rescue.</param>
    public async Task<RescueReport> RunAsync(TimeSpan pause, bool keepCoins, CancellationToken cancellation)
    {
        await UntilAsync(async () =>
        {
            await StepAsync(cancellation).ConfigureAwait(false);
            return await IsOverAsync(cancellation).ConfigureAwait(false);
        }, pause, cancellation).ConfigureAwait(false);
        if (!keepCoins)
        {
            foreach (var chain in new[] { ChainKind.Sharechain, ChainKind.Mainchain })
            {
                Say(new AgentNotice(
                    AgentSayingKind.Opened, null,
                    $"The coins on the {AgentRecovery.NameOf(chain)} are moved to a new address of this wallet: a lock that was "
                        + "handed out and forgotten can confirm no more then."));
                var sweep = SweepOf(chain);
                await UntilAsync(() => sweep.StepAsync(cancellation), pause, cancellation).ConfigureAwait(false);
            }
        }

        return await ReportAsync(_agent.Swaps, cancellation).ConfigureAwait(false);
    }

    internal CoinSweep SweepOf(ChainKind chain)
    {
        var plan = SwapPlan.Of(TradedInstrument.RulesOf(_network, _wallet.On(ChainKind.Sharechain)));
        return new CoinSweep(
            _wallet, chain, chain == ChainKind.Sharechain ? plan.InitiatorBuried : plan.ParticipantBuried);
    }

    internal async Task<RescueReport> ReportAsync(IEnumerable<AgentSwap> swaps, CancellationToken cancellation)
    {
        var tips = await TipsAsync(cancellation).ConfigureAwait(false);
        return new RescueReport(
            [
                .. swaps.Where(swap => swap.Swap.Terms is not null).Select(swap => new RescuedSwap(
                    swap.Id,
                    swap.Role == Role.Initiator ? "sale" : "purchase",
                    swap.Swap.InitiatorAmount.Sats,
                    swap.Swap.ParticipantAmount.Sats,
                    swap.IsOver || IsHome(swap, tips),
                    SwapWords.Of(swap.Swap, tips, swap.Role))),
            ],
            _recovery.Found?.Over ?? 0,
            await _wallet.GetBalanceAsync(ChainKind.Sharechain, cancellation).ConfigureAwait(false),
            await _wallet.GetBalanceAsync(ChainKind.Mainchain, cancellation).ConfigureAwait(false));
    }

    private static bool IsHome(AgentSwap own, SwapTips tips)
    {
        var theirs = own.Role.Other();
        return own.Swap.FundingOf(theirs) is { SpentAs: SpendKind.Claim }
            && own.Swap.SpendConfirmationsOf(theirs, tips) >= own.Swap.Plan.BuriedOf(theirs);
    }

    // A chain that does not answer is waited for: nothing is given up.
    private Task UntilAsync(Func<Task<bool>> step, TimeSpan pause, CancellationToken cancellation)
    {
        var rescuing = new Supervised(
            "The rescue", _clock, error => error is ChainUnavailableException,
            failure => Say(new AgentNotice(AgentSayingKind.Unreachable, null, failure.Words)))
        {
            Pauses = new Backoff(_clock, pause, Supervised.LongestPause),
        };
        return rescuing.UntilAsync(_ => step(), pause, cancellation);
    }

    private async Task<SwapTips> TipsAsync(CancellationToken cancellation)
    {
        var share = await _wallet.On(ChainKind.Sharechain).GetTipAsync(cancellation).ConfigureAwait(false);
        var coin = await _wallet.On(ChainKind.Mainchain).GetTipAsync(cancellation).ConfigureAwait(false);
        return new SwapTips(
            new TipView(share.Height, share.MedianTimePast),
            new TipView(coin.Height, coin.MedianTimePast),
            _clock.GetUtcNow().ToUnixTimeSeconds());
    }
}
