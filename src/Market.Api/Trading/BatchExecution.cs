using Market.Api.Data;
using Market.Api.Results;
using Market.Contracts;
using Market.Trading;
using Market.Trading.Codec;

namespace Market.Api.Trading;

/// <summary>
/// Carries out the works of a batch in the book in memory, one after the other, and keeps what the journal is to have of it:
/// every command and event. For the sequencer alone.
/// </summary>
internal sealed class BatchExecution
{
    private readonly BookDefinition _definition;
    private readonly Projection _projection;
    private readonly OrderCheck _check;
    private readonly Repricing _repricing;
    private readonly Func<bool> _awaitsGate;
    private readonly EventBuffer _events = new(4_096);
    private readonly RecordWriter _commandBytes = new();
    private readonly RecordWriter _eventBytes = new();

    /// <summary>Made by the sequencer.</summary>
    /// <param name="definition">The book's rules.</param>
    /// <param name="projection">The tables' view of the book.</param>
    /// <param name="check">Why an order is not taken to the engine.</param>
    /// <param name="repricing">Moves the orders whose price follows face value.</param>
    /// <param name="awaitsGate">Whether the book waits for its gate.</param>
    public BatchExecution(
        BookDefinition definition, Projection projection, OrderCheck check, Repricing repricing, Func<bool> awaitsGate)
    {
        (_definition, _projection, _check, _repricing, _awaitsGate) = (definition, projection, check, repricing, awaitsGate);
    }

    /// <summary>What came of the batch so far.</summary>
    public EventBuffer Events => _events;

    /// <summary>Begins a batch: what the former one did is the past.</summary>
    public void Begin()
    {
        _events.Clear();
        _commandBytes.Clear();
        _eventBytes.Clear();
    }

    /// <summary>The batch as the journal is to have it.</summary>
    /// <param name="first">Number of its first command.</param>
    /// <param name="book">The book after it.</param>
    /// <param name="time">When it was carried out.</param>
    public JournalBatch ToJournal(long first, OrderBook book, DateTimeOffset time)
    {
        _projection.Trim();
        foreach (ref readonly var e in _events.Events) JournalCodec.Write(_eventBytes, e);
        return new JournalBatch
        {
            FirstSequence = first,
            LastSequence = (long)book.Sequence,
            Time = time,
            Commands = _commandBytes.Written,
            Events = _eventBytes.Written,
        };
    }

    /// <summary>Carries out one work, or says in it why not.</summary>
    /// <param name="work">What is asked.</param>
    /// <param name="book">The book.</param>
    /// <param name="time">What time it is.</param>
    public void CarryOut(Work work, OrderBook book, DateTimeOffset time)
    {
        var from = _events.Count;
        switch (work)
        {
            // The first is what it is answered with.
            case Work.Placing { First.Exists: true }:
                break;
            case Work.Placing or Work.Amending when AwaitsGate(book):
                work.Refusal = OrderMapping.ToRefusal(Market.Trading.Reason.TradingHalted);
                break;
            // What comes back would trade at once where the book crosses it.
            case Work.Telling { Command: { Kind: CommandKind.CloseTrade } close } when AwaitsGate(book)
                && (close.Maker == TradeOutcome.Returned || close.Taker == TradeOutcome.Returned):
                work.Refusal = new Refusal(ProblemCodes.Unavailable, Sequencer.HaltedAtStart);
                break;
            case Work.Placing placing when _check.Judge(placing, book, time) is { } refusal:
                work.Refusal = refusal;
                break;
            case Work.Placing placing when !ClearsWay(placing.Command, book, time):
                work.Refusal = Crowded();
                break;
            case Work.Placing placing:
                // What went out of its way is others' to know.
                from = _events.Count;
                Execute(placing.Command, placing, book, time);
                break;
            case Work.Amending amending when _check.Judge(amending, book, time) is { } refusal:
                work.Refusal = refusal;
                break;
            case Work.Amending amending when !ClearsWay(amending.Command, book, time):
                work.Refusal = Crowded();
                break;
            case Work.Amending amending:
                from = _events.Count;
                Execute(amending.Command, null, book, time);
                if (_events.Events[from].Kind == EventKind.Rejected) break;
                if (amending.Follows is { } follows)
                    _projection.Follow(amending.Command.Order, follows.Discount, follows.WorstPrice);
                foreach (var coin in amending.Joins) _projection.Join(amending.Command.Order, coin);
                break;
            case Work.Telling { Command: { Kind: CommandKind.CloseTrade } close }:
                if (!_repricing.CloseTrade(close, this, book, time)) work.Refusal = Crowded();
                break;
            case Work.Telling telling:
                Execute(telling.Command, null, book, time);
                break;
            case Work.Judging judging:
                Follow(judging.Sight, book, time);
                break;
            case Work.Closing closing:
                Close(closing.MostWorth, book, time);
                break;
            case Work.Repricing:
                // Called for again when it opens.
                if (!_awaitsGate() && book.Status == TradingStatus.Open) _repricing.Go(this, book, time);
                else _repricing.Skip();
                break;
            case Work.Waking:
                break;
            default:
                throw new InvalidOperationException($"Nobody carries out {work.GetType().Name}.");
        }
        work.Events = (from, _events.Count);
    }

