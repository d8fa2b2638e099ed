namespace Market.Sharechain;

/// <summary>The model's d_params of a share in a window, part by part: what the chain's rules take from its worth.</summary>
public sealed record WindowModel
{
    /// <summary>1 - f: what the rules keep of a reward.</summary>
    public required double Fee { get; init; }

    /// <summary>1 - o: blocks that go stale pay nobody.</summary>
    public required double Orphan { get; init; }

    /// <summary>1 - V(lock) / V, which is 1 - lock / tau where the chain is old and the rate low: while a swap runs the seller
    /// keeps the rewards. 0 where the share expires first.</summary>
    public required double Latency { get; init; }

    /// <summary>What the unit is worth to who holds it where only the largest are paid: 0 below the cut.</summary>
    public required double TopOwner { get; init; }

    /// <summary>What the unit adds to the stated insider's payouts.</summary>
    public required double TopBuyer { get; init; }

    /// <summary>Certainty equivalent over mean.</summary>
    public required double Variance { get; init; }

    /// <summary>Standard deviation over mean of what the share is paid in its remaining life.</summary>
    public required double Variation { get; init; }

    /// <summary>All parts but the slots: what stands before either reservation price.</summary>
    public double Common => Fee * Orphan * Latency * Variance;

    /// <summary>The product of the parts for the insider who buys.</summary>
    public double DParams => Common * TopBuyer;

    /// <summary>Computes the parts of a worth.</summary>
    internal static WindowModel Of(WindowValue value)
    {
        var inputs = value.Inputs;
        var kept = value.Discounted > 0 ? value.Within(inputs.Rate, inputs.LockSeconds) / value.Discounted : 1;
        var variation = value.CoefficientOfVariation;
        return new WindowModel
        {
            Fee = 1 - inputs.Fee,
            Orphan = 1 - inputs.Orphans,
            Latency = Math.Max(0, 1 - kept),
            TopOwner = inputs.Slots?.Outside ?? 1,
            TopBuyer = inputs.Slots?.Added ?? 1,
            Variation = variation,
            Variance = CertaintyEquivalent.OfWins(
                1 / (variation * variation), inputs.RiskAversion, inputs.OtherWealth),
        };
    }
}
