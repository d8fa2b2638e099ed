using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>What the worth of a never-expiring share (p2share) is computed from. In seconds, hashes, satoshis and base units.
/// </summary>
public sealed record ShareValueInputs
{
    /// <summary>Seconds of a year of 365.25 days.</summary>
    public const double SecondsPerYear = 31_557_600;

    /// <summary>Mainchain blocks until a coinbase can be spent.</summary>
    public const int CoinbaseMaturity = 100;

    /// <summary>Continuous yearly discount rate r.</summary>
    public required double Rate { get; init; }

    /// <summary>Horizon T in years: blocks found later count for nothing.</summary>
    public required double HorizonYears { get; init; }

    /// <summary>The mainchain's subsidy.</summary>
    public required IssuanceSchedule MainIssuance { get; init; }

    /// <summary>Fees of a mainchain block, satoshis, taken as constant; with the subsidy they are B.</summary>
    public double MainFees { get; init; }

    /// <summary>Height of the mainchain's tip.</summary>
    public required int MainHeight { get; init; }

    /// <summary>Seconds between mainchain blocks, whoever finds them: when halvings come and coinbases mature. Where the
    /// chain does not retarget, as measured.</summary>
    public required double MainSpacing { get; init; }

    /// <summary>Expected hashes for a mainchain block, M = 2^256 / (target + 1).</summary>
    public required double MainWork { get; init; }

    /// <summary>The sharechain's issuance.</summary>
    public required IssuanceSchedule ShareIssuance { get; init; }

    /// <summary>Height of the sharechain's tip.</summary>
    public required int ShareHeight { get; init; }

    /// <summary>Seconds between shares: its difficulty keeps them.</summary>
    public required double ShareSpacing { get; init; }

    /// <summary>Blocks until a sharebase takes part in the draw.</summary>
    public required int ShareMaturity { get; init; }

    /// <summary>Shareholders drawn a block (K).</summary>
    public int Winners { get; init; } = 1;

    /// <summary>Expected hashes for one share block (w).</summary>
    public required double ShareWork { get; init; }

    /// <summary>Hashes a second of the sharechain's miners (H).</summary>
    public required double PoolHashrate { get; init; }

    /// <summary>Continuous yearly growth of H / M, the sharechain's part of the mainchain's work; 0 is a constant part.</summary>
    public double Growth { get; init; }

    /// <summary>Base units that take part in the draw of the next share (n_m): mature and with a payout script.</summary>
    public required long Mature { get; init; }

    /// <summary>Fees taken from rewards (f), as a fraction; p2share takes none.</summary>
    public double Fee { get; init; }

    /// <summary>Rate of stale mainchain blocks (o), as a fraction.</summary>
    public double Orphans { get; init; }

    /// <summary>Seconds from a swap's first lock to its last claim, in which the seller keeps the rewards.</summary>
    public double LockSeconds { get; init; }

    /// <summary>The part of n_m that the holder of the variance figure has (p).</summary>
    public double HolderPart { get; init; } = 0.01;

    /// <summary>That holder's relative risk aversion (gamma).</summary>
    public double RiskAversion { get; init; } = 1;

    /// <summary>That holder's other wealth, in multiples of what his shares are expected to be paid.</summary>
    public double OtherWealth { get; init; } = 1;

    /// <summary>The part of the sharechain's hashrate that would grind (alpha).</summary>
    public double Grinder { get; init; } = 0.5;

    /// <summary>The grinder's part of the units that can win (p), where grinding pays.</summary>
    public double GrinderPart { get; init; } = 0.5;

    /// <summary>Pool blocks a second, lambda = H / M.</summary>
    public double BlockRate => PoolHashrate / MainWork;

    /// <summary>Seconds until a coinbase can be spent, t100.</summary>
    public double CoinbaseSeconds => CoinbaseMaturity * MainSpacing;

    /// <summary>B of the next mainchain block, satoshis.</summary>
    public double Reward => MainIssuance.At(MainHeight + 1).Sats + MainFees;

    /// <summary>I: base units that the next share block mints.</summary>
    public Amount Issued => ShareIssuance.At(ShareHeight + 1);

    /// <summary>B w / (M I), satoshis per whole share; null where nothing is minted.</summary>
    public double? FppsWorth => Sharechain.FppsWorth.Of(Reward, ShareWork, MainWork, Issued);
}
