using Market.Contracts;
using Market.Trading;
using BookLevel = Market.Contracts.BookLevel;

namespace Market.Api.Realtime;

/// <summary>An order that stands in the book.</summary>
/// <param name="Id">The engine's number.</param>
/// <param name="IsBid">True on the buy side.</param>
/// <param name="Price">Satoshis per whole share.</param>
/// <param name="Remaining">Base units open.</param>
public readonly record struct StandingOrder(ulong Id, bool IsBid, long Price, long Remaining);

/// <summary>The book by levels, folded from the engine's committed events; one delta for each committed batch.</summary>
public sealed class BookTopic(string instrument, TimeProvider clock)
    : Topic(Channels.Book(instrument), clock, new Replay(StreamClient.QueueLimit, KeptLevels, null))
{
    /// <summary>Levels of the changes that are kept for readers that come back: some 2 MB.</summary>
    public const int KeptLevels = 16_384;

    /// <summary>Levels of a stream's snapshot: all, so that deltas apply to a whole book.</summary>
    private const int WholeBook = int.MaxValue;

    private readonly TimeProvider _clock = clock;
    private readonly Dictionary<ulong, StandingOrder> _orders = [];
    private readonly SortedDictionary<long, (long Quantity, int Orders)> _bids =
        new(Comparer<long>.Create((a, b) => b.CompareTo(a)));
    private readonly SortedDictionary<long, (long Quantity, int Orders)> _asks = [];
    private readonly SortedSet<long> _changedBids = new(Comparer<long>.Create((a, b) => b.CompareTo(a)));
    private readonly SortedSet<long> _changedAsks = [];
    private long _bookSequence;
    private DateTimeOffset _time = clock.GetUtcNow();

    /// <inheritdoc/>
    protected override long Sequence => _bookSequence;

    /// <summary>Starts from the rebuilt book. The sequence goes on from <paramref name="sequence"/>, a number that grows
    /// with the journal, so that it never repeats after a restart.</summary>
    public void Restart(long sequence, IEnumerable<StandingOrder> orders)
    {
        lock (Gate)
        {
            _orders.Clear();
            _bids.Clear();
            _asks.Clear();
            foreach (var order in orders) Stand(order);
            _changedBids.Clear();
            _changedAsks.Clear();
            _bookSequence = Math.Max(_bookSequence + 1, sequence);
            _time = _clock.GetUtcNow();
            Send(StreamEventType.Snapshot, SnapshotOf(WholeBook), _bookSequence);
        }
    }

    /// <summary>Takes in a committed batch.</summary>
    public void Apply(ReadOnlySpan<BookEvent> events, DateTimeOffset time)
    {
        lock (Gate)
        {
            foreach (ref readonly var e in events) Fold(e);
            if (_changedBids.Count == 0 && _changedAsks.Count == 0) return;
            _bookSequence++;
            _time = time;
            var delta = new BookDelta
            {
                Instrument = instrument,
                Sequence = _bookSequence,
                Time = time,
                Bids = [.. _changedBids.Select(p => Level(_bids, p))],
                Asks = [.. _changedAsks.Select(p => Level(_asks, p))],
                Checksum = Checksum(),
            };
            _changedBids.Clear();
            _changedAsks.Clear();
            Send(StreamEventType.Delta, delta, _bookSequence);
        }
    }

    /// <summary>The book with at most so many levels a side. The checksum is always that of the ten best.</summary>
    public BookSnapshot Snapshot(int depth)
    {
        lock (Gate) return SnapshotOf(depth);
    }

    /// <summary>Best buy and sell price.</summary>
    public (long? Bid, long? Ask) Best()
    {
        lock (Gate)
        {
            return (_bids.Count > 0 ? _bids.First().Key : null, _asks.Count > 0 ? _asks.First().Key : null);
        }
    }

    /// <inheritdoc/>
    protected override object? State() => SnapshotOf(WholeBook);

    /// <inheritdoc/>
    protected override int PartsOf(object payload) =>
        payload is BookDelta delta ? Math.Max(1, delta.Bids.Count + delta.Asks.Count) : 1;

    private void Fold(in BookEvent e)
    {
        switch (e.Kind)
        {
            case EventKind.Rested:
                Remove(e.Order.Value);
                Stand(new StandingOrder(e.Order.Value, e.Side == Market.Trading.Side.Buy, e.Price, e.Remaining));
                break;
            case EventKind.Amended:
                // It comes again: what it does follows.
                Remove(e.Order.Value);
                break;
            case EventKind.Trade:
            case EventKind.Reduced:
            case EventKind.Cancelled:
                // Of an order that does not stand (an incoming one), nothing is known here and nothing changes.
                if (!_orders.TryGetValue(e.Order.Value, out var order)) break;
                Remove(order.Id);
                if (e.Remaining > 0 && e.Kind != EventKind.Cancelled) Stand(order with { Remaining = e.Remaining });
                break;
            default:
                break;
        }
    }

    private void Stand(StandingOrder order)
    {
        _orders[order.Id] = order;
        Add(order, order.Remaining, 1);
    }

    private void Remove(ulong id)
    {
        if (_orders.Remove(id, out var order)) Add(order, -order.Remaining, -1);
    }

    private void Add(StandingOrder order, long quantity, int count)
    {
        var levels = order.IsBid ? _bids : _asks;
        (order.IsBid ? _changedBids : _changedAsks).Add(order.Price);
        levels.TryGetValue(order.Price, out var level);
        level = (level.Quantity + quantity, level.Orders + count);
        if (level.Orders == 0) levels.Remove(order.Price);
        else levels[order.Price] = level;
    }

    private BookSnapshot SnapshotOf(int depth) => new()
    {
        Instrument = instrument,
        Sequence = _bookSequence,
        Time = _time,
        Bids = Top(_bids, depth),
        Asks = Top(_asks, depth),
        Checksum = Checksum(),
    };

    private uint Checksum() => BookChecksum.Compute(Top(_bids, BookChecksum.Depth), Top(_asks, BookChecksum.Depth));

    private static List<BookLevel> Top(SortedDictionary<long, (long Quantity, int Orders)> levels, int depth) =>
        [.. levels.Take(depth).Select(l => Level(levels, l.Key))];

    private static BookLevel Level(SortedDictionary<long, (long Quantity, int Orders)> levels, long price)
    {
        levels.TryGetValue(price, out var level);
        return new BookLevel
        {
            Price = new Price(price),
            Quantity = new Quantity(level.Quantity),
            Orders = level.Orders,
        };
    }
}
