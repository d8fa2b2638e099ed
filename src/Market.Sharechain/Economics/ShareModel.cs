namespace Market.Sharechain;

/// <summary>The model's d_params of p2share, part by part: what the chain's rules take from a share's worth.</summary>
public sealed record ShareModel
{
    private const int MostTerms = 4_096;

    /// <summary>1 - the immature part of all shares: those cannot win until they are mature.</summary>
    public required double Maturity { get; init; }

    /// <summary>1 - fees.</summary>
    public required double Fee { get; init; }

    /// <summary>1 - rate of stale blocks.</summary>
    public required double Orphan { get; init; }

    /// <summary>1 - what a grinding miner takes; 1 where grinding costs more than it gains.</summary>
    public required double Grinding { get; init; }

    /// <summary>What a share block given up costs a grinder, over its gain: above 1 grinding does not pay.</summary>
    public required double GrindingMargin { get; init; }

    /// <summary>Certainty equivalent over mean for the stated holder.</summary>
    public required double Variance { get; init; }

    /// <summary>The product of the parts.</summary>
    public double DParams => Maturity * Fee * Orphan * Grinding * Variance;

    /// <summary>Computes the parts.</summary>
    /// <param name="inputs">The figures.</param>
    /// <param name="face">V0, satoshis per whole share.</param>
    /// <param name="expectedBlocks">Pool blocks expected in the horizon.</param>
    internal static ShareModel Of(ShareValueInputs inputs, double face, double expectedBlocks)
    {
        var margin = MarginOf(inputs, face);
        return new ShareModel
        {
            Maturity = 1 - Math.Clamp((double)inputs.Immature / inputs.Outstanding, 0, 1),
            Fee = 1 - inputs.Fee,
            Orphan = 1 - inputs.Orphans,
            GrindingMargin = margin,
            Grinding = margin >= 1 ? 1 : 1 - inputs.Grinder * inputs.Grinder,
            Variance = CertaintyEquivalent(
                expectedBlocks * inputs.HolderPart, inputs.RiskAversion, inputs.OtherWealth),
        };
    }

    /// <summary>
    /// A miner with the part alpha of the hashrate and p of the shares who throws away a share block gains at most
    /// alpha p (w / M) B and loses the whole block's new shares.
    /// </summary>
    private static double MarginOf(ShareValueInputs inputs, double face)
    {
        var reward = (double)inputs.MainIssuance.At(inputs.MainHeight + 1).Sats;
        var gain = inputs.Grinder * inputs.Grinder * inputs.ShareWork / inputs.MainWork * reward;
        var cost = inputs.ShareIssuance.At(inputs.ShareHeight + 1).Sats / ShareUnits.PerShare * face;
        return gain > 0 ? cost / gain : double.PositiveInfinity;
    }

    /// <summary>
    /// The certainty equivalent of k wins of one unit each, k Poisson with mean m, over that mean, for constant
    /// relative risk aversion and other wealth of a multiple of m. Few wins: much is taken off; many: next to nothing.
    /// </summary>
    public static double CertaintyEquivalent(double mean, double riskAversion, double otherWealth)
    {
        if (!(mean > 0)) return 0;
        var wealth = otherWealth * mean;
        if (riskAversion <= 0) return 1;
        // Far out the Poisson number is as good as normal, and the second-order term says it all.
        if (mean > 500) return Math.Max(0, 1 - riskAversion / (2 * (wealth + mean)));
        if (wealth <= 0) return 0;
        var (probability, sum) = (Math.Exp(-mean), 0.0);
        for (var k = 0; k < MostTerms; k++)
        {
            sum += probability * Utility(wealth + k, riskAversion);
            probability *= mean / (k + 1);
            if (k > mean && probability < 1e-18) break;
        }
        return Math.Clamp((InverseUtility(sum, riskAversion) - wealth) / mean, 0, 1);
    }

    private static double Utility(double wealth, double gamma) =>
        Math.Abs(gamma - 1) < 1e-9 ? Math.Log(wealth) : (Math.Pow(wealth, 1 - gamma) - 1) / (1 - gamma);

    private static double InverseUtility(double utility, double gamma) =>
        Math.Abs(gamma - 1) < 1e-9 ? Math.Exp(utility) : Math.Pow(utility * (1 - gamma) + 1, 1 / (1 - gamma));
}
