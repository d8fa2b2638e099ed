using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests.Economics;

/// <summary>A window's formulas against the window walked block by block, and against their limits.</summary>
public sealed class WindowValueTests
{
    private const double Year = ShareValueInputs.SecondsPerYear;

    // 1e6 hashes a window, 10 a share, 1,000 hashes a second: a share lives 1,000 s.
    private static readonly WindowValueInputs Steady = new()
    {
        Rate = 0.05,
        Reward = 3.125e8,
        MainSpacing = 600,
        MainWork = 5e5,
        Window = 1e6,
        HashesPerShare = 10,
        PoolHashrate = 1_000,
    };

    [Fact]
    public void A_fresh_share_of_a_full_window_is_worth_what_a_pay_per_share_pool_would_owe()
    {
        var value = WindowValue.Of(Steady);
        Assert.Equal(3.125e8 * 10 / 5e5, value.Face, 6);
        Assert.Equal(value.FreshFace, value.Face, 6);
        Assert.Equal(2, value.Blocks, 12);
        Assert.Equal(Math.Exp(-2), value.ChanceOfNone, 12);
        Assert.Equal(1 / Math.Sqrt(2), value.CoefficientOfVariation, 12);
        Assert.Equal(value.Face / 4, WindowValue.Of(Steady with { Aged = 0.75 }).Face, 6);
        Assert.Equal(0, WindowValue.Of(Steady with { Aged = 1.5 }).Face);
        Assert.Null(WindowValue.Of(Steady with { Aged = 1.5 }).DiscountOf(3));
        Assert.Equal(0.5, value.DiscountOf(value.Face / 2)!.Value, 12);
    }

    [Theory]
    [InlineData(1, 0, 0, null)]
    [InlineData(1, 0.6, 40_000, null)]
    [InlineData(0.2, 0, 0, null)]
    [InlineData(0.2, 0.1, 30_000, null)]
    [InlineData(0.01, 0.01, 300_000, null)]
    [InlineData(0.001, 0, 5_000_000, null)]
    [InlineData(0.3, 0.8, 10_000, null)]
    [InlineData(0.3, 0, 10_000, 500.0)]
    [InlineData(0.3, 0, 10_000, 850.0)]
    public void The_worth_is_the_window_walked_second_by_second(double filled, double aged, double rate, double? horizon)
    {
        var inputs = Steady with { Filled = filled, Aged = aged, Rate = rate, HorizonYears = horizon / Year };
        var value = WindowValue.Of(inputs);
        var (face, discounted, squares, blocks) = Walk(inputs);

        Assert.Equal(face, value.Face, face * 1e-6);
        Assert.Equal(discounted, value.Discounted, discounted * 1e-6);
        Assert.Equal(discounted / face, value.DTime, 1e-6);
        Assert.Equal(Math.Sqrt(squares) / face, value.CoefficientOfVariation, 1e-5);
        Assert.Equal(blocks, value.Blocks, 1e-9);
    }

