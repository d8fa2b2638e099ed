using Market.Api.Chains;
using Market.Api.Results;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Features.Analytics;

/// <summary>Reads the figures of both chains and computes what a price says about a share.</summary>
public sealed class DiscountModel(ChainPair chains, TipWatch watch, TimeProvider clock)
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

    /// <summary>The discount of a price; refused while the chains say too little.</summary>
    /// <param name="price">Satoshis per whole share; null before the first trade.</param>
    /// <param name="rate">Yearly rate.</param>
    /// <param name="years">Horizon.</param>
    /// <param name="cancel">Stops the reads.</param>
    public async Task<Result<Discount>> OfAsync(Price? price, double rate, double years, CancellationToken cancel)
    {
        var pool = watch.PaceOf(ChainName.Sharechain);
        var main = watch.PaceOf(ChainName.Mainchain);
        if (watch.Tips is not { } tips || pool.Blocks < LeastShares || main.Blocks < 1)
            return new Refusal(ProblemCodes.ChainUnavailable, $"Fewer than {LeastShares} shares tell of the hashrate yet.");
        var figures = await chains.Shares.GetFiguresAsync(cancel);
        if (figures.Supply.Sats <= 0) return new Refusal(ProblemCodes.ChainUnavailable, "There are no shares yet.");
        var inputs = new ShareValueInputs
        {
            Rate = rate, HorizonYears = years,
            MainIssuance = chains.MainIssuance, MainHeight = (int)tips.Mainchain.Height,
            MainSpacing = chains.SpacingOf(ChainName.Mainchain), MainWork = main.Bits.Work().ToDouble(),
            ShareIssuance = chains.Shares.Profile.Issuance, ShareHeight = (int)tips.Sharechain.Height,
            ShareSpacing = chains.SpacingOf(ChainName.Sharechain), ShareWork = figures.NextBits.Work().ToDouble(),
            PoolHashrate = pool.Hashrate, Outstanding = figures.Supply.Sats,
            Immature = figures.Supply.Sats - figures.MatureUnits,
        };
        return Tell(ShareValue.Of(inputs), inputs, price, pool.Blocks, main.Hashrate);
    }

    private Discount Tell(
        ShareValue value, ShareValueInputs inputs, Price? price, int counted, double mainHashrate)
    {
        var d = price is { } p ? value.DiscountOf(p.Sats) : null;
        var dParams = d / value.DTime;
        return new Discount
        {
            Instrument = Instrument.P2ShareBtc, Time = clock.GetUtcNow(), Price = price,
            FaceValue = value.Face, PresentValue = value.Discounted, D = d, DTime = value.DTime, DParams = dParams,
            Model = new DiscountParts
            {
                DParams = value.Model.DParams, Maturity = value.Model.Maturity, Fee = value.Model.Fee,
                Orphan = value.Model.Orphan, Grinding = value.Model.Grinding, Variance = value.Model.Variance,
            },
            RiskPremium = value.Model.DParams > 0 ? dParams / value.Model.DParams : null,
            ModelPrice = value.ModelPrice, ImpliedYield = price is { } q ? value.ImpliedYield(q.Sats) : null,
            FppsPrice = value.Face * (1 - FppsFee), Uncertainty = 1 / Math.Sqrt(counted),
            Inputs = new DiscountInputs
            {
                Rate = inputs.Rate, HorizonYears = inputs.HorizonYears,
                HorizonBlocks = (long)(inputs.HorizonYears * ShareValueInputs.SecondsPerYear / inputs.MainSpacing),
                Reward = new Sats(inputs.MainIssuance.At(inputs.MainHeight + 1).Sats), MainchainWork = inputs.MainWork,
                PoolHashrate = inputs.PoolHashrate,
                PoolPart = mainHashrate > 0 ? Math.Min(1, inputs.PoolHashrate / mainHashrate) : 0,
                SharesOutstanding = new Quantity(inputs.Outstanding), SharesImmature = new Quantity(inputs.Immature),
                SharesCounted = counted, ShareHeight = inputs.ShareHeight, MainHeight = inputs.MainHeight,
                HolderPart = inputs.HolderPart, RiskAversion = inputs.RiskAversion,
            },
        };
    }
}
