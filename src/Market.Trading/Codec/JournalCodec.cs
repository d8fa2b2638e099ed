namespace Market.Trading.Codec;

/// <summary>
/// The binary form of commands and events in the journal. Integers are little-endian; a record is its kind (1 byte)
/// and the fields that kind has, in the order written here. The form is part of the stored data: kinds and fields may
/// be added, never changed.
/// </summary>
public static class JournalCodec
{
    /// <summary>Appends a command.</summary>
    public static void Write(RecordWriter to, in Command c)
    {
        ArgumentNullException.ThrowIfNull(to);
        to.U8((byte)c.Kind);
        to.U64(c.Account.Value);
        switch (c.Kind)
        {
            case CommandKind.Place:
                to.U8((byte)c.Side);
                to.U8((byte)c.Type);
                to.U8((byte)c.TimeInForce);
                to.U8((byte)c.Flags);
                to.U8((byte)c.SelfTrade);
                to.I64(c.Price);
                to.I64(c.Quantity);
                to.Name(c.ClientId);
                to.U128(c.Body);
                if (c.TimeInForce == TimeInForce.GoodTilDate) to.I64(c.Time);
                break;
            case CommandKind.Cancel:
                to.U64(c.Order.Value);
                break;
            case CommandKind.CancelByClientId:
                to.Name(c.ClientId);
                break;
            case CommandKind.CancelAll:
                to.U8((byte)c.Scope);
                break;
            case CommandKind.Withdraw:
                to.U64(c.Order.Value);
                to.U8((byte)c.Reason);
                break;
            case CommandKind.Reduce:
                to.U64(c.Order.Value);
                to.I64(c.Quantity);
                to.U8((byte)c.Reason);
                break;
            case CommandKind.CloseTrade:
                to.U64(c.Trade.Value);
                to.U8((byte)c.Maker);
                to.U8((byte)c.Taker);
                break;
            case CommandKind.SetStatus:
                to.U8((byte)c.Status);
                break;
            case CommandKind.Amend:
                to.U64(c.Order.Value);
                to.I64(c.Price);
                to.I64(c.Quantity);
                break;
            case CommandKind.LockTrade:
                to.U64(c.Trade.Value);
                break;
            case CommandKind.Expire:
                to.U64(c.Order.Value);
                to.I64(c.Time);
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// Reads a command from the front of <paramref name="from"/> and moves it on; false when the bytes are no command.
    /// </summary>
    public static bool TryRead(ref ReadOnlySpan<byte> from, out Command command)
    {
        var c = new Cursor(from);
        var kind = (CommandKind)c.U8();
        command = new Command { Kind = kind, Account = new AccountId(c.U64()) };
        switch (kind)
        {
            case CommandKind.Place:
                command = command with
                {
                    Side = (Side)c.U8(),
                    Type = (OrderType)c.U8(),
                    TimeInForce = (TimeInForce)c.U8(),
                    Flags = (OrderFlags)c.U8(),
                    SelfTrade = (SelfTradePrevention)c.U8(),
                    Price = c.I64(),
                    Quantity = c.I64(),
                    ClientId = c.Name(),
                    Body = c.U128(),
                };
                // Nobody could place such an order before it had a time, so no older journal has one without.
                if (command.TimeInForce == TimeInForce.GoodTilDate) command = command with { Time = c.I64() };
                break;
            case CommandKind.Cancel:
                command = command with { Order = new OrderId(c.U64()) };
                break;
            case CommandKind.CancelByClientId:
                command = command with { ClientId = c.Name() };
                break;
            case CommandKind.CancelAll:
                command = command with { Scope = (CancelScope)c.U8() };
                break;
            case CommandKind.Withdraw:
                command = command with { Order = new OrderId(c.U64()), Reason = (Reason)c.U8() };
                break;
            case CommandKind.Reduce:
                command = command with { Order = new OrderId(c.U64()), Quantity = c.I64(), Reason = (Reason)c.U8() };
                break;
            case CommandKind.CloseTrade:
                command = command with
                {
                    Trade = new TradeId(c.U64()),
                    Maker = (TradeOutcome)c.U8(),
                    Taker = (TradeOutcome)c.U8(),
                };
                break;
            case CommandKind.SetStatus:
                command = command with { Status = (TradingStatus)c.U8() };
                break;
            case CommandKind.LockTrade:
                command = command with { Trade = new TradeId(c.U64()) };
                break;
            case CommandKind.Amend:
                command = command with
                {
                    Order = new OrderId(c.U64()),
                    Price = c.I64(),
                    Quantity = c.I64(),
                };
                break;
            case CommandKind.Expire:
                command = command with { Order = new OrderId(c.U64()), Time = c.I64() };
                break;
            default:
                c.Fail();
                break;
        }
        if (c.Ok) from = from[^c.Left..];
        return c.Ok;
    }

    /// <summary>Appends an event.</summary>
    public static void Write(RecordWriter to, in BookEvent e)
    {
        ArgumentNullException.ThrowIfNull(to);
        to.U8((byte)e.Kind);
        to.U8((byte)e.Side);
        to.U8((byte)e.Reason);
        to.U8((byte)e.Status);
        to.U64(e.Sequence);
        to.U64(e.Command);
        to.U64(e.Order.Value);
        to.U64(e.Account.Value);
        to.I64(e.Price);
        to.I64(e.Quantity);
        to.I64(e.Remaining);
        to.U64(e.Trade.Value);
        if (e.Kind != EventKind.Trade) return;
        to.U64(e.Other.Value);
        to.U64(e.OtherAccount.Value);
        to.I64(e.OtherRemaining);
    }

    /// <summary>
    /// Reads an event from the front of <paramref name="from"/> and moves it on; false when the bytes are no event.
    /// </summary>
    public static bool TryRead(ref ReadOnlySpan<byte> from, out BookEvent e)
    {
        var c = new Cursor(from);
        e = new BookEvent
        {
            Kind = (EventKind)c.U8(),
            Side = (Side)c.U8(),
            Reason = (Reason)c.U8(),
            Status = (TradingStatus)c.U8(),
            Sequence = c.U64(),
            Command = c.U64(),
            Order = new OrderId(c.U64()),
            Account = new AccountId(c.U64()),
            Price = c.I64(),
            Quantity = c.I64(),
            Remaining = c.I64(),
            Trade = new TradeId(c.U64()),
        };
        if (e.Kind == EventKind.Trade)
        {
            e = e with
            {
                Other = new OrderId(c.U64()),
                OtherAccount = new AccountId(c.U64()),
                OtherRemaining = c.I64(),
            };
        }
        if (e.Kind is EventKind.None or > EventKind.Amended) c.Fail();
        if (c.Ok) from = from[^c.Left..];
        return c.Ok;
    }
}
