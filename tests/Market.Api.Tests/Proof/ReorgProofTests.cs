using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Api.Tests.Proof;

/// <summary>The first lock, on the sharechain, leaves the best chain: a rival miner's branch without it wins.</summary>
public sealed class ReorgProofTests(PostgresFixture postgres) : ProofScene(postgres), IAsyncLifetime
{
    private const int EmptyShares = 6;

    public async ValueTask InitializeAsync() => await BeginOnDevnetAsync();

    [Fact]
    public async Task A_first_lock_reorganised_out_is_not_followed_by_a_second_until_it_is_deep_again()
    {
        await UntilAsync(() => Task.FromResult(FirstLock()?.Height is not null), Seller, Buyer);
        await Market.PassAsync();
        await BothStepAsync();
        Assert.Equal(SwapPhase.InitiatorLocked, Buyer.Phase);
        await using (var rival = await RivalMiner.OpenAsync(Market, FirstLock()!.Height!.Value - 1))
        {
            await rival.OvertakeAsync();
            await MarketAgreesAsync(SwapState.InitiatorLocking);
            for (var i = 0; i < EmptyShares; i++)
            {
                // By now the lock would be deep, were it where it was.
                await rival.MineAsync();
                await BothStepAsync();
                Assert.Equal(SwapPhase.InitiatorLocking, Buyer.Phase);
                Assert.Null(SecondLock());
            }
        }

        Assert.Contains(Buyer.Notices, notice => notice.Contains(SwapWords.Of(SwapAlarm.FirstLockReorganised)));
        await UntilAsync(() => Task.FromResult(SecondLock() is not null), Seller, Buyer);
        var back = (await Market.Api.GetChainsAsync()).Sharechain.Height - FirstLock()!.Height!.Value + 1;
        Assert.True(back >= Buyer.Swap!.Swap.Plan.InitiatorConfirmations, $"Followed after {back} confirmations.");
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);
        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_first_lock_reorganised_out_after_the_second_stops_the_reveal_until_it_is_back()
    {
        await UntilBothAreLockedAsync();
        Assert.Null(Buyer.Swap!.Swap.Preimage);
        await using (var rival = await RivalMiner.OpenAsync(Market, FirstLock()!.Height!.Value - 1))
        {
            await rival.OvertakeAsync();
            for (var i = 0; i < EmptyShares; i++)
            {
                // The second lock gets as deep as a reveal asks for, and deeper.
                await Market.MineCoinsAsync(1);
                await rival.MineAsync();
                await BothStepAsync();
                Assert.Null(Seller.Swap!.Newest(OwnTransactionKind.Claim, Role.Participant));
                Assert.Equal(SwapState.ParticipantLocked, await StateAsync());
            }
        }

        Assert.Contains(Seller.Notices, notice => notice.Contains(SwapWords.Of(SwapAlarm.FirstLockReorganisedLate)));
        Assert.Contains(Buyer.Notices, notice => notice.Contains(SwapWords.Of(SwapAlarm.FirstLockReorganisedLate)));
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);
        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
    }

    private Payment? FirstLock() => Buyer.Swap?.Swap.Terms is null ? null : Buyer.Swap.Swap.FundingOf(Role.Initiator);

    private OwnTransaction? SecondLock() => Buyer.Swap!.Newest(OwnTransactionKind.Funding, Role.Participant);

    private async Task BothStepAsync()
    {
        await Seller.StepAsync();
        await Buyer.StepAsync();
    }
}
