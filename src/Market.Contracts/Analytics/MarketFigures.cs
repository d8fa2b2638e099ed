namespace Market.Contracts;

/// <summary>A book and its newest trades in a few figures.</summary>
public sealed record MarketFigures
{
    /// <summary>How far from the best price on an order counts as near: 5 %.</summary>
    public const double Reach = 0.05;

    /// <summary>The best bid; absent where nobody bids.</summary>
    public Price? Bid { get; init; }

    /// <summary>The best ask; absent where nobody offers.</summary>
    public Price? Ask { get; init; }

    /// <summary>Half of the sum of the best bid and the best ask, in satoshis per whole share; absent where one is missing.
    /// </summary>
    public double? Mid { get; init; }

    /// <summary>Satoshis over whole shares of all final trades of the last 24 hours; absent where there is none.</summary>
    public double? MeanPrice { get; init; }

    /// <summary>Since when these trades are, where the market is younger than 24 hours; absent otherwise.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Satoshis that are bid near the best bid: at 95 % of it and more.</summary>
    public required Sats BidDepth { get; init; }

    /// <summary>Base units that are offered near the best ask: at 105 % of it and less.</summary>
    public required Quantity AskDepth { get; init; }
}
