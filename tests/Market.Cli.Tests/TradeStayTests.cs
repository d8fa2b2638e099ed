using Market.Bitcoin;
using Market.Cli.Verbs;
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

    [Theory]
    [InlineData(FailureCode.NotRevealed, "did not claim the BTC by")]
    [InlineData(FailureCode.InitiatorDidNotLock, null)]
    public void A_swap_that_is_over_is_told_from_what_the_chains_show(FailureCode code, string? why)
    {
        // Given back 100 blocks ago, long after every locktime.
        var swap = Given(code);
        var deadlines = swap.Swap.Deadlines!.Value;
        var late = deadlines.Long + 1_000;
        var tips = new SwapTips(new TipView(200, late), new TipView(200, late), late);
        var told = OwnSwap.Of(swap, tips).Sentence;
        Assert.Contains("Your agent has the shares back for good.", told, StringComparison.Ordinal);
        Assert.Contains("The buyer can take the BTC back now", told, StringComparison.Ordinal);
        Assert.Contains(why ?? "", told, StringComparison.Ordinal);
        Assert.DoesNotContain("confirmations", told, StringComparison.Ordinal);
        Assert.DoesNotContain(" on; ", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Before_the_chains_were_seen_nothing_is_told_of_them()
    {
        var told = OwnSwap.Of(Given(FailureCode.NotRevealed), null);
        Assert.Equal("It is over; the chains were not seen yet.", told.Sentence);
        Assert.Equal("shares taken back", told.Label);
    }

    [Fact]
    public void An_interrupt_says_what_is_locked_until_when_and_what_goes_on()
    {
        var given = Given(FailureCode.NotRevealed);
        var locked = given with
        {
            Swap = given.Swap with
            {
                Phase = SwapPhase.Refunding,
                Closed = false,
                InitiatorPayments = [given.Swap.InitiatorPayments[0] with { Spend = null }],
            },
        };
        var tips = new SwapTips(new TipView(60, 1_800_000_000), new TipView(60, 1_800_000_000), 1_800_000_000);
        var said = LockedWords.Of([locked, Swap(Ten, SwapPhase.Settled)], tips, "market swaps run");
        Assert.StartsWith("Swap s: 10 shares of yours locked until 2027-01-15 13:33:20 UTC", said, StringComparison.Ordinal);
        Assert.Contains("The swap will not complete.", said, StringComparison.Ordinal);
        Assert.EndsWith("Go on with: market swaps run", said, StringComparison.Ordinal);

        // What has gone back is not locked, though the swap is not over.
        var back = given with
        {
            LocksResolved = false,
            Swap = given.Swap with { Closed = false },
        };
        Assert.Contains("nothing of yours is locked", LockedWords.Of([back], tips, "market swaps run"), StringComparison.Ordinal);
        Assert.StartsWith("Nothing is locked in a swap.", LockedWords.Of([given], tips, "c"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, "The chains were not looked through", null)]
    [InlineData(false, true, "The chains were not looked through", "10 shares of yours locked until")]
    [InlineData(true, true, "Swap s: 10 shares of yours locked until", null)]
    [InlineData(true, false, "Nothing is locked in a swap; coins may not all be moved", null)]
    public void An_interrupted_rescue_says_what_is_locked_and_whether_that_is_all(
        bool isWhole, bool isLocked, string begins, string? holds)
    {
        var given = Given(FailureCode.NotRevealed);
        var locked = given with
        {
            Swap = given.Swap with
            {
                Closed = false,
                InitiatorPayments = [given.Swap.InitiatorPayments[0] with { Spend = null }],
            },
        };
        var said = RescueCommand.Left(isLocked ? [locked] : [given], isWhole, null);
        Assert.StartsWith(begins, said, StringComparison.Ordinal);
        Assert.Contains(holds ?? "", said, StringComparison.Ordinal);
        Assert.EndsWith("Go on with: market rescue, with the same options", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_left_locked_is_told_on_an_interrupt_and_only_then()
    {
        using var interrupt = new CancellationTokenSource();
        var told = 0;
        var running = LockedWords.RunAsync<int>(
            async stop =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, stop);
                return 0;
            },
            () => told++,
            interrupt.Token);
        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(1, told);
        Assert.Equal(7, await LockedWords.RunAsync(_ => Task.FromResult(7), () => told++, CancellationToken.None));
        Assert.Equal(1, told);
    }

    [Fact]
    public void The_command_that_goes_on_is_for_the_same_wallet_and_market()
    {
        var root = MarketProgram.BuildRoot();
        Assert.Equal("market swaps run", LockedWords.GoesOn(root.Parse(["sell", "1"])));
        Assert.Equal(
            "market swaps run --wallet \"/a b\" --server http://127.0.0.1:9/",
            LockedWords.GoesOn(root.Parse(["sell", "1", "--server", "http://127.0.0.1:9", "--wallet", "/a b"])));
    }

    /// <summary>Both locked at height 10; the shares went back at height 101, the BTC is still there.</summary>
    private static AgentSwap Given(FailureCode code)
    {
        var swap = Swap(Ten, SwapPhase.InitiatorRefunded);
        var hash = PaymentHash.Of(new byte[32]);
        static PublicKey Key(byte n)
        {
            var bytes = new byte[32];
            Array.Fill(bytes, n);
            return PrivateKey.Create(bytes).PublicKey;
        }

        var terms = new AgreedTerms(
            hash, new PartyKeys(Key(1), Key(2), hash, null), new PartyKeys(Key(3), Key(4), null, null),
            Locktime.At(1_800_010_000), Locktime.At(1_800_020_000));
        static Payment Paid(byte n, Amount amount) => new(new OutPoint(new TxId(Hash256.DoubleSha256([n])), 0), amount, 10);
        return swap with
        {
            Swap = swap.Swap with
            {
                Terms = terms,
                Failure = new Failure(code, null),
                TipsAtFailure = new SwapTips(new TipView(50, 1_800_000_000), new TipView(50, 1_800_000_000), 1_800_000_000),
                InitiatorPayments =
                [
                    Paid(1, swap.Swap.InitiatorAmount) with
                    {
                        Spend = new Spend(new TxId(Hash256.DoubleSha256([3])), SpendKind.Refund, 101),
                    },
                ],
                ParticipantPayments = [Paid(2, swap.Swap.ParticipantAmount)],
            },
        };
    }

    private static AgentSwap Swap(long units, SwapPhase phase, bool closed = true, string order = "c1") => new()
    {
        Swap = Swaps.Swap.Open("s", new Amount(units), new Amount(1_000_000), 0, SwapPlan.Of(SwapRules.Devnet)) with
        {
            Phase = phase,
            Closed = closed,
        },
        Role = Role.Initiator,
        KeyIndex = 0,
        Instrument = "P2SHARE-BTC",
        Price = 98_000,
        ClientOrderId = order,
        ShareHeight = 1,
        CoinHeight = 1,
    };

    private static Order Order(OrderStatus status, long filled) => new()
    {
        Id = "1",
        ClientOrderId = "c1",
        Instrument = "P2SHARE-BTC",
        Side = Side.Sell,
        Type = OrderType.Limit,
        Price = new Price(98_000),
        Quantity = new Quantity(Ten),
        Filled = new Quantity(filled),
        Remaining = new Quantity(status == OrderStatus.Open ? Ten - filled : 0),
        TimeInForce = TimeInForce.Gtc,
        PostOnly = false,
        Status = status,
        Outpoints = [],
        CreatedAt = default,
        UpdatedAt = default,
    };
}
