using System.Threading.Channels;
using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Bitcoin.Watching;
using Market.Chains;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Settlement;

/// <summary>
/// Drives every swap of an instrument: takes in what chains, parties and matching say, one thing after the other; asks the pure
/// machine; writes state, event and outgoing effects in one transaction; and only then tells anybody. What was not written did not
/// happen: after a crash the chains say it again. It holds no key and can only watch, relay and tell.
/// </summary>
public sealed partial class SwapCoordinator : BackgroundService
{
    /// <summary>News that wait; above it the sources wait too.</summary>
    public const int QueueLimit = 10_000;

    // News taken between two swaps of a tick: whoever sends many does not keep the others' time from passing.
    private const int BetweenTwo = 16;

    private static readonly Role[] Legs = [Role.Initiator, Role.Participant];
    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    private readonly Channel<SwapNews> _news = Channel.CreateBounded<SwapNews>(
        new BoundedChannelOptions(QueueLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly SwapStore _store;
    private readonly SwapBoard _board;
    private readonly SwapClock _clock;
    private readonly SwapWatch _watch;
    private readonly SwapLives _lives;
    private readonly TradeEnds _ends;
    private readonly InstrumentTips _tips;
    private readonly SwapTally _tally;
    private readonly ChainVerdicts _verdicts;
    private readonly TimeProvider _time;
    private readonly ILogger<SwapCoordinator> _log;
    private readonly Workers _workers;
    private readonly Supervised _supervised;
    private readonly Dictionary<string, LiveSwap> _live = new(StringComparer.Ordinal);
    private readonly Dictionary<(ChainName Chain, Script Script), LiveSwap> _scripts = [];
    private readonly HashSet<string> _doubted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _again = new(StringComparer.Ordinal);
    private volatile bool _tickQueued;
    private bool _isDue;
    private bool _isTicking;
    private long _since;

    /// <summary>Puts it together; nothing runs yet.</summary>
    public SwapCoordinator(
        SwapStore store, SwapBoard board, SwapClock clock, SwapWatch watch, SwapLives lives, TradeEnds ends, InstrumentTips tips,
        SwapTally tally, ChainVerdicts verdicts, MarketFeed feed, Workers workers, TimeProvider time, ILogger<SwapCoordinator> log)
    {
        ArgumentNullException.ThrowIfNull(workers);
        ArgumentNullException.ThrowIfNull(feed);
        ArgumentNullException.ThrowIfNull(tips);
        (_store, _board, _clock, _watch, _ends, _tips, _log) = (store, board, clock, watch, ends, tips, log);
        (_lives, _tally, _verdicts, _workers, _time) = (lives, tally, verdicts, workers, time);
        _supervised = workers.Supervise(log, "The coordinator of swaps", time);
        tips.Moved += _ => QueueTick();
        feed.Restarted += () => _ = TellAsync(new SwapNews.Restarted());
        feed.Traded += trades => _ = TellAsync(new SwapNews.Opened([.. trades.Select(t => t.SwapId)]));
    }

    /// <summary>The failure since which nothing went well; null while all does.</summary>
    public SupervisedFailure? Trouble => _supervised.Trouble;

    /// <summary>News that wait now.</summary>
    internal int Waiting => _news.Reader.Count;

    /// <summary>A party gives its keys.</summary>
    public Task<Result<SwapDetail>> GiveKeysAsync(string swapId, string account, PartyKeys keys, CancellationToken cancel) =>
        AskAsync(answer => new SwapNews.Keys(swapId, account, keys, answer), cancel);

    /// <summary>A party will not go on.</summary>
    public Task<Result<SwapDetail>> DeclineAsync(string swapId, string account, CancellationToken cancel) =>
        AskAsync(answer => new SwapNews.Decline(swapId, account, answer), cancel);

    /// <summary>Queues news; waits while the queue is full.</summary>
    internal ValueTask TellAsync(SwapNews news) => _news.Writer.WriteAsync(news);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _tips.Ready.WaitAsync(stoppingToken);
        _since = _clock.Now().Latest;
        await Task.WhenAll(
            _supervised.RunAsync(ServeAsync, stoppingToken), TickAsync(stoppingToken), _watch.RunAsync(TellAsync, stoppingToken));
    }

    private async Task ServeAsync(CancellationToken stop)
    {
        await UntilDoneAsync(() => StartAsyncCore(stop), stop);
        await foreach (var news in _news.Reader.ReadAllAsync(stop)) await TakeOrSkipAsync(news, stop);
    }

    private async Task StartAsyncCore(CancellationToken cancel)
    {
        _live.Clear();
        _scripts.Clear();
        _again.Clear();
        _tally.Load(await _store.CountEndsAsync(cancel));
        var newest = new List<SwapSummary>();
        foreach (var row in await _store.NewestAsync(SwapBoard.Newest, cancel))
        {
            await ApartAsync(row.Id, () =>
            {
                newest.Add(_board.Summarize(row));
                return Task.CompletedTask;
            });
        }
        _board.Fill(newest);
        await AdoptOpenAsync(cancel);
    }

    /// <summary>Takes over whatever swap is not closed and not driven yet.</summary>
    private async Task AdoptOpenAsync(CancellationToken cancel)
    {
        foreach (var row in await _store.OpenAsync(cancel)) await ApartAsync(row.Id, () => AdoptAsync(row, cancel));
    }

    /// <summary>Does something about one swap. One in trouble (a bug) must not stop the others: it is told loudly and stays as it
    /// stands.</summary>
    /// <returns>False where it is in trouble.</returns>
    private async Task<bool> ApartAsync(string swap, Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException && !Outage.Is(e))
        {
            InTrouble(_log, swap, e);
            return false;
        }
    }

