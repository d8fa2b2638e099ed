using System.Runtime.CompilerServices;

namespace Market.Trading;

/// <summary>What happened. The values are part of the journal.</summary>
public enum EventKind : byte
{
    /// <summary>Not an event.</summary>
    None = 0,

    /// <summary>A command was refused: <see cref="BookEvent.Reason"/>. Nothing changed.</summary>
    Rejected = 1,

    /// <summary>The account had placed this very order before: <see cref="BookEvent.Order"/>. Nothing changed.</summary>
    Duplicate = 2,

    /// <summary>An order was taken on and has its id; what it does follows.</summary>
    Accepted = 3,

    /// <summary>
    /// Maker <see cref="BookEvent.Order"/> and taker <see cref="BookEvent.Other"/> trade Quantity at the maker's
    /// Price; Side is the taker's. Remaining is the maker's, OtherRemaining the taker's.
    /// </summary>
    Trade = 4,

    /// <summary>Remaining base units of the order stand on the book at Price, behind all others of that price.</summary>
    Rested = 5,

    /// <summary>Quantity base units were taken off the order, Remaining are left, priority kept.</summary>
    Reduced = 6,

    /// <summary>Quantity base units left the order for Reason; it will not trade again unless a swap returns.</summary>
    Cancelled = 7,

    /// <summary>Quantity base units of the order were swapped for good.</summary>
    Settled = 8,

    /// <summary>Quantity base units came back from a failed swap; they trade, rest or are cancelled next.</summary>
    Returned = 9,

    /// <summary>Quantity base units are dropped: the order's side let a swap fail.</summary>
    Forfeited = 10,

    /// <summary>Nothing of the order is left and none of its trades is open: Quantity base units were swapped.</summary>
    Done = 11,

    /// <summary>A cancel-all went through: Quantity orders were cancelled.</summary>
    AllCancelled = 12,

    /// <summary>The status changed or was set again: <see cref="BookEvent.Status"/>.</summary>
    StatusSet = 13,

    /// <summary>
    /// Both legs of the swap of <see cref="BookEvent.Trade"/> are locked: Quantity base units at Price count as traded from now
    /// on. Order, Account and Side are the maker's.
    /// </summary>
    TradeLocked = 14,

    /// <summary>
    /// The order was taken off the book and comes again at Price, as a new order does: Remaining base units of it, which are
    /// Quantity more than before, or fewer where that is negative. What it does follows.
    /// </summary>
    Amended = 15,
}

/// <summary>One event: a plain value. Fields an event kind does not name are zero.</summary>
public record struct BookEvent
{
    /// <summary>Its number: the first of an instrument is 1, each one more than the last.</summary>
    public ulong Sequence { get; internal set; }

    /// <summary>The number of the command that brought it about.</summary>
    public ulong Command { get; internal set; }

    /// <summary>The order; of a trade the maker.</summary>
    public OrderId Order { get; internal set; }

    /// <summary>The taker of a trade.</summary>
    public OrderId Other { get; internal set; }

    /// <summary>The trade.</summary>
    public TradeId Trade { get; internal set; }

    /// <summary>The account of <see cref="Order"/>, or who asked.</summary>
    public AccountId Account { get; internal set; }

    /// <summary>The account of <see cref="Other"/>.</summary>
    public AccountId OtherAccount { get; internal set; }

    /// <summary>Satoshis per whole share.</summary>
    public long Price { get; internal set; }

    /// <summary>Base units.</summary>
    public long Quantity { get; internal set; }

    /// <summary>Base units of the order still to be traded.</summary>
    public long Remaining { get; internal set; }

    /// <summary>The same of the taker of a trade.</summary>
    public long OtherRemaining { get; internal set; }

    /// <summary>What happened.</summary>
    public EventKind Kind { get; internal set; }

    /// <summary>Buy or sell.</summary>
    public Side Side { get; internal set; }

    /// <summary>Why.</summary>
    public Reason Reason { get; internal set; }

    /// <summary>The status set.</summary>
    public TradingStatus Status { get; internal set; }
}

/// <summary>
/// Where the engine writes its events: the caller keeps one, clears it and hands it in again, so that a running
/// engine allocates nothing. It grows to the largest number of events ever held.
/// </summary>
public sealed class EventBuffer
{
    private BookEvent[] _events;

    /// <summary>An empty buffer.</summary>
    /// <param name="capacity">Events it holds without growing.</param>
    public EventBuffer(int capacity = 1_024) => _events = new BookEvent[Math.Max(capacity, 16)];

    /// <summary>The number of events held.</summary>
    public int Count { get; private set; }

    /// <summary>The events held, oldest first; valid until the next change.</summary>
    public ReadOnlySpan<BookEvent> Events => _events.AsSpan(0, Count);

    /// <summary>Forgets all events.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds an event that says nothing yet, to be written where it stands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref BookEvent Add()
    {
        if (Count == _events.Length) Array.Resize(ref _events, _events.Length * 2);
        ref var e = ref _events[Count++];
        e = default;
        return ref e;
    }
}
