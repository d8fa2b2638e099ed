namespace Market.Contracts;

/// <summary>Figures of one instrument over those of another on the same mainchain, as both were said. Two of one sharechain share
/// their hashrate, and so its error.</summary>
public sealed record WorthRatios
{
    /// <summary>Price for each hash behind a share, over that of the other: no forecast and no estimate goes into it.</summary>
    public double? PricePerHash { get; init; }

    /// <summary>Hashrate over hashrate.</summary>
    public required double Hashrate { get; init; }

    /// <summary>Standard error of that; absent where it has none.</summary>
    public double? HashrateError { get; init; }

    /// <summary>d over d.</summary>
    public double? D { get; init; }

    /// <summary>Standard error of that; absent where it has none.</summary>
    public double? DError { get; init; }
}