    /// <summary>What is known of a swap in trouble may not be what is written: it is read from the table again.</summary>
    private async Task ReadAgainAsync(CancellationToken cancel)
    {
        if (_doubted.Count == 0) return;
        foreach (var id in _doubted)
        {
            if (_live.TryGetValue(id, out var live)) Forget(live);
        }
        foreach (var row in await _store.FindAsync([.. _doubted], cancel)) await ApartAsync(row.Id, () => AdoptAsync(row, cancel));
        _doubted.Clear();
    }

    /// <summary>Takes a swap over from the table.</summary>
    private async Task AdoptAsync(SwapRow row, CancellationToken cancel)
    {
        if (row.Closed || _live.ContainsKey(row.Id)) return;
        var live = new LiveSwap(row, SwapJson.ReadSwap(row.Machine));
        _live.Add(row.Id, live);
        Watch(live);
        await TickAsync(live, cancel);
    }

    private async Task TakeAsync(SwapNews news, CancellationToken cancel)
    {
        switch (news)
        {
            case SwapNews.Tick:
                await TickAllAsync(cancel);
                break;
            case SwapNews.Again again:
                _again.Remove(again.SwapId);
                if (_live.TryGetValue(again.SwapId, out var waiting)
                    && !await ApartAsync(again.SwapId, () => TickAsync(waiting, cancel)))
                    _doubted.Add(again.SwapId);
                break;
            case SwapNews.Restarted:
                await AdoptOpenAsync(cancel);
                break;
            case SwapNews.Opened opened:
                foreach (var row in await _store.FindAsync([.. opened.SwapIds], cancel)) await AdoptAsync(row, cancel);
                break;
            case SwapNews.Keys keys:
                keys.Answer.TrySetResult(await TakeKeysAsync(keys, cancel));
                break;
            case SwapNews.Decline decline:
                decline.Answer.TrySetResult(await TakeDeclineAsync(decline, cancel));
                break;
            case SwapNews.Seen seen:
                foreach (var script in seen.Scripts)
                {
                    if (_scripts.TryGetValue((seen.Chain, script), out var at)) await FollowAsync(at, cancel);
                }
                break;
            default:
                throw new InvalidOperationException($"Nobody takes {news.GetType().Name}.");
        }

        // All that the news brought about is told at once: of a swap that settled meanwhile, not that it failed on the way.
        if (!_isDue || _isTicking) return;
        await _ends.FlushAsync(cancel);
        _isDue = false;
    }

