using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests.Economics;

public sealed class ShareValueTests
{
    private static readonly ShareValueInputs Steady = new()
    {
        Rate = 0.05,
        HorizonYears = 1,
        MainIssuance = new IssuanceSchedule(new Amount(5_000_000_000), int.MaxValue),
        MainHeight = 100,
        MainSpacing = 600,
        MainWork = 1e6,
        ShareIssuance = new IssuanceSchedule(Amount.Zero, int.MaxValue),
        ShareHeight = 100_000,
        ShareSpacing = 600,
        ShareMaturity = 100,
        ShareWork = 6e3,
        PoolHashrate = 10,
        Mature = 100_000_000_000,
    };

    [Fact]
    public void Without_issuance_the_face_value_is_rate_times_reward_over_shares()
    {
        // lambda = 1e-5 blocks/s, 31,557,600 s, 50 BTC a block, 1,000 shares.
        Assert.Equal(315.576 * 5e9 / 1_000, ShareValue.Of(Steady).Face, 3);
    }

    [Fact]
    public void Without_issuance_the_time_factor_is_an_annuity()
    {
        var value = ShareValue.Of(Steady with { Rate = 0.3, HorizonYears = 4 });
        var wait = Math.Exp(-0.3 * 100 * 600 / ShareValueInputs.SecondsPerYear);
        Assert.Equal(wait * (1 - Math.Exp(-1.2)) / 1.2, value.DTime, 1e-5);
    }

    [Fact]
    public void At_half_the_model_price_the_market_implies_half_the_hashrate()
    {
        var inputs = Steady with { RiskAversion = 0 };
        var value = ShareValue.Of(inputs);
        Assert.Equal(10, value.ImpliedHashrate(value.ModelPrice)!.Value, 1e-6);
        Assert.Equal(5, value.ImpliedHashrate(value.ModelPrice / 2)!.Value, 1e-6);
        Assert.Null(value.ImpliedHashrate(0));
        Assert.Same(inputs, value.Inputs);
    }

    [Fact]
    public void A_young_share_is_worth_its_chances_one_by_one()
    {
        // Height 105: six sharebases are mature, then seven, eight and so on; w / M of all shares are mainchain blocks.
        var inputs = Steady with
        {
            ShareIssuance = IssuanceSchedule.Bitcoin,
            ShareHeight = 105,
            Mature = 300 * Amount.Coin,
            Rate = 0,
            HorizonYears = 144 * 600 / ShareValueInputs.SecondsPerYear,
        };
        var sum = Enumerable.Range(0, 144).Sum(j => 6e-3 * 50e8 / (50 * (6 + j)));
        Assert.Equal(sum, ShareValue.Of(inputs).Face, sum * 1e-9);
    }

    [Fact]
    public void The_sum_and_its_integral_meet_at_both_halvings()
    {
        var inputs = Steady with
        {
            Rate = 2,
            HorizonYears = 0.05,
            MainSpacing = 10,
            ShareSpacing = 2,
            MainHeight = 200_000,
            ShareHeight = 205_000,
            MainIssuance = IssuanceSchedule.Bitcoin,
            ShareIssuance = IssuanceSchedule.Bitcoin,
            PoolHashrate = 1e5,
            Mature = 1_000_000_000_000,
            MainFees = 7e7,
            Growth = 3,
        };
        var (sum, units) = (0.0, 1e12);
        for (var j = 1; j <= (int)(0.05 * ShareValueInputs.SecondsPerYear / 2); j++)
        {
            var reward = IssuanceSchedule.Bitcoin.At(200_001 + (int)(j * 2L / 10)).Sats + 7e7;
            sum += 0.2 * reward / units * 1e8 * Math.Exp((3 - 2) * 2.0 * j / ShareValueInputs.SecondsPerYear);
            units += IssuanceSchedule.Bitcoin.At(205_000 + j + 1 - 100).Sats;
        }

        sum *= Math.Exp(-2 * 1_000 / ShareValueInputs.SecondsPerYear);
        Assert.Equal(sum, ShareValue.Of(inputs).Discounted, sum * 1e-6);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(900)]
    public void High_rates_are_summed_as_well_as_low_ones(double rate)
    {
        var inputs = Steady with
        {
            Rate = rate,
            HorizonYears = 10,
            ShareIssuance = IssuanceSchedule.Bitcoin,
            ShareHeight = 1_000,
            Mature = 901 * 50 * Amount.Coin,
        };
        var sum = 0.0;
        for (var j = 1; j <= 525_960; j++)
        {
            var units = IssuanceSchedule.Bitcoin.TotalThrough(1_000 + j - 100).Sats;
            sum += 6e-3 * 50e8 / units * 1e8 * Math.Exp(-rate * (j + 100) * 600 / ShareValueInputs.SecondsPerYear);
        }

        Assert.Equal(sum, ShareValue.Of(inputs).Discounted, sum * 1e-5);
    }

