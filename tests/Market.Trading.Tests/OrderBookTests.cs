namespace Market.Trading.Tests;

public sealed class OrderBookTests : BookTests
{
    [Fact]
    public void Trades_at_the_makers_price_best_price_first_then_oldest()
    {
        var late = Place(Ann, Side.Sell, 50, 100);
        var dear = Place(Bob, Side.Sell, 55, 100);
        var later = Place(Bob, Side.Sell, 50, 100);
        var events = Run(Command.Limit(Cid, Side.Buy, 55, 250));
        Assert.Equal([(late, 50L, 100L), (later, 50, 100), (dear, 55, 50)],
            events.Where(e => e.Kind == EventKind.Trade).Select(e => (e.Order, e.Price, e.Quantity)));
        Assert.Equal(new BookLevel(55, 50, 1), Book.Best(Side.Sell));
        Assert.Equal(default, Book.Best(Side.Buy));
    }

    [Fact]
    public void What_does_not_trade_rests_and_theBook_shows_it()
    {
        Place(Ann, Side.Buy, 40, 100);
        Place(Bob, Side.Buy, 45, 60);
        Place(Cid, Side.Buy, 40, 30);
        var levels = new BookLevel[10];
        Assert.Equal(2, Book.CopyLevels(Side.Buy, levels));
        Assert.Equal([new BookLevel(45, 60, 1), new BookLevel(40, 130, 2)], levels[..2]);
        Assert.Equal(new BookLevel(40, 130, 2), Book.LevelAt(Side.Buy, 40));
        Assert.Equal(new BookLevel(35, 0, 0), Book.LevelAt(Side.Buy, 35));
        Assert.Equal(2, Book.LevelCount(Side.Buy));
    }

