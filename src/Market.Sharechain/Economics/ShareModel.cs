namespace Market.Sharechain;

/// <summary>The model's d_params of p2share, part by part: what the chain's rules take from a share's worth.</summary>
public sealed record ShareModel
{
    /// <summary>1 - f: what the rules keep of a reward.</summary>
    public required double Fee { get; init; }

    /// <summary>1 - o: blocks that go stale pay nobody.</summary>
    public required double Orphan { get; init; }

    /// <summary>1 - V(lock) / V: while a swap runs the seller keeps the rewards.</summary>
    public required double Latency { get; init; }

    /// <summary>What others keep from a grinding miner; 1 where grinding costs more than it gains.</summary>
    public required double Grinding { get; init; }

    /// <summary>What a share block given up costs a grinder, over its gain, for one who has next to no shares (the least it can
    /// be): above 1 grinding does not pay. Null where nothing is minted.</summary>
    public required double? GrindingMargin { get; init; }

    /// <summary>Certainty equivalent over mean for the stated holder.</summary>
    public required double Variance { get; init; }

    /// <summary>Standard deviation over mean of what the stated holder is paid in the horizon.</summary>
    public required double Variation { get; init; }

    /// <summary>The product of the parts.</summary>
    public double DParams => Fee * Orphan * Latency * Grinding * Variance;

    /// <summary>Computes the parts of a worth.</summary>
    internal static ShareModel Of(ShareValue value)
    {
        var inputs = value.Inputs;
        var margin = inputs.FppsWorth is > 0 and { } worth
            ? Sharechain.Grinding.Margin(inputs.Grinder, 0, value.Discounted, worth)
            : (double?)null;
        var pays = inputs.Grinder > 0 && inputs.GrinderPart > 0 && (margin ?? 0) < 1;
        var variation = value.CoefficientOfVariation(inputs.HolderPart);
        var kept = value.Discounted > 0 ? value.Within(inputs.Rate, inputs.LockSeconds) / value.Discounted : 0;
        return new ShareModel
        {
            Fee = 1 - inputs.Fee,
            Orphan = 1 - inputs.Orphans,
            Latency = Math.Max(0, 1 - kept),
            GrindingMargin = margin,
            Grinding = pays ? Sharechain.Grinding.KeptByOthers(inputs.Grinder, inputs.GrinderPart) : 1,
            Variation = variation,

            // Wins of unequal size count as so many equal ones of the same variance.
            Variance = CertaintyEquivalent.OfWins(
                1 / (variation * variation), inputs.RiskAversion, inputs.OtherWealth),
        };
    }
}