    // Midpoints of short steps, of equal length in the logarithm of the filled part while the window fills: no integral is solved.
    private static (double Face, double Discounted, double Squares, double Blocks) Walk(WindowValueInputs inputs)
    {
        const int steps = 200_000;
        var (face, discounted, squares, blocks) = (0.0, 0.0, 0.0, 0.0);
        var life = inputs.Window / inputs.PoolHashrate;
        var end = Math.Min(life * (1 - inputs.Aged), (inputs.HorizonYears ?? double.MaxValue / Year) * Year);
        var age = inputs.Filled * life;
        var wait = Math.Exp(-inputs.Rate / Year * 100 * inputs.MainSpacing);
        var full = Math.Min(end, life - age);
        for (var i = 0; i < 2 * steps; i++)
        {
            var (from, to) = i < steps
                ? (age * Math.Pow((age + full) / age, (double)i / steps) - age,
                    age * Math.Pow((age + full) / age, (i + 1.0) / steps) - age)
                : (full + ((end - full) * (i - steps) / steps), full + ((end - full) * (i - steps + 1) / steps));
            var t = (from + to) / 2;
            var shares = Math.Min(inputs.Window, inputs.PoolHashrate * (age + t)) / inputs.HashesPerShare;
            var found = inputs.PoolHashrate / inputs.MainWork * (to - from);
            var paid = inputs.Reward / shares;
            blocks += found;
            face += found * paid;
            squares += found * paid * paid;
            discounted += found * paid * Math.Exp(-inputs.Rate / Year * t) * wait;
        }

        return (face, discounted, squares, blocks);
    }

    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(0.5, 0)]
    [InlineData(0.25, 0.2)]
    public void A_young_chain_s_share_is_worth_more_by_the_stated_formula(double filled, double aged)
    {
        var value = WindowValue.Of(Steady with { Filled = filled, Aged = aged });
        Assert.Equal(value.FreshFace * (Math.Log(1 / filled) + filled - aged), value.Face, 6);
    }

    [Fact]
    public void The_time_factor_of_a_full_window_is_an_annuity_after_the_coinbase_s_wait()
    {
        var value = WindowValue.Of(Steady with { Rate = 20_000, Aged = 0.25 });
        var (wait, decay) = (20_000 / Year * 60_000, 20_000 / Year * 750);
        Assert.Equal(Math.Exp(-wait) * (1 - Math.Exp(-decay)) / decay, value.DTime, 12);
    }

    [Fact]
    public void An_unbounded_window_is_worth_the_logarithm_and_p2share_s_value()
    {
        // 200 blocks' shares are out, 10,000 more blocks come: V0 / F = ln(1 + T / A).
        var schedule = new IssuanceSchedule(new Amount(50 * Amount.Coin), int.MaxValue);
        var endless = new ShareValueInputs
        {
            Rate = 3,
            HorizonYears = 10_000 * 600 / Year,
            MainIssuance = schedule,
            MainHeight = 1,
            MainSpacing = 600,
            MainWork = 1e6,
            ShareIssuance = schedule,
            ShareHeight = 299,
            ShareSpacing = 600,
            ShareMaturity = 100,
            ShareWork = 6e3,
            PoolHashrate = 10,
            Mature = 200 * 50 * Amount.Coin,
        };
        var p2share = ShareValue.Of(endless);
        var last = double.PositiveInfinity;
        foreach (var window in new[] { 2e6, 2e7, 1e8, 1e12 })
        {
            var value = WindowValue.Of(new WindowValueInputs
            {
                Rate = endless.Rate,
                Reward = 50e8,
                MainSpacing = 600,
                MainWork = 1e6,
                Window = window,
                HashesPerShare = 6e3 / 50,
                PoolHashrate = 10,
                Filled = 200 * 6e3 / window,
                HorizonYears = endless.HorizonYears,
                Slots = new TopSlots(1, 1, 0),
            });
            var off = Math.Abs((value.Face / p2share.Face) - 1);
            Assert.True(off < last || off < 0.003, $"W = {window}: {off} off");
            last = off;
            if (window > 1e11)
            {
                Assert.Equal(Math.Log(1 + (10_000 / 200.0)), value.Face / value.FreshFace, 9);

                // A sum over blocks, and an integral: half a block of two hundred apart.
                Assert.Equal(p2share.Face, value.Face, 0.002 * p2share.Face);
                Assert.Equal(p2share.DTime, value.DTime, 0.001);
            }
        }
    }

    [Fact]
    public void As_the_slots_grow_to_every_holder_nothing_is_taken_and_nothing_given()
    {
        // Holders of 1, 1/2, 1/4 ...: each slot more lets half of what is left in.
        var (top, last) = (0.0, double.PositiveInfinity);
        for (var slots = 1; slots <= 30; slots++)
        {
            top += Math.Pow(0.5, slots);
            var part = new TopSlots(1, top, 0);
            Assert.True(part.Added < last);
            Assert.Equal(1 / top, part.BetweenInsiders, 12);
            Assert.Equal(0, part.Outside);
            last = part.Added;
        }

        Assert.Equal(1, last, 8);
        Assert.Equal(1, new TopSlots(1, 1, 0.3).Added);
        Assert.Equal(1, new TopSlots(1, 1, 0.3).Outside);
    }

    [Theory]
    [InlineData(40, 100, 5)]
    [InlineData(99, 100, 50)]
    public void What_a_unit_adds_to_an_insider_is_what_his_part_of_a_reward_grows_by(double top, double all, double held)
    {
        const double unit = 1e-6;
        var slots = new TopSlots(all, top, held);
        var grown = ((held + unit) / (top + unit)) - (held / top);
        Assert.Equal(grown / unit * all, slots.Added, 1e-4);
        Assert.Equal(((held + unit) / top - held / top) / unit * all, slots.BetweenInsiders, 1e-4);
    }

    [Fact]
    public void A_share_has_two_reservation_prices()
    {
        var value = WindowValue.Of(Steady with { Slots = new TopSlots(100, 80, 4) });
        Assert.Equal(0, value.OwnerPrice);
        Assert.Equal(100 * 76 / 6400.0, value.Model.TopBuyer, 12);
        Assert.Equal(value.Discounted * value.Model.Common * value.Model.TopBuyer, value.ModelPrice, 9);
        Assert.Equal(value.ModelPrice, value.Discounted * value.Model.DParams, 9);

        var all = WindowValue.Of(Steady);
        Assert.Equal(all.ModelPrice, all.OwnerPrice, 9);
    }

    [Fact]
    public void Parts_are_fees_stale_blocks_and_the_time_of_a_swap()
    {
        var value = WindowValue.Of(Steady with { Fee = 0.02, Orphans = 0.01, LockSeconds = 100, Rate = 0, Aged = 0.5 });
        Assert.Equal(0.98, value.Model.Fee, 12);
        Assert.Equal(0.99, value.Model.Orphan, 12);
        Assert.Equal(1 - (100 / 500.0), value.Model.Latency, 12);
        Assert.Equal(CertaintyEquivalent.OfWins(1, 1, 1), value.Model.Variance, 9);
        Assert.Equal(0, WindowValue.Of(Steady with { LockSeconds = 2_000 }).Model.Latency, 12);
        Assert.Equal(0, WindowValue.Of(Steady with { Aged = 1 }).ModelPrice, 12);
    }

    [Fact]
    public void The_implied_yield_is_the_rate_that_gives_the_price()
    {
        var value = WindowValue.Of(Steady with { Rate = 40 });
        Assert.Equal(40, value.ImpliedYield(value.ModelPrice)!.Value, 3);
        Assert.Null(value.ImpliedYield(value.Face * 1.01));
        Assert.Null(value.ImpliedYield(0));
    }

    [Fact]
    public void Above_one_percent_of_bitcoins_hashrate_p2poolv2_s_shares_cannot_be_sold()
    {
        // What matures after 6,048 blocks of 10 s sells only where a window lasts longer.
        var row = SharechainProfiles.P2PoolV2;
        const double bitcoin = 1e24;
        var most = WindowValue.MostHashrate(
            WindowValueInputs.InForce(row.Window!, bitcoin, bitcoin * 0.0099 / 60), row.Maturity, row.TargetSpacing);
        Assert.Equal(600.0 / 60_480, most / (bitcoin / 600), 12);
        Assert.InRange(most / (bitcoin / 600), 0.0099, 0.01);
    }

    [Fact]
    public void The_window_in_force_is_the_shorter_of_the_two()
    {
        var row = SharechainProfiles.P2PoolV2.Window!;
        Assert.Equal(1e12, WindowValueInputs.InForce(row, 1e12, 1e12));
        Assert.Equal(120_960 * 1e3, WindowValueInputs.InForce(row, 1e12, 1e3));
        Assert.Equal(3e12, WindowValueInputs.InForce(SharechainProfiles.P2Pool.Window!, 1e12, 1e12));
    }

    [Fact]
    public void A_coin_s_age_is_counted_from_its_oldest_source_to_the_tip()
    {
        Assert.Equal(0.25, WindowValueInputs.AgedOf(900, 1_000, 2_500, 1e6), 12);
        Assert.Equal(0, WindowValueInputs.AgedOf(1_001, 1_000, 2_500, 1e6));
        Assert.Equal(0.5, WindowValueInputs.FilledOf(new Amount(50_000 * Amount.Coin), 10, 1e6), 12);
        Assert.Equal(1, WindowValueInputs.FilledOf(new Amount(500_000 * Amount.Coin), 10, 1e6));
    }

    [Theory]
    [InlineData(2, 0.5)]
    [InlineData(16, 0.9375)]
    public void What_weak_shares_claim_is_what_miners_find(int ease, double most)
    {
        Assert.Equal(most, WeakIssuance.MostClaimed(new WeakRule(64, 3, ease, 4, 1)), 12);

        // Results of a weak share's work are found until one is a share; each of the others states 1 / ease of its work.
        var random = new Random(8);
        var claims = new List<double>();
        for (var share = 0; share < 40_000; share++)
        {
            var weak = 0;
            while (random.Next(ease) != 0)
            {
                weak++;
            }

            claims.Add(weak / (double)ease);
        }

        Measured.Of(claims).Holds(most, "claimed part of the weak half");
    }

    [Fact]
    public void The_expected_issuance_of_weak_shares_is_read_from_the_supply()
    {
        var whole = IssuanceSchedule.Bitcoin;
        var claimed = WeakIssuance.Claimed(whole, 1_000, new Amount(whole.TotalThrough(1_000).Sats * 3 / 4));
        Assert.Equal(0.5, claimed, 6);
        Assert.Equal(37.5, WeakIssuance.Expected(whole, 0.5).Initial.Sats / 1e8, 9);
        Assert.Equal(whole.HalvingInterval, WeakIssuance.Expected(whole, 0.5).HalvingInterval);
        Assert.Equal(0, WeakIssuance.Claimed(whole, 0, Amount.Zero));
        Assert.Equal(0, WeakIssuance.Claimed(whole, 1_000, Amount.Zero));
    }

    [Fact]
    public void Figures_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => WindowValue.Of(Steady with { Window = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => WindowValue.Of(Steady with { Rate = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => WindowValue.Of(Steady with { Aged = double.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>(() => WindowValue.Of(Steady with { Filled = 1.1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => WindowValue.Of(Steady with { Filled = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => WindowValue.Of(Steady with { Slots = new TopSlots(1, 2, 0) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => WindowValue.Of(Steady with { Slots = new TopSlots(2, 1, 1.5) }));
    }
}