    /// <summary>Time passed, or a tip moved, for all swaps. There may be hundreds, each with something to write; who waits for an
    /// answer is answered between two of them.</summary>
    private async Task TickAllAsync(CancellationToken cancel)
    {
        _tickQueued = false;
        _isTicking = true;
        var again = false;
        try
        {
            foreach (var live in _live.Values.ToList())
            {
                // What came between may have ended it, or read all of them again.
                if (_live.GetValueOrDefault(live.Row.Id) == live && !await ApartAsync(live.Row.Id, () => TickAsync(live, cancel)))
                    _doubted.Add(live.Row.Id);
                again |= await TakeWhatWaitsAsync(cancel);
            }
        }
        finally
        {
            _isTicking = false;
        }
        await ReadAgainAsync(cancel);
        _isDue = true;
        if (!again) return;
        _tickQueued = false;
        QueueTick();
    }

    // True where another tick was among it: it is as good after this one, and stands in nobody's way meanwhile.
    private async Task<bool> TakeWhatWaitsAsync(CancellationToken cancel)
    {
        var again = false;
        for (var taken = 0; taken < BetweenTwo && _news.Reader.TryRead(out var next); taken++)
        {
            if (next is SwapNews.Tick) again = true;
            else await TakeOrSkipAsync(next, cancel);
        }
        return again;
    }

    /// <summary>Time passed, or a tip moved. Of a swap that the chains were not asked about yet nothing is decided.</summary>
    private async Task TickAsync(LiveSwap live, CancellationToken cancel)
    {
        if (!IsSeen(live))
        {
            _board.Put(live.Row, live.Swap, _clock.Now());
            return;
        }
        await FollowAsync(live, cancel);
        await DecideAsync(live, new SwapEvent.Tick(), cancel);
    }

    private async Task<Result<SwapDetail>> TakeKeysAsync(SwapNews.Keys keys, CancellationToken cancel)
    {
        var party = await PartyAsync(keys.SwapId, keys.Account, cancel);
        if (party.Refusal is { } refusal) return refusal;
        var (live, role) = party.Value;
        return Answer(live, await DecideAsync(
            live, new SwapEvent.KeysGiven(SwapView.RoleOf(role), keys.Given), cancel), role);
    }

    private async Task<Result<SwapDetail>> TakeDeclineAsync(SwapNews.Decline decline, CancellationToken cancel)
    {
        var party = await PartyAsync(decline.SwapId, decline.Account, cancel);
        if (party.Refusal is { } refusal) return refusal;
        var (live, role) = party.Value;
        return Answer(live, await DecideAsync(live, new SwapEvent.Declined(SwapView.RoleOf(role)), cancel), role);
    }

    private async Task<Result<(LiveSwap Swap, SwapRole Role)>> PartyAsync(string id, string account, CancellationToken cancel)
    {
        if (!_live.TryGetValue(id, out var live))
        {
            // It may have been journaled a moment ago, or be over for long.
            foreach (var row in await _store.FindAsync([id], cancel))
            {
                if (row.Closed) return new Refusal(ProblemCodes.WrongSwapState, "The swap has ended.");
                await AdoptAsync(row, cancel);
            }
            if (!_live.TryGetValue(id, out live)) return new Refusal(ProblemCodes.UnknownSwap);
        }
        return SwapBoard.RoleOf(live.Row, account) is { } role ? (live, role) : new Refusal(ProblemCodes.NotAParty);
    }

    private Result<SwapDetail> Answer(LiveSwap live, SwapDecision decision, SwapRole role) => decision.Refusal is { } refusal
        ? SwapRefusals.Of(refusal)
        : _board.Show(live.Row) with { Role = role };

    /// <summary>Brings a swap's record in line with what the chains show, whatever was heard or missed before.</summary>
    private async Task FollowAsync(LiveSwap live, CancellationToken cancel)
    {
        foreach (var leg in Legs)
        {
            if (live.Swap.Terms is not { } terms) return;
            var chain = SwapView.NameOf(live.Swap.ChainOf(leg));
            var (view, script) = (_watch.ViewOf(chain), terms.ContractOf(leg).ScriptPubKey);
            // What was not looked for yet is not known, which is no "gone".
            if (!view.Watches(script)) continue;
            var (payments, isStray, isExpired) = await _lives.ReadAsync(live.Swap, leg, view.PaymentsTo(script), cancel);
            foreach (var happened in SwapReading.Events(live.Swap, leg, payments, isStray, isExpired))
            {
                if (TransactionOf(happened, payments) is { } seen)
                    await _store.KeepAsync(live.Row.Id, chain, seen, cancel);
                await DecideAsync(live, happened, cancel);
            }
        }
    }

