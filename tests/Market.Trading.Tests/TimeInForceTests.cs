using Market.Trading.Codec;

namespace Market.Trading.Tests;

/// <summary>How long orders stand, and what those do that must not take or that meet their own.</summary>
public sealed class TimeInForceTests : BookTests
{
    private const OrderFlags Reprice = OrderFlags.PostOnly | OrderFlags.Reprice;

    [Fact]
    public void A_fill_or_kill_order_trades_whole_over_several_prices()
    {
        Place(Ann, Side.Sell, 50, 100);
        Place(Bob, Side.Sell, 55, 100);
        var events = Run(FillOrKill(Cid, 55, 160));
        Assert.Equal([EventKind.Accepted, EventKind.Trade, EventKind.Trade], events.Select(e => e.Kind));
        Assert.Equal(new BookLevel(55, 40, 1), Book.Best(Side.Sell));
    }

    [Theory]
    [InlineData(55, 210)]
    [InlineData(50, 110)]
    [InlineData(45, 30)]
    [InlineData(50, 120)]
    public void A_fill_or_kill_order_that_cannot_trade_whole_trades_nothing(long price, long quantity)
    {
        Place(Ann, Side.Sell, 50, 100);
        Place(Bob, Side.Sell, 55, 100);
        var events = Run(FillOrKill(Cid, price, quantity));
        Assert.Equal([EventKind.Accepted, EventKind.Cancelled, EventKind.Done], events.Select(e => e.Kind));
        Assert.Equal((quantity, Reason.FillOrKill), (events[1].Quantity, events[1].Reason));
        Assert.Equal((new BookLevel(50, 100, 1), 2), (Book.Best(Side.Sell), Book.LiveOrders));
    }

    [Fact]
    public void A_fill_or_kill_order_is_not_whole_where_a_fill_is_too_small_too_many_or_its_own()
    {
        Place(Ann, Side.Sell, 50, 100);
        Place(Bob, Side.Sell, 50, 100);
        // 20 of the second are no swap.
        Assert.Equal(Reason.FillOrKill, Run(FillOrKill(Cid, 50, 120))[1].Reason);
        foreach (var selfTrade in new[] { SelfTradePrevention.CancelNewest, SelfTradePrevention.Decrement })
            Assert.Equal(Reason.FillOrKill, Run(FillOrKill(Bob, 50, 200, selfTrade))[1].Reason);
        // Its own order is not cancelled where what is left would not be whole.
        Assert.Equal(Reason.FillOrKill, Run(FillOrKill(Ann, 50, 200, SelfTradePrevention.CancelOldest))[1].Reason);
        Assert.Equal(new BookLevel(50, 200, 2), Book.Best(Side.Sell));
        Assert.Contains(Run(FillOrKill(Ann, 50, 100, SelfTradePrevention.CancelOldest)), e => e.Kind == EventKind.Trade);
        for (var i = 0; i < 5; i++) Place(Ann, Side.Sell, 50, 30);
        Assert.Equal(Reason.FillOrKill, Run(FillOrKill(Cid, 50, 150))[1].Reason);
        Assert.Equal(4, Run(FillOrKill(Cid, 50, 120)).Count(e => e.Kind == EventKind.Trade));
    }

    [Fact]
    public void What_comes_back_from_a_swap_of_a_fill_or_kill_order_does_not_rest()
    {
        Place(Ann, Side.Sell, 50, 100);
        var trade = Run(FillOrKill(Bob, 50, 100))[1].Trade;
        var events = Run(Command.CloseTrade(trade, TradeOutcome.Forfeited, TradeOutcome.Returned));
        Assert.Contains(events, e => e is { Kind: EventKind.Cancelled, Quantity: 100, Reason: Reason.FillOrKill });
        Assert.Equal(0, Book.LiveOrders);
    }

