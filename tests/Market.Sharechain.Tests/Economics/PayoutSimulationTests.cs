using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests.Economics;

/// <summary>Every formula of a share's worth against the payout rule played out.</summary>
public sealed class PayoutSimulationTests
{
    private const double Reward = 50e8;

    private static readonly IssuanceSchedule Endless = new(new Amount(50 * Amount.Coin), int.MaxValue);

    /// <summary>Chains in all their ages. Nine shares of ten are mainchain blocks where nothing else is said, so that few
    /// games tell much.</summary>
    public static TheoryData<string, int> Cases => new()
    {
        { "first mature share", 3_600 },
        { "height 105", 900 },
        { "height 200", 160 },
        { "short horizon", 2_600 },
        { "share halving", 120 },
        { "after the share halving", 60 },
        { "mainchain halving", 60 },
        { "growing hashrate", 120 },
        { "high rate", 600 },
        { "long horizon", 24 },
        { "devnet with fees", 160 },
        { "three winners", 90 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_worth_is_what_the_payout_rule_pays(string name, int runs)
    {
        var inputs = Inputs(name);
        var value = ShareValue.Of(inputs);
        var simulation = new PayoutSimulation(inputs, 1, 1);
        var games = Enumerable.Range(0, runs).Select(_ => simulation.Run()).ToList();
        Measured Mean(Func<PayoutRun, double> of) => Measured.Of([.. games.Select(of)]);
        var shares = inputs.Mature / ShareUnits.PerShare;

        Mean(g => g.Wins).Holds(value.Wins / inputs.HolderPart, "wins");
        Mean(g => g.Paid / shares).Holds(value.Face, "V0");
        Mean(g => g.Discounted / shares).Holds(value.Discounted, "V(r)");
        var model = value.Model;
        Mean(g => g.Bought / shares).Holds(value.Discounted * model.Fee * model.Orphan * model.Latency, "what a buyer gets");

        // The factor by itself: the ratio of two means of the same games is known better than either.
        var dTime = games.Sum(g => g.Discounted) / games.Sum(g => g.Paid);
        Assert.Equal(value.DTime, dTime, value.DTime * 0.03);
    }

    [Theory]
    [InlineData("height 200", 0.05)]
    [InlineData("mainchain halving", 0.3)]
    [InlineData("three winners", 0.3)]
    public void A_holders_luck_varies_as_the_formula_says(string name, double part)
    {
        const int Runs = 3_000;
        var inputs = Inputs(name) with
        {
            HorizonYears = Years(250, 600),
            PoolHashrate = 0.2,
            HolderPart = part,
            RiskAversion = 2,
            OtherWealth = 1,
        };
        var value = ShareValue.Of(inputs);
        var simulation = new PayoutSimulation(inputs, part, 2);
        var paid = Enumerable.Range(0, Runs).Select(_ => simulation.Run().Paid).ToList();
        var mean = paid.Average();

        var squares = Measured.Of([.. paid.Select(x => (x - mean) * (x - mean) / (mean * mean))]);
        var cv = value.CoefficientOfVariation(part);
        Assert.True(Math.Abs(squares.Mean - (cv * cv)) <= 4 * squares.Error, $"{squares} against {cv * cv}");
        Assert.True(squares.Error <= 0.06 * squares.Mean, $"{squares}");

        // Utility of gamma 2 is -1 / wealth; its certainty equivalent is the harmonic mean.
        var utility = Measured.Of([.. paid.Select(x => 1 / ((mean + x) / mean))]);
        var (low, high) = (1 / (utility.Mean + (4 * utility.Error)), 1 / (utility.Mean - (4 * utility.Error)));
        Assert.InRange(value.Model.Variance, low - 1 - 0.01, high - 1 + 0.01);
    }

    [Theory]
    [InlineData(1, 0.05)]
    [InlineData(20, 0.05)]
    [InlineData(20, 0.5)]
    public void Of_one_block_a_holder_of_p_has_the_stated_variation(int winners, double part)
    {
        // Nothing is minted and m blocks are expected: cv^2 = (1 + (K - 1) p) / (K p m).
        var inputs = Base with { ShareIssuance = new IssuanceSchedule(Amount.Zero, int.MaxValue), Winners = winners };
        var blocks = ShareValue.Of(inputs with { HolderPart = 1 }).Wins / winners;
        Assert.Equal(
            Math.Sqrt((1 + ((winners - 1) * part)) / (winners * part * blocks)),
            ShareValue.Of(inputs).CoefficientOfVariation(part), 9);
    }

    private static readonly ShareValueInputs Base = new()
    {
        Rate = 0.05,
        HorizonYears = Years(2_000, 600),
        MainIssuance = Endless,
        MainHeight = 1_000,
        MainSpacing = 600,
        MainWork = 600,
        ShareIssuance = Endless,
        ShareHeight = 200,
        ShareSpacing = 600,
        ShareMaturity = 100,
        ShareWork = 540,
        PoolHashrate = 0.9,
        Mature = Amount.Coin * 50 * 101,
    };

    private static double Years(double shares, double spacing) => shares * spacing / ShareValueInputs.SecondsPerYear;

    private static ShareValueInputs At(int height) => Base with
    {
        ShareHeight = height,
        Mature = Endless.TotalThrough(height + 1 - Base.ShareMaturity).Sats,
    };

    private static ShareValueInputs Inputs(string name) => name switch
    {
        "first mature share" => At(100) with
        {
            Mature = 50 * Amount.Coin,
            Orphans = 0.04,
            HorizonYears = Years(400, 600),
        },
        "height 105" => At(105) with { HorizonYears = Years(1_000, 600), Rate = 1, Orphans = 0.1, LockSeconds = 6_600 },
        "height 200" => At(200) with { Rate = 10 },
        "short horizon" => At(105) with { HorizonYears = Years(144, 600), LockSeconds = 10_000, Rate = 30 },
        "share halving" => Halving(150) with { Rate = 5 },
        "after the share halving" => Halving(215) with { Fee = 0.02 },
        "mainchain halving" => At(700) with
        {
            MainIssuance = IssuanceSchedule.Bitcoin,
            MainHeight = 839_800,
            HorizonYears = Years(1_000, 600),
            Rate = 2,
        },
        "growing hashrate" => At(300) with
        {
            Growth = 20,
            PoolHashrate = 0.25,
            Rate = 3,
            HorizonYears = Years(3_000, 600),
        },
        "high rate" => At(200) with { HorizonYears = Years(700, 600), Rate = 500 },
        "long horizon" => At(1_000) with { HorizonYears = Years(20_000, 600), Rate = 0.3, MainFees = 1e7 },
        "devnet with fees" => At(300) with
        {
            ShareSpacing = 2,
            MainSpacing = 10,
            MainWork = 10,
            PoolHashrate = 0.9,
            ShareWork = 1.8,
            ShareMaturity = 5,
            Mature = Endless.TotalThrough(296).Sats,
            HorizonYears = Years(2_000, 2),
            Rate = 2_000,
            MainFees = 3e8,
            LockSeconds = 60,
            Orphans = 0.05,
            MainHeight = 1_190,
            MainIssuance = new IssuanceSchedule(new Amount((long)Reward), 150),
        },
        "three winners" => At(400) with { Winners = 3, Rate = 4, HorizonYears = Years(1_000, 600) },
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    // A schedule in small, whose halving is felt: 50 until height 209, then 25.
    private static ShareValueInputs Halving(int height)
    {
        var small = new IssuanceSchedule(new Amount(50 * Amount.Coin), 210);
        return Base with
        {
            ShareHeight = height,
            ShareIssuance = small,
            Mature = small.TotalThrough(height + 1 - Base.ShareMaturity).Sats,
        };
    }
}