    [Fact]
    public void Bins_name_bids_by_their_lowest_and_asks_by_their_highest_price()
    {
        foreach (var price in new[] { 10, 15, 20, 25 }) Place(Ann, Side.Buy, price, 30);
        foreach (var price in new[] { 35, 40, 45 }) Place(Bob, Side.Sell, price, 30);
        var bins = new BookLevel[10];
        Assert.Equal(2, Book.CopyBins(Side.Buy, 20, bins));
        Assert.Equal([new BookLevel(20, 60, 2), new BookLevel(0, 60, 2)], bins[..2]);
        Assert.Equal(2, Book.CopyBins(Side.Sell, 20, bins));
        Assert.Equal([new BookLevel(40, 60, 2), new BookLevel(60, 30, 1)], bins[..2]);
        Assert.Equal(1, Book.CopyBins(Side.Sell, 20, bins.AsSpan(..1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Book.CopyBins(Side.Sell, 0, bins));
    }

    [Fact]
    public void An_immediate_order_takes_what_is_there_and_never_rests()
    {
        Place(Ann, Side.Sell, 50, 100);
        var events = Run(Command.Limit(Bob, Side.Buy, 50, 160, TimeInForce.ImmediateOrCancel));
        Assert.Equal([EventKind.Accepted, EventKind.Trade, EventKind.Cancelled], events.Select(e => e.Kind));
        Assert.Equal((60L, Reason.ImmediateOrCancel), (events[2].Quantity, events[2].Reason));
        Assert.Equal(default, Book.Best(Side.Buy));
    }

    [Fact]
    public void A_post_only_order_is_refused_rather_than_traded()
    {
        Place(Ann, Side.Sell, 50, 100);
        Refuses(Command.Limit(Bob, Side.Buy, 50, 100, flags: OrderFlags.PostOnly), Reason.WouldCross);
        Place(Bob, Side.Buy, 45, 100, OrderFlags.PostOnly);
        Assert.Equal(45, Book.Best(Side.Buy).Price);
    }

    [Fact]
    public void Meeting_an_own_order_cancels_the_newer_one_by_default()
    {
        Place(Bob, Side.Sell, 45, 40);
        Place(Ann, Side.Sell, 50, 100);
        var events = Run(Command.Limit(Ann, Side.Buy, 50, 100));
        Assert.Equal([EventKind.Accepted, EventKind.Trade, EventKind.Cancelled], events.Select(e => e.Kind));
        Assert.Equal((60L, Reason.SelfTrade), (events[2].Quantity, events[2].Reason));
        Assert.Equal(new BookLevel(50, 100, 1), Book.Best(Side.Sell));
    }

    [Fact]
    public void Meeting_an_own_order_cancels_the_older_one_when_asked()
    {
        var old = Place(Ann, Side.Sell, 45, 40);
        Place(Bob, Side.Sell, 50, 100);
        var events = Run(Command.Limit(Ann, Side.Buy, 50, 100, selfTrade: SelfTradePrevention.CancelOldest));
        Assert.Equal([EventKind.Accepted, EventKind.Cancelled, EventKind.Done, EventKind.Trade], events.Select(e => e.Kind));
        Assert.Equal((old, Reason.SelfTrade), (events[1].Order, events[1].Reason));
    }

    [Fact]
    public void A_rest_too_small_to_swap_is_cancelled_on_either_side()
    {
        var maker = Place(Ann, Side.Sell, 50, 100);
        var events = Run(Command.Limit(Bob, Side.Buy, 50, 80));
        Assert.Contains(events, e => e.Kind == EventKind.Cancelled && e.Order == maker
            && e is { Quantity: 20, Reason: Reason.RestBelowMinimum });
        Place(Ann, Side.Sell, 50, 100);
        events = Run(Command.Limit(Bob, Side.Buy, 50, 120));
        Assert.Contains(events, e => e is { Kind: EventKind.Cancelled, Quantity: 20, Reason: Reason.RestBelowMinimum });
        Assert.Equal(default, Book.Best(Side.Buy));
    }

    [Fact]
    public void A_fill_worth_too_little_at_the_makers_price_does_not_happen()
    {
        Book = new OrderBook(Scripts.Dear, Scripts.Limits);
        Place(Ann, Side.Sell, 20, 1_000_000_000);
        // One share at 60 would be worth enough; at the maker's 20 it is not, and it must not rest crossed.
        var events = Run(Command.Limit(Bob, Side.Buy, 60, 100_000_000));
        Assert.Equal([EventKind.Accepted, EventKind.Cancelled, EventKind.Done], events.Select(e => e.Kind));
        Assert.Equal(Reason.RestBelowMinimum, events[1].Reason);
    }

    [Fact]
    public void One_order_opens_only_so_many_trades()
    {
        for (var i = 0; i < 5; i++) Place(Ann, Side.Sell, 50, 30);
        var events = Run(Command.Limit(Bob, Side.Buy, 50, 150));
        Assert.Equal(4, events.Count(e => e.Kind == EventKind.Trade));
        Assert.Equal((EventKind.Cancelled, Reason.TooManyFills), (events[^1].Kind, events[^1].Reason));
    }

    [Fact]
    public void The_same_order_again_is_answered_with_the_first_one()
    {
        var name = Name("mine");
        var first = Run(Command.Limit(Ann, Side.Sell, 50, 100, clientId: name, body: 7))[0].Order;
        var hash = Book.LiveOrders;
        var again = Run(Command.Limit(Ann, Side.Sell, 50, 100, clientId: name, body: 7));
        Assert.Equal((EventKind.Duplicate, first), (Assert.Single(again).Kind, again[0].Order));
        Refuses(Command.Limit(Ann, Side.Sell, 55, 100, clientId: name, body: 8), Reason.ClientIdReused);
        Assert.Equal(hash, Book.LiveOrders);

        // Another account's name is another name; and a done order is remembered.
        Assert.Equal(EventKind.Accepted, Run(Command.Limit(Bob, Side.Sell, 50, 100, clientId: name, body: 7))[0].Kind);
        Run(Command.Cancel(Ann, name));
        Assert.Equal(EventKind.Duplicate, Run(Command.Limit(Ann, Side.Sell, 50, 100, clientId: name, body: 7))[0].Kind);
        Assert.True(Book.TryFindClientId(Ann, name, out var found));
        Assert.Equal(first, found);
    }

    [Fact]
    public void Names_of_done_orders_are_forgotten_oldest_first_and_counted()
    {
        for (var i = 0; i < 5; i++)
        {
            Run(Command.Limit(Ann, Side.Sell, 50, 100, clientId: Name($"n{i}"), body: 1));
            Run(Command.Cancel(Ann, Name($"n{i}")));
        }
        Assert.Equal(2UL, Book.ForgottenClientIds);
        Assert.False(Book.TryFindClientId(Ann, Name("n1"), out _));
        Assert.True(Book.TryFindClientId(Ann, Name("n2"), out _));
    }

    [Fact]
    public void Cancels_by_either_id_and_only_for_the_owner()
    {
        var order = Place(Ann, Side.Buy, 40, 100);
        Refuses(Command.Cancel(Bob, order), Reason.UnknownOrder);
        Assert.Equal([EventKind.Cancelled, EventKind.Done], Run(Command.Cancel(Ann, order)).Select(e => e.Kind));
        Refuses(Command.Cancel(Ann, order), Reason.UnknownOrder);
        Run(Command.Limit(Ann, Side.Buy, 40, 100, clientId: Name("x")));
        Refuses(Command.Cancel(Bob, Name("x")), Reason.UnknownOrder);
        Refuses(Command.Cancel(Ann, default(ClientOrderId)), Reason.UnknownOrder);
        Assert.Equal(Reason.ByOwner, Run(Command.Cancel(Ann, Name("x")))[0].Reason);
        Assert.Equal(0, Book.LiveOrders);
    }

    [Fact]
    public void Cancel_all_takes_the_accounts_orders_and_only_the_side_asked_for()
    {
        Place(Ann, Side.Buy, 40, 100);
        Place(Ann, Side.Sell, 60, 100);
        Place(Bob, Side.Buy, 35, 100);
        Assert.Equal(1, Run(Command.CancelAll(Ann, CancelScope.Sells))[^1].Quantity);
        Assert.Equal(40, Book.Best(Side.Buy).Price);
        Assert.Equal(1, Run(Command.CancelAll(Ann))[^1].Quantity);
        Assert.Equal(0, Run(Command.CancelAll(Ann))[^1].Quantity);
        Assert.Equal(35, Book.Best(Side.Buy).Price);
        Assert.Equal(0, Book.CountOf(Ann));
    }

    [Fact]
    public void A_reduced_order_keeps_its_place_and_a_rest_too_small_is_cancelled()
    {
        var first = Place(Ann, Side.Sell, 50, 100);
        Place(Bob, Side.Sell, 50, 100);
        var events = Run(Command.Reduce(Ann, first, 60, Reason.ByOwner));
        Assert.Equal((60L, 40L), (events[0].Quantity, events[0].Remaining));
        Assert.Equal(first, Run(Command.Limit(Cid, Side.Buy, 50, 30))[1].Order);
        var second = Place(Cid, Side.Buy, 40, 100);
        Assert.Equal(Reason.RestBelowMinimum, Run(Command.Reduce(default, second, 80, Reason.BackingSpent))[1].Reason);
        Refuses(Command.Reduce(Bob, second, 10, Reason.ByOwner), Reason.UnknownOrder);
        var third = Place(Cid, Side.Buy, 40, 100);
        Refuses(Command.Reduce(Cid, third, 15, Reason.ByOwner), Reason.QuantityOffLot);
        Refuses(Command.Reduce(Cid, third, 110, Reason.ByOwner), Reason.QuantityOutOfRange);
        Refuses(Command.Reduce(Cid, third, 10, Reason.None), Reason.Malformed);
    }

    [Fact]
    public void A_haltedBook_takes_cancels_only_and_does_not_match_what_returns()
    {
        var order = Place(Ann, Side.Sell, 50, 100);
        var trade = Run(Command.Limit(Bob, Side.Buy, 50, 50))[1].Trade;
        Place(Cid, Side.Buy, 45, 50);
        Run(Command.SetStatus(TradingStatus.CancelOnly));
        Refuses(Command.Limit(Bob, Side.Buy, 50, 100), Reason.TradingHalted);
        var events = Run(Command.CloseTrade(trade, TradeOutcome.Forfeited, TradeOutcome.Returned));
        Assert.Equal(new BookLevel(50, 50, 1), Book.Best(Side.Buy));
        Assert.DoesNotContain(events, e => e.Kind == EventKind.Trade);
        Refuses(Command.Cancel(Ann, order), Reason.UnknownOrder);
        Run(Command.SetStatus(TradingStatus.Open));
        Assert.Equal(EventKind.Trade, Run(Command.Limit(Ann, Side.Sell, 45, 50))[1].Kind);
    }

    [Fact]
    public void Refuses_every_malformed_order_with_its_reason()
    {
        Refuses(Command.Limit(default, Side.Buy, 50, 100), Reason.Malformed);
        Refuses(Command.Limit(Ann, (Side)2, 50, 100), Reason.Malformed);
        Refuses(Command.Limit(Ann, Side.Buy, 50, 100, (TimeInForce)4), Reason.Malformed);
        Refuses(Command.Limit(Ann, Side.Buy, 50, 100, flags: (OrderFlags)4), Reason.Malformed);
        Refuses(Command.Limit(Ann, Side.Buy, 50, 100, selfTrade: (SelfTradePrevention)3), Reason.Malformed);
        Refuses(Command.Limit(Ann, Side.Buy, 50, 100) with { Type = (OrderType)2 }, Reason.Malformed);
        Refuses(Command.Limit(Ann, Side.Buy, 50, 100, TimeInForce.ImmediateOrCancel, OrderFlags.PostOnly), Reason.Malformed);
        Refuses(Command.Limit(Ann, Side.Buy, 0, 100), Reason.PriceOutOfRange);
        Refuses(Command.Limit(Ann, Side.Buy, -5, 100), Reason.PriceOutOfRange);
        Refuses(Command.Limit(Ann, Side.Buy, 105, 100), Reason.PriceOutOfRange);
        Refuses(Command.Limit(Ann, Side.Buy, 51, 100), Reason.PriceOffTick);
        Refuses(Command.Limit(Ann, Side.Buy, 50, 0), Reason.QuantityOutOfRange);
        Refuses(Command.Limit(Ann, Side.Buy, 50, 1_010), Reason.QuantityOutOfRange);
        Refuses(Command.Limit(Ann, Side.Buy, 50, 101), Reason.QuantityOffLot);
        Refuses(Command.Limit(Ann, Side.Buy, 50, 20), Reason.BelowMinimum);
        Refuses(default, Reason.Malformed);
        Refuses(new Command { Kind = (CommandKind)200 }, Reason.Malformed);
        Refuses(Command.SetStatus((TradingStatus)9), Reason.Malformed);
        Refuses(Command.CancelAll(Ann, (CancelScope)3), Reason.Malformed);
        Refuses(Command.Withdraw(new OrderId(1), Reason.None), Reason.Malformed);
        Refuses(Command.Withdraw(new OrderId(1), Reason.ByMarket), Reason.UnknownOrder);
        Book = new OrderBook(Scripts.Dear, Scripts.Limits);
        Refuses(Command.Limit(Ann, Side.Buy, 60, 10_000_000_000), Reason.AboveMaximum);
        Refuses(Command.Limit(Ann, Side.Buy, 39, 100_000_000), Reason.BelowMinimum);
    }

    [Fact]
    public void Refuses_orders_above_its_bounds()
    {
        for (var i = 0; i < 12; i++) Place(Ann, Side.Buy, 50, 100);
        Refuses(Command.Limit(Ann, Side.Buy, 50, 100), Reason.AccountFull);
        for (var i = 0; i < 28; i++) Place(new AccountId((ulong)(10 + i)), Side.Buy, 50, 100);
        Refuses(Command.Limit(Bob, Side.Buy, 50, 100), Reason.BookFull);
        Run(Command.CancelAll(Ann));
        Place(Bob, Side.Buy, 50, 100);
        Book.Verify();
    }

    [Fact]
    public void Stops_trading_when_too_many_swaps_are_open()
    {
        for (var i = 0; i < 20; i++)
        {
            Place(new AccountId((ulong)(10 + i)), Side.Sell, 50, 30);
            Run(Command.Limit(new AccountId((ulong)(40 + i)), Side.Buy, 50, 30));
        }
        Assert.Equal(20, Book.OpenTrades);
        Refuses(Command.Limit(Ann, Side.Sell, 50, 30), Reason.BookFull);
        Run(Command.CloseTrade(new TradeId(3), TradeOutcome.Settled, TradeOutcome.Settled));
        Place(Ann, Side.Sell, 50, 60);
        Assert.Equal(EventKind.Trade, Run(Command.Limit(Bob, Side.Buy, 50, 30))[1].Kind);
    }

    [Fact]
    public void Numbers_commands_andSeen_without_a_gap()
    {
        Place(Ann, Side.Sell, 50, 100);
        Run(default);
        Place(Bob, Side.Buy, 50, 100);
        Assert.Equal(3UL, Book.Sequence);
        Assert.Equal(Book.EventSequence, (ulong)Seen.Count);
        Assert.Equal(Enumerable.Range(1, Seen.Count).Select(i => (ulong)i), Seen.Events.ToArray().Select(e => e.Sequence));
    }

    [Fact]
    public void Refuses_rules_and_limits_that_contradict_themselves()
    {
        var rules = Scripts.Rules;
        foreach (var bad in new[]
        {
            rules with { Tick = 0 }, rules with { Lot = 0 }, rules with { MaxPrice = 4 }, rules with { MinQuantity = 35 },
            rules with { MaxQuantity = 20 }, rules with { MinNotional = 0 }, rules with { MaxFillsPerOrder = 0 },
            rules with { MaxQuantity = long.MaxValue },
        }) Assert.Throws<ArgumentException>(() => new OrderBook(bad, Scripts.Limits));
        var limits = Scripts.Limits;
        foreach (var bad in new[]
        {
            limits with { MaxOrders = 0 }, limits with { MaxOrdersPerAccount = 0 }, limits with { MaxOpenTrades = -1 },
            limits with { ClientIdMemory = -1 }, limits with { MaxOrders = BookLimits.Ceiling + 1 },
        }) Assert.Throws<ArgumentException>(() => new OrderBook(rules, bad));
    }
}
