using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;
using Market.Swaps;

namespace Market.Api.Analytics;

/// <summary>Reads the figures of both chains and computes what a price says about a share.</summary>
public sealed class DiscountModel(
    ChainPair chains, TipWatch watch, MarketInstrument instrument, TimeProvider clock) : IDisposable
{
    /// <summary>The yearly rate when nothing else is asked.</summary>
    public const double DefaultRate = 0.05;

    /// <summary>The horizon when nothing else is asked, in years.</summary>
    public const double DefaultYears = 10;

    /// <summary>What a full-pay-per-share pool keeps.</summary>
    public const double FppsFee = 0.03;

    // Of n shares the hashrate is known to about 1 / sqrt(n): a value from fewer, at a chain's start or after a night in which
    // nobody mined, would be off by a multiple.
    private const int LeastShares = 10;

    private readonly NetworkProfile _network = NetworkProfile.Of(instrument.Network);
    private readonly SwapRules _rules = SwapRules.Of(instrument.Network);
    private readonly RewardFees _fees = new(chains);
    private readonly SemaphoreSlim _reading = new(1, 1);

    /// <summary>The discount of a price; refused while the chains say too little.</summary>
    /// <param name="price">Satoshis per whole share; null before the first trade.</param>
    /// <param name="rate">Yearly rate.</param>
    /// <param name="years">Horizon.</param>
    /// <param name="cancel">Stops the reads.</param>
    public async Task<Result<Discount>> OfAsync(Price? price, double rate, double years, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var pool = watch.SampleOf(ChainName.Sharechain).At(now);
        var main = watch.SampleOf(ChainName.Mainchain);
        if (watch.Tips is not { } tips || pool.Intervals < LeastShares || main.OldestFirst.IsDefaultOrEmpty)
            return new Refusal(ProblemCodes.ChainUnavailable, $"Fewer than {LeastShares} shares tell of the hashrate yet.");
        var figures = await chains.Shares.GetFiguresAsync(cancel);
        if (figures.MatureUnits <= 0) return new Refusal(ProblemCodes.ChainUnavailable, "No share is mature yet.");
        var mainPace = main.At(now);
        var inputs = new ShareValueInputs
        {
            Rate = rate,
            HorizonYears = years,
            MainIssuance = chains.MainIssuance,
            MainHeight = (int)tips.Mainchain.Height,
            MainFees = await FeesAsync(tips.Mainchain, cancel),
            MainSpacing = SpacingOf(mainPace),
            MainWork = main.Bits.Work().ToDouble(),
            Orphans = watch.StaleRateOf(ChainName.Mainchain),
            ShareIssuance = chains.Shares.Profile.Schedule,
            ShareHeight = (int)tips.Sharechain.Height,
            ShareSpacing = chains.SpacingOf(ChainName.Sharechain),
            ShareMaturity = chains.Shares.Profile.Maturity,
            ShareWork = figures.NextBits.Work().ToDouble(),
            Winners = chains.Shares.Profile.Winners,
            PoolHashrate = pool.HashesPerSecond,
            Mature = figures.MatureUnits,
            LockSeconds = LockSeconds,
        };
        return Tell(instrument.Id, ShareValue.Of(inputs), figures, price, pool, mainPace, now);
    }

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    /// <summary>From the first lock to the last claim where nobody tarries: the shares' lock is buried, then the BTC's, the BTC
    /// are claimed in a block, and the shares in another.</summary>
    private double LockSeconds =>
        ((_rules.Share.Confirmations + 1) * (double)_rules.Share.SpacingSeconds) +
        ((_rules.Coin.Confirmations + 1) * (double)_rules.Coin.SpacingSeconds);

    /// <summary>Seconds between mainchain blocks. One that does not retarget keeps no schedule: what is measured counts, once as
    /// many blocks tell of it as are asked of shares.</summary>
    private double SpacingOf(HashrateEstimate pace) =>
        _network.Difficulty == DifficultyRule.Fixed && pace.Intervals >= LeastShares
            ? 1 / pace.BlocksPerSecond
            : chains.SpacingOf(ChainName.Mainchain);

    private async Task<double> FeesAsync(ChainTip tip, CancellationToken cancel)
    {
        await _reading.WaitAsync(cancel);
        try
        {
            return await _fees.MeanAsync(BlockId.Parse(tip.Id), (int)tip.Height, chains.MainIssuance, cancel);
        }
        finally
        {
            _reading.Release();
        }
    }

    private static Discount Tell(string instrument,
        ShareValue value, ShareFigures figures, Price? price, HashrateEstimate pool, HashrateEstimate main, DateTimeOffset now)
    {
        var d = price is { } p ? value.DiscountOf(p.Sats) : null;
        var dParams = d / value.DTime;
        return new Discount
        {
            Instrument = instrument,
            Time = now,
            Price = price,
            OverFpps = price is { } o ? value.OverFpps(o.Sats) : null,
            FppsWorth = value.Inputs.FppsWorth,
            FppsPrice = value.Inputs.FppsWorth * (1 - FppsFee),
            FaceValue = value.Face,
            PresentValue = value.Discounted,
            D = d,
            DError = d * pool.RelativeError,
            DTime = value.DTime,
            DParams = dParams,
            Model = PartsOf(value.Model),
            RiskPremium = value.Model.DParams > 0 ? dParams / value.Model.DParams : null,
            ModelPrice = value.ModelPrice,
            ImpliedYield = price is { } q ? value.ImpliedYield(q.Sats) : null,
            ImpliedYieldError = price is { } e ? YieldErrorOf(value, e.Sats, pool.RelativeError) : null,
            ImpliedHashrate = price is { } h ? value.ImpliedHashrate(h.Sats) : null,
            Uncertainty = pool.RelativeError,
            Inputs = InputsOf(value.Inputs, figures, pool, main),
        };
    }

    // Worth and hashrate are in proportion: a hashrate one error lower makes of the price what a higher price would be now.
    private static double? YieldErrorOf(ShareValue value, double price, double error) =>
        (value.ImpliedYield(price / (1 + error)) - value.ImpliedYield(price / (1 - error))) / 2;

    private static DiscountParts PartsOf(ShareModel model) => new()
    {
        DParams = model.DParams,
        Fee = model.Fee,
        Orphan = model.Orphan,
        Latency = model.Latency,
        Grinding = model.Grinding,
        GrindingMargin = model.GrindingMargin,
        Variance = model.Variance,
        Variation = double.IsFinite(model.Variation) ? model.Variation : null,
    };

    private static DiscountInputs InputsOf(
        ShareValueInputs inputs, ShareFigures figures, HashrateEstimate pool, HashrateEstimate main) => new()
        {
            Rate = inputs.Rate,
            HorizonYears = inputs.HorizonYears,
            HorizonBlocks = (long)(inputs.HorizonYears * ShareValueInputs.SecondsPerYear / inputs.MainSpacing),
            Reward = new Sats((long)inputs.Reward),
            RewardFees = new Sats((long)inputs.MainFees),
            MainchainWork = inputs.MainWork,
            MainSpacing = inputs.MainSpacing,
            ShareWork = inputs.ShareWork,
            SharesIssued = new Quantity(inputs.Issued.Sats),
            PoolHashrate = inputs.PoolHashrate,
            PoolPart = main.HashesPerSecond > 0 ? Math.Min(1, inputs.PoolHashrate / main.HashesPerSecond) : 0,
            SharesOutstanding = new Quantity(figures.Supply.Sats),
            SharesMature = new Quantity(inputs.Mature),
            SharesCounted = pool.Intervals,
            ShareHeight = inputs.ShareHeight,
            MainHeight = inputs.MainHeight,
            Orphans = inputs.Orphans,
            LockSeconds = inputs.LockSeconds,
            HolderPart = inputs.HolderPart,
            RiskAversion = inputs.RiskAversion,
            Grinder = inputs.Grinder,
        };
}
