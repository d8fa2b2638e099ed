using Market.Bitcoin;
using Market.Cli.Verbs;
using Market.Client.Agent;
using Market.Swaps.Agent;
using Market.Contracts;
using Market.Swaps;

namespace Market.Cli.Tests;

/// <summary>"Until done" is judged by the own agent's journal.</summary>
public sealed class TradeStayTests
{
    private const long Ten = 10 * Quantity.UnitsPerShare;

    [Fact]
    public void An_order_in_the_book_is_waited_for() =>
        Assert.False(TradeStay.IsDone(Order(OrderStatus.Open, 0), []));

    [Fact]
    public void A_cancelled_order_without_a_fill_is_done() =>
        Assert.True(TradeStay.IsDone(Order(OrderStatus.Cancelled, 0), []));

    [Fact]
    public void A_swap_that_moves_is_waited_for_whatever_the_market_says() =>
        Assert.False(TradeStay.IsDone(Order(OrderStatus.Cancelled, 0), [Swap(Ten, SwapPhase.Refunding, closed: false)]));

    [Fact]
    public void A_fill_that_the_agent_has_not_taken_up_yet_is_waited_for() =>
        Assert.False(TradeStay.IsDone(Order(OrderStatus.Filled, Ten), [Swap(Ten / 2, SwapPhase.Settled)]));

    [Fact]
    public void Fills_of_hundreds_of_other_orders_do_not_matter() => Assert.True(TradeStay.IsDone(
        Order(OrderStatus.Filled, Ten),
        [.. Enumerable.Range(0, 300).Select(_ => Swap(Ten, SwapPhase.Revealed, closed: false, order: "other")),
            Swap(Ten / 2, SwapPhase.Settled), Swap(Ten / 2, SwapPhase.Refunded)]));

    [Fact]
    public void An_order_whose_swaps_settled_all_of_it_is_done_without_the_market() => Assert.True(TradeStay.IsDone(
        Order(OrderStatus.Open, 0), [Swap(Ten / 2, SwapPhase.Settled), Swap(Ten / 2, SwapPhase.Settled)]));

    [Fact]
    public void A_failed_swap_of_an_open_order_may_go_back_into_the_book() =>
        Assert.False(TradeStay.IsDone(Order(OrderStatus.Open, 0), [Swap(Ten, SwapPhase.Refunded)]));

    private static AgentSwap Swap(long units, SwapPhase phase, bool closed = true, string order = "c1") => new()
    {
        Swap = Swaps.Swap.Open("s", new Amount(units), new Amount(1_000_000), 0, SwapPlan.Of(SwapRules.Devnet)) with
        {
            Phase = phase, Closed = closed,
        },
        Role = Role.Initiator, KeyIndex = 0, Instrument = Instrument.P2ShareBtc, Price = 98_000, ClientOrderId = order,
            ShareHeight = 1,
        CoinHeight = 1,
    };

    private static Order Order(OrderStatus status, long filled) => new()
    {
        Id = "1", ClientOrderId = "c1", Instrument = Instrument.P2ShareBtc, Side = Side.Sell, Type = OrderType.Limit,
        Price = new Price(98_000), Quantity = new Quantity(Ten), Filled = new Quantity(filled),
        Remaining = new Quantity(status == OrderStatus.Open ? Ten - filled : 0), TimeInForce = TimeInForce.Gtc, PostOnly = false,
        Status = status, Outpoints = [], CreatedAt = default, UpdatedAt = default,
    };
}
