using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Api.Tests.Proof;

/// <summary>The buyer locks, and is gone.</summary>
public sealed class VanishProofTests(PostgresFixture postgres) : ProofScene(postgres), IAsyncLifetime
{
    private const int Stride = 20;

    public async ValueTask InitializeAsync() => await BeginOnDevnetAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_buyer_who_vanishes_after_locking_still_gets_the_shares(bool comesBackPastEveryLocktime)
    {
        await UntilBothAreLockedAsync();
        Assert.Null(Buyer.Swap!.Swap.Preimage);
        await Buyer.DropAsync();
        await UntilAsync(() => Task.FromResult(ClaimOf(Seller, Role.Participant) is { SentAt: not null }), Seller);
        await Market.KillAndRestartAsync();
        if (comesBackPastEveryLocktime)
        {
            var late = Seller.Swap!.Swap.Deadlines!.Value.Long + 60;
            await UntilAsync(Stride, async () => await MedianTimeAsync() > late, Seller);
        }

        // The seller has the coins, and what it gave for them stays there for the buyer.
        await UntilAsync(() => Task.FromResult(
            Seller.Swap!.Swap.FundingOf(Role.Participant) is { SpentAs: SpendKind.Claim }), Seller);
        Assert.Equal(SwapPhase.Revealed, Seller.Phase);
        Assert.Null(Seller.Swap!.Newest(OwnTransactionKind.Refund, Role.Initiator));
        await Buyer.OpenAsync();
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_buyer_who_vanishes_while_its_lock_waits_for_a_block_too_long_gets_it_back()
    {
        await UntilAsync(() => Task.FromResult(
            Buyer.Swap?.Newest(OwnTransactionKind.Funding, Role.Participant) is { SentAt: not null }), Seller, Buyer);
        await Buyer.DropAsync();
        var deadlines = Seller.Swap!.Swap.Deadlines!.Value;
        while (Market.Clock.GetUtcNow().ToUnixTimeSeconds() <= deadlines.RevealBy)
        {
            // Bitcoin finds no block all the while.
            await Market.LetPassAsync(Stride);
            await Market.MineSharesAsync(1);
            await Seller.StepAsync();
        }

        await UntilAsync(Stride, () => Task.FromResult(Seller.Phase == SwapPhase.InitiatorRefunded), Seller);
        Assert.Null(ClaimOf(Seller, Role.Participant));
        await Market.KillAndRestartAsync();
        await Buyer.OpenAsync();
        await UntilAsync(Stride, () => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        Assert.Equal(SwapPhase.Refunded, Buyer.Phase);
        await MarketAgreesAsync(SwapState.Refunded);
        // Nobody is to blame where no block was found, and still the two orders do not meet again.
        Assert.Single((await Market.Api.GetSwapsAsync()).Items);
        await AccountAsync(moved: false);
    }

    private static OwnTransaction? ClaimOf(ProofParty party, Role leg) =>
        party.Swap!.Newest(OwnTransactionKind.Claim, leg);

    /// <summary>Of the chain that is behind: both locktimes are measured against their own.</summary>
    private async Task<long> MedianTimeAsync()
    {
        var tips = await Market.Api.GetChainsAsync();
        return Math.Min(
            tips.Sharechain.MedianTime.ToUnixTimeSeconds(), tips.Mainchain.MedianTime.ToUnixTimeSeconds());
    }
}
