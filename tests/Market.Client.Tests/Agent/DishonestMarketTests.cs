using Market.Chains;
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
