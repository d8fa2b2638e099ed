namespace Market.Trading.Tests;

/// <summary>What becomes of orders when the swap of their trade has ended.</summary>
public sealed class TradeEndTests : BookTests
{
    [Fact]
    public void An_order_lives_until_its_swaps_have_ended()
    {
        var maker = Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 100))[1].Trade;
        Assert.True(Book.TryGetOrder(maker, out var state));
        Assert.Equal((0L, 100L, 0L), (state.Remaining, state.InSwap, state.Settled));
        Assert.True(Book.TryGetTrade(trade, out var open));
        Assert.Equal((maker, 50L, 100L), (open.Maker, open.Price, open.Quantity));
        var events = Run(Command.CloseTrade(trade, TradeOutcome.Settled, TradeOutcome.Settled));
        Assert.Equal([EventKind.Settled, EventKind.Settled, EventKind.Done, EventKind.Done], events.Select(e => e.Kind));
        Assert.Equal(100, events[2].Quantity);
        Refuses(Command.CloseTrade(trade, TradeOutcome.Settled, TradeOutcome.Settled), Reason.UnknownTrade);
        Assert.Equal((0, 0), (Book.LiveOrders, Book.OpenTrades));
    }

    [Fact]
    public void The_innocent_side_of_a_failed_swap_returns_at_its_old_price_behind_the_others()
    {
        var maker = Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 100))[1].Trade;
        var other = Place(Cid, Side.Sell, 50, 40);
        Run(Command.CloseTrade(trade, TradeOutcome.Returned, TradeOutcome.Forfeited));
        var queue = new OrderState[4];
        Assert.Equal(2, Book.CopyOrders(Side.Sell, queue));
        Assert.Equal([(other, 40L), (maker, 100L)], queue[..2].Select(o => (o.Order, o.Remaining)));
        Assert.Equal(0, Book.CountOf(Bob));
    }

    [Fact]
    public void A_returning_order_trades_at_once_when_theBook_has_come_to_meet_it()
    {
        Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 100))[1].Trade;
        Place(Cid, Side.Buy, 55, 100);
        var events = Run(Command.CloseTrade(trade, TradeOutcome.Returned, TradeOutcome.Forfeited));
        Assert.Contains(events, e => e is { Kind: EventKind.Trade, Price: 55, Quantity: 100, Side: Side.Sell });
    }

    [Fact]
    public void An_order_cancelled_while_its_swap_runs_does_not_come_back()
    {
        var maker = Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 100))[1].Trade;
        Assert.Equal(0, Run(Command.Cancel(Ann, maker))[0].Quantity);
        Refuses(Command.Cancel(Ann, maker), Reason.NothingLeft);
        var events = Run(Command.CloseTrade(trade, TradeOutcome.Returned, TradeOutcome.Forfeited));
        Assert.Contains(events, e => e.Kind == EventKind.Cancelled && e.Order == maker
            && e is { Quantity: 100, Reason: Reason.ByOwner });
        Assert.Equal(default, Book.Best(Side.Sell));
    }

    [Fact]
    public void A_filled_order_is_final_until_its_swap_fails_and_can_be_cancelled_when_it_is_back()
    {
        Book = new OrderBook(Scripts.Rules with { FilledIsFinal = true }, Scripts.Limits);
        var maker = Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 60))[1].Trade;
        var second = Run(Command.Limit(Cid, Side.Buy, 50, 40, TimeInForce.ImmediateOrCancel))[1].Trade;
        Refuses(Command.Cancel(Ann, maker), Reason.OrderSettling);
        Refuses(Command.Cancel(Cid, new OrderId(3)), Reason.OrderSettling);
        Assert.Equal(0, Assert.Single(Run(Command.CancelAll(Ann))).Quantity);

        Run(Command.CloseTrade(trade, TradeOutcome.Settled, TradeOutcome.Settled));
        Refuses(Command.Cancel(Ann, maker), Reason.OrderSettling);
        Run(Command.CloseTrade(second, TradeOutcome.Returned, TradeOutcome.Forfeited));
        Assert.Equal(new BookLevel(50, 40, 1), Book.Best(Side.Sell));
        Assert.Equal(40, Run(Command.Cancel(Ann, maker))[0].Quantity);
        Assert.Equal(0, Book.LiveOrders);
    }

    [Fact]
    public void What_is_left_of_an_order_can_be_cancelled_whatever_is_filled_of_it()
    {
        Book = new OrderBook(Scripts.Rules with { FilledIsFinal = true }, Scripts.Limits);
        var maker = Place(Ann, Side.Sell, 50, 100);
        Run(Command.Limit(Bob, Side.Buy, 50, 60));
        Assert.Equal(40, Run(Command.Cancel(Ann, maker))[0].Quantity);
        Refuses(Command.Cancel(Ann, maker), Reason.NothingLeft);
    }

    [Fact]
    public void The_legs_of_a_trade_are_locked_once_and_while_it_is_open()
    {
        Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 60, 40))[1].Trade;
        var locked = Assert.Single(Run(Command.LockTrade(trade)));
        Assert.Equal((EventKind.TradeLocked, trade, 50L, 40L, Ann), (
            locked.Kind, locked.Trade, locked.Price, locked.Quantity, locked.Account));
        Assert.True(Book.TryGetTrade(trade, out var state) && state.IsLocked);
        Refuses(Command.LockTrade(trade), Reason.TradeLockedBefore);
        Run(Command.CloseTrade(trade, TradeOutcome.Settled, TradeOutcome.Settled));
        Refuses(Command.LockTrade(trade), Reason.UnknownTrade);
    }

    [Fact]
    public void A_snapshot_of_before_is_read_and_its_trades_are_not_locked()
    {
        Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 40))[1].Trade;
        var bytes = SnapshotOfVersionOne();
        Book = OrderBook.TryRestore(bytes, Scripts.Rules, Scripts.Limits)!;
        Book.Verify();
        Assert.True(Book.TryGetTrade(trade, out var state) && !state.IsLocked);
        Assert.Equal(EventKind.TradeLocked, Assert.Single(Run(Command.LockTrade(trade))).Kind);
        var open = new OpenTradeState[2];
        Assert.Equal(1, Book.CopyTrades(open));
        Assert.True(open[0].IsLocked);
    }

    [Fact]
    public void Whether_an_order_would_take_is_told_before_it_is_placed()
    {
        Place(Ann, Side.Sell, 50, 100);
        Assert.True(Book.WouldTake(Side.Buy, 50));
        Assert.False(Book.WouldTake(Side.Buy, 45));
        Assert.False(Book.WouldTake(Side.Sell, 45));
    }

    /// <summary>The book as it was written before trades were locked: without the mark at the end of its one open trade.</summary>
    private byte[] SnapshotOfVersionOne()
    {
        var now = new Codec.RecordWriter();
        Book.WriteSnapshot(now);
        var bytes = now.Written.ToArray();
        // Behind the last trade stand only the remembered names: none, in four bytes.
        return [1, .. bytes[1..^5], .. bytes[^4..]];
    }

    [Fact]
    public void What_an_immediate_order_gets_back_is_cancelled()
    {
        Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 100, TimeInForce.ImmediateOrCancel))[1].Trade;
        Run(Command.CloseTrade(trade, TradeOutcome.Forfeited, TradeOutcome.Returned));
        Assert.Equal(0, Book.LiveOrders);
    }

    [Fact]
    public void The_guilty_side_loses_the_rest_of_its_order()
    {
        Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 300))[1].Trade;
        Assert.Equal(200, Book.Best(Side.Buy).Quantity);
        var events = Run(Command.CloseTrade(trade, TradeOutcome.Returned, TradeOutcome.Forfeited));
        Assert.Contains(events, e => e is { Kind: EventKind.Cancelled, Quantity: 200, Reason: Reason.SwapForfeited });
        Assert.Equal(default, Book.Best(Side.Buy));
    }

    [Fact]
    public void Where_nobody_is_to_blame_the_maker_returns_and_the_taker_goes_so_that_they_do_not_meet_for_ever()
    {
        var maker = Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 300))[1].Trade;
        var events = Run(Command.CloseTrade(trade, TradeOutcome.Returned, TradeOutcome.Returned));
        Assert.DoesNotContain(events, e => e.Kind == EventKind.Trade);
        Assert.Equal([200L, 100L], events.Where(e => e is { Kind: EventKind.Cancelled, Reason: Reason.CannotReturn })
            .Select(e => e.Quantity));
        Assert.Equal(new BookLevel(50, 100, 1), Book.Best(Side.Sell));
        Assert.Equal((maker, 0), (Run(Command.Limit(Cid, Side.Buy, 50, 100))[1].Order, Book.CountOf(Bob)));
    }

    [Fact]
    public void Where_nobody_is_to_blame_and_the_maker_was_cancelled_the_taker_returns()
    {
        var maker = Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 100))[1].Trade;
        Run(Command.Cancel(Ann, maker));
        Run(Command.CloseTrade(trade, TradeOutcome.Returned, TradeOutcome.Returned));
        Assert.Equal(new BookLevel(50, 100, 1), Book.Best(Side.Buy));
    }
}
