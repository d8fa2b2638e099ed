using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests.Economics;

public sealed class ShareValueTests
{
    private static readonly ShareValueInputs Steady = new()
    {
        Rate = 0.05, HorizonYears = 1, MainIssuance = new IssuanceSchedule(new Amount(5_000_000_000), int.MaxValue),
        MainHeight = 100, MainSpacing = 600, MainWork = 1e6,
        ShareIssuance = new IssuanceSchedule(Amount.Zero, int.MaxValue), ShareHeight = 100, ShareSpacing = 600,
        ShareWork = 1e3, PoolHashrate = 10, Outstanding = 100_000_000_000, Immature = 0,
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
        Assert.Equal((1 - Math.Exp(-1.2)) / 1.2, value.DTime, 9);
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
    public void With_issuance_the_face_value_grows_with_the_logarithm()
    {
        var inputs = Steady with { ShareIssuance = new IssuanceSchedule(new Amount(5_000_000_000), int.MaxValue) };
        var growth = 50.0 / 600;
        var expected = 1e-5 * 5e9 / growth * Math.Log(1 + growth * 31_557_600 / 1_000);
        Assert.Equal(expected, ShareValue.Of(inputs).Face, expected * 1e-9);
    }

    [Fact]
    public void The_integral_matches_a_sum_over_blocks_with_both_halvings()
    {
        var inputs = Steady with
        {
            Rate = 2, HorizonYears = 0.05, MainSpacing = 10, ShareSpacing = 2, MainHeight = 200_000,
            ShareHeight = 205_000, MainIssuance = IssuanceSchedule.Bitcoin, ShareIssuance = IssuanceSchedule.Bitcoin,
            PoolHashrate = 1e5, Outstanding = 1_000_000_000_000,
        };
        var horizon = 0.05 * ShareValueInputs.SecondsPerYear;
        var (sum, units) = (0.0, 1e12);
        const double Step = 1;
        for (var t = 0.0; t < horizon; t += Step)
        {
            var middle = t + Step / 2;
            var reward = IssuanceSchedule.Bitcoin.At(200_001 + (int)(middle / 10)).Sats;
            var issue = IssuanceSchedule.Bitcoin.At(205_001 + (int)(middle / 2)).Sats / 2.0;
            var discount = Math.Exp(-2 * middle / ShareValueInputs.SecondsPerYear);
            sum += 0.1 * reward / (units + issue * Step / 2) * 1e8 * discount;
            units += issue * Step;
        }
        Assert.Equal(sum, ShareValue.Of(inputs).Discounted, sum * 1e-4);
    }

    [Fact]
    public void Parts_multiply_to_the_models_factor()
    {
        var value = ShareValue.Of(Steady with { Immature = 25_000_000_000, Fee = 0.02, Orphans = 0.01 });
        Assert.Equal(0.75, value.Model.Maturity, 12);
        Assert.Equal(0.75 * 0.98 * 0.99 * value.Model.Grinding * value.Model.Variance, value.Model.DParams, 12);
        Assert.Equal(value.Face * value.DTime * value.Model.DParams, value.ModelPrice, 3);
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
        var part = ShareModel.CertaintyEquivalent(mean, 1, 9);
        Assert.InRange(part, mean < 0.1 ? 0 : atLeast, 1);
        Assert.True(part <= ShareModel.CertaintyEquivalent(mean * 1.5, 1, 9) + 1e-4);
        Assert.True(part >= ShareModel.CertaintyEquivalent(mean, 2, 9) - 1e-9);
    }

    [Fact]
    public void The_certainty_equivalent_meets_its_far_approximation() =>
        Assert.Equal(ShareModel.CertaintyEquivalent(499, 2, 3), ShareModel.CertaintyEquivalent(501, 2, 3), 5);

    [Fact]
    public void Grinding_is_shown_with_its_margin()
    {
        var safe = ShareValue.Of(Steady with { ShareIssuance = IssuanceSchedule.Bitcoin });
        Assert.True(safe.Model.GrindingMargin > 1);
        Assert.Equal(1, safe.Model.Grinding);
        Assert.True(ShareValue.Of(Steady).Model.GrindingMargin < 1);
        Assert.Equal(0.75, ShareValue.Of(Steady).Model.Grinding, 12);
    }

    [Fact]
    public void Figures_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ShareValue.Of(Steady with { Outstanding = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShareValue.Of(Steady with { HorizonYears = double.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShareValue.Of(Steady with { Rate = -1 }));
    }
}
