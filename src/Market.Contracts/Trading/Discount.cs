namespace Market.Contracts;

/// <summary>
/// What a price says about a share. First the price over what the work behind a new share earns elsewhere, which takes no
/// forecast; then d = price / face value = dTime x dParams, which takes a horizon and the pool's hashrate, with everything that
/// went into it. d is told with its horizon (<see cref="DiscountInputs.HorizonYears"/>) and its error.
/// </summary>
public sealed record Discount
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>When this was computed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The price it is about: the last trade's; absent before the first.</summary>
    public Price? Price { get; init; }

    /// <summary>price M I / (B w): price over <see cref="FppsWorth"/>. No horizon, rate or hashrate goes into it.</summary>
    public double? OverFpps { get; init; }

    /// <summary>B w / (M I): satoshis that the work behind one new whole share is worth at a pool that pays a full reward for
    /// every hash, before its fee; where a share stands for s hashes B s / M. Absent where no share is minted any more.</summary>
    public double? FppsWorth { get; init; }

    /// <summary>What such a pool pays after its fee of 3 %: <see cref="FppsWorth"/> x 0.97.</summary>
    public double? FppsPrice { get; init; }

    /// <summary>Satoshis that one whole share is expected to be paid over the horizon, not discounted (V0); of one that expires
    /// over what is left of its life, before the rules' parts.</summary>
    public required double FaceValue { get; init; }

    /// <summary>The same discounted with the rate: V(r).</summary>
    public required double PresentValue { get; init; }

    /// <summary>price / face value.</summary>
    public double? D { get; init; }

    /// <summary>Standard error of d: d x <see cref="Uncertainty"/>; of shares that expire half of what it moves between a hashrate
    /// one error lower and one higher, and absent where no hashrate goes into it.</summary>
    public double? DError { get; init; }

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

    /// <summary>Of shares that expire: what holding one is worth to who is not paid now, in satoshis per whole share. Nothing where
    /// only the largest holders are paid and some are not; <see cref="ModelPrice"/> is then what one of the largest would pay. A
    /// price lies between. Absent where shares never expire.</summary>
    public double? OwnerPrice { get; init; }

    /// <summary>The yearly rate at which model and price agree (r*); absent when none does.</summary>
    public double? ImpliedYield { get; init; }

    /// <summary>Standard error of the implied yield: half of what it moves between a hashrate one error lower and one higher;
    /// absent where one of them implies none.</summary>
    public double? ImpliedYieldError { get; init; }

    /// <summary>The hashes a second of this sharechain's miners at which model and price agree (H*); absent when none do, and where
    /// shares expire: of a full window the hashrate moves the life alone.</summary>
    public double? ImpliedHashrate { get; init; }

    /// <summary>What it was computed from.</summary>
    public required DiscountInputs Inputs { get; init; }

    /// <summary>Relative standard error of the hashrate behind face value, d and model price: 1 / sqrt(shares counted).
    /// </summary>
    public required double Uncertainty { get; init; }
}

/// <summary>The model's dParams = fee x orphan x latency x grinding x variance; of shares that expire times topBuyer.</summary>
public sealed record DiscountParts
{
    /// <summary>The product of the parts.</summary>
    public required double DParams { get; init; }

    /// <summary>1 - what the chain's rules keep of rewards; p2share keeps nothing.</summary>
    public required double Fee { get; init; }

    /// <summary>1 - the rate of stale blocks.</summary>
    public required double Orphan { get; init; }

    /// <summary>1 - V(lock) / V: rewards that fall to the shares while the swap runs stay with their seller.</summary>
    public required double Latency { get; init; }

    /// <summary>1 while grinding costs more than it gains; below, what others keep from a miner who grinds.</summary>
    public required double Grinding { get; init; }

    /// <summary>(1 - alpha) I V M / (w B): what a share block given up costs a grinding miner over what it gains, for alpha of
    /// <see cref="DiscountInputs.Grinder"/>. Below 1 grinding pays. Absent where no share is minted any more, and where nobody is
    /// drawn.</summary>
    public double? GrindingMargin { get; init; }

    /// <summary>Certainty equivalent / mean for a holder of the stated part; of shares that expire for any.</summary>
    public required double Variance { get; init; }

    /// <summary>Of shares that expire where only the N largest holders are paid: S (S_top - x) / S_top^2, what a share bought from
    /// below the cut adds to the smallest of those holders, over a share's even part. 1 where all are paid; absent where shares
    /// never expire.</summary>
    public double? TopBuyer { get; init; }