    /// <summary>True where both legs were looked for on their chains, or there is nothing to look for yet.</summary>
    private bool IsSeen(LiveSwap live) => live.Swap.Terms is not { } terms || Legs.All(leg =>
        _watch.ViewOf(SwapView.NameOf(live.Swap.ChainOf(leg))).Watches(terms.ContractOf(leg).ScriptPubKey));

    private static Transaction? TransactionOf(SwapEvent happened, IReadOnlyList<WatchedPayment> payments) => happened switch
    {
        SwapEvent.FundingSeen e => payments.First(p => p.OutPoint == e.OutPoint).Transaction,
        SwapEvent.ClaimSeen e => payments.First(p => p.OutPoint == e.OutPoint).Spend?.Spender,
        SwapEvent.RefundSeen e => payments.First(p => p.OutPoint == e.OutPoint).Spend?.Spender,
        _ => null,
    };

    private async Task<SwapDecision> DecideAsync(LiveSwap live, SwapEvent happened, CancellationToken cancel)
    {
        var tips = _clock.Now();
        var before = live.Swap;
        var decision = SwapMachine.Decide(before, happened, tips);
        if (decision.Refusal is { } refusal)
        {
            Refused(_log, live.Row.Id, happened.GetType().Name, refusal);
            return decision;
        }
        if (decision.Swap.Version != before.Version)
        {
            if (await SightAsync(live, before, decision.Swap, cancel) is not { } sight)
            {
                // What is not decided yet did not happen: the chains say it again.
                TakeAgain(live);
                return decision with { Swap = before, Effects = [] };
            }
            if (!await _store.SaveAsync(live.Row, before, happened, decision, tips, sight, cancel)
                && happened is SwapEvent.KeysGiven given)
            {
                return await DecideAsync(live, given with { Reused = true }, cancel);
            }
            live.Swap = decision.Swap;
            Moved(_log, live.Row.Id, before.Phase, decision.Swap.Phase, happened.GetType().Name);
        }
        // A lock grows deep without anything that changes the swap's record.
        if (live.Row.LockedAt is null && SwapDefaults.AreBothLocked(live.Swap, tips))
        {
            await _store.LockAsync(live.Row, cancel);
            _isDue = true;
        }
        Watch(live);
        _board.Put(live.Row, live.Swap, tips);
        await CarryOutAsync(live, decision, cancel);
        return decision;
    }

    // Null where the lives of shares are not looked through yet.
    private async ValueTask<MarketSight?> SightAsync(LiveSwap live, Swap before, Swap after, CancellationToken cancel)
    {
        var couldAct = before.Failure is not null || after.Failure is null
            ? true
            : await _lives.CouldActAsync(after, live.Row.LockedAt, cancel);
        return couldAct is { } known
            ? new MarketSight(_since, Enum.GetValues<ChainName>().All(chain => _verdicts.Of(chain).Reason is null), known)
            : null;
    }

    // Behind whatever waits by now. Where there is no room the next tick does it.
    private void TakeAgain(LiveSwap live)
    {
        if (_again.Add(live.Row.Id) && !_news.Writer.TryWrite(new SwapNews.Again(live.Row.Id))) _again.Remove(live.Row.Id);
    }

    private async Task CarryOutAsync(LiveSwap live, SwapDecision decision, CancellationToken cancel)
    {
        foreach (var effect in decision.ForMarket())
        {
            switch (effect.Kind)
            {
                case SwapEffectKind.RelayFunding when effect.Leg is { } leg:
                    var chain = SwapView.NameOf(live.Swap.ChainOf(leg));
                    await _watch.RelayAsync(chain, await _store.KeptAsync(live.Row.Id, chain, cancel), cancel);
                    break;
                case SwapEffectKind.Alarm when effect.Alarm is { } alarm:
                    Alarm(_log, live.Row.Id, alarm);
                    break;
                case SwapEffectKind.Settle or SwapEffectKind.Fail:
                    _isDue = true;
                    break;
                case SwapEffectKind.Close:
                    Forget(live);
                    break;
                default:
                    break;
            }
        }
    }

