using System.Runtime.CompilerServices;
using Market.Trading;

namespace Market.MatchingSuite;

/// <summary>
/// The order book carrying out the suite's messages: with all of its checks, an account for each side since the suite names none,
/// and the end of each trade's swap at once, which the suite does not know.
/// </summary>
internal sealed unsafe class Session
{
    /// <summary>What is added to the suite's prices, which may be negative.</summary>
    public const long Offset = 1L << 32;

    private readonly EventBuffer _events = new(1 << 12);
    private readonly OrderNames _names = new();
    private ulong _written;
    private ulong _room;

    /// <summary>An empty book.</summary>
    /// <param name="queue">Takes the reports.</param>
    public Session(ReportQueue* queue)
    {
        Queue = queue;
        _written = queue->Written;
        _room = _written;
    }

    /// <summary>Where reports go.</summary>
    public ReportQueue* Queue { get; }

    /// <summary>The book.</summary>
    public OrderBook Book { get; } = new(
        new InstrumentRules
        {
            MaxQuantity = uint.MaxValue,
            MaxPrice = 2 * Offset,
            MaxFillsPerOrder = int.MaxValue,
        },
        new BookLimits
        {
            MaxOrders = 1 << 20,
            MaxOrdersPerAccount = 1 << 20,
            MaxOpenTrades = 1 << 16,
            ClientIdMemory = 0,
        });

    /// <summary>Carries out messages, one after the other.</summary>
    public void Run(TaggedMessage* messages, uint count)
    {
        for (var m = messages; m < messages + count; m++)
        {
            switch (m->Type)
            {
                case 0: Place(&m->New); break;
                case 1: Cancel(&m->Cancel); break;
                default: Modify(&m->Modify); break;
            }
        }
    }

    private void Place(NewOrder* order)
    {
        Push(ReportType.OrderAck, order->Sequence, order->Id, order->Side, order->Price, order->Quantity);
        Enter(order->Id, order->Sequence, (Side)order->Side, order->Price, order->Quantity, order->Ioc != 0);
    }

    private void Enter(ulong id, ulong sequence, Side side, long price, uint quantity, bool immediate)
    {
        _events.Clear();
        Book.Execute(
            Command.Limit(
                AccountOf(side), side, price + Offset, quantity,
                immediate ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTilCancelled),
            _events);
        var happened = _events.Events;
        ref readonly var first = ref happened[0];
        if (first.Kind != EventKind.Accepted) Environment.FailFast($"order {id} refused: {first.Reason}");
        var number = first.Order.Value;
        var trades = 0;
        ulong firstTrade = 0;
        for (var i = 1; i < happened.Length; i++)
        {
            ref readonly var e = ref happened[i];
            switch (e.Kind)
            {
                case EventKind.Rested: _names.Add(id, number, side == Side.Sell); break;
                case EventKind.Trade:
                    if (trades++ == 0) firstTrade = e.Trade.Value;
                    var maker = _names.OfNumber(e.Order.Value);
                    ref var trade = ref Take(ReportType.Trade, sequence);
                    trade.Price = e.Price - Offset;
                    trade.Quantity = (uint)e.Quantity;
                    trade.Maker = maker;
                    trade.Taker = id;
                    Publish();
                    if (e.Remaining == 0) _names.TryRemove(maker, out _, out _);
                    break;
                case EventKind.Cancelled:
                    Push(ReportType.CancelAck, sequence, id, (byte)side, price, (uint)e.Quantity);
                    break;
                default: break;
            }
        }

        for (var i = 0; i < trades; i++)
        {
            _events.Clear();
            Book.Execute(
                Command.CloseTrade(new TradeId(firstTrade + (ulong)i), TradeOutcome.Settled, TradeOutcome.Settled), _events);
        }
    }

    private void Cancel(CancelOrder* cancel)
    {
        if (!TakeOff(cancel->Id, out var taken))
        {
            Push(ReportType.CancelReject, cancel->Sequence, cancel->Id, 0, 0, 0);
            return;
        }

        Push(ReportType.CancelAck, cancel->Sequence, cancel->Id, (byte)taken.Side, taken.Price - Offset, (uint)taken.Quantity);
    }

    private void Modify(ModifyOrder* modify)
    {
        if (!TakeOff(modify->Id, out var taken))
        {
            Push(ReportType.ModifyReject, modify->Sequence, modify->Id, 0, 0, 0);
            return;
        }

        Push(ReportType.ModifyAck, modify->Sequence, modify->Id, (byte)taken.Side, modify->Price, modify->Quantity);
        Enter(modify->Id, modify->Sequence, taken.Side, modify->Price, modify->Quantity, false);
    }

    private bool TakeOff(ulong id, out Taken taken)
    {
        if (!_names.TryRemove(id, out var number, out var isSell))
        {
            taken = default;
            return false;
        }

        _events.Clear();
        Book.Execute(Command.Cancel(AccountOf(isSell ? Side.Sell : Side.Buy), new OrderId(number)), _events);
        ref readonly var e = ref _events.Events[0];
        taken = new Taken(e.Side, e.Price, e.Quantity);
        return true;
    }

    // One for each side: they never trade with themselves, which the suite does not forbid.
    private static AccountId AccountOf(Side side) => new(1 + (ulong)side);

    private readonly record struct Taken(Side Side, long Price, long Quantity);

    private void Push(ReportType type, ulong sequence, ulong id, byte side, long price, uint quantity)
    {
        ref var report = ref Take(type, sequence);
        report.Side = side;
        report.Id = id;
        report.Price = price;
        report.Quantity = quantity;
        Publish();
    }

    // The place of the next report, empty but for what all have; waits for the reader where it is behind.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Report Take(ReportType type, ulong sequence)
    {
        if (_written == _room) WaitForRoom();
        ref var report = ref Queue->Reports[_written & Queue->Mask];
        report = default;
        report.Type = type;
        report.Sequence = sequence;
        return ref report;
    }

    private void Publish() => Volatile.Write(ref Queue->Written, ++_written);

    private void WaitForRoom()
    {
        while ((_room = Volatile.Read(ref Queue->Read) + Queue->Mask + 1) == _written) Thread.SpinWait(1);
    }
}
