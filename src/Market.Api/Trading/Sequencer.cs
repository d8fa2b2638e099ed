using System.Diagnostics;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Trading;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>
/// The one place where the commands of an instrument are put in order. It takes what waits as one batch, carries it out in
/// memory, commits commands, events and everything folded from them in one transaction, and only then answers and publishes.
/// When a commit fails, the book in memory is ahead of the journal: it is discarded and rebuilt.
/// </summary>
public sealed class Sequencer : BackgroundService
{
    /// <summary>Commands in one batch.</summary>
    public const int MaxBatch = 1_000;

    /// <summary>Commands after which the book is stored anew, so that a start replays no more than that.</summary>
    public const int SnapshotEvery = 50_000;

    /// <summary>Why a book that was halted when the server stopped takes no orders at first.</summary>
    public const string HaltedAtStart = "Trading is halted until both chains are seen to be well.";

    private readonly NpgsqlDataSource _database;
    private readonly MarketFeed _feed;
    private readonly InstrumentListing _listing;
    private readonly TimeProvider _clock;
    private readonly ILogger<Sequencer> _log;
    private readonly string _instrument;
    private readonly Supervised _supervised;
    private readonly WorkQueue _queue = new();
    private readonly Projection _projection;
    private readonly JournalWriter _writer;
    private readonly JournalReader _reader;
    private readonly BatchAnswers _answers;
    private readonly NameClaims _names;
    private readonly Expiries _expiries;
    private readonly Repricing _repricing;
    private readonly BatchExecution _execution;
    private readonly IDbContextFactory<MarketDb> _tables;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SequencerState _state;
    private volatile string? _reason = "The market is starting.";
    private OrderBook? _book;
    private ulong _snapshotAt;
    private long _sequence;
    private volatile string? _halt;
    private volatile bool _isForGood;
    private volatile bool _awaitsGate;