    private void Watch(LiveSwap live)
    {
        if (live.Watched || live.Swap.Terms is null) return;
        live.Watched = true;
        foreach (var key in ScriptsOf(live))
        {
            _scripts[key] = live;
            _watch.Watch(
                key.Chain, key.Script, (key.Chain == ChainName.Sharechain ? live.Row.ShareFrom : live.Row.CoinFrom) ?? 0);
        }
    }

    private void Forget(LiveSwap live)
    {
        _live.Remove(live.Row.Id);
        if (!live.Watched) return;
        foreach (var key in ScriptsOf(live))
        {
            _scripts.Remove(key);
            _watch.Unwatch(key.Chain, key.Script);
        }
    }

    // Where its legs are locked; none before its terms are known, which never change.
    private static IEnumerable<(ChainName Chain, Script Script)> ScriptsOf(LiveSwap live) => live.Swap.Terms is { } terms
        ? Legs.Select(role => (SwapView.NameOf(live.Swap.ChainOf(role)), terms.ContractOf(role).ScriptPubKey))
        : [];

    private async Task<Result<SwapDetail>> AskAsync(
        Func<TaskCompletionSource<Result<SwapDetail>>, SwapNews> news, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<Result<SwapDetail>>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_news.Writer.TryWrite(news(answer)))
            return new Refusal(ProblemCodes.Unavailable, "Too much is going on.");
        try
        {
            return await answer.Task.WaitAsync(AnswerWithin, _time, cancel);
        }
        catch (TimeoutException)
        {
            return new Refusal(ProblemCodes.Unavailable, "It takes too long; ask again: repeating is safe.");
        }
    }

    private Task TickAsync(CancellationToken stop) => _workers.Supervise(_log, "The ticks of swaps", _time).RepeatAsync(_ =>
    {
        QueueTick();
        return Task.CompletedTask;
    }, TickEvery, stop);

    private void QueueTick()
    {
        // One waiting tick is as good as many.
        if (_tickQueued) return;
        _tickQueued = true;
        if (!_news.Writer.TryWrite(new SwapNews.Tick())) _tickQueued = false;
    }

    /// <summary>Takes one piece of news. One that breaks something (a bug) is told loudly and left out, and all swaps are read
    /// from the table again: one swap in trouble must not stop the others.</summary>
    private async Task TakeOrSkipAsync(SwapNews news, CancellationToken stop)
    {
        try
        {
            await UntilDoneAsync(() => TakeAsync(news, stop), stop);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Broken(_log, news.GetType().Name, e);
            var answer = (news as SwapNews.Keys)?.Answer ?? (news as SwapNews.Decline)?.Answer;
            answer?.TrySetResult(new Refusal(ProblemCodes.InternalError, "It is logged."));
            await UntilDoneAsync(() => StartAsyncCore(stop), stop);
        }
    }

    /// <summary>The database or a node may be away: the same thing is tried again until it is done. Nothing is skipped,
    /// since what it would skip might be a claim.</summary>
    private async Task UntilDoneAsync(Func<Task> act, CancellationToken stop)
    {
        var began = _time.GetTimestamp();
        if (await _supervised.UntilDoneAsync(_ => act(), stop)) return;
        // Whoever could not be answered for longer is not to blame for what it did not say.
        if (_time.GetElapsedTime(began) >= Supervised.LongestPause) _since = Math.Max(_since, _clock.Now().Latest);
    }

    [LoggerMessage(LogLevel.Information, "Swap {swap}: {from} -> {to} ({happened})")]
    private static partial void Moved(ILogger log, string swap, SwapPhase from, SwapPhase to, string happened);

    [LoggerMessage(LogLevel.Information, "Swap {swap}: {happened} refused: {refusal}")]
    private static partial void Refused(ILogger log, string swap, string happened, SwapRefusal refusal);

    [LoggerMessage(LogLevel.Warning, "Swap {swap}: alarm {alarm}")]
    private static partial void Alarm(ILogger log, string swap, SwapAlarm alarm);

    [LoggerMessage(LogLevel.Critical, "Swap {swap} is in trouble; it stays as it stands, and the others go on")]
    private static partial void InTrouble(ILogger log, string swap, Exception e);

    [LoggerMessage(LogLevel.Critical, "Swaps could not take {news}; it is left out")]
    private static partial void Broken(ILogger log, string news, Exception e);
}
