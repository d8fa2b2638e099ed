using Market.Api.Tests.Orders;
using Market.Contracts;

namespace Market.Api.Tests.Proof;

/// <summary>All of a party's files are gone, and so is its agent; what it wrote on paper is enough.</summary>
public sealed class RescueProofTests(PostgresFixture postgres) : ProofScene(postgres), IAsyncLifetime
{
    private const long MostFees = 100_000;
    private const int Stride = 10;

    public async ValueTask InitializeAsync() => await BeginOnDevnetAsync();

    [Fact]
    public async Task A_rescue_claims_what_the_other_side_has_made_claimable_and_moves_all_of_it()
    {
        await UntilBothAreLockedAsync();
        var rescued = Buyer.RescueAsync();
        await UntilAsync(() => Task.FromResult(rescued.IsCompleted), Seller);

        var (shares, sats) = await rescued;
        Assert.InRange(shares, Quantity.Units - MostFees, Quantity.Units);
        Assert.InRange(sats, -Sats.Notional(Price, Quantity).Value - MostFees, -Sats.Notional(Price, Quantity).Value);
    }

    [Fact]
    public async Task A_rescue_takes_back_what_nobody_claims()
    {
        await UntilBothAreLockedAsync();
        await Seller.DropAsync();
        var rescued = Buyer.RescueAsync();
        await UntilAsync(Stride, () => Task.FromResult(rescued.IsCompleted));

        var (shares, sats) = await rescued;
        Assert.InRange(shares, -MostFees, 0);
        Assert.InRange(sats, -MostFees, 0);
    }
}
