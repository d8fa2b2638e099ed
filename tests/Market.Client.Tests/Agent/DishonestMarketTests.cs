using Market.Chains;
using Market.Client.Agent;
using Market.Contracts;

namespace Market.Client.Tests.Agent;

/// <summary>A market that lies, about one figure at a time, is found out before anything is locked.</summary>
public sealed class DishonestMarketTests : IAsyncLifetime
{
    private const int FewBlocks = 12;

    private Arena _arena = null!;

    private Party Seller => _arena.Seller;

    private Party Buyer => _arena.Buyer;

    public async ValueTask InitializeAsync() => _arena = (await Arena.StartAsync(FewBlocks)).Match();

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    [Theory]
    [InlineData("network")]
    [InlineData("swap")]
    [InlineData("price")]
    [InlineData("quantity")]
    [InlineData("notional")]
    [InlineData("amount")]
    [InlineData("hash")]
    [InlineData("claimKey")]
    [InlineData("refundKey")]
    [InlineData("script")]
    [InlineData("address")]
    [InlineData("shortTooLong")]
    [InlineData("longTooShort")]
    [InlineData("longTooLong")]
    [InlineData("height")]
    [InlineData("payout")]
    public async Task Terms_that_are_off_are_refused_and_nothing_is_locked(string what)
    {
        _arena.Exchange.Lie = (_, terms) => Lie(what, terms);
        await _arena.UntilAsync(() => Seller.Agent.Swaps.Count > 0 && Seller.Agent.IsIdle, Seller, Buyer);

        Assert.NotNull(Seller.Swap.Refused);
        Assert.Contains(Seller.Notices, notice => notice.StartsWith("Refused", StringComparison.Ordinal));
        Assert.Equal(0, Seller.Fate.Broadcasts);
        Assert.Equal(0, Buyer.Fate.Broadcasts);
    }

    [Theory]
    [InlineData("worse price")]
    [InlineData("more")]
    [InlineData("crumb of sats")]
    [InlineData("crumb of shares")]
    public async Task A_swap_that_is_not_what_was_ordered_is_refused(string what)
    {
        _arena.Exchange.LieInSummary = summary => what switch
        {
            "more" => summary with
            {
                Quantity = new Quantity(2 * Arena.Quantity.Units),
                Notional = new Sats(2 * summary.Notional.Value),
            },
            "crumb of sats" => Of(summary, summary.Price, new Quantity(3_000_000)),
            "crumb of shares" => Of(summary, new Price(300_000_000), new Quantity(7_000)),
            _ => Of(summary, new Price(97_999), Arena.Quantity),
        };
        await _arena.UntilAsync(
            () => Seller.Notices.Exists(notice => notice.StartsWith("Refused", StringComparison.Ordinal)), Seller);

        // Nothing is kept for a swap that answers no own order.
        Assert.Empty(Seller.Agent.Swaps);
        Assert.Equal(0, Seller.Fate.Broadcasts);
    }

    [Theory]
    [InlineData(TimeInForce.Gtc, true)]
    [InlineData(TimeInForce.Fok, false)]
    public async Task A_part_of_an_order_that_trades_whole_or_not_at_all_is_refused(TimeInForce timeInForce, bool isTaken)
    {
        Seller.Order(Arena.Price, new Quantity(2 * Arena.Quantity.Units), null, timeInForce);
        await _arena.UntilAsync(() => Seller.Agent.Swaps.Count > 0 || IsRefused("whole or not at all"), Seller);

        Assert.Equal(isTaken, Seller.Agent.Swaps.Count > 0);
        Assert.Equal(!isTaken, IsRefused("whole or not at all"));
    }

    [Fact]
    public async Task A_swap_that_the_market_says_was_matched_after_the_orders_time_is_refused()
    {
        Seller.Order(Arena.Price, Arena.Quantity, null, TimeInForce.Gtd, _arena.Clock.Now.AddSeconds(-MatchTimes.Margin - 1));
        await _arena.UntilAsync(() => IsRefused("after the order's time"), Seller);

        Assert.Empty(Seller.Agent.Swaps);
    }

