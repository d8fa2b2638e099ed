using System.Security.Cryptography;
using Market.Trading.Codec;
using Market.Trading.Internal;

namespace Market.Trading;

public sealed partial class OrderBook
{
    private const byte SnapshotVersion = 2;

    // Without whether the legs of open trades are locked.
    private const byte FirstSnapshotVersion = 1;

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
        to.U8(SnapshotVersion);
        to.U64(Sequence);
        to.U64(EventSequence);
        to.U64(_lastOrder);
        to.U64(_lastTradeId);
        to.U64(_clientIds.Forgotten);
        to.U8((byte)Status);
        WriteOrders(to);
        WriteQueue(to, _bids);
        WriteQueue(to, _asks);
        to.I32(OpenTrades);
        for (var t = _firstTrade; t >= 0; t = _trades[t].Next)
        {
            to.U64(_trades[t].Id);
            to.U64(_orders[_trades[t].Maker].Id);
            to.U64(_orders[_trades[t].Taker].Id);
            to.I64(_trades[t].Price);
            to.I64(_trades[t].Quantity);
            to.U8(_trades[t].IsLocked ? (byte)1 : (byte)0);
        }
        to.I32(_clientIds.Remembered);
        for (var e = _clientIds.Oldest; e >= 0; e = _clientIds.After(e))
        {
            to.U64(_clientIds.AccountOf(e));
            to.U64(_clientIds.OrderOf(e));
            to.Name(_clientIds.IdOf(e));
            to.U128(_clientIds.BodyOf(e));
        }
    }

    private void WriteOrders(RecordWriter to)
    {
        var slots = new List<int>(LiveOrders);
        for (var i = 0; i < _orders.Length; i++)
            if (_orders[i].Id != 0) slots.Add(i);
        slots.Sort((a, b) => _orders[a].Id.CompareTo(_orders[b].Id));
        to.I32(slots.Count);
        foreach (var slot in slots)
        {
            ref var o = ref _orders[slot];
            to.U64(o.Id);
            to.U64(o.Account);
            to.U8((byte)o.Side);
            to.U8((byte)o.TimeInForce);
            to.U8((byte)o.Flags);
            to.U8((byte)o.SelfTrade);
            to.U8((byte)o.Withdrawn);
            to.I64(o.Price);
            to.I64(o.Quantity);
            to.I64(o.Remaining);
            to.I64(o.Settled);
            to.Name(o.ClientEntry < 0 ? default : _clientIds.IdOf(o.ClientEntry));
            to.U128(o.ClientEntry < 0 ? default : _clientIds.BodyOf(o.ClientEntry));
        }
    }

    private void WriteQueue(RecordWriter to, Levels levels)
    {
        var count = 0;
        for (var l = levels.Best; l >= 0; l = levels[l].Worse) count += levels[l].Count;
        to.I32(count);
        for (var l = levels.Best; l >= 0; l = levels[l].Worse)
            for (var o = levels[l].First; o >= 0; o = _orders[o].Next) to.U64(_orders[o].Id);
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
        var book = new OrderBook(rules, limits, hashKey);
        var c = new Cursor(snapshot);
        var version = c.U8();
        if (version is not (SnapshotVersion or FirstSnapshotVersion)) return null;
        book.Sequence = c.U64();
        book.EventSequence = c.U64();
        book._lastOrder = c.U64();
        book._lastTradeId = c.U64();
        book._clientIds.Forgotten = c.U64();
        book.Status = (TradingStatus)c.U8();
        if (book.Status > TradingStatus.CancelOnly) c.Fail();
        book.ReadOrders(ref c);
        book.ReadQueue(ref c, Side.Buy);
        book.ReadQueue(ref c, Side.Sell);
        book.ReadTrades(ref c, version);
        book.ReadClientIds(ref c);
        if (!c.Ok || c.Left > 0) return null;
        book._events = new EventBuffer(16);
        try
        {
            book.Verify();
            return book;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private void ReadOrders(ref Cursor c)
    {
        var count = c.I32();
        if (count < 0 || count > Limits.MaxOrders) c.Fail();
        for (ulong i = 0, last = 0; c.Ok && i < (ulong)count; i++)
        {
            var order = new OrderNode
            {
                Id = c.U64(),
                Account = c.U64(),
                Side = (Side)c.U8(),
                TimeInForce = (TimeInForce)c.U8(),
                Flags = (OrderFlags)c.U8(),
                SelfTrade = (SelfTradePrevention)c.U8(),
                Withdrawn = (Reason)c.U8(),
                Price = c.I64(),
                Quantity = c.I64(),
                Remaining = c.I64(),
                Settled = c.I64(),
                Level = -1,
                Next = -1,
                Previous = -1,
                ClientEntry = -1,
            };
            var name = c.Name();
            var body = c.U128();
            if (order.Id <= last || order.Id > _lastOrder || order.Account == 0 || order.Side > Side.Sell
                || order.Price <= 0 || order.Price > Rules.MaxPrice || order.Quantity < 0
                || order.Quantity > Rules.MaxQuantity || order.Quantity > MaxTotalQuantity - _totalQuantity
                || order.Remaining < 0 || order.Remaining > order.Quantity || order.Settled < 0
                || order.Settled > order.Quantity || (name.Exists && _clientIds.Find(order.Account, name) >= 0)) c.Fail();
            if (!c.Ok) return;
            last = order.Id;
            if (name.Exists) order.ClientEntry = _clientIds.Add(order.Account, name, body, order.Id);
            var slot = _freeOrder;
            _freeOrder = _orders[slot].Next;
            _orders[slot] = order;
            Register(slot);
        }
    }

    private void ReadQueue(ref Cursor c, Side side)
    {
        var count = c.I32();
        if (count < 0 || count > LiveOrders) c.Fail();
        _events = new EventBuffer(16);
        for (var i = 0; c.Ok && i < count; i++)
        {
            var slot = _orderIds.Find(c.U64());
            if (slot < 0 || _orders[slot].Side != side || _orders[slot].Level >= 0 || _orders[slot].Remaining == 0) c.Fail();
            if (!c.Ok) return;
            var sequence = EventSequence;
            Rest(slot);
            EventSequence = sequence;
            _events.Clear();
        }
    }

    private void ReadTrades(ref Cursor c, byte version)
    {
        var count = c.I32();
        if (count < 0 || count > Limits.MaxOpenTrades) c.Fail();
        for (ulong i = 0, last = 0; c.Ok && i < (ulong)count; i++)
        {
            var id = c.U64();
            var maker = _orderIds.Find(c.U64());
            var taker = _orderIds.Find(c.U64());
            var price = c.I64();
            var quantity = c.I64();
            var locked = version == FirstSnapshotVersion ? (byte)0 : c.U8();
            if (locked > 1 || id <= last || id > _lastTradeId || maker < 0 || taker < 0 || maker == taker || price <= 0
                || quantity <= 0 || quantity > Rules.MaxQuantity) c.Fail();
            if (!c.Ok) return;
            last = id;
            Join(ref _orders[maker], quantity);
            Join(ref _orders[taker], quantity);
            AddTrade(id, maker, taker, price, quantity);
            _trades[_lastTrade].IsLocked = locked == 1;
        }
    }

    private static void Join(ref OrderNode order, long quantity)
    {
        order.OpenTrades++;
        // A sum that runs over turns negative, which Verify refuses.
        order.InSwap = order.InSwap < 0 || order.InSwap + quantity > order.Quantity ? -1 : order.InSwap + quantity;
    }

    private void ReadClientIds(ref Cursor c)
    {
        var count = c.I32();
        if (count < 0 || count > Limits.ClientIdMemory) c.Fail();
        for (var i = 0; c.Ok && i < count; i++)
        {
            var account = c.U64();
            var order = c.U64();
            var name = c.Name();
            var body = c.U128();
            if (!name.Exists || account == 0 || order == 0 || order > _lastOrder || _clientIds.Find(account, name) >= 0)
                c.Fail();
            if (!c.Ok) return;
            _clientIds.Retire(_clientIds.Add(account, name, body, order));
        }
    }
}
