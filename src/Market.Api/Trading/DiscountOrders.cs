using System.Diagnostics.CodeAnalysis;
using Market.Api.Data;
using Market.Api.Results;
using Market.Contracts;
using Market.Trading;
using Side = Market.Trading.Side;

namespace Market.Api.Trading;

/// <summary>
/// The orders of a book whose price follows face value. What the price is follows from the valuation of a batch's time; what is
/// journaled are the commands that come of it, so that a replay needs no valuation. With each valuation all of them are looked at
/// twice, so many in a batch: first those are moved that go away from the other side, then those that come nearer, since an order
/// that came nearer first would trade with one that was to go. Moved are those among the best of their side, so many a valuation,
/// and any other once in <see cref="Pace"/>; what an order is about to reach is moved before it (<see cref="Repricing"/>). For the
/// sequencer alone, but for <see cref="AreThere"/>.
/// </summary>
/// <param name="rules">The book's.</param>
/// <param name="valued">What is said of a share's worth at a time; null where nothing is known.</param>
internal sealed class DiscountOrders(InstrumentRules rules, Func<DateTimeOffset, ValuationRow?> valued)
{
    /// <summary>Orders that get another price in one batch.</summary>
    public const int MostMoved = 250;

    /// <summary>Orders that are looked at in one batch.</summary>
    public const int MostLooked = 10_000;

    /// <summary>The best orders of each side, whoever's: what stands or comes among them is moved with each valuation.</summary>
    public const int NearOrders = 20;

    /// <summary>Orders that one valuation moves because they are near, or in an order's way, to where they are to stand.</summary>
    public const int MostNear = 64;

    /// <summary>What is in an order's way beyond that goes further, by this part of its price: it must go again only once face
    /// value has moved as much, or it came back in its turn.</summary>
    public const int FarPart = 256;

    /// <summary>How often an order is moved wherever it stands.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

    // In turn: whoever was moved goes to the end.
    private readonly LinkedList<Followed> _orders = [];
    private readonly Dictionary<long, LinkedListNode<Followed>> _places = [];
    private readonly OrderState[] _best = new OrderState[NearOrders];
    private LinkedListNode<Followed>? _next;
    private ValuationRow? _last;
    private OrderRow? _taken;
    private DateTimeOffset _time;
    private decimal _face;
    private long _nearAsk, _nearBid;
    private int _goLooks, _comeLooks, _looks, _nearLeft;
    private volatile bool _areThere;

    /// <summary>Whether there are any. Safe from any thread.</summary>
    public bool AreThere => _areThere;

    /// <summary>Whether some are to be looked at still.</summary>
    public bool IsBehind => _orders.Count > 0 && _goLooks + _comeLooks > 0;

    /// <summary>Starts anew from the tables. Face value may have moved meanwhile: all are looked at.</summary>
    public void Restart(IEnumerable<OrderRow> live)
    {
        _orders.Clear();
        _places.Clear();
        (_last, _next, _taken) = (null, null, null);
        foreach (var row in live.OrderBy(row => row.Id)) Add(row, DateTimeOffset.MinValue);
        _areThere = _orders.Count > 0;
    }

    /// <summary>A new order; one whose price is its own is passed by.</summary>
    /// <param name="row">The order.</param>
    /// <param name="time">When it got its price.</param>
    public void Add(OrderRow row, DateTimeOffset time)
    {
        if (row.Discount is null) return;
        _places.Add(row.Id, _orders.AddLast(new Followed(row) { MovedAt = time }));
        _areThere = true;
    }

    /// <summary>An order that is done.</summary>
    public void Remove(OrderRow row)
    {
        if (row.Discount is null || !_places.Remove(row.Id, out var place)) return;
        Pass(place);
        _orders.Remove(place);
        _areThere = _orders.Count > 0;
    }

    /// <summary>An order got another price; one whose price is its own is passed by.</summary>
    /// <param name="row">The order.</param>
    /// <param name="time">When.</param>
    public void Moved(OrderRow row, DateTimeOffset time)
    {
        if (!_places.TryGetValue(row.Id, out var place)) return;
        place.Value.MovedAt = time;
        if (ReferenceEquals(row, _taken)) (_taken, _nearLeft) = (null, _nearLeft - 1);
        Pass(place);
        _orders.Remove(place);
        _orders.AddLast(place);
    }

