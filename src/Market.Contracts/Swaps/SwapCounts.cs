namespace Market.Contracts;

/// <summary>
/// How the swaps of an instrument ended since the market began, by side. Who let a swap fail is read off its keys and both
/// chains by rule; where that is in doubt it was nobody.
/// </summary>
public sealed record SwapCounts
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>Swaps on their way.</summary>
    public required long Moving { get; init; }

    /// <summary>Swaps in which both parties have what they bought.</summary>
    public required long Settled { get; init; }

    /// <summary>Swaps that failed, whoever let them.</summary>
    public required long Failed { get; init; }

    /// <summary>Those of them that nobody let fail, as far as can be told.</summary>
    public required long FailedByNobody { get; init; }

    /// <summary>Sellers and buyers, sellers first. A swap that both let fail counts at both.</summary>
    public required IReadOnlyList<SideCounts> Sides { get; init; }
}

/// <summary>How swaps ended for one side.</summary>
public sealed record SideCounts
{
    /// <summary>Which side.</summary>
    public required SwapRole Side { get; init; }

    /// <summary>Settled swaps in which this side's order was resting.</summary>
    public required long SettledAsMaker { get; init; }

    /// <summary>Settled swaps in which this side's order came later.</summary>
    public required long SettledAsTaker { get; init; }

    /// <summary>Swaps that this side let fail with an order that was resting.</summary>
    public required long FailedAsMaker { get; init; }

    /// <summary>Swaps that this side let fail with an order that came later.</summary>
    public required long FailedAsTaker { get; init; }
}