    [Fact]
    public void A_good_till_date_order_stands_until_it_is_told_that_its_time_came()
    {
        var order = Run(Until(Ann, 50, 100, 1_000))[0].Order;
        Assert.True(Book.TryGetOrder(order, out var state));
        Assert.Equal((TimeInForce.GoodTilDate, 1_000L, 100L), (state.TimeInForce, state.Expires, state.Remaining));
        Refuses(Command.Expire(order, 999), Reason.NotExpired);
        var events = Run(Command.Expire(order, 1_000));
        Assert.Equal(
            [(EventKind.Cancelled, Reason.Expired), (EventKind.Done, Reason.None)], events.Select(e => (e.Kind, e.Reason)));
        Refuses(Command.Expire(order, 1_000), Reason.UnknownOrder);
        Refuses(Command.Expire(Place(Ann, Side.Buy, 50, 100), long.MaxValue), Reason.NotExpired);
        Refuses(Until(Ann, 50, 100, 0), Reason.Malformed);
        Refuses(Until(Ann, 50, 100, -1), Reason.Malformed);
    }

    [Fact]
    public void A_snapshot_keeps_when_an_order_expires()
    {
        var order = Run(Until(Ann, 50, 100, 1_000))[0].Order;
        var snapshot = new RecordWriter();
        Book.WriteSnapshot(snapshot);
        Book = OrderBook.TryRestore(snapshot.Written.Span, Scripts.Rules, Scripts.Limits)!;
        Refuses(Command.Expire(order, 999), Reason.NotExpired);
        Assert.Equal(Reason.Expired, Run(Command.Expire(order, 1_000))[0].Reason);
    }

    [Fact]
    public void What_comes_back_from_a_swap_after_its_time_does_not_stand_again()
    {
        var order = Run(Until(Ann, 50, 100, 1_000))[0].Order;
        var trade = Run(Command.Limit(Bob, Side.Sell, 50, 100))[1].Trade;
        Run(Command.Expire(order, 1_000));
        Refuses(Command.Expire(order, 2_000), Reason.NothingLeft);
        var events = Run(Command.CloseTrade(trade, TradeOutcome.Returned, TradeOutcome.Forfeited));
        Assert.Contains(events, e => e.Order == order && e is { Kind: EventKind.Cancelled, Quantity: 100, Reason: Reason.Expired });
        Assert.Equal(0, Book.LiveOrders);
    }

    [Theory]
    [InlineData(Side.Buy, 70, 45)]
    [InlineData(Side.Buy, 50, 45)]
    [InlineData(Side.Buy, 40, 40)]
    [InlineData(Side.Sell, 20, 40)]
    [InlineData(Side.Sell, 60, 60)]
    public void A_post_only_order_that_reprices_comes_a_tick_off_the_other_side_at_most(Side side, long asked, long gets)
    {
        Place(Ann, Side.Sell, 50, 100);
        Place(Bob, Side.Buy, 35, 100);
        var events = Run(Command.Limit(Cid, side, asked, 100, flags: Reprice));
        Assert.Equal([(EventKind.Accepted, gets), (EventKind.Rested, gets)], events.Select(e => (e.Kind, e.Price)));
    }

    [Fact]
    public void A_post_only_order_is_refused_where_no_price_is_left_that_does_not_take()
    {
        Place(Ann, Side.Sell, 5, 100);
        Refuses(Command.Limit(Cid, Side.Buy, 50, 100, flags: Reprice), Reason.WouldCross);
        Run(Command.CancelAll(Ann));
        Place(Ann, Side.Buy, 100, 100);
        Refuses(Command.Limit(Cid, Side.Sell, 50, 100, flags: Reprice), Reason.WouldCross);
        Refuses(Command.Limit(Cid, Side.Sell, 50, 100, flags: OrderFlags.Reprice), Reason.Malformed);
        Refuses(Command.Limit(Cid, Side.Sell, 50, 100, TimeInForce.FillOrKill, Reprice), Reason.Malformed);
        Book = new OrderBook(Scripts.Dear, Scripts.Limits);
        Place(Ann, Side.Sell, 40, 500_000_000);
        // Worth 40 is enough, 39 is not.
        Refuses(Command.Limit(Cid, Side.Buy, 40, 100_000_000, flags: Reprice), Reason.BelowMinimum);
    }

