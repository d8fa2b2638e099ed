using Market.Api.Tests.Orders;
using Market.Contracts;

namespace Market.Api.Tests.Proof;

/// <summary>A whole swap of the second instrument of a server that trades two, driven by agents that follow its sharechain.
/// </summary>
public sealed class SecondChainProofTests(PostgresFixture postgres) : ProofScene(postgres), IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await BeginOnAsync("p2share-k20");

    [Fact]
    public async Task A_swap_of_the_second_sharechain_settles_though_everything_is_killed_on_the_way()
    {
        Assert.Equal("P2SHARE-K20-BTC", (await Market.Api.GetSwapAsync(Swap)).Summary.Instrument);
        await UntilAsync(async () => await StateAsync() == SwapState.ParticipantLocking, Seller, Buyer);
        await KillEverythingAsync();
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
        Assert.Empty((await Market.Api.GetTradesAsync("P2SHARE-BTC")).Items);
        Assert.Equal(0, (await Market.Api.GetChainsAsync("P2SHARE-BTC")).Sharechain.Height);
    }
}