    /// <summary>Made by the container; runs as long as the host.</summary>
    public Sequencer(NpgsqlDataSource database, IDbContextFactory<MarketDb> tables, MarketFeed feed, MarketInstrument instrument,
        InstrumentListing listing, SwapIds swapIds, Waits waits, OrderLimits limits, Promises promises,
        BookDefinition definition, IEnumerable<ITradeSink> sinks, Workers workers, TimeProvider clock, ILogger<Sequencer> log)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        ArgumentNullException.ThrowIfNull(sinks);
        ArgumentNullException.ThrowIfNull(workers);
        _database = database;
        _tables = tables;
        _feed = feed;
        _listing = listing;
        _clock = clock;
        _log = log;
        _instrument = instrument.Id;
        _supervised = workers.Supervise(log, "The sequencer", clock);
        _names = new NameClaims(_instrument, promises);
        _expiries = new Expiries(clock, () => _queue.TryAdd(new Work.Waking { Ticket = _queue.NextTicket() }));
        var discounts = new DiscountOrders(definition.Rules, feed.ValuationAt);
        _projection = new Projection(instrument, promises, swapIds, _expiries, discounts, feed.ValuationAt, waits);
        var check = new OrderCheck(instrument, _projection, _names, discounts, waits, limits);
        _repricing = new Repricing(discounts, check, _projection, listing, _instrument, _queue, feed.Doubt, clock);
        _execution = new BatchExecution(definition, _projection, check, _repricing, () => _awaitsGate);
        _writer = new JournalWriter(instrument, sinks.SingleOrDefault());
        _reader = new JournalReader(_instrument, definition);
        _answers = new BatchAnswers(_projection, feed, log);
        feed.Valued += _repricing.Call;
        feed.Doubt.Ended += _repricing.Wake;
    }

    /// <summary>Where it stands.</summary>
    public SequencerState State => _state;

    /// <summary>Why it takes no orders, for people; null while it does.</summary>
    public string? Reason => _state == SequencerState.Running ? _halt : _reason;

    /// <summary>True while it runs and takes no new orders.</summary>
    public bool IsHalted => _halt is not null;

    /// <summary>The last committed command.</summary>
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <summary>New orders that wait for it, in thousandths of those that may.</summary>
    public long OrdersWaiting => _queue.WaitingOf(WorkRank.Orders) * 1_000L / WorkQueue.MaxOrders;

    /// <summary>Completes when it first runs; faults when it stops before.</summary>
    public Task Started => _started.Task;

    /// <summary>Waits until it first runs.</summary>
    /// <returns>False where it stopped before, or the server does.</returns>
    public async Task<bool> StartsAsync(CancellationToken stop)
    {
        await _started.Task.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _started.Task.IsCompletedSuccessfully;
    }

    /// <summary>The order behind which a coin stands; default for none.</summary>
    public OrderId LockOf(ChainKind chain, OutPoint outPoint) => _projection.LockOf(chain, outPoint);

    /// <summary>All coins that stand behind orders.</summary>
    public IReadOnlyList<(OrderId Order, Backing Coin)> Locks() => [.. _projection.Locks()];

    /// <summary>A new order, its shape and coins already checked.</summary>
    public Task<Result<Outcome>> PlaceAsync(Command command, OrderDraft draft, CancellationToken cancel) =>
        AddAsync(new Work.Placing(command, draft) { Ticket = _queue.NextTicket() }, cancel);

    /// <summary>New orders, each checked, that are carried out in their order and committed together.</summary>
    public Task<Result<Outcome>[]> PlaceAllAsync(
        IReadOnlyList<(Command Command, OrderDraft Draft)> orders, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(orders);
        return AddAllAsync(
            [.. orders.Select(o => new Work.Placing(o.Command, o.Draft) { Ticket = _queue.NextTicket() })], cancel);
    }

    /// <summary>Other commands of one rank, carried out in their order and committed together.</summary>
    public Task<Result<Outcome>[]> ExecuteAllAsync(IReadOnlyList<Command> commands, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(commands);
        return AddAllAsync([.. commands.Select(c => new Work.Telling(c) { Ticket = _queue.NextTicket() })], cancel);
    }

    /// <summary>Another price or quantity for an order.</summary>
    /// <param name="command">What is asked.</param>
    /// <param name="key">The account's key.</param>
    /// <param name="legs">What its swaps ask of its coins, as it was read before.</param>
    /// <param name="seen">Proved coins that were looked at for it: it draws on no others anew.</param>
    /// <param name="mostWorth">The largest worth of an order in satoshis; null for any.</param>
    /// <param name="discount">Another part of face value, of an order that follows it; null for as it is.</param>
    /// <param name="cancel">Stops waiting.</param>
    public Task<Result<Outcome>> AmendAsync(Command command, string key, OwnLegs legs, IReadOnlySet<OutPoint> seen, long? mostWorth,
        DiscountFactor? discount, CancellationToken cancel) =>
        AddAsync(new Work.Amending(command, key, legs, seen, mostWorth, discount) { Ticket = _queue.NextTicket() }, cancel);

    /// <summary>Any other command: cancels as such, the rest ahead of them.</summary>
    public Task<Result<Outcome>> ExecuteAsync(Command command, CancellationToken cancel) =>
        AddAsync(new Work.Telling(command) { Ticket = _queue.NextTicket() }, cancel);

    /// <summary>Something was seen of a coin behind an order. What follows is decided in the order's turn, by
    /// <see cref="BackingDecision"/>. Safe to repeat.</summary>
    public Task<Result<Outcome>> JudgeAsync(BackingSight sight, CancellationToken cancel) =>
        AddAsync(new Work.Judging(sight) { Ticket = _queue.NextTicket() }, cancel);

    /// <summary>Both legs of a trade's swap are locked. Safe to repeat, as <see cref="CloseTradeAsync"/> is.</summary>
    public Task<Result<Outcome>> LockTradeAsync(long trade, CancellationToken cancel) =>
        ExecuteAsync(Command.LockTrade(new TradeId((ulong)trade)), cancel);

    /// <summary>
    /// The swap of a trade has ended. Safe to repeat: once it is journaled, repeating is refused with unknownOrder and
    /// changes nothing; until then, repeat what was refused with unavailable, as what gives a quantity back to a book is that waits
    /// for its gate.
    /// </summary>
    public Task<Result<Outcome>> CloseTradeAsync(
        long trade, TradeOutcome maker, TradeOutcome taker, CancellationToken cancel) =>
        ExecuteAsync(Command.CloseTrade(new TradeId((ulong)trade), maker, taker), cancel);

    /// <summary>
    /// The book has a gate: new orders are refused until that has looked for the first time (<see cref="HaltAsync"/>), in a fresh
    /// book as in one that was open when the server ended. What is refused is no command, so a replay comes to the same book.
    /// Before anything runs.
    /// </summary>
    /// <returns>Why it takes none.</returns>
    public string AwaitGate()
    {
        _awaitsGate = true;
        return HaltedAtStart;
    }

    /// <summary>
    /// Stops new orders and matches with the reason for people, or (null) takes them again. Swaps and cancels go on.
    /// </summary>
    /// <param name="reason">The reason; null where there is none any more.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <param name="isForGood">Whether it will never take any again.</param>
    public async Task<bool> HaltAsync(string? reason, CancellationToken cancel, bool isForGood = false)
    {
        // A book that only waited for its gate was open all the while: nothing is written.
        var waited = reason is null && _awaitsGate && _state == SequencerState.Running && _book is { Status: TradingStatus.Open };
        var status = reason is null ? TradingStatus.Open : TradingStatus.CancelOnly;
        if (!waited && await ExecuteAsync(Command.SetStatus(status), cancel) is { IsOk: false }) return false;
        _awaitsGate = false;
        _isForGood = isForGood;
        _halt = reason;
        Announce();
        if (reason is null) _repricing.Call();
        return true;
    }

    /// <summary>Takes off the book what rests on it, or only orders of which more is worth than an amount. Safe to
    /// repeat.</summary>
    /// <param name="cancel">Stops waiting.</param>
    /// <param name="mostWorth">Satoshis; null for all orders.</param>
    public Task<Result<Outcome>> CloseAsync(CancellationToken cancel, long? mostWorth = null) =>
        AddAsync(new Work.Closing(mostWorth) { Ticket = _queue.NextTicket() }, cancel);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _supervised.RunAsync(ServeAsync, stoppingToken);
        }
        finally
        {
            if (_state != SequencerState.Stopped) Enter(SequencerState.Stopped, "The market is stopping.");
            RefuseWaiting();
            _started.TrySetCanceled(CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _expiries.Dispose();
        _repricing.Dispose();
        base.Dispose();
    }

    /// <summary>Rebuilds the book and takes commands, until something fails: then the book is discarded.</summary>
    private async Task ServeAsync(CancellationToken stop)
    {
        try
        {
            await using var connection = await OpenAsync(stop);
            await RebuildAsync(connection, stop);
            _supervised.IsWell();
            await RunAsync(connection, stop);
        }
        catch (Exception e) when (e is StaleSequenceException or JournalDamagedException)
        {
            _log.LogCritical(e, "The sequencer of {Instrument} stops", _instrument);
            Enter(SequencerState.Stopped, e.Message);
            RefuseWaiting();
            _started.TrySetException(e);
            // It takes nothing any more, and stands there until the server stops.
            await Task.Delay(Timeout.InfiniteTimeSpan, _clock, stop);
        }
        finally
        {
            if (!stop.IsCancellationRequested)
            {
                Enter(SequencerState.Rebuilding, "The journal cannot be written; the book is being rebuilt.");
                RefuseWaiting();
            }
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancel)
    {
        var connection = await _database.OpenConnectionAsync(cancel);
        try
        {
            // Whatever the cluster's default is: an answer is given only for what is on disk.
            await using var command = new NpgsqlCommand("set synchronous_commit = on", connection);
            await command.ExecuteNonQueryAsync(cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task RebuildAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        _book = null;
        var (book, orders, trades) = await _reader.RebuildAsync(connection, _clock.GetUtcNow(), cancel);
        _projection.Restart(orders, trades);
        _names.Release();
        if (_started.Task.IsCompleted) await ReloadTapeAsync(cancel);
        _book = book;
        _snapshotAt = book.Sequence;
        Remember(book);
        _feed.Rebuilt((long)book.Sequence, orders.Select(o => o.Order.Row).Where(o => o.Remaining > 0)
            .Select(o => new StandingOrder((ulong)o.Id, o.Side == (short)Market.Trading.Side.Buy, o.Price, o.Remaining)));
        if (book.Status == TradingStatus.Open) _halt = _awaitsGate ? HaltedAtStart : null;
        else _halt ??= HaltedAtStart;
        _log.LogInformation("The book of {Instrument} stands at command {Sequence} with {Orders} live orders",
            _instrument, book.Sequence, book.LiveOrders);
        Enter(SequencerState.Running, null);
        _expiries.Arm();
        _repricing.Skip();
        _repricing.Call();
        _started.TrySetResult();
    }

    private async Task RunAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var batch = new List<Work>(MaxBatch);
        while (await _queue.WaitAsync(_repricing.Holds(), cancel))
        {
            // One that broke while nothing was asked of it is opened anew before anything is taken.
            if (connection.State != System.Data.ConnectionState.Open) return;
            batch.Clear();
            _queue.Take(batch, MaxBatch, _repricing.Holds());
            if (batch.Count == 0) continue;
            try
            {
                // What has begun is finished: a stop must not leave an answer unknown.
                await CommitAsync(connection, batch, CancellationToken.None);
            }
            catch
            {
                foreach (var work in batch) work.Done.TrySetResult(Unknown());
                throw;
            }
            if (_book!.Sequence - _snapshotAt < SnapshotEvery) continue;
            await _reader.WriteSnapshotAsync(connection, _book, _clock.GetUtcNow(), cancel);
            _snapshotAt = _book.Sequence;
        }
    }

    private async Task CommitAsync(NpgsqlConnection connection, List<Work> batch, CancellationToken cancel)
    {
        var book = _book!;
        var first = (long)book.Sequence + 1;
        var time = Milliseconds(_clock.GetUtcNow());
        _execution.Begin();
        await _names.ClaimAsync(connection, batch, book, cancel);
        // Before any work: nothing trades with an order whose time is over.
        while (_expiries.TryTake(time.ToUnixTimeMilliseconds(), out var order))
            _execution.Execute(Command.Expire(order, time.ToUnixTimeMilliseconds()), null, book, time);
        var traced = Traces.IsOn ? Traced(batch) : [];
        using var committed = Traces.Beside(Traces.Committed, traced)?.SetTag("market.batch", batch.Count);
        foreach (var work in batch) _execution.CarryOut(work, book, time);
        await _writer.AppendAsync(connection, _execution.ToJournal(first, book, time), _projection, cancel);
        committed?.SetTag("market.sequence", book.Sequence).Dispose();
        Remember(book);
        // Before the answers: whoever is told that an order has ended may open another, in whichever instrument.
        _projection.GiveBack();
        using (Traces.Beside(Traces.Published, traced))
            _answers.Publish(batch, _execution.Events, await RecountAsync(cancel), time);
        _projection.Forget();
        _names.Release();
        _expiries.Arm();
    }

    // Their turn has come. Works that came together wait as one, whose span is that of the first.
    private static List<Activity> Traced(List<Work> batch)
    {
        var traced = new List<Activity>();
        foreach (var work in batch)
        {
            if (work.Queued is not { } queued) continue;
            Traces.End(queued);
            traced.Add(queued);
        }
        return traced;
    }

    /// <summary>What final trades that the batch withdrew leave behind; null where it withdrew none.</summary>
    private async Task<TapeRecount?> RecountAsync(CancellationToken cancel)
    {
        var taken = _projection.TradeChanges.Where(c => c.IsTakenBack).Select(c => c.Trade).ToList();
        if (taken.Count == 0) return null;
        var candles = TapeRecount.CandlesOf(taken);
        await using var db = await _tables.CreateDbContextAsync(cancel);
        if (candles.Count <= TapeRecount.MostCandles) return await TapeRecount.ReadAsync(db, _instrument, candles, cancel);
        await _feed.LoadAsync(db, tell: true, cancel);
        return TapeRecount.Whole;
    }

    /// <summary>Readers may know what was not written, or not what was: they are told the tape whole.</summary>
    private async Task ReloadTapeAsync(CancellationToken cancel)
    {
        await using var db = await _tables.CreateDbContextAsync(cancel);
        await _feed.LoadAsync(db, tell: true, cancel);
    }

    private async Task<Result<Outcome>> AddAsync(Work work, CancellationToken cancel) =>
        Enqueue(work) is { } refusal ? refusal : await work.Done.Task.WaitAsync(cancel);

    private async Task<Result<Outcome>[]> AddAllAsync(Work[] works, CancellationToken cancel)
    {
        if (works.Length == 0) return [];
        works[0].Queued = Traces.Begin(Traces.Queued)?.SetTag("market.instrument", _instrument);
        return Enqueue(new Work.Together(works) { Ticket = works[0].Ticket }) is { } refusal
            ? [.. works.Select(_ => Result<Outcome>.From(refusal))]
            : await Task.WhenAll(works.Select(work => work.Done.Task)).WaitAsync(cancel);
    }

    private Refusal? Enqueue(Work work)
    {
        if (_state != SequencerState.Running) return new Refusal(ProblemCodes.Unavailable, Reason);
        if (work is not Work.Together) work.Queued = Traces.Begin(Traces.Queued)?.SetTag("market.instrument", _instrument);
        if (!_queue.TryAdd(work)) return new Refusal(ProblemCodes.Unavailable, "Too much is waiting to be matched.");
        // Taken after the state changed: nobody would come for it.
        if (_state != SequencerState.Running) RefuseWaiting();
        return null;
    }

    private void RefuseWaiting()
    {
        var left = new List<Work>();
        _queue.Take(left, int.MaxValue);
        if (left.Exists(work => work is Work.Repricing)) _repricing.Skip();
        foreach (var work in left) work.Done.TrySetResult(new Refusal(ProblemCodes.Unavailable, Reason));
    }

    // The batch may or may not have been committed: asking again under the same client order id tells.
    private static Refusal Unknown() => new(ProblemCodes.Unavailable,
        "The journal failed while this was being written. Ask again: it is done at most once.");

    private void Remember(OrderBook book) => Interlocked.Exchange(ref _sequence, (long)book.Sequence);

    private void Enter(SequencerState state, string? reason)
    {
        _reason = reason;
        _state = state;
        Announce();
    }

    private void Announce() => _listing.Set(
        _state != SequencerState.Running ? InstrumentStatus.Paused
        : _halt is null ? InstrumentStatus.Open
        : _isForGood ? InstrumentStatus.Closed
        : InstrumentStatus.Paused,
        Reason);

    // The database keeps microseconds and the wire milliseconds: one precision everywhere.
    private static DateTimeOffset Milliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
