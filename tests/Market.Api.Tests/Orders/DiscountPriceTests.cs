using Market.Api.Data;
using Market.Api.Trading;
using Market.Contracts;
using Market.Strategies;
using Side = Market.Trading.Side;

namespace Market.Api.Tests.Orders;

/// <summary>The price of a part of face value: to the tick to its owner's side, and never worse than the worst.</summary>
public sealed class DiscountPriceTests
{
    [Theory]
    [InlineData(Side.Sell, "0.97", 90_000, 100_000, 97_000)]
    [InlineData(Side.Sell, "0.97", 90_000, 100_000.0000001, 97_010)]
    [InlineData(Side.Buy, "0.97", 99_000, 100_000, 97_000)]
    [InlineData(Side.Buy, "0.97", 99_000, 99_999.9999999, 96_990)]
    // As a binary fraction 0.07 of this would be 7,000.000000000001.
    [InlineData(Side.Sell, "0.07", 10, 100_000, 7_000)]
    [InlineData(Side.Sell, "0.97", 98_000, 100_000, 98_000)]
    [InlineData(Side.Buy, "0.97", 96_000, 100_000, 96_000)]
    [InlineData(Side.Sell, "1.000001", 10, 10_000_000, 10_000_010)]
    [InlineData(Side.Sell, "0.97", 90_000, 0, 90_000)]
    [InlineData(Side.Buy, "0.01", 90_000, 999, 0)]
    [InlineData(Side.Sell, "10", 10, 9_999_999_999_999_990, 99_999_999_999_999_900)]
    public void Is_this(Side side, string part, long worst, double face, long price)
    {
        Assert.True(DiscountFactor.TryParse(part, out var discount));
        Assert.Equal(price, DiscountPrice.Of(
            side, discount, worst, DiscountPrice.FaceOf(new ValuationRow { FaceValue = face })!.Value, tick: 10));
    }

    [Fact]
    public void Is_what_a_maker_reckons_on_paper_and_in_a_back_test()
    {
        decimal[] faces =
            [0, 0.000001m, 999, 99_999.9999999m, 100_000, 100_000.0000001m, 1_234_567.891m, 9_999_999_999_999_990];
        int[] parts = [10_000, 70_000, 333_333, 970_000, 1_000_000, 1_000_001, 10_000_000];
        long[] ticks = [1, 7, 10, 1_000];
        long[] worsts = [1, 13, 97, 10_000, 100_000];
        var cases =
            from face in faces
            from part in parts
            from tick in ticks
            from worst in worsts
            from side in new[] { Side.Buy, Side.Sell }
            select (Side: side, Part: new DiscountFactor(part), Worst: worst * tick, Face: face, Tick: tick);
        Assert.All(cases, each => Assert.Equal(
            DiscountPrice.Of(each.Side, each.Part, each.Worst, each.Face, each.Tick),
            MakerCore.PriceOf(
                each.Side == Side.Buy ? Contracts.Side.Buy : Contracts.Side.Sell, each.Part, new Price(each.Worst), each.Face,
                new Price(each.Tick)).Sats));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-1)]
    [InlineData(1e16)]
    public void A_face_value_that_is_no_amount_is_none(double face)
    {
        Assert.Null(DiscountPrice.FaceOf(new ValuationRow { FaceValue = face }));
        Assert.Null(DiscountPrice.FaceOf(null));
    }
}
