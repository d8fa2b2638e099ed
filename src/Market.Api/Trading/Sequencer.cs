using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Trading;
using Market.Trading.Codec;
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
    private readonly MarketInstrument _market;
    private readonly string _instrument;
    private readonly BookDefinition _definition;
    private readonly Supervised _supervised;
    private readonly WorkQueue _queue = new();
    private readonly Projection _projection;
    private readonly JournalWriter _writer;
    private readonly JournalReader _reader;
    private readonly BatchAnswers _answers;
    private readonly Waits _waits;
    private readonly NameClaims _names;
    private readonly IDbContextFactory<MarketDb> _tables;
    private readonly EventBuffer _events = new(4_096);
    private readonly RecordWriter _commandBytes = new();
    private readonly RecordWriter _eventBytes = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SequencerState _state;
    private volatile string? _reason = "The market is starting.";
    private OrderBook? _book;
    private ulong _snapshotAt;
    private long _forgotten;
    private long _sequence;
    private volatile string? _halt;

    /// <summary>Made by the container; runs as long as the host.</summary>
    public Sequencer(NpgsqlDataSource database, IDbContextFactory<MarketDb> tables, MarketFeed feed, MarketInstrument instrument,
        InstrumentListing listing, SwapIds swapIds, Waits waits, Promises promises, BookDefinition definition,
        IEnumerable<ITradeSink> sinks, Workers workers, TimeProvider clock, ILogger<Sequencer> log)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        ArgumentNullException.ThrowIfNull(sinks);
        ArgumentNullException.ThrowIfNull(workers);
        _database = database;
        _tables = tables;
        _waits = waits;
        _feed = feed;
        _market = instrument;
        _listing = listing;
        _clock = clock;
        _log = log;
        _instrument = instrument.Id;
        _definition = definition;
        _supervised = workers.Supervise(log, "The sequencer", clock);
        _names = new NameClaims(_instrument, promises);
        _projection = new Projection(instrument, promises, swapIds, feed.ValuationAt);
        _writer = new JournalWriter(instrument, sinks.SingleOrDefault());
        _reader = new JournalReader(_instrument, definition);
        _answers = new BatchAnswers(_projection, feed, log);
    }

    /// <summary>Where it stands.</summary>
    public SequencerState State => _state;

    /// <summary>Why it takes no orders, for people; null while it does.</summary>
    public string? Reason => _state == SequencerState.Running ? _halt : _reason;

    /// <summary>True while it runs and takes no new orders.</summary>
    public bool IsHalted => _halt is not null;

    /// <summary>The last committed command.</summary>
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <summary>
    /// True while the engine itself knows every client order id ever used, so that an order it takes for new is new; else
    /// the table has to be asked first.
    /// </summary>
    public bool KnowsAllClientIds => _state == SequencerState.Running && Interlocked.Read(ref _forgotten) == 0;

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
    /// changes nothing; until then, repeat what was refused with unavailable.
    /// </summary>
    public Task<Result<Outcome>> CloseTradeAsync(
        long trade, TradeOutcome maker, TradeOutcome taker, CancellationToken cancel) =>
        ExecuteAsync(Command.CloseTrade(new TradeId((ulong)trade), maker, taker), cancel);

    /// <summary>
    /// Stops new orders and matches with the reason for people, or (null) takes them again. Swaps and cancels go on.
    /// </summary>
    public async Task<bool> HaltAsync(string? reason, CancellationToken cancel)
    {
        var status = reason is null ? TradingStatus.Open : TradingStatus.CancelOnly;
        var result = await ExecuteAsync(Command.SetStatus(status), cancel);
        if (!result.IsOk) return false;
        _halt = reason;
        Announce();
        return true;
    }

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
        if (book.Status == TradingStatus.Open) _halt = null;
        else _halt ??= HaltedAtStart;
        _log.LogInformation("The book of {Instrument} stands at command {Sequence} with {Orders} live orders",
            _instrument, book.Sequence, book.LiveOrders);
        Enter(SequencerState.Running, null);
        _started.TrySetResult();
    }

    private async Task RunAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var batch = new List<Work>(MaxBatch);
        while (await _queue.WaitAsync(cancel))
        {
            // One that broke while nothing was asked of it is opened anew before anything is taken.
            if (connection.State != System.Data.ConnectionState.Open) return;
            batch.Clear();
            _queue.Take(batch, MaxBatch);
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
        _events.Clear();
        _commandBytes.Clear();
        _eventBytes.Clear();
        await _names.ClaimAsync(connection, batch, cancel);
        foreach (var work in batch) CarryOut(work, book, time);
        foreach (ref readonly var e in _events.Events) JournalCodec.Write(_eventBytes, e);
        await _writer.AppendAsync(connection, new JournalBatch
        {
            FirstSequence = first,
            LastSequence = (long)book.Sequence,
            Time = time,
            Commands = _commandBytes.Written,
            Events = _eventBytes.Written,
        }, _projection, cancel);
        Remember(book);
        _answers.Publish(batch, _events, await RecountAsync(cancel), time);
        _projection.Forget();
        _names.Release();
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

    private void CarryOut(Work work, OrderBook book, DateTimeOffset time)
    {
        var from = _events.Count;
        switch (work)
        {
            case Work.Placing placing when Judge(placing, book) is { } refusal:
                work.Refusal = refusal;
                break;
            case Work.Placing placing:
                Execute(placing.Command, placing, book, time);
                break;
            case Work.Telling telling:
                Execute(telling.Command, null, book, time);
                break;
            case Work.Judging judging:
                Follow(judging.Sight, book, time);
                break;
            default:
                throw new InvalidOperationException($"Nobody carries out {work.GetType().Name}.");
        }
        work.Events = (from, _events.Count);
    }

    private void Execute(in Command command, Work.Placing? placed, OrderBook book, DateTimeOffset time)
    {
        var from = _events.Count;
        JournalCodec.Write(_commandBytes, command);
        book.Execute(command, _events);
        foreach (ref readonly var e in _events.Events[from..]) _projection.Fold(e, placed, book, time);
    }

    /// <summary>Does what follows from what was seen of an order's coins.</summary>
    private void Follow(BackingSight sight, OrderBook book, DateTimeOffset time)
    {
        if (_projection.StandingOf(sight.Order, sight.Chain) is not { } order) return;
        foreach (var step in BackingDecision.Of(
            sight, order, _definition.Rules.Lot, coin => !_projection.TryClaim(sight.Chain, coin)))
        {
            switch (step)
            {
                case BackingStep.Leave leave:
                    _projection.Leave(sight.Order, sight.Chain, leave.Coin);
                    break;
                case BackingStep.Join join:
                    _projection.Join(sight.Order, join.Coin);
                    break;
                case BackingStep.Shrink shrink:
                    Execute(Command.Reduce(default, sight.Order, shrink.By, Market.Trading.Reason.BackingSpent), null, book, time);
                    break;
                case BackingStep.Withdraw:
                    Execute(Command.Withdraw(sight.Order, Market.Trading.Reason.BackingSpent), null, book, time);
                    break;
                default:
                    throw new InvalidOperationException($"Nobody does {step.GetType().Name}.");
            }
        }
    }

    /// <summary>
    /// Why a new order is not taken to the engine: whoever let a swap fail waits, and of all instruments an id names one order and
    /// a coin stands behind one. A repeated order names the coins of the first, so it is let through for the engine to recognise
    /// and answer with the first.
    /// </summary>
    private Refusal? Judge(Work.Placing placing, OrderBook book)
    {
        var (command, draft) = (placing.Command, placing.Draft);
        if (book.TryFindClientId(command.Account, command.ClientId, out _)) return null;
        if (_names.Judge(command) is { } named) return named;
        if (_waits.Judge(_market, draft.Key, draft.Backing, book.WouldTake(command.Side, command.Price)) is { } wait) return wait;
        foreach (var coin in draft.Backing)
        {
            if (!_projection.TryClaim(coin.Chain, coin.OutPoint))
                return new Refusal(ProblemCodes.OutpointInUse, $"{coin.OutPoint} stands behind another order.");
        }
        return null;
    }

    private async Task<Result<Outcome>> AddAsync(Work work, CancellationToken cancel)
    {
        if (_state != SequencerState.Running) return new Refusal(ProblemCodes.Unavailable, Reason);
        if (!_queue.TryAdd(work)) return new Refusal(ProblemCodes.Unavailable, "Too much is waiting to be matched.");
        // Taken after the state changed: nobody would come for it.
        if (_state != SequencerState.Running) RefuseWaiting();
        return await work.Done.Task.WaitAsync(cancel);
    }

    private void RefuseWaiting()
    {
        var left = new List<Work>();
        _queue.Take(left, int.MaxValue);
        foreach (var work in left) work.Done.TrySetResult(new Refusal(ProblemCodes.Unavailable, Reason));
    }

    // The batch may or may not have been committed: asking again under the same client order id tells.
    private static Refusal Unknown() => new(ProblemCodes.Unavailable,
        "The journal failed while this was being written. Ask again: it is done at most once.");

    private void Remember(OrderBook book)
    {
        Interlocked.Exchange(ref _forgotten, (long)book.ForgottenClientIds);
        Interlocked.Exchange(ref _sequence, (long)book.Sequence);
    }

    private void Enter(SequencerState state, string? reason)
    {
        _reason = reason;
        _state = state;
        Announce();
    }

    private void Announce() => _listing.Set(
        _state == SequencerState.Running && _halt is null ? InstrumentStatus.Open : InstrumentStatus.Paused, Reason);

    // The database keeps microseconds and the wire milliseconds: one precision everywhere.
    private static DateTimeOffset Milliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