    [Theory]
    [InlineData(TimeInForce.Ioc, 1, true)]
    [InlineData(TimeInForce.Ioc, -30, false)]
    [InlineData(TimeInForce.Fok, 1, true)]
    [InlineData(TimeInForce.Gtc, 1, false)]
    public async Task What_trades_at_once_or_never_has_traded_when_the_market_took_it(
        TimeInForce timeInForce, int beyond, bool isRefused)
    {
        var placed = _arena.Clock.Now.AddSeconds(-MatchTimes.Margin - beyond);
        Seller.Order(Arena.Price, Arena.Quantity, null, timeInForce, placed: placed);
        await _arena.UntilAsync(() => Seller.Agent.Swaps.Count > 0 || IsRefused("after the order's time"), Seller);

        Assert.Equal(isRefused, IsRefused("after the order's time"));
    }

    [Fact]
    public async Task An_order_without_a_match_in_its_time_is_matched_no_more_whatever_the_market_says_of_when()
    {
        var expires = _arena.Clock.Now.AddSeconds(30);
        Seller.Order(Arena.Price, Arena.Quantity, null, TimeInForce.Gtd, expires);
        // It tells of nothing until the order's time is over for long enough, and then of a match of before.
        _arena.Exchange.Raw = request => Task.FromResult(
            request.RequestUri!.AbsolutePath == Routes.Swaps ? """{"items":[]}""" : null);
        await _arena.PassAsync(30 + MatchTimes.Margin + 4);
        await Seller.StepAsync();
        _arena.Exchange.Raw = null;
        _arena.Exchange.LieInSummary = summary => summary with { CreatedAt = expires.AddSeconds(-1) };
        await _arena.UntilAsync(() => IsRefused("after the order's time"), Seller);

        Assert.Empty(Seller.Agent.Swaps);
    }

    private bool IsRefused(string why) => Seller.Notices.Exists(notice =>
        notice.StartsWith("Refused", StringComparison.Ordinal) && notice.Contains(why, StringComparison.Ordinal));

    private static SwapSummary Of(SwapSummary summary, Price price, Quantity quantity) =>
        summary with { Price = price, Quantity = quantity, Notional = Sats.Notional(price, quantity) };

    private SwapTerms Lie(string what, SwapTerms terms) => what switch
    {
        "network" => terms with { Network = "mainnet" },
        "swap" => terms with { SwapId = "swap-2" },
        "price" => terms with { Price = new Price(terms.Price.Sats - 1) },
        "quantity" => terms with { Quantity = new Quantity(terms.Quantity.Units + 1) },
        "notional" => terms with { Notional = new Sats(terms.Notional.Value - 1) },
        "amount" => terms with { CoinLeg = terms.CoinLeg with { Amount = new Sats(1) } },
        "hash" => terms with { PaymentHash = new string('0', 64) },
        "claimKey" => terms with { CoinLeg = terms.CoinLeg with { ClaimKey = terms.CoinLeg.RefundKey } },
        "refundKey" => terms with { ShareLeg = terms.ShareLeg with { RefundKey = terms.ShareLeg.ClaimKey } },
        "script" => terms with { ShareLeg = terms.ShareLeg with { ScriptPubKey = terms.CoinLeg.ScriptPubKey } },
        "address" => terms with { CoinLeg = terms.CoinLeg with { Address = terms.ShareLeg.Address } },
        "shortTooLong" => terms with { CoinLeg = terms.CoinLeg with { Locktime = terms.ShareLeg.Locktime } },
        "longTooShort" => terms with { ShareLeg = terms.ShareLeg with { Locktime = terms.CoinLeg.Locktime + 1 } },
        "longTooLong" => terms with { ShareLeg = terms.ShareLeg with { Locktime = terms.ShareLeg.Locktime + 86_400 } },
        "height" => terms with { CoinLeg = terms.CoinLeg with { Locktime = 499_999_999 } },
        _ => terms with { PayoutScript = Buyer.ScriptOn(ChainKind.Sharechain).ToString() },
    };
}
