using System.Net.Sockets;
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

    /// <summary>The wait between two tries to rebuild grows up to this.</summary>
    public static readonly TimeSpan MaxRetryDelay = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly NpgsqlDataSource _database;
    private readonly MarketFeed _feed;
    private readonly InstrumentCatalog _catalog;
    private readonly TimeProvider _clock;
    private readonly ILogger<Sequencer> _log;
    private readonly string _instrument = Instrument.P2ShareBtc;
    private readonly WorkQueue _queue = new();
    private readonly Projection _projection;
    private readonly JournalWriter _writer;
    private readonly JournalReader _reader;
    private readonly BatchAnswers _answers;
    private readonly Waits _waits;
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
    public Sequencer(NpgsqlDataSource database, IDbContextFactory<MarketDb> tables, MarketFeed feed, InstrumentCatalog catalog,
        SwapIds swapIds, Waits waits, BookDefinition definition, IEnumerable<ITradeSink> sinks, TimeProvider clock,
        ILogger<Sequencer> log)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        _database = database;
        _tables = tables;
        _waits = waits;
        _feed = feed;
        _catalog = catalog;
        _clock = clock;
        _log = log;
        _projection = new Projection(_instrument, swapIds, feed.ValuationAt);
        _writer = new JournalWriter(sinks.SingleOrDefault());
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

    /// <summary>The order behind which a coin stands; default for none.</summary>
    public OrderId LockOf(ChainKind chain, OutPoint outPoint) => _projection.LockOf(chain, outPoint);

    /// <summary>All coins that stand behind orders.</summary>
    public IReadOnlyList<(ChainKind Chain, OutPoint OutPoint, OrderId Order)> Locks() => [.. _projection.Locks()];

    /// <summary>A new order, its shape and coins already checked.</summary>
    public Task<Result<Outcome>> PlaceAsync(Command command, OrderDraft draft, CancellationToken cancel) =>
        AddAsync(new Work
        {
            Command = command,
            Draft = draft,
            Rank = WorkRank.Orders,
            Ticket = _queue.NextTicket(),
        }, cancel);

    /// <summary>Any other command: cancels as such, the rest ahead of them.</summary>
    public Task<Result<Outcome>> ExecuteAsync(Command command, CancellationToken cancel)
    {
        var cancels = command.Account.Exists
            && command.Kind is CommandKind.Cancel or CommandKind.CancelByClientId or CommandKind.CancelAll;
        return AddAsync(new Work
        {
            Command = command,
            Rank = cancels ? WorkRank.Cancels : WorkRank.Swaps,
            Ticket = _queue.NextTicket(),
        }, cancel);
    }

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

    /// <summary>A coin behind an order was spent; <paramref name="next"/> (the change of it) takes its place.</summary>
    public Task<Result<Outcome>> ReplaceBackingAsync(OrderId order, OutPoint spent, Backing? next, CancellationToken cancel) =>
        AddAsync(new Work
        {
            Command = default,
            Change = new BackingChange(order, spent, next),
            Rank = WorkRank.Swaps,
            Ticket = _queue.NextTicket(),
        }, cancel);

    /// <summary>A coin joins those behind an order: the change of a funding that took another's place.</summary>
    public Task<Result<Outcome>> AddBackingAsync(OrderId order, Backing coin, CancellationToken cancel) =>
        ReplaceBackingAsync(order, OutPoint.Null, coin, cancel);

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
        var delay = FirstRetryDelay;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await using var connection = await OpenAsync(stoppingToken);
                    await RebuildAsync(connection, stoppingToken);
                    delay = FirstRetryDelay;
                    await RunAsync(connection, stoppingToken);
                }
                catch (Exception e) when (IsPassing(e) && !stoppingToken.IsCancellationRequested)
                {
                    _log.LogError(e, "The database failed; the book of {Instrument} is rebuilt", _instrument);
                    Enter(SequencerState.Rebuilding, "The journal cannot be written; the book is being rebuilt.");
                    RefuseWaiting();
                    await Task.Delay(delay, _clock, stoppingToken);
                    delay = delay * 2 < MaxRetryDelay ? delay * 2 : MaxRetryDelay;
                }
            }
        }
        catch (Exception e) when (e is StaleSequenceException or JournalDamagedException)
        {
            _log.LogCritical(e, "The sequencer of {Instrument} stops", _instrument);
            Enter(SequencerState.Stopped, e.Message);
            _started.TrySetException(e);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        finally
        {
            if (_state != SequencerState.Stopped) Enter(SequencerState.Stopped, "The market is stopping.");
            RefuseWaiting();
            _started.TrySetCanceled(CancellationToken.None);
        }
    }

    private static bool IsPassing(Exception e) =>
        e is NpgsqlException or IOException or SocketException or TimeoutException or InvalidOperationException
            or OperationCanceledException;

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
        foreach (var work in batch) CarryOut(work, book, time);
        foreach (ref readonly var e in _events.Events) JournalCodec.Write(_eventBytes, e);
        await _writer.AppendAsync(connection, new JournalBatch
        {
            Instrument = _instrument,
            FirstSequence = first,
            LastSequence = (long)book.Sequence,
            Time = time,
            Commands = _commandBytes.Written,
            Events = _eventBytes.Written,
        }, _projection, cancel);
        Remember(book);
        _answers.Publish(batch, _events, await RecountAsync(cancel), time);
        _projection.Forget();
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
        work.Events = (from, from);
        if (work.Change is { } change)
        {
            if (!_projection.Replace(change))
                work.Refusal = new Refusal(ProblemCodes.UnknownOrder, "The coin does not stand behind the order.");
            return;
        }
        if (MustWait(work, book) || IsBackingTaken(work, book)) return;
        JournalCodec.Write(_commandBytes, work.Command);
        book.Execute(work.Command, _events);
        work.Events = (from, _events.Count);
        foreach (ref readonly var e in _events.Events[from..]) _projection.Fold(e, work, book, time);
    }

    /// <summary>Whoever let a swap fail waits. A repeated order is let through: the engine answers it with the first.</summary>
    private bool MustWait(Work work, OrderBook book)
    {
        if (work.Draft is not { } draft || book.TryFindClientId(work.Command.Account, work.Command.ClientId, out _)) return false;
        work.Refusal = _waits.Judge(draft.Key, draft.Backing, book.WouldTake(work.Command.Side, work.Command.Price));
        return work.Refusal is not null;
    }

    /// <summary>
    /// A coin stands behind one order at a time. A repeated order names the coins of the first, so it is let through for
    /// the engine to recognise.
    /// </summary>
    private bool IsBackingTaken(Work work, OrderBook book)
    {
        if (work.Draft is null || book.TryFindClientId(work.Command.Account, work.Command.ClientId, out _)) return false;
        foreach (var coin in work.Draft.Backing)
        {
            if (!_projection.LockOf(coin.Chain, coin.OutPoint).Exists) continue;
            work.Refusal = new Refusal(ProblemCodes.OutpointInUse, $"{coin.OutPoint} stands behind another order.");
            return true;
        }
        return false;
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

    private void Announce() => _catalog.Set(
        _state == SequencerState.Running && _halt is null ? InstrumentStatus.Open : InstrumentStatus.Paused, Reason);

    // The database keeps microseconds and the wire milliseconds: one precision everywhere.
    private static DateTimeOffset Milliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