    [Fact]
    public void Early_shares_are_worth_several_times_the_work_behind_them_and_late_ones_less_than_it()
    {
        Assert.Equal(6, OverWorth(1_000, 0), 0.6);
        Assert.Equal(0.69, OverWorth(210_000, 210_000), 0.1);

        static double OverWorth(int height, int mainHeight)
        {
            var value = ShareValue.Of(Steady with
            {
                Rate = 0,
                HorizonYears = 100,
                MainIssuance = IssuanceSchedule.Bitcoin,
                MainHeight = mainHeight,
                ShareIssuance = IssuanceSchedule.Bitcoin,
                ShareHeight = height,
                Mature = IssuanceSchedule.Bitcoin.TotalThrough(height + 1 - 100).Sats,
            });
            return value.OverFpps(value.Face)!.Value;
        }
    }

    [Fact]
    public void A_pool_pays_the_work_behind_a_share()
    {
        var inputs = Steady with { ShareIssuance = IssuanceSchedule.Bitcoin, MainFees = 1e9 };

        // 6,000 hashes of a million are 0.006 of 60 BTC, for 50 shares.
        Assert.Equal(0.006 * 60e8 / 50, inputs.FppsWorth!.Value, 6);
        Assert.Equal(2, ShareValue.Of(inputs).OverFpps(0.006 * 60e8 / 25)!.Value, 9);
        Assert.Null(Steady.FppsWorth);
        Assert.Null(ShareValue.Of(Steady).OverFpps(1));
        Assert.Null(ShareValue.Of(Steady).Model.GrindingMargin);

        // Hash by hash: shares come at random work, each hash earns B / M, each share mints 50.
        var random = new Random(6);
        var paid = Enumerable.Range(0, 40_000).Select(_ => -6_000 * Math.Log(1 - random.NextDouble()) * 60e8 / 1e6 / 50);
        Measured.Of([.. paid]).Holds(inputs.FppsWorth.Value, "work behind a share");
    }

    [Fact]
    public void Parts_multiply_to_the_models_factor()
    {
        var value = ShareValue.Of(Steady with { Fee = 0.02, Orphans = 0.01, LockSeconds = 31_557.6, Rate = 0 });
        Assert.Equal(0.98, value.Model.Fee, 12);
        Assert.Equal(0.99, value.Model.Orphan, 12);
        Assert.Equal(0.999, value.Model.Latency, 5);
        Assert.Equal(0.98 * 0.99 * value.Model.Latency * value.Model.Grinding * value.Model.Variance, value.Model.DParams, 12);
        Assert.Equal(value.Face * value.DTime * value.Model.DParams, value.ModelPrice, 3);
        Assert.Equal(0, ShareValue.Of(Steady with { LockSeconds = 1e9 }).Model.Latency, 9);
    }

    [Fact]
    public void The_implied_yield_is_the_rate_that_gives_the_price()
    {
        var value = ShareValue.Of(Steady with { Rate = 0.4 });
        Assert.Equal(0.4, value.ImpliedYield(value.ModelPrice)!.Value, 6);
        Assert.Null(value.ImpliedYield(value.Face * 1.01));
        Assert.Null(value.ImpliedYield(0));
    }

    [Theory]
    [InlineData(0.01, 0.70)]
    [InlineData(1, 0.85)]
    [InlineData(400, 0.998)]
    [InlineData(600, 0.999)]
    public void Fewer_wins_are_worth_less(double mean, double atLeast)
    {
        var part = CertaintyEquivalent.OfWins(mean, 1, 9);
        Assert.InRange(part, mean < 0.1 ? 0 : atLeast, 1);
        Assert.True(part <= CertaintyEquivalent.OfWins(mean * 1.5, 1, 9) + 1e-4);
        Assert.True(part >= CertaintyEquivalent.OfWins(mean, 2, 9) - 1e-9);
    }

    [Fact]
    public void The_certainty_equivalent_meets_its_far_approximation() =>
        Assert.Equal(CertaintyEquivalent.OfWins(499, 2, 3), CertaintyEquivalent.OfWins(501, 2, 3), 5);

    [Fact]
    public void Grinding_is_shown_with_its_margin()
    {
        var minting = Steady with { ShareIssuance = IssuanceSchedule.Bitcoin, HorizonYears = 10 };
        var value = ShareValue.Of(minting);
        Assert.Equal(0.5 * value.OverFpps(value.Discounted)!.Value, value.Model.GrindingMargin!.Value, 9);
        Assert.True(value.Model.GrindingMargin > 1);
        Assert.Equal(1, value.Model.Grinding);

        // So many shares are out already that a new one is worth less than the work behind it.
        var late = ShareValue.Of(minting with { Mature = 9_000_000 * Amount.Coin });
        Assert.True(late.Model.GrindingMargin < 1);
        Assert.Equal(0.5 / 0.75, late.Model.Grinding, 12);
        Assert.Equal(1, ShareValue.Of(minting with { Mature = 9_000_000 * Amount.Coin, Grinder = 0 }).Model.Grinding);
    }

    [Fact]
    public void Figures_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ShareValue.Of(Steady with { Mature = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShareValue.Of(Steady with { HorizonYears = double.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShareValue.Of(Steady with { Rate = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShareValue.Of(Steady with { Growth = 51 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShareValue.Of(Steady with { Winners = 0 }));
    }
}
