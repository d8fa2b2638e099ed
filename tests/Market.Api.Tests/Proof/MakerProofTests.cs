using Market.Api.Tests.Orders;
using Market.Chains;
using Market.Client.Strategies;
using Market.Contracts;
using Market.Strategies;

namespace Market.Api.Tests.Proof;

/// <summary>The market maker on a real market.</summary>
public sealed class MakerProofTests(PostgresFixture postgres)
{
    private const byte SellerNumber = 33;
    private const byte MakerNumber = 34;
    private const int Steps = 5;
    private static readonly Price Cheap = new(98_000);
    private static readonly Quantity Offered = new(10 * Quantity.UnitsPerShare);

    [Fact]
    public async Task An_offer_below_the_value_is_taken_and_the_bids_stand_behind_it()
    {
        await using var market = await ProofMarket.StartAsync(
            await postgres.NewDatabaseAsync(), new EmbeddedGround(ProofParty.FirstScript(MakerNumber, ChainKind.Mainchain)));
        await using var seller = new ProofParty(market, SellerNumber, Side.Sell);
        await using var maker = new ProofParty(market, MakerNumber, Side.Buy);
        await market.MineSharesAsync(1, ProofParty.FirstScript(SellerNumber, ChainKind.Sharechain));
        await market.MineSharesAsync(20);
        foreach (var party in new[] { seller, maker })
        {
            await party.OpenAsync();
            await party.CatchUpAsync();
        }

        await seller.PlaceAsync(Cheap, Offered);
        var quotes = new MarketMaker(
            maker.Trader, new MakerOptions { Levels = 2, Size = new(4 * Quantity.UnitsPerShare) }, market.Clock);
        for (var step = 0; step < Steps; step++)
        {
            await quotes.StepAsync();
        }

        var fills = (await maker.Trader.Api.GetFillsAsync(Steps * 2, null, default)).Items;
        Assert.All(fills, fill => Assert.Equal(Cheap, fill.Price));
        Assert.Equal(Offered.Units, fills.Sum(fill => fill.Quantity.Units));
        var book = await market.Api.GetBookAsync("P2SHARE-BTC", 10, default);
        Assert.Empty(book.Asks);
        Assert.Equal(2, book.Bids.Count);
        Assert.All(book.Bids, level => Assert.True(level.Price.Sats > Cheap.Sats));
    }
}
