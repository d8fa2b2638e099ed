using System.Buffers.Binary;
using System.Security.Cryptography;
using Market.Trading.Codec;

namespace Market.Trading.Audit;

/// <summary>
/// Runs the engine over a journal, from its first command, and compares with all that was written beside it: the events byte for
/// byte, each kept snapshot byte for byte, every order of the table with the command that placed it, the live ones with the book at
/// the end, and those that are done with how they ended. It stops at the first difference.
/// </summary>
/// <remarks>
/// A book is made by its rules, and those stand in snapshots: the first line after the head is to be a snapshot, of the empty book
/// where the journal is whole. Where it is of a later command, batches before it are not looked at, and <see cref="From"/> says so.
/// </remarks>
public sealed class JournalAudit
{
    private readonly EventBuffer _events = new();
    private readonly RecordWriter _writer = new();
    private readonly Dictionary<long, WrittenOrder> _live = [];

    // Orders that are done by the table and not by the journal yet, with the price that they have by then.
    private readonly Dictionary<long, (WrittenOrder Order, long Price)> _ending = [];
    private readonly List<BookEvent> _said = [];
    private BookDefinition? _definition;
    private OrderBook? _book;
    private long _lastOrder;
    private bool _hasHead;
    private bool _hasTail;

    /// <summary>The first difference; null while there is none.</summary>
    public JournalDifference? Difference { get; private set; }

    /// <summary>The instrument; empty before the head.</summary>
    public string Instrument { get; private set; } = "";

    /// <summary>Number of the command that it begins after: 0 where it has the whole journal.</summary>
    public long From { get; private set; }

    /// <summary>Number of the last command that was carried out.</summary>
    public long Sequence => (long)(_book?.Sequence ?? 0);

    /// <summary>Commands that were carried out, by kind.</summary>
    public IReadOnlyDictionary<CommandKind, long> Commands => _commands;

    /// <summary>Batches that were looked at.</summary>
    public long Batches { get; private set; }

    /// <summary>Events that were compared.</summary>
    public long Events { get; private set; }

    /// <summary>Orders that were compared with their commands.</summary>
    public long Orders { get; private set; }

    /// <summary>Snapshots that were compared, the one that it began with among them.</summary>
    public int Snapshots { get; private set; }

    /// <summary>SHA-256 of the book at the end: the same wherever the same journal is replayed. Null before there is a
    /// book.</summary>
    public byte[]? StateHash => _book?.StateHash();

    private readonly Dictionary<CommandKind, long> _commands = [];

    /// <summary>Takes the next line. False where it found a difference, now or before.</summary>
    public bool Take(JournalLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (Difference is not null) return false;
        return line switch
        {
            _ when _hasTail => Fail(DifferenceKind.End, "Lines follow the tail."),
            { Head: { } head } => TakeHead(head),
            _ when !_hasHead => Fail(DifferenceKind.Format, "The first line is no head of a journal."),
            { Snapshot: { } snapshot } => TakeSnapshot(snapshot),
            { Batch: { } batch } => TakeBatch(batch),
            { Tail: { } tail } => TakeTail(tail),
            _ => Fail(DifferenceKind.Format, "A line is neither batch nor snapshot."),
        };
    }

    /// <summary>Says that no line follows. False where there is a difference.</summary>
    public bool End() => Difference is null
        && (_hasTail || Fail(DifferenceKind.End, "The file ends before its tail: it was cut short."));

    private bool TakeHead(JournalHead head)
    {
        if (_hasHead) return Fail(DifferenceKind.Format, "There are two heads.");
        if (head.Format != JournalHead.FormatName || head.Version != JournalHead.CurrentVersion)
            return Fail(DifferenceKind.Format, $"{head.Format} of version {head.Version} is not read here.");
        (_hasHead, Instrument) = (true, head.Instrument);
        return true;
    }

