using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Market.Trading.Codec;
using Market.Trading.Internal;

namespace Market.Trading;

/// <summary>
/// The order book of one instrument and its matching: continuous, price then time. It is a plain state machine: the
/// same commands in the same order give the same events and the same state, bit for bit. Everything is allocated
/// when it is made; a command allocates nothing. Not safe for use by several threads at once.
/// </summary>
/// <remarks>
/// An order lives from its acceptance until nothing of it remains to be traded and none of its trades is open: a trade
/// opens a swap, and a swap that fails gives its quantity back to the innocent side's order, at its old price and
/// behind the orders that stand there; where nobody is to blame, to the maker's, and the taker's is withdrawn.
/// Invariants: the book is never crossed; every resting quantity is large enough to be swapped, so that every fill is.
/// </remarks>
public sealed class OrderBook
{
    private readonly BookState _book;

    /// <summary>An empty book that takes orders.</summary>
    /// <param name="rules">What orders may look like.</param>
    /// <param name="limits">How much the book holds; memory for all of it is taken now.</param>
    /// <param name="hashKey">
    /// A secret random number that keeps strangers from choosing colliding client order ids. It changes no result.
    /// </param>
    /// <exception cref="ArgumentException">Rules or limits contradict themselves.</exception>
    public OrderBook(InstrumentRules rules, BookLimits limits, ulong hashKey = 0x2545F4914F6CDD1D)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(limits);
        _book = new BookState(rules, limits, hashKey);
    }

    private OrderBook(BookState book) => _book = book;

    /// <summary>What orders may look like.</summary>
    public InstrumentRules Rules => _book.Rules;

    /// <summary>How much the book holds.</summary>
    public BookLimits Limits => _book.Limits;

    /// <summary>The number of the last command; the first is 1. Refused commands count.</summary>
    public ulong Sequence => _book.Sequence;

    /// <summary>The number of the last event; the first is 1.</summary>
    public ulong EventSequence => _book.EventSequence;

    /// <summary>Whether orders are taken.</summary>
    public TradingStatus Status => _book.Status;

    /// <summary>Orders that are not done.</summary>
    public int LiveOrders => _book.LiveOrders;

    /// <summary>Trades whose swap has not ended.</summary>
    public int OpenTrades => _book.OpenTrades;

    /// <summary>
    /// Done orders whose client order ids this engine no longer knows: while it is 0, a client order id that the engine
    /// takes as new is new.
    /// </summary>
    public ulong ForgottenClientIds => _book.ClientIds.Forgotten;

    /// <summary>Carries out one command and adds what happened, one event at least, to the buffer.</summary>
    public void Execute(in Command command, EventBuffer events)
    {
        _book.Events = events;
        _book.Sequence++;
        switch (command.Kind)
        {
            case CommandKind.Place: Place(command); break;
            case CommandKind.Cancel: Cancelling.Cancel(_book, command, _book.FindOwn(command.Account, command.Order)); break;
            case CommandKind.CancelByClientId:
                Cancelling.Cancel(_book, command, _book.FindByClientId(command.Account, command.ClientId));
                break;
            case CommandKind.CancelAll: Cancelling.CancelAll(_book, command); break;
            case CommandKind.Withdraw: Cancelling.Withdraw(_book, command); break;
            case CommandKind.Reduce: Cancelling.Reduce(_book, command); break;
            case CommandKind.CloseTrade: Settling.CloseTrade(_book, command); break;
            case CommandKind.SetStatus: SetStatus(command); break;
            case CommandKind.LockTrade: Settling.LockTrade(_book, command); break;
            case CommandKind.Amend: Amending.Amend(_book, command); break;
            case CommandKind.Expire: Cancelling.Expire(_book, command); break;
            default: _book.Reject(command, Reason.Malformed); break;
        }
    }

    private void Place(in Command c)
    {
        if (c.HasClientId)
        {
            // A repeated request is answered before anything else is asked of it: its answer must not change.
            var known = _book.ClientIds.Find(c.Account.Value, c.ClientId);
            if (known >= 0)
            {
                if (_book.ClientIds.BodyOf(known) == c.Body) EmitDuplicate(c, _book.ClientIds.OrderOf(known));
                else _book.Reject(c, Reason.ClientIdReused);
                return;
            }
        }
        var account = _book.AccountIds.Find(c.Account.Value);
        var refusal = Judge(c, account);
        if (refusal != Reason.None)
        {
            _book.Reject(c, refusal);
            return;
        }
        var slot = _book.TakeOrder(c, account);
        ref var order = ref _book.Orders[slot];
        if ((order.Flags & OrderFlags.Reprice) != 0 && _book.Crosses(order.Side, order.Price))
            order.Price = _book.BestWithoutTrade(order.Side);
        _book.Emit(EventKind.Accepted, order, order.Quantity);
        // What trades with nobody is as large as it was judged to be.
        if (_book.Crosses(order.Side, order.Price)
            && (order.TimeInForce != TimeInForce.FillOrKill || Matching.TradesWhole(_book, slot))) Matching.Match(_book, slot);
        if (order.TimeInForce != TimeInForce.GoodTilCancelled) KeepToTime(slot, c.Time);
        if (order.Remaining > 0) _book.Rest(slot);
        _book.EndIfDone(slot);
    }

    /// <summary>An order that does not stand for ever, after it has traded.</summary>
    private void KeepToTime(int slot, long expires)
    {
        ref var order = ref _book.Orders[slot];
        if (order.TimeInForce == TimeInForce.GoodTilDate)
        {
            _book.Expiries[slot] = expires;
            return;
        }
        var reason = order.TimeInForce == TimeInForce.FillOrKill ? Reason.FillOrKill : Reason.ImmediateOrCancel;
        if (order.Remaining > 0) _book.Withdraw(slot, reason);
        // What comes back from a swap of an immediate order must not rest either.
        else if (order.Withdrawn == Reason.None) order.Withdrawn = reason;
    }

    /// <summary>Why the order cannot be taken, or None.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Reason Judge(in Command c, int account)
    {
        if (!c.Account.Exists || c.Side > Side.Sell || c.Type > OrderType.Market || c.TimeInForce > TimeInForce.FillOrKill
            || c.Flags > (OrderFlags.PostOnly | OrderFlags.Reprice) || c.SelfTrade > SelfTradePrevention.Decrement
            || ((c.Flags != OrderFlags.None || c.TimeInForce == TimeInForce.GoodTilDate || c.Type != OrderType.Limit)
                && !FitTogether(c))) return Reason.Malformed;
        if (_book.Status != TradingStatus.Open) return Reason.TradingHalted;
        var refusal = _book.Rules.Judge(c.Price, c.Quantity);
        if (refusal != Reason.None) return refusal;
        if (_book.LiveOrders == _book.Limits.MaxOrders || c.Quantity > BookState.MaxTotalQuantity - _book.TotalQuantity)
            return Reason.BookFull;
        if (account >= 0 && _book.Accounts[account].Count >= _book.Limits.MaxOrdersPerAccount) return Reason.AccountFull;
        return c.Flags != OrderFlags.None && _book.Crosses(c.Side, c.Price) ? _book.JudgeCrossing(c.Side, c.Flags, c.Quantity)
            : Reason.None;
    }

    /// <summary>False where type, flags, time in force and time contradict each other.</summary>
    private static bool FitTogether(in Command c)
    {
        var rests = c.TimeInForce is TimeInForce.GoodTilCancelled or TimeInForce.GoodTilDate;
        return c.Flags != OrderFlags.Reprice
            && (rests || c.Flags == OrderFlags.None)
            && !(rests && c.Type == OrderType.Market)
            && (c.TimeInForce != TimeInForce.GoodTilDate || c.Time > 0);
    }

    private void SetStatus(in Command c)
    {
        if (c.Status > TradingStatus.CancelOnly)
        {
            _book.Reject(c, Reason.Malformed);
            return;
        }
        _book.Status = c.Status;
        _book.Emit(EventKind.StatusSet).Status = c.Status;
    }

    private void EmitDuplicate(in Command c, ulong order)
    {
        ref var e = ref _book.Emit(EventKind.Duplicate);
        e.Account = c.Account;
        e.Order = new OrderId(order);
    }

    /// <summary>The number of prices with resting orders.</summary>
    public int LevelCount(Side side) => _book.LevelsOf(side).Count;

    /// <summary>The best level, or the default value when the side is empty.</summary>
    public BookLevel Best(Side side)
    {
        var levels = _book.LevelsOf(side);
        return levels.Best < 0 ? default : LevelOf(levels, levels.Best);
    }

    /// <summary>The level of this price; Quantity and Orders are 0 when nothing rests there.</summary>
    public BookLevel LevelAt(Side side, long price)
    {
        var levels = _book.LevelsOf(side);
        var level = levels.Find(price);
        return level < 0 ? new BookLevel(price, 0, 0) : LevelOf(levels, level);
    }

    /// <summary>Writes the levels from the best on, as many as fit; returns how many.</summary>
    public int CopyLevels(Side side, Span<BookLevel> to)
    {
        var levels = _book.LevelsOf(side);
        var count = 0;
        for (var l = levels.Best; l >= 0 && count < to.Length; l = levels[l].Worse) to[count++] = LevelOf(levels, l);
        return count;
    }

    /// <summary>
    /// Writes the levels gathered into bins of <paramref name="width"/> satoshis, best first, as many as fit; returns
    /// how many. Bins without orders are left out. A bid's bin is named by its lowest price and an ask's by its
    /// highest, so that a bin never promises more than its orders keep.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The width is not positive.</exception>
    public int CopyBins(Side side, long width, Span<BookLevel> to)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        var levels = _book.LevelsOf(side);
        var count = 0;
        for (var l = levels.Best; l >= 0; l = levels[l].Worse)
        {
            var level = LevelOf(levels, l);
            var bin = level.Price / width * width;
            if (side == Side.Sell && bin != level.Price) bin += width;
            if (count > 0 && to[count - 1].Price == bin)
            {
                var sum = to[count - 1];
                to[count - 1] = new BookLevel(bin, sum.Quantity + level.Quantity, sum.Orders + level.Orders);
            }
            else
            {
                if (count == to.Length) break;
                to[count++] = level with { Price = bin };
            }
        }
        return count;
    }

    /// <summary>Writes the resting orders in the order they would trade, as many as fit; returns how many.</summary>
    public int CopyOrders(Side side, Span<OrderState> to)
    {
        var levels = _book.LevelsOf(side);
        var count = 0;
        for (var l = levels.Best; l >= 0 && count < to.Length; l = levels[l].Worse)
            for (var o = levels[l].First; o >= 0 && count < to.Length; o = _book.Queue[o].Next)
                to[count++] = StateOf(_book.Orders[o]);
        return count;
    }

    /// <summary>The order, if it is not done.</summary>
    public bool TryGetOrder(OrderId order, out OrderState state)
    {
        var slot = _book.OrderIds.Find(order.Value);
        state = slot < 0 ? default : StateOf(_book.Orders[slot]);
        return slot >= 0;
    }

    /// <summary>The order the account named so, if it is not done or was done lately: its number.</summary>
    public bool TryFindClientId(AccountId account, ClientOrderId id, out OrderId order)
    {
        var entry = id.Exists ? _book.ClientIds.Find(account.Value, id) : -1;
        order = entry < 0 ? default : new OrderId(_book.ClientIds.OrderOf(entry));
        return entry >= 0;
    }

    /// <summary>The trade, if its swap has not ended.</summary>
    public bool TryGetTrade(TradeId trade, out OpenTradeState state)
    {
        var slot = _book.TradeIds.Find(trade.Value);
        state = slot < 0 ? default : StateOf(_book.Trades[slot]);
        return slot >= 0;
    }

    /// <summary>Writes the trades whose swap has not ended, oldest first, as many as fit; returns how many.</summary>
    public int CopyTrades(Span<OpenTradeState> to)
    {
        var count = 0;
        for (var t = _book.FirstTrade; t >= 0 && count < to.Length; t = _book.Trades[t].Next)
            to[count++] = StateOf(_book.Trades[t]);
        return count;
    }

    /// <summary>True where an order of this side and price would trade at once, with whomever.</summary>
    public bool WouldTake(Side side, long price) => _book.Crosses(side, price);

    /// <summary>The highest price at which an order may trade or rest, as the book is: its own, and of one to sell that would trade
    /// the best bid's, or, where it is moved instead, the one at which it then rests.</summary>
    /// <param name="side">The order's.</param>
    /// <param name="price">The order's.</param>
    /// <param name="flags">The order's.</param>
    public long HighestPrice(Side side, long price, OrderFlags flags) => side == Side.Buy || !_book.Crosses(side, price) ? price
        : (flags & OrderFlags.Reprice) != 0 ? _book.BestWithoutTrade(side)
        : Best(Side.Buy).Price;

    /// <summary>How many orders of the account are not done.</summary>
    public int CountOf(AccountId account)
    {
        var slot = _book.AccountIds.Find(account.Value);
        return slot < 0 ? 0 : _book.Accounts[slot].Count;
    }

    private static BookLevel LevelOf(Levels levels, int level) =>
        new(levels.PriceOf(level), levels[level].Quantity, levels[level].Count);

    private OpenTradeState StateOf(in TradeNode t) => new(
        new TradeId(t.Id), new OrderId(_book.Orders[t.Maker].Id), new OrderId(_book.Orders[t.Taker].Id), t.Price, t.Quantity,
        t.IsLocked);

    private OrderState StateOf(in OrderNode o) => new()
    {
        Order = new OrderId(o.Id),
        Account = new AccountId(o.Account),
        Side = o.Side,
        TimeInForce = o.TimeInForce,
        Flags = o.Flags,
        Price = o.Price,
        Quantity = o.Quantity,
        Remaining = o.Remaining,
        InSwap = o.InSwap,
        Settled = o.Settled,
        Expires = o.TimeInForce == TimeInForce.GoodTilDate ? _book.Expiries[_book.OrderIds.Find(o.Id)] : 0,
        Withdrawn = o.Withdrawn,
        ClientId = o.ClientEntry < 0 ? default : _book.ClientIds.IdOf(o.ClientEntry),
        Body = o.ClientEntry < 0 ? default : _book.ClientIds.BodyOf(o.ClientEntry),
    };

    /// <summary>
    /// SHA-256 of the snapshot: two books are in the same state exactly when their hashes are equal.
    /// </summary>
    public byte[] StateHash()
    {
        var writer = new RecordWriter();
        WriteSnapshot(writer);
        return SHA256.HashData(writer.Written.Span);
    }

    /// <summary>
    /// Appends the whole state in its one canonical form: counters; orders by number; the numbers of the resting ones
    /// in the order they would trade, bids then asks; open trades by number; remembered client order ids, oldest first.
    /// </summary>
    public void WriteSnapshot(RecordWriter to)
    {
        ArgumentNullException.ThrowIfNull(to);
        Snapshots.Write(_book, to);
    }

    /// <summary>
    /// Makes the book a snapshot was taken of; null when the bytes are not the snapshot of a book under these rules
    /// and limits.
    /// </summary>
    /// <param name="snapshot">As <see cref="WriteSnapshot"/> writes it.</param>
    /// <param name="rules">The rules of the book.</param>
    /// <param name="limits">Its limits.</param>
    /// <param name="hashKey">As for the constructor.</param>
    public static OrderBook? TryRestore(ReadOnlySpan<byte> snapshot, InstrumentRules rules, BookLimits limits,
        ulong hashKey = 0x2545F4914F6CDD1D)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(limits);
        return Snapshots.TryRead(snapshot, rules, limits, hashKey) is { } book ? new OrderBook(book) : null;
    }

    /// <summary>Throws unless all invariants hold. For tests; slow.</summary>
    /// <exception cref="InvalidOperationException">Names the broken invariant.</exception>
    internal void Verify() => BookInvariants.Verify(_book);
}
