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
public sealed partial class OrderBook
{
    // No sum of quantities of orders that live at the same time exceeds it, so that none overflows.
    private const long MaxTotalQuantity = 1L << 62;

    private readonly Levels _bids;
    private readonly Levels _asks;
    private readonly OrderNode[] _orders;
    private readonly AccountNode[] _accounts;
    private readonly TradeNode[] _trades;
    private readonly IdTable _orderIds;
    private readonly IdTable _accountIds;
    private readonly IdTable _tradeIds;
    private readonly ClientIdTable _clientIds;
    private int _freeOrder;
    private int _freeAccount;
    private int _freeTrade;
    private int _firstTrade = -1;
    private int _lastTrade = -1;
    private long _totalQuantity;
    private ulong _lastOrder;
    private ulong _lastTradeId;
    private EventBuffer _events = new(16);

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
        rules.Check();
        limits.Check();
        Rules = rules;
        Limits = limits;
        _bids = new Levels(Side.Buy, limits.MaxOrders);
        _asks = new Levels(Side.Sell, limits.MaxOrders);
        _orders = new OrderNode[limits.MaxOrders];
        _accounts = new AccountNode[limits.MaxOrders];
        _trades = new TradeNode[limits.MaxOpenTrades];
        for (var i = 0; i < _orders.Length; i++) _orders[i].Next = i + 1 < _orders.Length ? i + 1 : -1;
        for (var i = 0; i < _accounts.Length; i++) _accounts[i].NextFree = i + 1 < _accounts.Length ? i + 1 : -1;
        for (var i = 0; i < _trades.Length; i++) _trades[i].Next = i + 1 < _trades.Length ? i + 1 : -1;
        _orderIds = new IdTable(limits.MaxOrders);
        _accountIds = new IdTable(limits.MaxOrders);
        _tradeIds = new IdTable(limits.MaxOpenTrades);
        _clientIds = new ClientIdTable(limits.MaxOrders, limits.ClientIdMemory, hashKey);
    }

    /// <summary>What orders may look like.</summary>
    public InstrumentRules Rules { get; }

    /// <summary>How much the book holds.</summary>
    public BookLimits Limits { get; }

    /// <summary>The number of the last command; the first is 1. Refused commands count.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>The number of the last event; the first is 1.</summary>
    public ulong EventSequence { get; private set; }

    /// <summary>Whether orders are taken.</summary>
    public TradingStatus Status { get; private set; }

    /// <summary>Orders that are not done.</summary>
    public int LiveOrders { get; private set; }

    /// <summary>Trades whose swap has not ended.</summary>
    public int OpenTrades { get; private set; }

    /// <summary>
    /// Done orders whose client order ids this engine no longer knows: while it is 0, a client order id that the engine
    /// takes as new is new.
    /// </summary>
    public ulong ForgottenClientIds => _clientIds.Forgotten;

    /// <summary>Carries out one command and adds what happened, one event at least, to the buffer.</summary>
    public void Execute(in Command command, EventBuffer events)
    {
        _events = events;
        Sequence++;
        switch (command.Kind)
        {
            case CommandKind.Place: Place(command); break;
            case CommandKind.Cancel: Cancel(command, FindOwn(command.Account, command.Order)); break;
            case CommandKind.CancelByClientId: Cancel(command, FindByClientId(command.Account, command.ClientId)); break;
            case CommandKind.CancelAll: CancelAll(command); break;
            case CommandKind.Withdraw: Withdraw(command); break;
            case CommandKind.Reduce: Reduce(command); break;
            case CommandKind.CloseTrade: CloseTrade(command); break;
            case CommandKind.SetStatus: SetStatus(command); break;
            case CommandKind.LockTrade: LockTrade(command); break;
            default: Reject(command, Reason.Malformed); break;
        }
    }

    private void Place(in Command c)
    {
        if (c.ClientId.Exists)
        {
            // A repeated request is answered before anything else is asked of it: its answer must not change.
            var known = _clientIds.Find(c.Account.Value, c.ClientId);
            if (known >= 0)
            {
                if (_clientIds.BodyOf(known) == c.Body) EmitDuplicate(c, _clientIds.OrderOf(known));
                else Reject(c, Reason.ClientIdReused);
                return;
            }
        }
        var refusal = Judge(c);
        if (refusal != Reason.None)
        {
            Reject(c, refusal);
            return;
        }
        var slot = TakeOrder(c);
        ref var order = ref _orders[slot];
        _events.Add(Event(EventKind.Accepted, order) with { Quantity = order.Quantity });
        Match(slot);
        if (order.Remaining > 0)
        {
            if (order.TimeInForce == TimeInForce.ImmediateOrCancel) Withdraw(slot, Reason.ImmediateOrCancel);
            else Rest(slot);
        }
        // What comes back from a swap of an immediate order must not rest either.
        if (order.TimeInForce == TimeInForce.ImmediateOrCancel && order.Withdrawn == Reason.None)
            order.Withdrawn = Reason.ImmediateOrCancel;
        EndIfDone(slot);
    }

    /// <summary>Why the order cannot be taken, or None.</summary>
    private Reason Judge(in Command c)
    {
        if (!c.Account.Exists || c.Side > Side.Sell || c.Type != OrderType.Limit
            || c.TimeInForce > TimeInForce.ImmediateOrCancel || c.Flags > OrderFlags.PostOnly
            || c.SelfTrade > SelfTradePrevention.CancelOldest) return Reason.Malformed;
        var postOnly = (c.Flags & OrderFlags.PostOnly) != 0;
        if (postOnly && c.TimeInForce == TimeInForce.ImmediateOrCancel) return Reason.Malformed;
        if (Status != TradingStatus.Open) return Reason.TradingHalted;
        var refusal = Rules.Judge(c.Price, c.Quantity);
        if (refusal != Reason.None) return refusal;
        if (LiveOrders == Limits.MaxOrders || c.Quantity > MaxTotalQuantity - _totalQuantity) return Reason.BookFull;
        var account = _accountIds.Find(c.Account.Value);
        if (account >= 0 && _accounts[account].Count >= Limits.MaxOrdersPerAccount) return Reason.AccountFull;
        return postOnly && Crosses(c.Side, c.Price) ? Reason.WouldCross : Reason.None;
    }

    private void SetStatus(in Command c)
    {
        if (c.Status > TradingStatus.CancelOnly)
        {
            Reject(c, Reason.Malformed);
            return;
        }
        Status = c.Status;
        _events.Add(new BookEvent
        {
            Kind = EventKind.StatusSet,
            Sequence = ++EventSequence,
            Command = Sequence,
            Status = c.Status,
        });
    }

    private Levels LevelsOf(Side side) => side == Side.Buy ? _bids : _asks;

    private Levels LevelsAgainst(Side side) => side == Side.Buy ? _asks : _bids;

    private bool Crosses(Side side, long price)
    {
        var against = LevelsAgainst(side);
        if (against.Best < 0) return false;
        var best = against.PriceOf(against.Best);
        return side == Side.Buy ? best <= price : best >= price;
    }

    private int FindOwn(AccountId account, OrderId order)
    {
        var slot = _orderIds.Find(order.Value);
        return slot >= 0 && _orders[slot].Account == account.Value ? slot : -1;
    }

    private int FindByClientId(AccountId account, in ClientOrderId id)
    {
        if (!id.Exists) return -1;
        var entry = _clientIds.Find(account.Value, id);
        return entry < 0 ? -1 : _orderIds.Find(_clientIds.OrderOf(entry));
    }

    private void Reject(in Command c, Reason reason) => _events.Add(new BookEvent
    {
        Kind = EventKind.Rejected,
        Sequence = ++EventSequence,
        Command = Sequence,
        Account = c.Account,
        Order = c.Order,
        Trade = c.Trade,
        Reason = reason,
    });

    private void EmitDuplicate(in Command c, ulong order) => _events.Add(new BookEvent
    {
        Kind = EventKind.Duplicate,
        Sequence = ++EventSequence,
        Command = Sequence,
        Account = c.Account,
        Order = new OrderId(order),
    });

    private BookEvent Event(EventKind kind, in OrderNode order) => new()
    {
        Kind = kind,
        Sequence = ++EventSequence,
        Command = Sequence,
        Order = new OrderId(order.Id),
        Account = new AccountId(order.Account),
        Side = order.Side,
        Price = order.Price,
        Remaining = order.Remaining,
    };
}
