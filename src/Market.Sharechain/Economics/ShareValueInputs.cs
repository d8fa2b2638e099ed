using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>What the worth of a never-expiring share (p2share) is computed from. In seconds and hashes.</summary>
public sealed record ShareValueInputs
{
    /// <summary>Seconds of a year of 365.25 days.</summary>
    public const double SecondsPerYear = 31_557_600;

    /// <summary>Continuous yearly discount rate r.</summary>
    public required double Rate { get; init; }

    /// <summary>Horizon T in years.</summary>
    public required double HorizonYears { get; init; }

    /// <summary>The mainchain's subsidy.</summary>
    public required IssuanceSchedule MainIssuance { get; init; }

    /// <summary>Height of the mainchain's tip.</summary>
    public required int MainHeight { get; init; }

    /// <summary>Seconds between mainchain blocks, whoever finds them: when halvings come.</summary>
    public required double MainSpacing { get; init; }

    /// <summary>Expected hashes for a mainchain block, M = 2^256 / (target + 1).</summary>
    public required double MainWork { get; init; }

    /// <summary>The sharechain's issuance.</summary>
    public required IssuanceSchedule ShareIssuance { get; init; }

    /// <summary>Height of the sharechain's tip.</summary>
    public required int ShareHeight { get; init; }

    /// <summary>Seconds between shares.</summary>
    public required double ShareSpacing { get; init; }

    /// <summary>Expected hashes for one share block (w).</summary>
    public required double ShareWork { get; init; }

    /// <summary>Hashes a second of the sharechain's miners (H), taken as constant over the horizon.</summary>
    public required double PoolHashrate { get; init; }

    /// <summary>Base units that exist at the tip (n).</summary>
    public required long Outstanding { get; init; }

    /// <summary>Base units that are not mature and cannot win.</summary>
    public required long Immature { get; init; }

    /// <summary>Fees taken from rewards (f), as a fraction.</summary>
    public double Fee { get; init; }

    /// <summary>Rate of stale mainchain blocks (o), as a fraction.</summary>
    public double Orphans { get; init; }

    /// <summary>The part of all shares that the holder of the variance figure has (p).</summary>
    public double HolderPart { get; init; } = 0.01;

    /// <summary>That holder's relative risk aversion (gamma).</summary>
    public double RiskAversion { get; init; } = 1;

    /// <summary>That holder's other wealth, as a multiple of what his shares are expected to be paid.</summary>
    public double OtherWealth { get; init; } = 1;

    /// <summary>The part of the pool's hashrate that would grind (alpha), and of the shares it holds (p).</summary>
    public double Grinder { get; init; } = 0.5;

    /// <summary>Pool blocks a second, lambda = H / M.</summary>
    public double BlockRate => PoolHashrate / MainWork;
}