    private bool TakeSnapshot(KeptSnapshot kept)
    {
        if (!SHA256.HashData(kept.State).AsSpan().SequenceEqual(kept.Hash))
            return FailAt(kept.Sequence, DifferenceKind.Snapshot, $"The snapshot after command {kept.Sequence} has another hash.");
        if (_book is null) return Begin(kept);
        if (kept.Sequence != Sequence)
        {
            return FailAt(kept.Sequence, DifferenceKind.Snapshot,
                $"A snapshot is of command {kept.Sequence}, where the book is at {Sequence}.");
        }
        if (kept.Definition != _definition)
        {
            // New rules begin with the book as it is, and remember no more than they may.
            _writer.Clear();
            _book.WriteSnapshot(_writer);
            if (OrderBook.TryRestore(_writer.Written.Span, kept.Definition.Rules, kept.Definition.Limits) is not { } under)
                return Fail(DifferenceKind.Snapshot, $"Orders stand after command {Sequence} that the new rules do not allow.");
            (_book, _definition) = (under, kept.Definition);
        }
        _writer.Clear();
        _book.WriteSnapshot(_writer);
        if (!_writer.Written.Span.SequenceEqual(kept.State))
            return Fail(DifferenceKind.Snapshot, $"The snapshot after command {Sequence} is another book than its commands give.");
        Snapshots++;
        return true;
    }

    private bool Begin(KeptSnapshot kept)
    {
        var book = OrderBook.TryRestore(kept.State, kept.Definition.Rules, kept.Definition.Limits);
        if (book is null || (long)book.Sequence != kept.Sequence)
            return FailAt(kept.Sequence, DifferenceKind.Snapshot, "The first snapshot cannot be read.");
        if (kept.Sequence == 0 && !book.StateHash().AsSpan().SequenceEqual(
            new OrderBook(kept.Definition.Rules, kept.Definition.Limits).StateHash()))
            return Fail(DifferenceKind.Snapshot, "The book before the first command is not empty.");
        (_book, _definition, From) = (book, kept.Definition, kept.Sequence);
        Snapshots++;
        return true;
    }

    private bool TakeBatch(WrittenBatch batch)
    {
        if (_book is null) return Fail(DifferenceKind.Format, "A batch stands before the first snapshot: its rules are not known.");
        if (batch.First != Sequence + 1 || batch.Last < batch.First)
        {
            return Fail(DifferenceKind.Sequence, batch.First > Sequence + 1
                ? $"Commands {Sequence + 1} to {batch.First - 1} are missing."
                : $"A batch of commands {batch.First} to {batch.Last} stands after command {Sequence}.");
        }
        _events.Clear();
        _said.Clear();
        var placed = new Dictionary<long, Command>();
        ReadOnlySpan<byte> rest = batch.Commands;
        ReadOnlySpan<byte> written = batch.Events;
        while (!rest.IsEmpty)
        {
            if (!JournalCodec.TryRead(ref rest, out Command command))
                return FailNext(DifferenceKind.Command, $"Command {Sequence + 1} cannot be read.");
            if (Sequence == batch.Last)
                return FailNext(DifferenceKind.Sequence, $"A batch that ends with command {batch.Last} holds more.");
            _events.Clear();
            _book.Execute(command, _events);
            _commands[command.Kind] = _commands.GetValueOrDefault(command.Kind) + 1;
            if (!Compare(ref written)) return false;
            if (_events.Events[0] is { Kind: EventKind.Accepted } taken) placed[(long)taken.Order.Value] = command;
        }
        if (Sequence != batch.Last)
            return FailNext(DifferenceKind.Sequence, $"A batch of commands {batch.First} to {batch.Last} ends with {Sequence}.");
        if (!written.IsEmpty) return Fail(DifferenceKind.Event, $"More events are written than command {Sequence} brings about.");
        Batches++;
        return TakeOrders(batch, placed);
    }

    private bool Compare(ref ReadOnlySpan<byte> written)
    {
        foreach (ref readonly var found in _events.Events)
        {
            if (found.Kind is EventKind.Accepted or EventKind.Amended or EventKind.Done) _said.Add(found);
            _writer.Clear();
            JournalCodec.Write(_writer, found);
            var bytes = _writer.Written.Span;
            if (!written.StartsWith(bytes))
            {
                var said = JournalCodec.TryRead(ref written, out BookEvent other) ? Words(other) : "nothing that can be read";
                return Fail(DifferenceKind.Event, $"Of command {Sequence}, event {found.Sequence}: written is {said}; "
                    + $"the engine says {Words(found)}.");
            }
            written = written[bytes.Length..];
            Events++;
        }
        return true;
    }

