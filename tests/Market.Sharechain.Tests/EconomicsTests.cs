using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Sharechain.Economics;

namespace Market.Sharechain.Tests;

public sealed class EconomicsTests
{
    private const double Year = P2ShareInputs.YearSeconds;

    private static readonly P2ShareInputs Inputs = new()
    {
        MainBits = new CompactTarget(0x1702f128),
        MainHeight = 900_000,
        MainSpacing = 600,
        MainFees = 5_000_000,
        PoolHashrate = 1e18,
        ShareHeight = 50_000,
        ShareIssuance = IssuanceSchedule.Bitcoin,
        ShareSpacing = 600,
        Supply = 2_500_000.0 * Amount.Coin,
        ShareBits = new CompactTarget(0x1a02f128),
    };

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.05)]
    [InlineData(1.0)]
    [InlineData(-0.3)]
    public void Agrees_with_the_plain_sum_over_every_block(double rate)
    {
        var inputs = Inputs with { Rate = rate, HorizonSeconds = 12 * Year };
        var value = P2ShareModel.Value(inputs);

        Assert.Equal(1, Plain(inputs, 0) / value.FaceValue, 1e-5);
        Assert.Equal(1, Plain(inputs, rate) / value.PresentValue, 1e-5);
        Assert.Equal(value.PresentValue / value.FaceValue, value.TimeFactor);
    }

    [Fact]
    public void Without_issuance_and_halvings_the_worth_is_an_annuity()
    {
        var inputs = Inputs with
        {
            ShareIssuance = new IssuanceSchedule(Amount.Zero, 210_000),
            MainIssuance = new IssuanceSchedule(new Amount(312_500_000), 100_000_000),
            MainFees = 0,
            HorizonSeconds = 3 * Year,
            Rate = 0.08,
        };
        var value = P2ShareModel.Value(inputs);
        var flow = inputs.BlockRate * 312_500_000 / inputs.Supply * Amount.Coin;

        Assert.Equal(1, flow * 3 * Year / value.FaceValue, 1e-12);
        Assert.Equal((1 - Math.Exp(-0.24)) / 0.24, value.TimeFactor, 1e-12);
        Assert.Equal(inputs.BlockRate * 3 * Year, value.ExpectedBlocks, 1e-9);
    }

    [Fact]
    public void A_halving_of_the_mainchain_halves_what_comes_after_it()
    {
        var inputs = Inputs with
        {
            ShareIssuance = new IssuanceSchedule(Amount.Zero, 210_000),
            MainHeight = 209_990,
            MainFees = 0,
            HorizonSeconds = 20 * 600,
        };
        var flow = inputs.BlockRate / inputs.Supply * Amount.Coin * 6_000;
        Assert.Equal(1, flow * (50 + 25) * Amount.Coin / P2ShareModel.Value(inputs).FaceValue, 1e-12);
    }

    [Fact]
    public void Every_part_of_the_discount_does_what_it_says()
    {
        var plain = P2ShareModel.Value(Inputs);
        Assert.Equal(new DiscountParts(1, 1, 1, 1, 1), plain.Parts);
        Assert.Equal(plain.PresentValue, plain.ModelValue);
        Assert.Equal(double.PositiveInfinity, plain.GrindingMargin);

        var parts = P2ShareModel.Value(Inputs with
        {
            Fee = 0.02,
            OrphanRate = 0.01,
            ImmatureSeconds = 60_000,
            RiskAversion = 2,
        }).Parts;
        Assert.Equal(0.98, parts.Fee);
        Assert.Equal(0.99, parts.Orphan);
        Assert.InRange(parts.Maturity, 0.998, 0.9999);
        Assert.InRange(parts.Variance, 0.01, 0.9999);
        Assert.Equal(parts.Maturity * 0.98 * 0.99 * parts.Variance, parts.Product, 1e-12);
    }

    [Fact]
    public void Grinding_pays_only_where_a_share_block_is_worth_less_than_its_gain()
    {
        var grinder = Inputs with { GrinderHashrate = 0.4, GrinderShares = 0.5 };
        var value = P2ShareModel.Value(grinder);
        Assert.True(value.GrindingMargin > 1);
        Assert.Equal(1, value.Parts.Grinding);

        var hard = P2ShareModel.Value(grinder with { ShareBits = Inputs.MainBits, PoolHashrate = 1e14 });
        Assert.True(hard.GrindingMargin < 1);
        Assert.Equal(0.8, hard.Parts.Grinding, 1e-12);
        Assert.Equal(
            50 * hard.FaceValue / (0.2 * (312_500_000 + 5_000_000)), hard.GrindingMargin, 1e-9);
    }

    [Fact]
    public void A_sure_sum_is_never_better_than_its_mean_and_more_fear_makes_it_less()
    {
        var last = 100.0;
        foreach (var gamma in (double[])[0, 0.5, 1, 2, 5])
        {
            var sure = CertaintyEquivalent.OfPoisson(10, 10, 50, gamma);
            Assert.True(sure <= last + 1e-9);
            last = sure;
        }

        Assert.Equal(100, CertaintyEquivalent.OfPoisson(10, 10, 50, 0), 1e-9);
        Assert.Equal(100, CertaintyEquivalent.OfPoisson(10, 10, 1e12, 2), 1e-6);

        // Log utility by the plain sum.
        var (expected, weight) = (0.0, Math.Exp(-2.5));
        for (var wins = 0; wins < 80; wins++)
        {
            expected += weight * Math.Log(1 + wins * 3.0 / 7);
            weight *= 2.5 / (wins + 1);
        }

        Assert.Equal(7 * (Math.Exp(expected) - 1), CertaintyEquivalent.OfPoisson(2.5, 3, 7, 1), 1e-9);

        // Both methods meet where one takes over from the other.
        Assert.Equal(
            1,
            CertaintyEquivalent.OfPoisson(999_999, 1, 1_000, 2) / CertaintyEquivalent.OfPoisson(1_000_001, 1, 1_000, 2),
            1e-5);
    }

    [Fact]
    public void At_the_model_price_the_market_implies_the_models_own_rate_and_hashrate()
    {
        var inputs = Inputs with { Fee = 0.01, Rate = 0.12 };
        var value = P2ShareModel.Value(inputs);
        var reading = P2ShareModel.Read(inputs, value.ModelValue);

        Assert.Equal(0.12, reading.ImpliedYield!.Value, 1e-9);
        Assert.Equal(1, reading.ImpliedHashrate!.Value / inputs.PoolHashrate, 1e-9);
        Assert.Equal(1, reading.RiskPremium, 1e-9);
        Assert.Equal(value.Discount, reading.Discount, 1e-9);
        Assert.Equal(value.Parts.Product, reading.ImpliedParams, 1e-9);
        Assert.Same(inputs, reading.Value.Inputs);
    }

    [Fact]
    public void A_lower_price_implies_a_higher_rate_and_a_lower_hashrate()
    {
        var value = P2ShareModel.Value(Inputs);
        var reading = P2ShareModel.Read(Inputs, value.ModelValue / 2);

        Assert.True(reading.ImpliedYield > Inputs.Rate);
        Assert.Equal(0.5, reading.ImpliedHashrate!.Value / Inputs.PoolHashrate, 1e-9);
        Assert.Equal(0.5, reading.RiskPremium, 1e-9);
        Assert.Null(P2ShareModel.Read(Inputs, value.FaceValue * 1e12).ImpliedYield);
    }

    [Fact]
    public void Devnet_figures_have_a_worth_and_every_input_out_of_range_is_refused()
    {
        var devnet = Inputs with
        {
            MainBits = new CompactTarget(0x1e3fffc0),
            MainHeight = 150,
            MainSpacing = 10,
            PoolHashrate = 90_000,
            ShareHeight = 300,
            ShareSpacing = 2,
            Supply = 300 * 50.0 * Amount.Coin,
            ShareBits = new CompactTarget(0x1f0fffff),
        };
        var value = P2ShareModel.Value(devnet);
        Assert.InRange(value.ModelValue, 1, 1e10);
        Assert.InRange(value.TimeFactor, 0.5, 1);

        Assert.Throws<ArgumentException>(() => P2ShareModel.Value(devnet with { Supply = 0 }));
        Assert.Throws<ArgumentException>(() => P2ShareModel.Value(devnet with { HorizonSeconds = 0 }));
        Assert.Throws<ArgumentException>(() => P2ShareModel.Value(devnet with { MainSpacing = 0 }));
        Assert.Throws<ArgumentException>(() => P2ShareModel.Value(devnet with { Rate = double.NaN }));
        Assert.Throws<ArgumentException>(() => P2ShareModel.Value(devnet with { Fee = 1.1 }));
        Assert.Throws<ArgumentException>(() => P2ShareModel.Value(devnet with { RiskAversion = 1, HolderWealth = 0 }));
        Assert.Throws<ArgumentException>(() => P2ShareModel.Value(devnet with { MainBits = default }));
        Assert.Throws<ArgumentException>(() => P2ShareModel.Read(devnet, 0));
    }

    [Fact]
    public void Hashrate_is_the_work_of_the_newest_shares_by_their_time()
    {
        var lab = new Lab();
        Assert.Equal(0, PoolHashrate.Estimate(lab.Chain.TipNode, 50).HashesPerSecond);
        lab.AddMany(21);
        var estimate = PoolHashrate.Estimate(lab.Chain.TipNode, 10);

        Assert.Equal(10, estimate.Shares);
        Assert.Equal(20, estimate.Seconds);
        Assert.Equal(10 * lab.Profile.Genesis.Bits.Work().ToDouble() / 20, estimate.HashesPerSecond);
        Assert.Equal(1 / Math.Sqrt(10), estimate.RelativeError);
        Assert.Equal(20, PoolHashrate.Estimate(lab.Chain.TipNode, 1_000).Shares);
    }

    // One term for each of the pool's blocks, taken at the middle of a mainchain block's time.
    private static double Plain(P2ShareInputs inputs, double rate)
    {
        var (sum, supply) = (0.0, inputs.Supply);
        var blocks = (int)(inputs.HorizonSeconds / inputs.MainSpacing);
        for (var i = 0; i < blocks; i++)
        {
            var minted = inputs.ShareIssuance.At(inputs.ShareHeight + i).Sats;
            var reward = inputs.MainIssuance.At(inputs.MainHeight + i).Sats + inputs.MainFees;
            sum += reward / (supply + minted / 2.0) * Math.Exp(-rate * (i + 0.5) * inputs.MainSpacing / Year);
            supply += minted;
        }

        return sum * inputs.BlockRate * inputs.MainSpacing * Amount.Coin;
    }
}
