using Market.Api.Data;
using Market.Api.Settlement;
using Market.Bitcoin;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Tests.Swaps;

/// <summary>What the server plans is what agents plan: terms by any other plan they refuse.</summary>
public sealed class SwapOpenerTests
{
    [Theory]
    [InlineData("mainnet", "p2share", 0)]
    [InlineData("mainnet", "p2share", 100_000_000)]
    [InlineData("signet", "p2poolv2", 100_000_000)]
    [InlineData("devnet", "p2poolv2-devnet", 100_000)]
    public void A_trade_is_planned_by_its_row_and_as_deep_as_its_amount_asks(string network, string row, long sats)
    {
        var instrument = new MarketInstrument(Instrument.IdOf(row), row, network, row);
        var opener = new SwapOpener(instrument, null!);
        var rules = SwapRules.Of(Sharechain.SharechainProfile.Find(row)!.On(NetworkProfile.Of(network)));

        Assert.Equal(SwapPlan.Of(rules, new Amount(sats)), opener.PlanOf(new Amount(sats)));
        Assert.Equal(SwapPlan.Of(rules), opener.PlanOf(Amount.Zero));
        Assert.Equal(SwapPlan.Of(rules, new Amount(sats)), opener.PlanOf(new Amount(sats)));
    }
}
