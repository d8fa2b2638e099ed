using Market.Api.Data;
using Market.Contracts;
using Side = Market.Trading.Side;

namespace Market.Api.Trading;

/// <summary>The price of an order that names a part of face value. Pure, and exact once face value is a decimal.</summary>
internal static class DiscountPrice
{
    // More satoshis than there are, so that no product leaves the range of a price.
    private const double MostFace = 1e16;

    /// <summary>Face value as prices are reckoned from it: to fifteen digits. Null where it is no amount of satoshis.</summary>
    /// <param name="valuation">What is said; null where nothing is.</param>
    public static decimal? FaceOf(ValuationRow? valuation) =>
        valuation is { FaceValue: >= 0 and < MostFace } ? (decimal)valuation.FaceValue : null;

    /// <summary>The price at which it stands: the part of face value, rounded to the tick to its own side (a sale up, a purchase
    /// down), and never worse than the worst. May be nought, of a purchase alone.</summary>
    /// <param name="side">Which way it trades.</param>
    /// <param name="discount">The part.</param>
    /// <param name="worst">The worst price that it takes, satoshis per whole share, a multiple of the tick.</param>
    /// <param name="face">Face value, satoshis per whole share.</param>
    /// <param name="tick">Satoshis.</param>
    public static long Of(Side side, DiscountFactor discount, long worst, decimal face, long tick)
    {
        var ticks = face * discount.Millionths / DiscountFactor.One / tick;
        return side == Side.Sell
            ? Math.Max(worst, (long)decimal.Ceiling(ticks) * tick)
            : Math.Min(worst, (long)decimal.Floor(ticks) * tick);
    }
}
