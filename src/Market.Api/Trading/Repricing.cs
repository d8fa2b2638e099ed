using Market.Api.Data;
using Market.Api.Realtime;
using Market.Trading;
using Side = Market.Trading.Side;

namespace Market.Api.Trading;

/// <summary>
/// Moves the orders of a book whose price follows face value: when something new was said of it, and when a swap that failed
/// gives a quantity back. For the sequencer alone, but for <see cref="Call"/> and <see cref="Skip"/>.
/// </summary>
/// <param name="discounts">The orders.</param>
/// <param name="check">Why an order does not take.</param>
/// <param name="projection">The tables' view of the book.</param>
/// <param name="listing">What the instrument takes.</param>
/// <param name="instrument">The instrument's id.</param>
/// <param name="queue">What waits for the sequencer.</param>
/// <param name="doubt">Whether face value may be another than what was said last.</param>
/// <param name="clock">The clock.</param>
internal sealed class Repricing(DiscountOrders discounts, OrderCheck check, Projection projection, InstrumentListing listing,
    string instrument, WorkQueue queue, ValueDoubt doubt, TimeProvider clock) : IDisposable
{
    /// <summary>Orders that are moved out of one order's way.</summary>
    public const int MostCleared = 1_000;

    private readonly List<(OrderRow Row, long Price)> _stale = [];
    private OrderState[] _reach = new OrderState[64];
    private ITimer? _timer;
    private int _called;

    /// <summary>No work of it waits any more: the next call brings another. Safe from any thread.</summary>
    public void Skip() => Volatile.Write(ref _called, 0);

    /// <summary>Has orders that follow face value priced again. Safe from any thread.</summary>
    public void Call()
    {
        if (discounts.AreThere && Interlocked.Exchange(ref _called, 1) == 0
            && !queue.TryAdd(new Work.Repricing { Ticket = queue.NextTicket() })) Skip();
    }

    /// <summary>Whether new orders wait until it is said what a share is worth: nobody trades with quotes that a tip made old.
    /// Looks again by itself when that is over.</summary>
    public bool Holds()
    {
        if (!discounts.AreThere || doubt.Left is not { } left) return false;
        _timer ??= clock.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(left, Timeout.InfiniteTimeSpan);
        return true;
    }

    /// <summary>Has the sequencer take what it held back. Safe from any thread.</summary>
    public void Wake()
    {
        if (queue.HasHeld) queue.TryAdd(new Work.Waking { Ticket = queue.NextTicket() });
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    /// <summary>Gives orders that follow face value another price: as many as one batch may, the next in the next.</summary>
    public void Go(BatchExecution batch, OrderBook book, DateTimeOffset time)
    {
        Skip();
        if (!discounts.Begin(book, time)) return;
        for (var moved = 0; moved < DiscountOrders.MostMoved && discounts.TryTake(book, out var row, out var price); moved++)
            Move(row, price, batch, book, time);
        if (discounts.IsBehind) Call();
    }

    /// <summary>
    /// Before an order takes: whatever it would reach that face value has moved away goes first, so that nobody trades at a price
    /// which its discount forbids, however long ago it was moved. The walk is the engine's own, and as far: own orders are passed
    /// by, which may end without using up anything.
    /// </summary>
    /// <param name="taker">The order: its account, side, price as its limit, and at least the quantity that it takes.</param>
    /// <param name="batch">Where it is carried out.</param>
    /// <param name="book">The book.</param>
    /// <param name="time">What time it is.</param>
    /// <returns>False where more is in its way than is moved at once: ask again.</returns>
    public bool TryClearWay(in Taker taker, BatchExecution batch, OrderBook book, DateTimeOffset time)
    {
        if (!discounts.AreThere || !book.WouldTake(taker.Side, taker.Price) || !discounts.Look(book, time)) return true;
        var left = MostCleared;
        while (true)
        {
            FindStale(taker, book);
            if (_stale.Count == 0) return true;
            // A copy: what is moved may have others moved out of its own way.
            foreach (var (row, price) in _stale.ToArray())
            {
                if (left-- == 0) return false;
                var beyond = discounts.Beyond(row, price);
                var isFar = !discounts.TrySpend() && WhyNotAt(row, beyond, book) == Market.Trading.Reason.None;
                Move(row, isFar ? beyond : price, batch, book, time);
            }
        }
    }

    /// <summary>What must go of what an order would reach if what goes stood at its price already.</summary>
    private void FindStale(in Taker taker, OrderBook book)
    {
        _stale.Clear();
        var against = taker.Side == Side.Buy ? Side.Sell : Side.Buy;
        var (left, fills, from) = (taker.Quantity, 0, 0);
        while (true)
        {
            var count = book.CopyOrders(against, _reach);
            for (; from < count; from++)
            {
                ref readonly var order = ref _reach[from];
                if (left <= 0 || fills == book.Rules.MaxFillsPerOrder || !taker.Takes(order.Price)) return;
                long price;
                if (discounts.Find(order.Order) is { } row && discounts.MustGo(row, book, out price)) _stale.Add((row, price));
                else price = order.Price;
                if (order.Account == taker.Account || !taker.Takes(price)) continue;
                left -= order.Remaining;
                fills++;
            }
            if (count < _reach.Length) return;
            Array.Resize(ref _reach, _reach.Length * 4);
        }
    }

    private void Move(OrderRow row, long price, BatchExecution batch, OrderBook book, DateTimeOffset time)
    {
        var order = new OrderId((ulong)row.Id);
        var account = new AccountId((ulong)row.Account);
        if (WhyNotAt(row, price, book) is var reason and not Market.Trading.Reason.None)
        {
            batch.Execute(Command.Withdraw(order, reason), null, book, time);
        }
        else if (check.Judge(row, price, book) is null
            && TryClearWay(new Taker(account, (Side)row.Side, price, row.Remaining), batch, book, time))
        {
            batch.Execute(Command.Amend(account, order, price, quantity: 0), null, book, time);
        }
    }

    /// <summary>Ends a trade. What comes back of an order may trade at once, so what is in its way goes first. One that follows
    /// face value and had nothing left on the book was moved by no valuation meanwhile: what comes back of it goes to the price of
    /// now, and, where it would trade at the former one, is taken off instead.</summary>
    /// <returns>False where more is in its way than is moved at once, and nothing was ended: ask again.</returns>
    public bool CloseTrade(in Command close, BatchExecution batch, OrderBook book, DateTimeOffset time)
    {
        var back = discounts.AreThere && book.Status == TradingStatus.Open ? projection.GetBack(close) : [];
        foreach (var row in back)
        {
            var taker = new Taker(new AccountId((ulong)row.Account), (Side)row.Side, row.Price, row.Quantity);
            if (!TryClearWay(taker, batch, book, time)) return false;
        }
        var isValued = back.Count > 0 && discounts.Look(book, time);
        foreach (var row in back.Where(Follows))
        {
            if (row.Remaining == 0 && book.WouldTake((Side)row.Side, row.Price)
                && !(isValued && discounts.StaysOrComes(row, book)))
                batch.Execute(Command.Withdraw(new OrderId((ulong)row.Id), Market.Trading.Reason.CannotReturn), null, book, time);
        }
        batch.Execute(close, null, book, time);
        foreach (var row in back.Where(Follows))
        {
            if (isValued && row is { Live: true, Remaining: > 0 } && discounts.PriceOf(row, book) is var price
                && price != row.Price) Move(row, price, batch, book, time);
        }
        return true;
    }

    private static bool Follows(OrderRow row) => row.Discount is not null;

    /// <summary>Why an order is taken off the book that cannot stand at the price which face value gives it; None where it can.
    /// </summary>
    private Reason WhyNotAt(OrderRow row, long price, OrderBook book) => book.Rules.Judge(price, row.Remaining) switch
    {
        Market.Trading.Reason.None => OrderCheck.TooLarge(instrument, listing.MostWorth, price, row.Remaining) is null
            ? Market.Trading.Reason.None
            : Market.Trading.Reason.ByMarket,
        // Of a purchase also at no price at all.
        Market.Trading.Reason.BelowMinimum => Market.Trading.Reason.RestBelowMinimum,
        Market.Trading.Reason.PriceOutOfRange when price <= 0 => Market.Trading.Reason.RestBelowMinimum,
        _ => Market.Trading.Reason.ByMarket,
    };
}
