namespace Market.Contracts;

/// <summary>What a price says about a share: d = price / face = dTime x dParams, with everything that went into it.</summary>
public sealed record Discount
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>When this was computed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The price it is about: the last trade's; absent before the first.</summary>
    public Price? Price { get; init; }

    /// <summary>Satoshis that one whole share is expected to be paid over the horizon, not discounted (V0).</summary>
    public required double FaceValue { get; init; }

    /// <summary>The same discounted with the rate: V(r).</summary>
    public required double PresentValue { get; init; }

    /// <summary>price / face value.</summary>
    public double? D { get; init; }

    /// <summary>V(r) / V0.</summary>
    public required double DTime { get; init; }

    /// <summary>d / dTime: what the price implies.</summary>
    public double? DParams { get; init; }

    /// <summary>What the model says the rules take away.</summary>
    public required DiscountParts Model { get; init; }

    /// <summary>dParams / the model's: below 1, buyers ask to be paid for a risk that the model does not have.</summary>
    public double? RiskPremium { get; init; }

    /// <summary>Face value x dTime x the model's dParams: what the model would pay, in satoshis per whole share.</summary>
    public required double ModelPrice { get; init; }

    /// <summary>The yearly rate at which model and price agree; absent when none does.</summary>
    public double? ImpliedYield { get; init; }

    /// <summary>What a full-pay-per-share pool would pay: face value x (1 - its fee of 3 %).</summary>
    public required double FppsPrice { get; init; }

    /// <summary>What it was computed from.</summary>
    public required DiscountInputs Inputs { get; init; }

    /// <summary>Relative standard error of the hashrate behind it: 1 / sqrt(shares counted).</summary>
    public required double Uncertainty { get; init; }
}

/// <summary>The model's dParams = maturity x fee x orphan x grinding x variance.</summary>
public sealed record DiscountParts
{
    /// <summary>The product of the parts.</summary>
    public required double DParams { get; init; }

    /// <summary>1 - the immature part of all shares (those cannot win).</summary>
    public required double Maturity { get; init; }

    /// <summary>1 - fees.</summary>
    public required double Fee { get; init; }

    /// <summary>1 - the rate of stale blocks.</summary>
    public required double Orphan { get; init; }

    /// <summary>1 - what grinding miners take.</summary>
    public required double Grinding { get; init; }

    /// <summary>Certainty equivalent / mean for a holder of the stated part.</summary>
    public required double Variance { get; init; }
}

/// <summary>What a discount was computed from.</summary>
public sealed record DiscountInputs
{
    /// <summary>Continuous yearly discount rate r.</summary>
    public required double Rate { get; init; }

    /// <summary>Horizon T in years of the mainchain's nominal time.</summary>
    public required double HorizonYears { get; init; }

    /// <summary>Mainchain blocks in the horizon: T over the chain's nominal spacing.</summary>
    public required long HorizonBlocks { get; init; }

    /// <summary>The mainchain reward of the next block: subsidy, in satoshis.</summary>
    public required Sats Reward { get; init; }

    /// <summary>Expected hashes for a mainchain block (M).</summary>
    public required double MainchainWork { get; init; }

    /// <summary>Hashes a second of this sharechain's miners (H), from the work of its newest blocks.</summary>
    public required double PoolHashrate { get; init; }

    /// <summary>The pool's part of all mainchain blocks: H over what the mainchain's targets and times show.</summary>
    public required double PoolPart { get; init; }

    /// <summary>Base units of all shares at the tip.</summary>
    public required Quantity SharesOutstanding { get; init; }

    /// <summary>Base units that are not mature.</summary>
    public required Quantity SharesImmature { get; init; }

    /// <summary>Share blocks behind the hashrate.</summary>
    public required int SharesCounted { get; init; }

    /// <summary>Height of the sharechain's tip.</summary>
    public required long ShareHeight { get; init; }

    /// <summary>Height of the mainchain's tip.</summary>
    public required long MainHeight { get; init; }

    /// <summary>The part of all shares that the holder of the variance figure has.</summary>
    public required double HolderPart { get; init; }

    /// <summary>Relative risk aversion gamma of that holder.</summary>
    public required double RiskAversion { get; init; }
}
