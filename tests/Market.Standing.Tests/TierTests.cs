namespace Market.Standing.Tests;

public sealed class TierTests
{
    private const long Now = 1_800_000_000;

    public static TheoryData<long, int, Tier> Earned => new()
    {
        { 0, 0, Tier.Newcomer },
        { 0, 4, Tier.Newcomer },
        { 0, 5, Tier.Known },
        { 0, 19, Tier.Known },
        { 0, 20, Tier.Trusted },
        { 249_999, 0, Tier.Newcomer },
        { 250_000, 0, Tier.Known },
        { 1_000_000, 0, Tier.Trusted },
        // Both add up.
        { 200_000, 1, Tier.Known },
        { 199_999, 1, Tier.Newcomer },
        { long.MaxValue, 30, Tier.Trusted },
        { -1, -1, Tier.Newcomer },
    };

    [Theory]
    [MemberData(nameof(Earned))]
    public void Coins_at_stake_and_days_with_settled_swaps_add_up(long bond, int days, Tier tier) =>
        Assert.Equal(tier, TierRule.Of(new StandingFacts(bond, null, days, 0), Now).Tier);

    [Fact]
    public void A_late_block_s_term_stands_above_all_else_until_it_ends()
    {
        Assert.Equal(Tier.Authority, TierRule.Of(new StandingFacts(0, Now + 1, 0, 0), Now).Tier);
        Assert.Equal(Tier.Newcomer, TierRule.Of(new StandingFacts(0, Now, 0, 0), Now).Tier);
    }

    [Theory]
    [InlineData(1, Tier.Trusted)]
    [InlineData(2, Tier.Known)]
    [InlineData(4, Tier.Slowed)]
    [InlineData(400, Tier.Slowed)]
    public void Each_fault_takes_a_step_down_whatever_stands_behind_the_key(int faults, Tier tier) =>
        Assert.Equal(tier, TierRule.Of(new StandingFacts(long.MaxValue, Now + 1, 30, faults), Now).Tier);

    [Fact]
    public void More_days_than_a_month_has_count_as_a_month() =>
        Assert.Equal(6_000, TierRule.Of(new StandingFacts(0, null, 400, 0), Now).Points);

    [Fact]
    public void What_the_next_tier_needs_is_enough_for_it()
    {
        var newcomer = new StandingFacts(0, null, 2, 0);
        Assert.Equal("settled swaps on 3 more days of a month, or bonds of value 150000 more",
            TierRule.Of(newcomer, Now).NextNeeds(newcomer));
        Assert.Equal(Tier.Known, TierRule.Of(newcomer with { SettledDays = 5 }, Now).Tier);
        Assert.Equal(Tier.Known, TierRule.Of(newcomer with { BondValue = 150_000 }, Now).Tier);
        var trusted = new StandingFacts(1_000_000, null, 0, 0);
        Assert.Contains("late block", TierRule.Of(trusted, Now).NextNeeds(trusted), StringComparison.Ordinal);
        var authority = new StandingFacts(0, Now + 1, 0, 0);
        Assert.Null(TierRule.Of(authority, Now).NextNeeds(authority));
        var slowed = trusted with { Faults = 1 };
        Assert.Contains("without a failed swap", TierRule.Of(slowed, Now).NextNeeds(slowed), StringComparison.Ordinal);
    }

    [Fact]
    public void A_higher_tier_gives_no_less_of_anything()
    {
        for (var i = 1; i < TierTable.All.Length; i++)
        {
            var (lower, higher) = (TierTable.All[i - 1], TierTable.All[i]);
            Assert.Equal((Tier)i, higher.Tier);
            Assert.True(higher.OpenOrders >= lower.OpenOrders && higher.LargestNotional >= lower.LargestNotional);
            Assert.True(higher.TakesAtOnce > lower.TakesAtOnce && higher.SecondsPerTake <= lower.SecondsPerTake);
            Assert.True(higher.Streams > lower.Streams && higher.Quota > lower.Quota);
            Assert.True(higher.HeadStartSeconds >= lower.HeadStartSeconds);
        }
    }
}
