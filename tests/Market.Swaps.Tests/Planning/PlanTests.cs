using Market.Bitcoin;

namespace Market.Swaps.Tests.Planning;

public sealed class PlanTests
{
    [Theory]
    [InlineData(1, 69)]
    [InlineData(3, 112)]
    [InlineData(6, 165)]
    [InlineData(12, 256)]
    public void Confirmation_times_of_bitcoin_are_those_known(int confirmations, int minutes) =>
        Assert.Equal(minutes, (int)Math.Round(ConfirmationTime.Quantile(confirmations, 600) / 60.0));

    [Fact]
    public void The_quantile_leaves_one_in_a_thousand()
    {
        foreach (var n in new[] { 1, 2, 7, 50, 1000 })
        {
            var x = ConfirmationTime.Quantile(n, 1_000_000) / 1_000_000.0;
            Assert.InRange(ConfirmationTime.TailOf(n, x), 0.00099, 0.001);
        }
    }

    [Fact]
    public void No_confirmation_takes_no_time() => Assert.Equal(0, ConfirmationTime.Quantile(0, 600));

    [Fact]
    public void Mainnet_comes_out_at_12_and_24_hours_with_2_hours_to_reveal()
    {
        var plan = SwapPlan.Of(SwapRules.Mainnet);

        Assert.Equal(12 * 3600, plan.ShortSpan);
        Assert.Equal(24 * 3600, plan.LongSpan);
        Assert.Equal(2 * 3600, plan.RevealMargin);
    }

    [Fact]
    public void Devnet_runs_the_same_rules_in_minutes()
    {
        var plan = SwapPlan.Of(SwapRules.Devnet);

        Assert.InRange(plan.ShortSpan, 150, 270);
        Assert.InRange(plan.LongSpan, 600, 780);
        Assert.True(plan.LongSpan - plan.ShortSpan >= plan.LeastDelta);
        Assert.Equal(3, plan.InitiatorConfirmations);
        Assert.Equal(2, plan.ParticipantConfirmations);
    }

    /// <summary>A miner may push the refunding chain's time ahead, the claiming chain's median lags, and a refund takes its
    /// block: what is left of T_long - T_short after them is still enough to claim.</summary>
    [Theory]
    [InlineData("mainnet", 43_161)]
    [InlineData("testnet4", 43_161)]
    [InlineData("signet", 43_161)]
    [InlineData("devnet", 477)]
    [InlineData("regtest", 477)]
    public void The_span_between_the_locktimes_is_the_sum_of_what_may_happen_in_it(string network, int seconds)
    {
        var rules = SwapRules.Of(NetworkProfile.Of(network));
        var margins = new SwapMargins(rules);
        var plan = SwapPlan.Of(rules);

        Assert.Equal(seconds, SwapMargins.Sum(margins.Delta()));
        Assert.Equal(seconds, plan.LeastDelta);
        Assert.True(plan.LongSpan - plan.ShortSpan >= seconds);
        var left = plan.LeastDelta - rules.Coin.Within(6) - rules.Coin.Within(1) - rules.Share.AheadSeconds;
        Assert.True(left >= rules.Share.Within(rules.Share.Confirmations) + rules.OfflineSeconds);
        Assert.All(margins.Delta(), margin => Assert.True(margin.Seconds > 0));
    }

    [Fact]
    public void Depth_grows_with_what_is_at_stake_so_that_a_reorganisation_costs_more_than_it_steals()
    {
        var rules = SwapRules.Mainnet;
        foreach (var worth in new long[] { 0, 1_000_000, 100_000_000, 400_000_000 })
        {
            var plan = SwapPlan.Of(rules, new Amount(worth));
            Assert.True(plan.InitiatorConfirmations * rules.Share.BlockWorth.Sats > worth);
            Assert.True(plan.ParticipantConfirmations * rules.Coin.BlockWorth.Sats > worth);
            Assert.True(plan.InitiatorBuried >= plan.InitiatorConfirmations);
            Assert.True(plan.LongSpan - plan.ShortSpan >= rules.Share.Within(plan.InitiatorConfirmations));
        }

        Assert.Equal(6, SwapPlan.Of(rules).InitiatorConfirmations);
        Assert.Equal(65, SwapPlan.Of(rules, new Amount(100_000_000)).InitiatorConfirmations);
        Assert.Equal(7, SwapPlan.Of(rules, new Amount(1_000_000_000)).ParticipantConfirmations);
    }