    /// <summary>Has the engine carry out one command, and folds what comes of it.</summary>
    /// <param name="command">The command.</param>
    /// <param name="placed">What brought it about, where that is a new order.</param>
    /// <param name="book">The book.</param>
    /// <param name="time">What time it is.</param>
    public void Execute(in Command command, Work.Placing? placed, OrderBook book, DateTimeOffset time)
    {
        var from = _events.Count;
        JournalCodec.Write(_commandBytes, command);
        book.Execute(command, _events);
        foreach (ref readonly var e in _events.Events[from..]) _projection.Fold(e, placed, book, time);
    }

    /// <summary>Moves what a new order, or an amended one, must not trade with; false where that is too much at once.</summary>
    private bool ClearsWay(in Command command, OrderBook book, DateTimeOffset time)
    {
        if (command.Kind == CommandKind.Place)
        {
            // A repeated one is recognised, and one that never takes takes nothing.
            return (command.Flags & OrderFlags.PostOnly) != 0 || book.TryFindClientId(command.Account, command.ClientId, out _)
                || _repricing.TryClearWay(
                    new Taker(command.Account, command.Side, command.Price, command.Quantity), this, book, time);
        }
        return !_projection.Live.TryGetValue(command.Order.Value, out var live)
            || _repricing.TryClearWay(
                new Taker(command.Account, (Market.Trading.Side)live.Row.Side, command.Price == 0 ? live.Row.Price : command.Price,
                    Math.Max(live.Row.Quantity, command.Quantity)), this, book, time);
    }

    private static Refusal Crowded() => new(ProblemCodes.Unavailable,
        "More orders that follow face value stand in its way than are moved at once. Ask again.");

    private bool AwaitsGate(OrderBook book) => _awaitsGate() && book.Status == TradingStatus.Open;

    // What comes back to the book from a swap that failed meanwhile is there the next time.
    private void Close(long? mostWorth, OrderBook book, DateTimeOffset time)
    {
        var most = mostWorth ?? -1;
        foreach (var order in _projection.Live.Values.Select(live => live.Row)
            .Where(row => row.Remaining > 0 && Notional.Of(HighestPrice(row), row.Remaining) > most).ToList())
        {
            Execute(Command.Withdraw(new OrderId((ulong)order.Id), Market.Trading.Reason.ByMarket), null, book, time);
        }
    }

    private static long HighestPrice(OrderRow row) => Math.Max(row.Price, row.WorstPrice ?? 0);

    /// <summary>Does what follows from what was seen of an order's coins.</summary>
    private void Follow(BackingSight sight, OrderBook book, DateTimeOffset time)
    {
        if (_projection.StandingOf(sight.Order, sight.Chain) is not { } order) return;
        foreach (var step in _projection.StepsOf(sight, order, _definition.Rules.Lot, time))
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
}
