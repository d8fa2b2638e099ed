namespace Market.Contracts;

/// <summary>An instrument held against another at one moment.</summary>
public sealed record ComparedInstrument
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>Its sharechain, by its row's name.</summary>
    public required string Sharechain { get; init; }

    /// <summary>The moment at which its own figures were said.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The last price; absent before the first trade.</summary>
    public Price? Price { get; init; }

    /// <summary>Expected hashes behind one whole new share; absent where none is minted any more.</summary>
    public double? HashesPerShare { get; init; }

    /// <summary>Satoshis that the last price pays for 10^12 hashes of the work behind a share; absent where one of the two is.
    /// </summary>
    public double? PricePerTerahash { get; init; }

    /// <summary>The last price over the full-pay-per-share worth of the work behind a share; absent where one of the two is.
    /// </summary>
    public double? OverFpps { get; init; }

    /// <summary>Hashes a second of the sharechain's miners.</summary>
    public required double Hashrate { get; init; }

    /// <summary>Relative standard error of that hashrate.</summary>
    public required double HashrateError { get; init; }

    /// <summary>price / face value.</summary>
    public double? D { get; init; }

    /// <summary>Standard error of d; absent where no hashrate goes into it.</summary>
    public double? DError { get; init; }

    /// <summary>Its book's figures now.</summary>
    public required MarketFigures Market { get; init; }

    /// <summary>Its figures over those of the other; absent where it is the other itself.</summary>
    public WorthRatios? Ratios { get; init; }

    /// <summary>The rules in which its sharechain differs from the other's; none where both are of one sharechain. Where it is one,
    /// the ratio of prices is what the market pays for that rule.</summary>
    public required IReadOnlyList<RuleDifference> Differs { get; init; }
}
