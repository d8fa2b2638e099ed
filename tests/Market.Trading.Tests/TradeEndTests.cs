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