    /// <summary>Ten seconds a share, as in p2poolv2: what its blocks take is shorter, what Bitcoin's take and what people may be
    /// away is as long, and an amount is buried under as much time.</summary>
    [Fact]
    public void A_row_of_another_pace_has_clocks_of_its_own()
    {
        var network = NetworkProfile.Of("mainnet");
        var slow = SwapRules.Of(network);
        var fast = SwapRules.Of(network with { ShareSpacing = 10 });

        Assert.Equal(slow.Coin, fast.Coin);
        Assert.Equal(slow.Share.BlockWorth.Sats / 60, fast.Share.BlockWorth.Sats);
        var (before, after) = (new SwapMargins(slow), new SwapMargins(fast));
        Assert.Equal(after.Delta().Length, before.Delta().Length);
        Assert.Equal(43_161 - (slow.Share.Within(6) - fast.Share.Within(6)) - (2 * (slow.Share.Within(1) - fast.Share.Within(1)))
            - (6 * 590), SwapMargins.Sum(after.Delta()));
        Assert.Equal(8 * 3600, SwapPlan.Of(fast).LongSpan - SwapPlan.Of(fast).ShortSpan);
        foreach (var worth in new long[] { 1_000_000, 100_000_000, 200_000_000 })
        {
            var plan = SwapPlan.Of(fast, new Amount(worth));
            Assert.True(plan.InitiatorConfirmations * fast.Share.BlockWorth.Sats > worth);
        }

        Assert.Equal(ConfirmationTime.MostConfirmations, SwapPlan.Of(fast, new Amount(Amount.MaxMoney)).InitiatorConfirmations);
        Assert.Equal(288, SwapPlan.Of(slow, new Amount(Amount.MaxMoney)).InitiatorConfirmations);
    }

    [Theory]
    [InlineData("devnet")]
    [InlineData("mainnet")]
    public void Deadlines_follow_one_another_and_leave_time_for_what_they_are_for(string network)
    {
        var rules = SwapRules.Of(NetworkProfile.Of(network));
        var plan = SwapPlan.Of(rules);
        const long now = 1_800_000_000;
        var deadlines = Deadlines.Of(plan, Locktime.At(now + plan.ShortSpan), Locktime.At(now + plan.LongSpan));

        Assert.Equal(now + plan.InitiatorLockWithin, deadlines.InitiatorLockBy);
        Assert.True(
            deadlines.ParticipantLockBy - deadlines.InitiatorLockBy >= rules.Share.Within(rules.Share.Confirmations));
        Assert.True(
            deadlines.RevealBy - deadlines.ParticipantLockBy >= rules.Coin.Within(rules.Coin.Confirmations));
        Assert.Equal(deadlines.Short - plan.RevealMargin, deadlines.RevealBy);
        Assert.True(deadlines.Long - deadlines.Short >= plan.LeastDelta);
    }

    [Fact]
    public void A_lock_never_pays_more_than_a_twentieth_of_its_leg_in_fees()
    {
        var leg = new Amount(4_900_000);
        var estimate = new FeeRate(2_000);
        Assert.Equal(estimate, SwapFees.BumpedLock(estimate, 0, leg, 154));
        Assert.Equal(3_000, SwapFees.BumpedLock(estimate, 1, leg, 154).SatsPerKvB);

        var highest = SwapFees.BumpedLock(estimate, 60, leg, 154).FeeFor(154);
        Assert.InRange(highest.Sats, leg.Sats / 20 - 154, leg.Sats / 20);
    }

    [Fact]
    public void The_roles_may_stand_on_either_chain()
    {
        var plan = SwapPlan.Of(SwapRules.Devnet, default, SwapChain.Coin);

        Assert.Equal(SwapRules.Devnet.Coin.Confirmations, plan.InitiatorConfirmations);
        Assert.Equal(SwapRules.Devnet.Share.Confirmations, plan.ParticipantConfirmations);
    }

    // Worked out with big numbers: the running sum of as many terms is above what a double holds.
    [Theory]
    [InlineData(1_960, 20_997)]
    [InlineData(3_841, 40_354)]
    [InlineData(10_000, 103_119)]
    public void A_wait_of_thousands_of_blocks_is_no_longer_than_it_is(int confirmations, int seconds) =>
        Assert.Equal(seconds, ConfirmationTime.Quantile(confirmations, 10));
}