    private bool TakeOrders(WrittenBatch batch, Dictionary<long, Command> placed)
    {
        foreach (var order in batch.Orders)
        {
            if (order.Id <= _lastOrder || !placed.Remove(order.Id, out var command))
                return Fail(DifferenceKind.Order, $"The table has an order {order.Id} that no command placed there.");
            _lastOrder = order.Id;
            if (!IsSame(order, command))
            {
                return Fail(DifferenceKind.Order,
                    $"The table of orders says of order {order.Id} something else than the command that placed it.");
            }
            Orders++;
            if (order.Live) _live[order.Id] = order;
            else _ending[order.Id] = (order, 0);
        }
        return placed.Count == 0 ? TakeEnds() : Fail(DifferenceKind.Order, $"The table of orders lacks order {placed.Keys.Min()}.");
    }

    // What the batch's events make of the orders that the table says are done.
    private bool TakeEnds()
    {
        foreach (var e in _said)
        {
            var id = (long)e.Order.Value;
            if (!_ending.TryGetValue(id, out var ending)) continue;
            if (e.Kind != EventKind.Done)
            {
                _ending[id] = (ending.Order, e.Price);
                continue;
            }
            _ending.Remove(id);
            if (ending.Order.Settled != e.Quantity || ending.Order is not { Remaining: 0, InSwap: 0 }
                || ending.Order.Price != ending.Price)
                return Fail(DifferenceKind.Order, $"Order {id} ended otherwise than the table of orders says.");
        }
        return true;
    }

    private static bool IsSame(WrittenOrder order, in Command c) =>
        order.Account == (long)c.Account.Value && order.ClientOrderId == c.ClientId.ToString()
        && order.Body.Length == 16 && BinaryPrimitives.ReadUInt128LittleEndian(order.Body) == c.Body
        && order.Side == (short)c.Side && order.Type == (short)c.Type && order.TimeInForce == (short)c.TimeInForce
        && order.Flags == (short)c.Flags && order.SelfTrade == (short)c.SelfTrade
        && order.Expires == (c.TimeInForce == TimeInForce.GoodTilDate ? c.Time : 0);

    private bool TakeTail(JournalTail tail)
    {
        if (_book is null) return Fail(DifferenceKind.Format, "There is no snapshot: the rules of the book are not known.");
        if (tail.Sequence != Sequence || tail.Batches != Batches)
        {
            return Fail(DifferenceKind.End, $"The tail counts {tail.Batches} batches up to command {tail.Sequence}; there are "
                + $"{Batches} up to {Sequence}.");
        }
        if (tail.Orders is [var stray, ..])
            return Fail(DifferenceKind.Order, $"The table has an order {stray.Id} that no command placed.");
        if (_ending.Count > 0)
            return Fail(DifferenceKind.Order, $"Order {_ending.Keys.Min()} is done in the table of orders, and not in the book.");
        foreach (var order in _live.Values.OrderBy(order => order.Id))
        {
            if (!_book.TryGetOrder(new OrderId((ulong)order.Id), out var state) || state.Remaining != order.Remaining
                || state.InSwap != order.InSwap || state.Settled != order.Settled || state.Price != order.Price)
                return Fail(DifferenceKind.Order, $"Order {order.Id} is not the same in the book and in the table of orders.");
        }
        // Orders of before the snapshot that it began with stand in no batch.
        if (From == 0 && _live.Count != _book.LiveOrders)
            return Fail(DifferenceKind.Order, $"The book has {_book.LiveOrders} live orders, the table {_live.Count}.");
        _hasTail = true;
        return true;
    }

    private static string Words(in BookEvent e) => $"{e.Kind} of order {e.Order} ({e.Side}, {e.Quantity} at {e.Price}, "
        + $"{e.Remaining} left{(e.Reason == Reason.None ? "" : $", {e.Reason}")}), event {e.Sequence}";

    private bool Fail(DifferenceKind kind, string words) => FailAt(Sequence, kind, words);

    private bool FailNext(DifferenceKind kind, string words) => FailAt(Sequence + 1, kind, words);

    private bool FailAt(long sequence, DifferenceKind kind, string words)
    {
        Difference = new JournalDifference(kind, sequence, words);
        return false;
    }
}