    /// <summary>An order that follows face value; null where none of it lives under that number.</summary>
    public OrderRow? Find(OrderId order) => _places.TryGetValue((long)order.Value, out var place) ? place.Value.Row : null;

    /// <summary>Gives a new order that names a discount the price at which it stands.</summary>
    /// <param name="placing">The order.</param>
    /// <param name="time">What time it is.</param>
    /// <returns>Why it cannot have one; null also where its price is its own.</returns>
    public Refusal? Price(Work.Placing placing, DateTimeOffset time)
    {
        var (command, draft) = (placing.Command, placing.Draft);
        if (draft.Discount is not { } discount) return null;
        if (DiscountPrice.FaceOf(valued(time)) is not { } face) return NoFaceValue();
        placing.Command = command with
        {
            Price = DiscountPrice.Of(command.Side, discount, draft.WorstPrice, face, rules.Tick),
        };
        return null;
    }

    /// <summary>Makes of another discount or worst price of an order the price at which it stands then.</summary>
    /// <param name="amending">What is asked.</param>
    /// <param name="row">The order.</param>
    /// <param name="time">What time it is.</param>
    /// <returns>Why it cannot be so; null also where nothing of it changes.</returns>
    public Refusal? Price(Work.Amending amending, OrderRow row, DateTimeOffset time)
    {
        var command = amending.Command;
        if (row.Discount is not { } before || row.WorstPrice is not { } worstBefore)
        {
            return amending.Discount is null
                ? null
                : Refusal.Invalid("discount", "is for orders that were placed with one; the price of this one is its own");
        }
        // The engine says why nothing of it can be amended.
        if (row.Remaining == 0)
        {
            amending.Command = command with { Price = row.Price };
            return null;
        }
        var remaining = command.Quantity == 0 ? row.Remaining : command.Quantity - row.InSwap - row.Settled;
        if ((amending.Discount is null && command.Price == 0) || remaining <= 0) return null;
        var discount = amending.Discount ?? new DiscountFactor(before);
        var worst = command.Price == 0 ? worstBefore : command.Price;
        if (rules.Judge(worst, remaining) is var wrong and not Reason.None) return OrderMapping.ToRefusal(wrong);
        if (DiscountPrice.FaceOf(valued(time)) is not { } face) return NoFaceValue();
        var price = DiscountPrice.Of((Side)row.Side, discount, worst, face, rules.Tick);
        // To the engine nought is "as it is".
        if (price == 0) return OrderMapping.ToRefusal(Reason.PriceOutOfRange);
        (amending.Follows, amending.Command) = ((discount, worst), command with { Price = price });
        return null;
    }

    /// <summary>Begins a batch's part of the work.</summary>
    /// <param name="book">The book, as it is.</param>
    /// <param name="time">What time it is.</param>
    /// <returns>False where nothing is said of face value.</returns>
    public bool Begin(OrderBook book, DateTimeOffset time)
    {
        _looks = MostLooked;
        return Look(book, time);
    }

    /// <summary>Looks what is said of face value; where that is another valuation, all orders are to be looked at anew.</summary>
    /// <param name="book">The book, as it is.</param>
    /// <param name="time">What time it is.</param>
    /// <returns>False where nothing is said.</returns>
    public bool Look(OrderBook book, DateTimeOffset time)
    {
        if (valued(time) is not { } valuation || DiscountPrice.FaceOf(valuation) is not { } face) return false;
        if (!ReferenceEquals(valuation, _last))
        {
            (_goLooks, _comeLooks, _nearLeft, _next) = (_orders.Count, _orders.Count, MostNear, _orders.First);
            _nearAsk = WorstOfBest(book, Side.Sell, long.MaxValue);
            _nearBid = WorstOfBest(book, Side.Buy, 0);
        }
        (_last, _face, _time) = (valuation, face, time);
        return true;
    }

