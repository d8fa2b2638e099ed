using Market.Trading.Codec;

namespace Market.Trading.Internal;

/// <summary>A book's whole state as bytes, and back.</summary>
internal static class Snapshots
{
    private const byte SnapshotVersion = 3;

    // Without orders that are good till a date, and so without their times.
    private const byte UndatedSnapshotVersion = 2;

    // Without whether the legs of open trades are locked.
    private const byte FirstSnapshotVersion = 1;

    /// <summary>
    /// Appends the whole state in its one canonical form: counters; orders by number; the numbers of the resting ones
    /// in the order they would trade, bids then asks; open trades by number; remembered client order ids, oldest first.
    /// </summary>
    public static void Write(BookState book, RecordWriter to)
    {
        to.U8(SnapshotVersion);
        to.U64(book.Sequence);
        to.U64(book.EventSequence);
        to.U64(book.LastOrder);
        to.U64(book.LastTradeId);
        to.U64(book.ClientIds.Forgotten);
        to.U8((byte)book.Status);
        WriteOrders(book, to);
        WriteQueue(book, to, book.Bids);
        WriteQueue(book, to, book.Asks);
        to.I32(book.OpenTrades);
        for (var t = book.FirstTrade; t >= 0; t = book.Trades[t].Next)
        {
            to.U64(book.Trades[t].Id);
            to.U64(book.Orders[book.Trades[t].Maker].Id);
            to.U64(book.Orders[book.Trades[t].Taker].Id);
            to.I64(book.Trades[t].Price);
            to.I64(book.Trades[t].Quantity);
            to.U8(book.Trades[t].IsLocked ? (byte)1 : (byte)0);
        }
        to.I32(book.ClientIds.Remembered);
        for (var e = book.ClientIds.Oldest; e >= 0; e = book.ClientIds.After(e))
        {
            to.U64(book.ClientIds.AccountOf(e));
            to.U64(book.ClientIds.OrderOf(e));
            to.Name(book.ClientIds.IdOf(e));
            to.U128(book.ClientIds.BodyOf(e));
        }
    }

    private static void WriteOrders(BookState book, RecordWriter to)
    {
        var slots = new List<int>(book.LiveOrders);
        for (var i = 0; i < book.Orders.Length; i++)
            if (book.Orders[i].Id != 0) slots.Add(i);
        slots.Sort((a, b) => book.Orders[a].Id.CompareTo(book.Orders[b].Id));
        to.I32(slots.Count);
        foreach (var slot in slots)
        {
            ref var o = ref book.Orders[slot];
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
            to.Name(o.ClientEntry < 0 ? default : book.ClientIds.IdOf(o.ClientEntry));
            to.U128(o.ClientEntry < 0 ? default : book.ClientIds.BodyOf(o.ClientEntry));
            if (o.TimeInForce == TimeInForce.GoodTilDate) to.I64(book.Expiries[slot]);
        }
    }

    private static void WriteQueue(BookState book, RecordWriter to, Levels levels)
    {
        var count = 0;
        for (var l = levels.Best; l >= 0; l = levels[l].Worse) count += levels[l].Count;
        to.I32(count);
        for (var l = levels.Best; l >= 0; l = levels[l].Worse)
            for (var o = levels[l].First; o >= 0; o = book.Queue[o].Next) to.U64(book.Orders[o].Id);
    }