    /// <summary>The same of a holder below the cut who keeps his share: 0; 1 where all are paid. Absent where shares never expire.
    /// </summary>
    public double? TopOwner { get; init; }

    /// <summary>Coefficient of variation of what that holder is paid over the horizon, or over what is left of a share's life:
    /// standard deviation / mean. Absent where nothing is expected.</summary>
    public double? Variation { get; init; }
}

/// <summary>What a discount was computed from.</summary>
public sealed record DiscountInputs
{
    /// <summary>Continuous yearly discount rate r.</summary>
    public required double Rate { get; init; }

    /// <summary>Horizon T in years.</summary>
    public required double HorizonYears { get; init; }

    /// <summary>Mainchain blocks in the horizon: T over <see cref="MainSpacing"/>.</summary>
    public required long HorizonBlocks { get; init; }

    /// <summary>The mainchain reward of the next block, in satoshis (B): subsidy, and the mean fees of the newest blocks.</summary>
    public required Sats Reward { get; init; }

    /// <summary>The fees in it.</summary>
    public required Sats RewardFees { get; init; }

    /// <summary>Expected hashes for a mainchain block (M).</summary>
    public required double MainchainWork { get; init; }

    /// <summary>Seconds between mainchain blocks: nominal where the chain retargets, else as measured.</summary>
    public required double MainSpacing { get; init; }

    /// <summary>Expected hashes for a share block (w).</summary>
    public required double ShareWork { get; init; }

    /// <summary>Base units that the next share block mints (I).</summary>
    public required Quantity SharesIssued { get; init; }

    /// <summary>Hashes a second of this sharechain's miners (H): n - 1 intervals over the time from the first to now.</summary>
    public required double PoolHashrate { get; init; }

    /// <summary>The pool's part of all mainchain blocks: H over what the mainchain's targets and times show.</summary>
    public required double PoolPart { get; init; }

    /// <summary>Base units of all shares at the tip.</summary>
    public required Quantity SharesOutstanding { get; init; }

    /// <summary>Base units that take part in the next draw (n_m), or that stand in the window (S).</summary>
    public required Quantity SharesMature { get; init; }

    /// <summary>Share blocks behind the hashrate (n - 1).</summary>
    public required int SharesCounted { get; init; }

    /// <summary>Height of the sharechain's tip.</summary>
    public required long ShareHeight { get; init; }

    /// <summary>Height of the mainchain's tip.</summary>
    public required long MainHeight { get; init; }

    /// <summary>Rate of stale mainchain blocks (o), from the reorganisations that the market saw.</summary>
    public required double Orphans { get; init; }

    /// <summary>Seconds from a swap's first lock to its last claim.</summary>
    public required double LockSeconds { get; init; }

    /// <summary>The part of the mature shares that the holder of the variance figure has; absent where shares expire.</summary>
    public double? HolderPart { get; init; }

    /// <summary>Relative risk aversion gamma of that holder.</summary>
    public required double RiskAversion { get; init; }

    /// <summary>The part of the sharechain's hashrate that the grinding margin is for (alpha); absent where nobody is
    /// drawn.</summary>
    public double? Grinder { get; init; }

    /// <summary>Of shares that expire: the window that pays them; absent where they never do.</summary>
    public DiscountWindow? Window { get; init; }
}

/// <summary>What the worth of a share that expires was computed from besides.</summary>
public sealed record DiscountWindow
{
    /// <summary>Hashes of the window in force (W): a multiple of the mainchain's work, or as many blocks as it has at most,
    /// whichever is less.</summary>
    public required double Hashes { get; init; }

    /// <summary>Expected hashes that one whole share stands for (s).</summary>
    public required double HashesPerShare { get; init; }

    /// <summary>The root height whose shares it is about: the lowest of the series that is not expired. Who sells chooses which of
    /// a series' shares are sold.</summary>
    public required long Root { get; init; }

    /// <summary>The part of the window that these have aged (a): 1 and more is expired.</summary>
    public required double Aged { get; init; }

    /// <summary>The part of the window that unexpired shares fill: 1 unless the chain is young.</summary>
    public required double Filled { get; init; }

    /// <summary>Seconds that are left to them at this hashrate: (1 - a) W / H.</summary>
    public required double LifeSeconds { get; init; }

    /// <summary>How many holders the next block pays.</summary>
    public required int Holders { get; init; }

    /// <summary>Base units of these (S_top).</summary>
    public required Quantity Paid { get; init; }

    /// <summary>Base units of the smallest of them (x), who gains most by one more.</summary>
    public required Quantity Buyer { get; init; }
}