    [Theory]
    [InlineData(100, 60, 40, 0)]
    [InlineData(60, 100, 0, 40)]
    [InlineData(100, 100, 0, 0)]
    [InlineData(100, 80, 0, 0)]
    [InlineData(80, 100, 0, 0)]
    public void Decrement_takes_the_smaller_quantity_off_both_and_trades_nothing(long resting, long coming, long rests, long stands)
    {
        Place(Ann, Side.Sell, 50, resting);
        var events = Run(Command.Limit(Ann, Side.Buy, 50, coming, selfTrade: SelfTradePrevention.Decrement));
        Assert.DoesNotContain(events, e => e.Kind == EventKind.Trade);
        Assert.Equal(2, events.Count(e => e.Reason == Reason.SelfTrade && e.Quantity == Math.Min(resting, coming)));
        Assert.Equal((rests, stands), (Book.Best(Side.Sell).Quantity, Book.Best(Side.Buy).Quantity));
    }

    [Fact]
    public void After_a_decrement_matching_goes_on_with_what_is_left()
    {
        Place(Ann, Side.Sell, 50, 60);
        Place(Bob, Side.Sell, 50, 100);
        var events = Run(Command.Limit(Ann, Side.Buy, 50, 100, selfTrade: SelfTradePrevention.Decrement));
        Assert.Equal(
            [EventKind.Accepted, EventKind.Cancelled, EventKind.Done, EventKind.Reduced, EventKind.Trade],
            events.Select(e => e.Kind));
        Assert.Equal((40L, Bob), (events[^1].Quantity, events[^1].Account));
        Assert.Equal(new BookLevel(50, 60, 1), Book.Best(Side.Sell));
    }

    [Theory]
    [InlineData(TimeInForce.ImmediateOrCancel, 130, 100, Reason.ImmediateOrCancel)]
    [InlineData(TimeInForce.FillOrKill, 130, 0, Reason.FillOrKill)]
    [InlineData(TimeInForce.FillOrKill, 100, 100, Reason.None)]
    public void A_market_order_trades_no_worse_than_its_protection_and_never_rests(
        TimeInForce time, long quantity, long traded, Reason reason)
    {
        Place(Ann, Side.Sell, 50, 100);
        Place(Bob, Side.Sell, 60, 100);
        var events = Run(Command.Market(Cid, Side.Buy, 55, quantity, time));
        Assert.Equal(traded, events.Where(e => e.Kind == EventKind.Trade).Sum(e => e.Quantity));
        Assert.Equal(reason, events.FirstOrDefault(e => e.Kind == EventKind.Cancelled).Reason);
        Assert.Equal(0, Book.LevelCount(Side.Buy));
    }

    [Fact]
    public void A_market_order_that_would_rest_is_refused_and_what_comes_back_of_one_does_not_rest()
    {
        Refuses(Command.Market(Ann, Side.Buy, 50, 100, TimeInForce.GoodTilCancelled), Reason.Malformed);
        Refuses(Command.Market(Ann, Side.Buy, 50, 100) with { Time = 5, TimeInForce = TimeInForce.GoodTilDate }, Reason.Malformed);
        Refuses(Command.Market(Ann, Side.Buy, 50, 100) with { Flags = OrderFlags.PostOnly }, Reason.Malformed);
        Refuses(Command.Market(Ann, Side.Buy, 51, 100), Reason.PriceOffTick);
        Refuses(Command.Market(Ann, Side.Buy, 0, 100), Reason.PriceOutOfRange);
        Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Market(Bob, Side.Buy, 50, 100))[1].Trade;
        Run(Command.CloseTrade(trade, TradeOutcome.Forfeited, TradeOutcome.Returned));
        Assert.Equal(0, Book.LiveOrders);
    }

    private static Command FillOrKill(
        AccountId account, long price, long quantity, SelfTradePrevention selfTrade = SelfTradePrevention.CancelNewest) =>
        Command.Limit(account, Side.Buy, price, quantity, TimeInForce.FillOrKill, selfTrade: selfTrade);

    private static Command Until(AccountId account, long price, long quantity, long time) =>
        Command.Limit(account, Side.Buy, price, quantity, TimeInForce.GoodTilDate, expires: time);
}
