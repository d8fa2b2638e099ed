using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Tests.Proof;

/// <summary>Whole swaps on the devnet's chains, whoever is killed or vanishes.</summary>
public sealed class ProofTests(PostgresFixture postgres) : ProofScene(postgres), IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await BeginOnDevnetAsync();

    [Fact]
    public async Task A_swap_settles_with_the_server_killed_and_both_agents_dropped_at_every_state()
    {
        var killed = new HashSet<SwapState> { SwapState.Matched };
        await KillEverythingAsync();
        await UntilAsync(
            async () =>
            {
                await SettleDownAsync();
                await TapeFollowsAsync();
                if (killed.Add(await StateAsync()))
                {
                    await KillEverythingAsync();
                }

                return Seller.IsOver && Buyer.IsOver;
            },
            Seller,
            Buyer);

        await MarketAgreesAsync(SwapState.Settled);
        Assert.True(killed.Count >= 6, string.Join(' ', killed));
        await AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_swap_settles_with_the_agents_processes_killed_at_every_state()
    {
        await Seller.DropAsync();
        await Buyer.DropAsync();
        var pace = await StartProcessesAsync();
        var killed = new HashSet<SwapState>();
        for (var step = 0; !(Seller.IsOver && Buyer.IsOver); step++)
        {
            Assert.True(step < MostSteps, Story());
            if (killed.Add(await StateAsync()))
            {
                await Seller.KillProcessAsync();
                await Buyer.KillProcessAsync();
                pace = await StartProcessesAsync();
            }

            // The agents' processes need real time; blocks come no faster than they can look at them.
            await Task.Delay(pace);
            await Market.PassAsync();
        }

        await MarketAgreesAsync(SwapState.Settled);
        Assert.True(killed.Count >= 3, string.Join(' ', killed));
        await Seller.KillProcessAsync();
        await Buyer.KillProcessAsync();
        await Seller.OpenAsync();
        await Buyer.OpenAsync();
        await AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_seller_who_vanishes_costs_the_buyer_nothing()
    {
        await Seller.StepAsync();
        await Buyer.StepAsync();
        await UntilAsync(() => Task.FromResult(Buyer.IsOver), Buyer);

        Assert.Equal(SwapPhase.Expired, Buyer.Phase);
        await MarketAgreesAsync(SwapState.Expired);
        await AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_buyer_who_vanishes_before_locking_costs_the_seller_only_time()
    {
        await UntilAsync(() => Task.FromResult(Seller.Phase == SwapPhase.InitiatorLocked), Seller, Buyer);
        await UntilAsync(() => Task.FromResult(Seller.IsOver), Seller);

        Assert.Equal(SwapPhase.InitiatorRefunded, Seller.Phase);
        await MarketAgreesAsync(SwapState.InitiatorRefunded);
        await AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_seller_who_never_reveals_sends_both_legs_back_with_the_server_killed_meanwhile()
    {
        await UntilAsync(() => Task.FromResult(Buyer.Phase == SwapPhase.ParticipantLocking), Seller, Buyer);
        await UntilAsync(() => Task.FromResult(Buyer.Phase == SwapPhase.Refunding), Buyer);
        await Market.KillAndRestartAsync();
        await UntilAsync(() => Task.FromResult(Buyer.Phase == SwapPhase.ParticipantRefunded), Buyer);
        await Market.KillAndRestartAsync();
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        Assert.Equal(SwapPhase.Refunded, Seller.Phase);
        await MarketAgreesAsync(SwapState.Refunded);
        await AccountAsync(moved: false);
    }

    [Fact]
    public async Task A_second_lock_reorganised_out_stops_the_reveal_until_it_is_back()
    {
        await UntilBothAreLockedAsync();
        Assert.Null(Buyer.Swap!.Swap.Preimage);

        await SettlesThoughTheSecondLockIsReorganisedAsync();
    }

    // How long a step takes follows from how long this machine just took to start both.
    private async Task<TimeSpan> StartProcessesAsync()
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        await Seller.StartProcessAsync();
        await Buyer.StartProcessAsync();
        var took = System.Diagnostics.Stopwatch.GetElapsedTime(began);
        return took > TimeSpan.FromSeconds(6) ? took / 6 : TimeSpan.FromSeconds(1);
    }
}