    /// <summary>The state that a snapshot was taken of; null where the bytes are none under these rules and limits.</summary>
    public static BookState? TryRead(ReadOnlySpan<byte> snapshot, InstrumentRules rules, BookLimits limits, ulong hashKey)
    {
        var book = new BookState(rules, limits, hashKey);
        var c = new Cursor(snapshot);
        var version = c.U8();
        if (version is not (SnapshotVersion or UndatedSnapshotVersion or FirstSnapshotVersion)) return null;
        book.Sequence = c.U64();
        book.EventSequence = c.U64();
        book.LastOrder = c.U64();
        book.LastTradeId = c.U64();
        book.ClientIds.Forgotten = c.U64();
        book.Status = (TradingStatus)c.U8();
        if (book.Status > TradingStatus.CancelOnly) c.Fail();
        ReadOrders(book, ref c);
        ReadQueue(book, ref c, Side.Buy);
        ReadQueue(book, ref c, Side.Sell);
        ReadTrades(book, ref c, version);
        ReadClientIds(book, ref c);
        if (!c.Ok || c.Left > 0) return null;
        book.Events = new EventBuffer(16);
        try
        {
            BookInvariants.Verify(book);
            return book;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static void ReadOrders(BookState book, ref Cursor c)
    {
        var count = c.I32();
        if (count < 0 || count > book.Limits.MaxOrders) c.Fail();
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
                ClientEntry = -1,
            };
            var name = c.Name();
            var body = c.U128();
            var expires = order.TimeInForce == TimeInForce.GoodTilDate ? c.I64() : 0;
            if (order.Id <= last || order.Id > book.LastOrder || order.Account == 0 || order.Side > Side.Sell
                || order.Price <= 0 || order.Price > book.Rules.MaxPrice || order.Quantity < 0
                || order.Quantity > book.Rules.MaxQuantity || order.Quantity > BookState.MaxTotalQuantity - book.TotalQuantity
                || order.Remaining < 0 || order.Remaining > order.Quantity || order.Settled < 0
                || order.Settled > order.Quantity || expires < 0
                || (name.Exists && book.ClientIds.Find(order.Account, name) >= 0)) c.Fail();
            if (!c.Ok) return;
            last = order.Id;
            if (name.Exists) order.ClientEntry = book.ClientIds.Add(order.Account, name, body, order.Id);
            var slot = book.FreeOrder;
            book.FreeOrder = book.Queue[slot].Next;
            book.Orders[slot] = order;
            book.Expiries[slot] = expires;
            book.Register(slot, book.AccountIds.Find(order.Account));
        }
    }

    private static void ReadQueue(BookState book, ref Cursor c, Side side)
    {
        var count = c.I32();
        if (count < 0 || count > book.LiveOrders) c.Fail();
        book.Events = new EventBuffer(16);
        for (var i = 0; c.Ok && i < count; i++)
        {
            var slot = book.OrderIds.Find(c.U64());
            if (slot < 0 || book.Orders[slot].Side != side || book.Orders[slot].Level >= 0
                || book.Orders[slot].Remaining == 0) c.Fail();
            if (!c.Ok) return;
            var sequence = book.EventSequence;
            book.Rest(slot);
            book.EventSequence = sequence;
            book.Events.Clear();
        }
    }

    private static void ReadTrades(BookState book, ref Cursor c, byte version)
    {
        var count = c.I32();
        if (count < 0 || count > book.Limits.MaxOpenTrades) c.Fail();
        for (ulong i = 0, last = 0; c.Ok && i < (ulong)count; i++)
        {
            var id = c.U64();
            var maker = book.OrderIds.Find(c.U64());
            var taker = book.OrderIds.Find(c.U64());
            var price = c.I64();
            var quantity = c.I64();
            var locked = version == FirstSnapshotVersion ? (byte)0 : c.U8();
            if (locked > 1 || id <= last || id > book.LastTradeId || maker < 0 || taker < 0 || maker == taker || price <= 0
                || quantity <= 0 || quantity > book.Rules.MaxQuantity) c.Fail();
            if (!c.Ok) return;
            last = id;
            Join(ref book.Orders[maker], quantity);
            Join(ref book.Orders[taker], quantity);
            book.AddTrade(id, maker, taker, price, quantity);
            book.Trades[book.LastTrade].IsLocked = locked == 1;
        }
    }

    private static void Join(ref OrderNode order, long quantity)
    {
        order.OpenTrades++;
        // A sum that runs over turns negative, which Verify refuses.
        order.InSwap = order.InSwap < 0 || order.InSwap + quantity > order.Quantity ? -1 : order.InSwap + quantity;
    }

    private static void ReadClientIds(BookState book, ref Cursor c)
    {
        var count = c.I32();
        if (count < 0 || count > book.Limits.ClientIdMemory) c.Fail();
        for (var i = 0; c.Ok && i < count; i++)
        {
            var account = c.U64();
            var order = c.U64();
            var name = c.Name();
            var body = c.U128();
            if (!name.Exists || account == 0 || order == 0 || order > book.LastOrder || book.ClientIds.Find(account, name) >= 0)
                c.Fail();
            if (!c.Ok) return;
            book.ClientIds.Retire(book.ClientIds.Add(account, name, body, order));
        }
    }
}
