using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Analytics;

/// <summary>What a discount is computed from whatever the sharechain's rules are, as both chains showed it at one moment.</summary>
internal sealed record DiscountReading
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>The price, satoshis per whole share; null before the first trade.</summary>
    public required Price? Price { get; init; }

    /// <summary>The moment.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Continuous yearly discount rate.</summary>
    public required double Rate { get; init; }

    /// <summary>The horizon, years.</summary>
    public required double HorizonYears { get; init; }

    /// <summary>The sharechain's hashrate.</summary>
    public required HashrateEstimate Pool { get; init; }

    /// <summary>The mainchain's.</summary>
    public required HashrateEstimate Main { get; init; }

    /// <summary>The sharechain's figures at its tip.</summary>
    public required ShareFigures Figures { get; init; }

    /// <summary>Height of the mainchain's tip.</summary>
    public required int MainHeight { get; init; }

    /// <summary>Height of the sharechain's tip.</summary>
    public required int ShareHeight { get; init; }

    /// <summary>Mean fees of the mainchain's newest blocks, satoshis.</summary>
    public required double MainFees { get; init; }

    /// <summary>Seconds between mainchain blocks.</summary>
    public required double MainSpacing { get; init; }

    /// <summary>Expected hashes of a mainchain block.</summary>
    public required double MainWork { get; init; }

    /// <summary>Rate of stale mainchain blocks.</summary>
    public required double Orphans { get; init; }

    /// <summary>Seconds from a swap's first lock to its last claim.</summary>
    public required double LockSeconds { get; init; }

    /// <summary>Work of the sharechain's newest blocks with the uncles that they name, over that of the blocks alone: from 1.
    /// </summary>
    public double Beside { get; init; } = 1;

    /// <summary>Expected hashes of a share block and the uncles beside it, by which a window fills.</summary>
    public double BlockWork => ShareWork * Beside;

    /// <summary>Expected hashes of the next share block.</summary>
    public double ShareWork => Figures.NextBits.Work().ToDouble();

    /// <summary>The inputs that every discount shows.</summary>
    /// <param name="reward">B, satoshis.</param>
    /// <param name="issued">Base units that the next share block mints.</param>
    /// <param name="riskAversion">Of the holder of the variance figure.</param>
    public DiscountInputs InputsOf(double reward, Amount issued, double riskAversion) => new()
    {
        Rate = Rate,
        HorizonYears = HorizonYears,
        HorizonBlocks = (long)(HorizonYears * ShareValueInputs.SecondsPerYear / MainSpacing),
        Reward = new Sats((long)reward),
        RewardFees = new Sats((long)MainFees),
        MainchainWork = MainWork,
        MainSpacing = MainSpacing,
        ShareWork = ShareWork,
        SharesIssued = new Quantity(issued.Sats),
        PoolHashrate = Pool.HashesPerSecond,
        PoolPart = Main.HashesPerSecond > 0 ? Math.Min(1, Pool.HashesPerSecond / Main.HashesPerSecond) : 0,
        SharesOutstanding = new Quantity(Figures.Supply.Sats),
        SharesMature = new Quantity(Figures.MatureUnits),
        SharesCounted = Pool.Intervals,
        ShareHeight = ShareHeight,
        MainHeight = MainHeight,
        Orphans = Orphans,
        LockSeconds = LockSeconds,
        RiskAversion = riskAversion,
    };
}
