using Market.Api.Tests.Orders;
using Market.Chains;
using Market.Client.Orders;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Api.Tests.Proof;

/// <summary>
/// From one expiry series to the next, between processes and by the row as it ships: what rests in the old one is taken off when
/// that closes, and the shares of the next are sold there and swapped.
/// </summary>
public sealed class SeriesProofTests(PostgresFixture postgres) : ProofScene(postgres)
{
    private const string Row = "p2poolv2";

    // Blocks that are mined at once, at the pace aimed at; and of those, how often Bitcoin has one.
    private const int Stride = 10;
    private const int BitcoinEvery = 6;

    [Fact]
    public async Task What_was_not_sold_in_one_series_is_taken_off_its_book_and_the_next_is_sold_in_its_own()
    {
        var profile = SharechainProfile.Of("devnet", Row)!;
        var next = Series.At(profile, 1)!.Value;
        // Minted by work: a devnet's are a sixteenth each.
        (Mined, Price, Quantity) = (12, new(980_000), new(Quantity.UnitsPerShare / 2));
        var ground = new EmbeddedGround(ProofParty.FirstScript(BuyerNumber, ChainKind.Mainchain, Row), Row) { Series = 0 };
        await MineAsync(ground);
        await Seller.OpenAsync();
        await Seller.CatchUpAsync();
        await UntilOpenAsync();
        var rests = (await Seller.Trader.Desk.PlaceAsync(new OrderWish(Side.Sell, Price, Quantity))).Order;
        Assert.Equal((OrderStatus.Open, "P2POOLV2-0-BTC"), (rests.Status, rests.Instrument));

        // The same miner's shares of the next series, and then time, until not even the smallest swap fits into the first.
        await MineToAsync(next.First - 1);
        await Market.MineSharesAsync(Mined, Sharebase);
        while ((await StatusOfAsync(rests)).Status == OrderStatus.Open)
        {
            var height = await HeightAsync();
            Assert.True(height < profile.Window!.MostBlocks, "The series does not close.");
            await MineToAsync(height + (5 * Stride));
        }

        Assert.Equal(CancelReason.InstrumentClosed, (await StatusOfAsync(rests)).CancelReason);
        await Seller.Trader.ReleaseAsync();
        await Seller.DropAsync();
        ground.Series = 1;
        await MatchAsync();
        await UntilAsync(() => Task.FromResult(Seller.IsOver && Buyer.IsOver), Seller, Buyer);

        await MarketAgreesAsync(SwapState.Settled);
        await AccountAsync(moved: true);
        Assert.Equal("P2POOLV2-1-BTC", (await Market.Api.GetSwapAsync(Swap)).Summary.Instrument);
        var bought = await Buyer.Trader.Wallet.GetCoinsAsync(ChainKind.Sharechain);
        Assert.NotEmpty(bought);
        Assert.All(bought, coin => Assert.True(next.Holds(coin.Coin.RootHeight!.Value), $"of block {coin.Coin.RootHeight}"));
    }

    private Task<Order> StatusOfAsync(Order order) => Seller.Trader.Api.GetOrderAsync(order.Id, order.Instrument);

    private async Task<int> HeightAsync() =>
        (int)(await Market.Api.GetChainsAsync(Market.Ground.Instrument)).Sharechain.Height;

    private Task UntilOpenAsync() => Eventually.TrueAsync(
        async () => (await Market.Api.GetInstrumentAsync(Market.Ground.Instrument)).Status == InstrumentStatus.Open,
        "the market takes orders");

    /// <summary>Mines at the pace aimed at, which is what a series closes by.</summary>
    private async Task MineToAsync(int height)
    {
        for (var stride = 0; await HeightAsync() is var at && at < height; stride++)
        {
            var count = Math.Min(Stride, height - at);
            await Market.LetPassAsync(count * ProofMarket.ShareSpacing);
            await Market.MineSharesAsync(count);
            if (stride % BitcoinEvery == 0)
            {
                await Market.MineCoinsAsync(1);
            }
        }
    }
}
