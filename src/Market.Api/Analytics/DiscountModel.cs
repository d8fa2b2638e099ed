using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Contracts;
using Market.Sharechain;
using Market.Swaps;

namespace Market.Api.Analytics;

/// <summary>Reads the figures of both chains and computes what a price says about a share.</summary>
public sealed class DiscountModel(
    ChainPair chains, InstrumentTips watch, MarketInstrument instrument, TimeProvider clock) : IDisposable
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
    private readonly SwapRules _rules = SwapRules.Of(instrument.Chains);
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
        var newest = watch.SampleOf(ChainName.Sharechain);
        var pool = newest.At(now);
        var main = watch.SampleOf(ChainName.Mainchain);
        if (watch.Tips is not { } tips || pool.Intervals < LeastShares || main.OldestFirst.IsDefaultOrEmpty)
            return new Refusal(ProblemCodes.ChainUnavailable, $"Fewer than {LeastShares} shares tell of the hashrate yet.");
        var figures = await chains.Shares.GetFiguresAsync(cancel);
        if (figures.MatureUnits <= 0) return new Refusal(ProblemCodes.ChainUnavailable, "No share is mature yet.");
        var mainPace = main.At(now);
        var reading = new DiscountReading
        {
            Instrument = instrument.Id,
            Price = price,
            Time = now,
            Rate = rate,
            HorizonYears = years,
            Pool = pool,
            Beside = newest.Beside,
            Main = mainPace,
            Figures = figures,
            MainHeight = (int)tips.Mainchain.Height,
            ShareHeight = (int)tips.Sharechain.Height,
            MainFees = await FeesAsync(tips.Mainchain, cancel),
            MainSpacing = SpacingOf(mainPace),
            MainWork = main.Bits.Work().ToDouble(),
            Orphans = watch.StaleRateOf(ChainName.Mainchain),
            LockSeconds = LockSeconds,
        };
        if (chains.Shares.Profile.Window is null) return Tell(reading, ShareValue.Of(InputsOf(reading)));
        return WindowDiscount.Of(
            reading, chains.Shares.Profile, instrument.Series, await chains.Shares.GetNextPayoutAsync(cancel),
            chains.MainIssuance.At(reading.MainHeight + 1));
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

    // Of weak shares what is not claimed is not minted: as much is expected to be as was until now.
    private static IssuanceSchedule IssuanceOf(SharechainProfile profile, int height, Amount supply) => profile.Weak is null
        ? profile.Schedule
        : WeakIssuance.Expected(profile.Schedule, WeakIssuance.Claimed(profile.Schedule, height, supply));

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

    private ShareValueInputs InputsOf(DiscountReading reading) => new()
    {
        Rate = reading.Rate,
        HorizonYears = reading.HorizonYears,
        MainIssuance = chains.MainIssuance,
        MainHeight = reading.MainHeight,
        MainFees = reading.MainFees,
        MainSpacing = reading.MainSpacing,
        MainWork = reading.MainWork,
        Orphans = reading.Orphans,
        ShareIssuance = IssuanceOf(chains.Shares.Profile, reading.ShareHeight, reading.Figures.Supply),
        ShareHeight = reading.ShareHeight,
        ShareSpacing = chains.SpacingOf(ChainName.Sharechain),
        ShareMaturity = chains.Shares.Profile.Maturity,
        ShareWork = reading.ShareWork,
        Winners = chains.Shares.Profile.Winners,
        PoolHashrate = reading.Pool.HashesPerSecond,
        Mature = reading.Figures.MatureUnits,
        LockSeconds = reading.LockSeconds,
    };

    private static Discount Tell(DiscountReading reading, ShareValue value)
    {
        var (price, error) = (reading.Price, reading.Pool.RelativeError);
        var d = price is { } p ? value.DiscountOf(p.Sats) : null;
        var dParams = d / value.DTime;
        return new Discount
        {
            Instrument = reading.Instrument,
            Time = reading.Time,
            Price = price,
            OverFpps = price is { } o ? value.OverFpps(o.Sats) : null,
            FppsWorth = value.Inputs.FppsWorth,
            FppsPrice = value.Inputs.FppsWorth * (1 - FppsFee),
            FaceValue = value.Face,
            PresentValue = value.Discounted,
            D = d,
            DError = d * error,
            DTime = value.DTime,
            DParams = dParams,
            Model = PartsOf(value.Model),
            RiskPremium = value.Model.DParams > 0 ? dParams / value.Model.DParams : null,
            ModelPrice = value.ModelPrice,
            ImpliedYield = price is { } q ? value.ImpliedYield(q.Sats) : null,
            ImpliedYieldError = price is { } e ? YieldErrorOf(value, e.Sats, error) : null,
            ImpliedHashrate = price is { } h ? value.ImpliedHashrate(h.Sats) : null,
            Uncertainty = error,
            Inputs = reading.InputsOf(value.Inputs.Reward, value.Inputs.Issued, value.Inputs.RiskAversion) with
            {
                HolderPart = value.Inputs.HolderPart,
                Grinder = value.Inputs.Grinder,
            },
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
}
