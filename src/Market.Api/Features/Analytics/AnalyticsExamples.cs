using Market.Api.Doors.OpenApi;
using Market.Contracts;

namespace Market.Api.Features.Analytics;

/// <summary>Examples of what is said over time.</summary>
internal static class AnalyticsExamples
{
    private static readonly MarketFigures Figures = new()
    {
        Bid = new Price(98_100),
        Ask = new Price(98_120),
        Mid = 98_110,
        MeanPrice = 98_120.5,
        Since = Examples.Ticker.Since,
        BidDepth = new Sats(12_400_000),
        AskDepth = new Quantity(14_000_000_000),
    };

    private static readonly WorthRatios Ratios = new()
    {
        PricePerHash = 1.04,
        Hashrate = 0.31,
        HashrateError = 0.04,
        D = 1.02,
        DError = 0.13,
    };

    /// <summary>A page of readings.</summary>
    public static Page<WorthReading> Readings { get; } = new()
    {
        Items =
        [
            new WorthReading
            {
                Instrument = Examples.InstrumentId,
                Time = Examples.Discount.Time,
                Said = Examples.Discount,
                Market = Figures,
                Holders = new HolderFigures
                {
                    Count = 41,
                    Total = new Quantity(249_500_000_000),
                    Largest = 0.12,
                    LargestTen = 0.63,
                    Half = 7,
                },
            },
        ],
        NextCursor = "29558000",
    };

    /// <summary>A page of two instruments' readings.</summary>
    public static Page<ComparedReading> Compared { get; } = new()
    {
        Items = [new ComparedReading { Time = Examples.Discount.Time, Ratios = Ratios }],
        NextCursor = "29558000",
    };

    /// <summary>Two instruments, one in the light of the other.</summary>
    public static InstrumentComparison Comparison { get; } = new()
    {
        Against = Examples.InstrumentId,
        Items = [Of(Examples.InstrumentId, "p2share-devnet"), Of("P2SHARE-K20-BTC", "p2share-k20-devnet") with
        {
            Ratios = Ratios,
            Differs = [new RuleDifference { Rule = "payout", Here = "20 drawn owners", There = "1 drawn owner" }],
        }],
    };

    private static ComparedInstrument Of(string instrument, string sharechain) => new()
    {
        Instrument = instrument,
        Sharechain = sharechain,
        Time = Examples.Discount.Time,
        Price = Examples.Discount.Price,
        HashesPerShare = 4_286.6,
        PricePerTerahash = 2.289e13,
        OverFpps = Examples.Discount.OverFpps,
        Hashrate = Examples.Discount.Inputs.PoolHashrate,
        HashrateError = Examples.Discount.Uncertainty,
        D = Examples.Discount.D,
        DError = Examples.Discount.DError,
        Market = Figures,
        Differs = [],
    };
}
