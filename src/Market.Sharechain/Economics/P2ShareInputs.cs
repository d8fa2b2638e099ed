using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Economics;

/// <summary>
/// All that the worth of a p2share share is computed from. Kept with every result, so that a figure can be computed
/// again by anybody.
/// </summary>
public sealed record P2ShareInputs
{
    /// <summary>Seconds in a year of 365.25 days: rates are continuous and yearly.</summary>
    public const double YearSeconds = 31_557_600;

    /// <summary>The mainchain's target; M is its expected hashes a block.</summary>
    public required CompactTarget MainBits { get; init; }

    /// <summary>Height of the next mainchain block.</summary>
    public required int MainHeight { get; init; }

    /// <summary>The mainchain's subsidy and its halvings.</summary>
    public IssuanceSchedule MainIssuance { get; init; } = IssuanceSchedule.Bitcoin;

    /// <summary>Seconds between mainchain blocks, by which its halvings come.</summary>
    public required double MainSpacing { get; init; }

    /// <summary>Satoshis of fees that a mainchain block brings besides the subsidy.</summary>
    public double MainFees { get; init; }

    /// <summary>Hashes a second of all the sharechain's miners (H).</summary>
    public required double PoolHashrate { get; init; }

    /// <summary>Relative standard error of <see cref="PoolHashrate"/>: 1 / sqrt(shares counted); 1 for none.</summary>
    public double PoolHashrateError { get; init; } = 1;

    /// <summary>Height of the next share block.</summary>
    public required int ShareHeight { get; init; }

    /// <summary>The sharechain's issuance and its halvings, in base units.</summary>
    public required IssuanceSchedule ShareIssuance { get; init; }

    /// <summary>Seconds between share blocks.</summary>
    public required double ShareSpacing { get; init; }

    /// <summary>Base units outstanding now (n); above 0.</summary>
    public required double Supply { get; init; }

    /// <summary>The sharechain's target: w is its expected hashes a block.</summary>
    public required CompactTarget ShareBits { get; init; }

    /// <summary>Seconds that are looked ahead (T); above 0.</summary>
    public double HorizonSeconds { get; init; } = 4 * YearSeconds;

    /// <summary>Continuous yearly discount rate (r), for example 0.05.</summary>
    public double Rate { get; init; } = 0.05;

    /// <summary>Part of every payout that somebody keeps (f).</summary>
    public double Fee { get; init; }

    /// <summary>Part of mainchain blocks found that do not stay in the chain (o).</summary>
    public double OrphanRate { get; init; }

    /// <summary>Seconds until the share is mature; 0 for one that can be traded.</summary>
    public double ImmatureSeconds { get; init; }

    /// <summary>The largest miner's part of the hashrate (alpha), for grinding.</summary>
    public double GrinderHashrate { get; init; }

    /// <summary>That miner's part of the shares (p), for grinding.</summary>
    public double GrinderShares { get; init; }

    /// <summary>Base units that the holder asked about holds, for the variance of the draw.</summary>
    public double HolderUnits { get; init; } = Amount.Coin;

    /// <summary>That holder's other wealth in satoshis (w); above 0 where <see cref="RiskAversion"/> is.</summary>
    public double HolderWealth { get; init; } = 100_000_000;

    /// <summary>Constant relative risk aversion (gamma); 0 for a holder who does not mind.</summary>
    public double RiskAversion { get; init; }

    /// <summary>Expected hashes a mainchain block (M).</summary>
    public double MainWork => MainBits.Work().ToDouble();

    /// <summary>Expected hashes a share block (w).</summary>
    public double ShareWork => ShareBits.Work().ToDouble();

    /// <summary>Mainchain blocks a second that the pool finds (lambda).</summary>
    public double BlockRate => PoolHashrate / MainWork;
}

/// <summary>What the sharechain's own rules take from a share's worth, each by itself; 1 takes nothing.</summary>
/// <param name="Maturity">Payouts missed while the share is not mature.</param>
/// <param name="Fee">1 - f.</param>
/// <param name="Orphan">1 - o.</param>
/// <param name="Grinding">What the largest miner could take by throwing shares away, where that pays.</param>
/// <param name="Variance">Certainty equivalent by mean of the holder's number of wins.</param>
public sealed record DiscountParts(double Maturity, double Fee, double Orphan, double Grinding, double Variance)
{
    /// <summary>Their product: d_params.</summary>
    public double Product => Maturity * Fee * Orphan * Grinding * Variance;
}

/// <summary>A share's worth by the model. Sums are in satoshis per whole share, precise to 1e-9.</summary>
/// <param name="Inputs">What it was computed from.</param>
/// <param name="FaceValue">V0: expected payouts over the horizon, not discounted.</param>
/// <param name="PresentValue">V(r): the same, discounted.</param>
/// <param name="TimeFactor">d_time = V(r) / V0.</param>
/// <param name="Parts">d_params, part by part.</param>
/// <param name="ExpectedBlocks">Mainchain blocks that the pool is expected to find within the horizon.</param>
/// <param name="GrindingMargin">
/// Cost of throwing a share block away by the most that it can gain; below 1 grinding pays. Infinite where there is
/// nobody to grind.
/// </param>
public sealed record P2ShareValue(
    P2ShareInputs Inputs,
    double FaceValue,
    double PresentValue,
    double TimeFactor,
    DiscountParts Parts,
    double ExpectedBlocks,
    double GrindingMargin)
{
    /// <summary>V(r) x d_params: what the model says a share is worth, in satoshis.</summary>
    public double ModelValue => PresentValue * Parts.Product;

    /// <summary>d_time x d_params.</summary>
    public double Discount => TimeFactor * Parts.Product;
}

/// <summary>A market price beside the model.</summary>
/// <param name="Value">The model.</param>
/// <param name="Price">Satoshis per whole share.</param>
/// <param name="Discount">d = price / V0.</param>
/// <param name="ImpliedParams">d / d_time: what the market takes for d_params.</param>
/// <param name="RiskPremium">Implied by the model's d_params; below 1 the market pays less than the model.</param>
/// <param name="ImpliedYield">r* at which model and price agree; null where no rate from -5 to 50 does.</param>
/// <param name="ImpliedHashrate">H* at which they agree, hash/s; null where none within a factor of 1e9 does.</param>
public sealed record P2ShareReading(
    P2ShareValue Value,
    double Price,
    double Discount,
    double ImpliedParams,
    double RiskPremium,
    double? ImpliedYield,
    double? ImpliedHashrate);
