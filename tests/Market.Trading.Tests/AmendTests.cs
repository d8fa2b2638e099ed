namespace Market.Trading.Tests;

/// <summary>Orders that get another price or quantity.</summary>
public sealed class AmendTests : BookTests
{
    [Fact]
    public void Less_at_the_same_price_keeps_its_place_and_more_or_another_price_loses_it()
    {
        var first = Place(Ann, Side.Sell, 50, 100);
        var second = Place(Bob, Side.Sell, 50, 100);
        Assert.Equal(EventKind.Reduced, Assert.Single(Run(Amend(Ann, first, 0, 60))).Kind);
        Assert.Equal(first, Run(Command.Limit(Cid, Side.Buy, 50, 30))[1].Order);

        var events = Run(Amend(Ann, first, 0, 100));
        Assert.Equal([(EventKind.Amended, 40L, 70L), (EventKind.Rested, 0L, 70L)],
            events.Select(e => (e.Kind, e.Quantity, e.Remaining)));
        Assert.Equal(second, Run(Command.Limit(Cid, Side.Buy, 50, 30))[1].Order);

        // There and back again is last, too.
        Run(Amend(Bob, second, 55, 0));
        Run(Amend(Bob, second, 50, 0));
        Assert.Equal(first, Run(Command.Limit(Cid, Side.Buy, 50, 30))[1].Order);
        Assert.Equal(new BookLevel(50, 110, 2), Book.Best(Side.Sell));
    }

    [Fact]
    public void As_it_stands_is_answered_and_keeps_its_place()
    {
        var first = Place(Ann, Side.Sell, 50, 100);
        Place(Bob, Side.Sell, 50, 100);
        var e = Assert.Single(Run(Amend(Ann, first, 50, 100)));
        Assert.Equal((EventKind.Reduced, 0L, 100L), (e.Kind, e.Quantity, e.Remaining));
        Assert.Equal(first, Run(Command.Limit(Cid, Side.Buy, 50, 30))[1].Order);
    }

    [Fact]
    public void At_a_price_that_crosses_it_trades_as_a_new_order_does()
    {
        Place(Ann, Side.Sell, 50, 100);
        var bid = Place(Bob, Side.Buy, 40, 60);
        var events = Run(Amend(Bob, bid, 55, 150));
        Assert.Equal([EventKind.Amended, EventKind.Trade, EventKind.Rested], events.Select(e => e.Kind));
        Assert.Equal((50L, 100L, bid), (events[1].Price, events[1].Quantity, events[1].Other));
        Assert.Equal(new BookLevel(55, 50, 1), Book.Best(Side.Buy));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(40)]
    public void No_more_than_is_filled_cancels_what_is_left(long quantity)
    {
        var order = Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 60))[1].Trade;
        var events = Run(Amend(Ann, order, 0, quantity));
        Assert.Equal((EventKind.Cancelled, 40L, Reason.ByOwner), (events[0].Kind, events[0].Quantity, events[0].Reason));
        Run(Command.CloseTrade(trade, TradeOutcome.Returned, TradeOutcome.Forfeited));
        Assert.Equal(0, Book.LiveOrders);
    }

    [Fact]
    public void Is_for_the_owner_alone_and_leaves_the_order_its_name()
    {
        var order = Run(Command.Limit(Ann, Side.Sell, 50, 100, clientId: Name("x"), body: 7))[0].Order;
        Refuses(Amend(Bob, order, 55, 0), Reason.UnknownOrder);
        Assert.Equal(order, Run(Amend(Ann, order, 55, 0))[0].Order);
        Assert.Equal(55, Book.Best(Side.Sell).Price);
        // The name still stands for the order as it was placed.
        Assert.Equal(EventKind.Duplicate, Run(Command.Limit(Ann, Side.Sell, 50, 100, clientId: Name("x"), body: 7))[0].Kind);
    }

    [Fact]
    public void What_an_order_may_not_be_it_does_not_become()
    {
        var order = Place(Ann, Side.Sell, 50, 100);
        Refuses(Amend(Ann, order, 0, 0), Reason.Malformed);
        Refuses(Amend(Ann, order, -5, 0), Reason.Malformed);
        Refuses(Amend(Ann, order, 0, -10), Reason.Malformed);
        Refuses(Amend(Ann, order, 51, 0), Reason.PriceOffTick);
        Refuses(Amend(Ann, order, 105, 0), Reason.PriceOutOfRange);
        Refuses(Amend(Ann, order, 0, 105), Reason.QuantityOffLot);
        Refuses(Amend(Ann, order, 0, 1_010), Reason.QuantityOutOfRange);
        Refuses(Amend(Ann, order, 0, 20), Reason.BelowMinimum);
        Assert.Equal(new BookLevel(50, 100, 1), Book.Best(Side.Sell));
        Run(Command.SetStatus(TradingStatus.CancelOnly));
        Refuses(Amend(Ann, order, 55, 0), Reason.TradingHalted);
        Refuses(Amend(Ann, order, 0, 110), Reason.TradingHalted);
        Assert.Equal(EventKind.Reduced, Run(Amend(Ann, order, 0, 90))[0].Kind);
        Run(Command.SetStatus(TradingStatus.Open));
        Run(Command.Limit(Bob, Side.Buy, 50, 90));
        Refuses(Amend(Ann, order, 0, 200), Reason.NothingLeft);
        Refuses(Amend(Ann, new OrderId(99), 50, 0), Reason.UnknownOrder);
    }

    [Fact]
    public void The_greatest_quantity_is_that_of_all_of_an_order_what_is_filled_among_it()
    {
        var order = Place(Ann, Side.Sell, 50, 1_000);
        Run(Command.Limit(Bob, Side.Buy, 50, 100));
        Refuses(Amend(Ann, order, 55, 1_050), Reason.QuantityOutOfRange);
        Assert.Equal(900, Run(Amend(Ann, order, 55, 1_000))[0].Remaining);
    }

    [Fact]
    public void A_post_only_order_is_not_amended_into_a_taker()
    {
        Place(Ann, Side.Sell, 50, 100);
        var strict = Place(Bob, Side.Buy, 40, 100, OrderFlags.PostOnly);
        Refuses(Amend(Bob, strict, 50, 0), Reason.WouldCross);
        var moving = Place(Cid, Side.Buy, 40, 100, OrderFlags.PostOnly | OrderFlags.Reprice);
        Assert.Equal([45L, 45], Run(Amend(Cid, moving, 60, 0)).Select(e => e.Price));
    }

    private static Command Amend(AccountId account, OrderId order, long price, long quantity) =>
        Command.Amend(account, order, price, quantity);
}