    /// <summary>Takes the next order that is to stand at another price, and is to be moved there now.</summary>
    /// <param name="book">The book, as it is.</param>
    /// <param name="row">The order.</param>
    /// <param name="price">Its price, satoshis per whole share, which the book's rules may not let it have.</param>
    /// <returns>False where the batch's part is done.</returns>
    public bool TryTake(OrderBook book, [NotNullWhen(true)] out OrderRow? row, out long price)
    {
        while (_looks > 0 && IsBehind)
        {
            _looks--;
            var goes = _goLooks > 0;
            if (goes) _goLooks--;
            else _comeLooks--;
            // What was moved, and what came, stands behind those of the pass.
            var place = (_next ?? _orders.First!).Value;
            _next = (_next ?? _orders.First!).Next;
            if (goes && _goLooks == 0) _next = _orders.First;
            row = place.Row;
            price = PriceOf(row, book);
            if (price == row.Price || row.Remaining == 0 || goes != GoesAway(row, price)) continue;
            var isDue = _time - place.MovedAt >= Pace;
            if (!isDue && (_nearLeft == 0 || !IsNear(row, price))) continue;
            _taken = isDue ? null : row;
            return true;
        }
        (row, price) = (null, 0);
        return false;
    }

    /// <summary>Whether an order is to stand further from the other side than it does, at the face value of now: nobody may trade
    /// with it where it stands. After <see cref="Look"/>.</summary>
    /// <param name="row">The order.</param>
    /// <param name="book">The book, as it is.</param>
    /// <param name="price">Where it is to stand, satoshis per whole share.</param>
    public bool MustGo(OrderRow row, OrderBook book, out long price) =>
        (price = PriceOf(row, book)) != row.Price && GoesAway(row, price);

    /// <summary>Whether an order stands where it is now, or nearer to the other side. After <see cref="Look"/>.</summary>
    public bool StaysOrComes(OrderRow row, OrderBook book) => !MustGo(row, book, out _);

    private static Refusal NoFaceValue() =>
        new(ProblemCodes.NoFaceValue, "The market has said nothing of a share's face value for a minute.");

    private bool IsNear(OrderRow row, long price) => (Side)row.Side == Side.Sell
        ? Math.Min(row.Price, price) <= _nearAsk
        : Math.Max(row.Price, price) >= _nearBid;

    private long WorstOfBest(OrderBook book, Side side, long whereFew) =>
        book.CopyOrders(side, _best) == NearOrders ? _best[^1].Price : whereFew;

    /// <summary>An order is about to leave its place in turn.</summary>
    private void Pass(LinkedListNode<Followed> place)
    {
        if (ReferenceEquals(place, _next)) _next = place.Next;
    }

    /// <summary>Counts an order that is moved out of another's way among those that one valuation moves.</summary>
    /// <returns>False where as many were moved.</returns>
    public bool TrySpend()
    {
        if (_nearLeft == 0) return false;
        _nearLeft--;
        return true;
    }

    /// <summary>Further from the other side than a price, satoshis per whole share.</summary>
    public long Beyond(OrderRow row, long price)
    {
        var far = Math.Max(price / FarPart / rules.Tick, 1) * rules.Tick;
        return (Side)row.Side == Side.Sell ? price + far : price - far;
    }

    private static bool GoesAway(OrderRow row, long price) => (Side)row.Side == Side.Sell == price > row.Price;

    /// <summary>The price at which an order is to stand now, satoshis per whole share. After <see cref="Look"/>.</summary>
    public long PriceOf(OrderRow row, OrderBook book)
    {
        var side = (Side)row.Side;
        var price = DiscountPrice.Of(side, new DiscountFactor(row.Discount!.Value), row.WorstPrice!.Value, _face, rules.Tick);
        var flags = (OrderFlags)row.Flags;
        if ((flags & OrderFlags.PostOnly) == 0 || !book.WouldTake(side, price)) return price;
        // One that never takes comes as near as it may, or, where that is to be refused, stays until it may.
        return (flags & OrderFlags.Reprice) == 0 ? row.Price
            : side == Side.Sell ? book.Best(Side.Buy).Price + rules.Tick
            : book.Best(Side.Sell).Price - rules.Tick;
    }

    /// <summary>An order, and when it got its price.</summary>
    private sealed class Followed(OrderRow row)
    {
        public OrderRow Row { get; } = row;

        public DateTimeOffset MovedAt { get; set; }
    }
}
