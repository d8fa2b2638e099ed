namespace Market.Standing.Tests;

public sealed class PriceTests
{
    [Theory]
    // weight, factor, rate, quota, price
    [InlineData(3, 0, 1_000_000, 100, 0)] // idle: free, however much is asked
    [InlineData(3, 4, 0, 100, 12)]
    [InlineData(3, 4, 100, 100, 12)]
    [InlineData(3, 4, 150, 100, 18)] // half a quota above: in a straight line
    [InlineData(3, 4, 200, 100, 24)]
    [InlineData(3, 4, 400, 100, 96)]
    [InlineData(1, 1, 101, 100, 2)] // part of a credit is one
    [InlineData(10, 64, 100 * 17, 100, 640L << 16)]
    [InlineData(10, 64, long.MaxValue, 100, 640L << 16)]
    public void A_price_is_weight_times_load_times_two_to_the_rate_above_quota(
        int weight, int factor, long rate, int quota, long price) => Assert.Equal(price, CallPrice.Of(weight, factor, rate, quota));

    [Fact]
    public void A_price_never_falls_as_the_rate_rises()
    {
        var last = 0L;
        for (var rate = 0; rate < 3_000; rate++)
        {
            var price = CallPrice.Of(3, 7, rate, 100);
            Assert.True(price >= last);
            last = price;
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(500, 0)]
    [InlineData(501, 1)]
    [InlineData(625, 1)]
    [InlineData(626, 2)]
    [InlineData(1_000, 4)]
    [InlineData(8_500, 64)]
    [InlineData(long.MaxValue, 64)]
    public void Half_of_what_can_be_worked_on_is_free(long level, int factor) => Assert.Equal(factor, LoadMeter.FactorOf(level));

    [Fact]
    public void A_burst_is_no_load_and_what_lasts_is()
    {
        var load = new LoadMeter();
        load.Feed(0, 1_000_000);
        load.Feed(4_000, 1_000_010);
        Assert.Equal(0, load.Factor);
        for (var now = 1_000_020L; now < 1_010_000; now += 10) load.Feed(4_000, now);
        Assert.InRange(load.Level, 3_900, 4_000);
        for (var now = 1_010_000L; now < 1_020_000; now += 10) load.Feed(0, now);
        Assert.Equal(0, load.Factor);
    }

    [Fact]
    public void A_load_follows_from_what_was_fed_and_when_and_a_clock_set_back_changes_nothing()
    {
        var load = new LoadMeter();
        load.Feed(2_000, 5_000);
        var level = load.Level;
        load.Feed(8_000, 4_000);
        Assert.Equal(level, load.Level);
    }

    [Fact]
    public void A_rate_is_the_weight_of_the_last_ten_seconds()
    {
        var meter = new RateMeter();
        Assert.Equal(3, meter.Add(3, 100_000));
        Assert.Equal(10, meter.Add(7, 109_999));
        // Of the window before, what is still within ten seconds is taken to be spread evenly.
        Assert.Equal(5 + 1, meter.Add(1, 115_000));
        Assert.Equal(1, meter.RateAt(120_000));
        Assert.Equal(0, meter.RateAt(130_000));
        Assert.False(meter.IsOver(129_999));
        Assert.True(meter.IsOver(130_000));
        Assert.Equal(2, meter.Add(2, 200_000));
    }

    [Fact]
    public void The_silent_are_forgotten_and_where_there_are_too_many_the_rest_are_one()
    {
        var board = new RateBoard(most: 3);
        for (var i = 0; i < 3; i++) board.Add($"{i}", 1, 100_000);
        Assert.Equal(5, board.Add("a", 5, 100_001));
        Assert.Equal(10, board.Add("b", 5, 100_002));
        Assert.Equal(2, board.Add("0", 1, 100_003));
        Assert.Equal(5, board.Add("c", 5, 130_000));
        Assert.Equal(1, board.Count);
    }

    [Fact]
    public void Takes_come_as_fast_as_the_tier_says_and_no_faster()
    {
        var limits = TierTable.Of(Tier.Slowed);
        var budget = new TakeBudget();
        var now = 1_000_000L;
        for (var i = 0; i < limits.TakesAtOnce; i++) Assert.Null(budget.Take("a", limits, now));
        Assert.Equal(limits.SecondsPerTake * 1_000L, budget.Take("a", limits, now));
        // A refused one costs nothing.
        Assert.Equal(1_000, budget.Take("a", limits, now + limits.SecondsPerTake * 1_000L - 1_000));
        now += limits.SecondsPerTake * 1_000L;
        Assert.Null(budget.Take("a", limits, now));
        Assert.NotNull(budget.Take("a", limits, now));
        Assert.Null(budget.Take("b", limits, now));
        // A higher tier's pace counts at once.
        Assert.Null(budget.Take("a", TierTable.Of(Tier.Known), now));
    }

    [Fact]
    public void Keys_that_took_lately_are_bounded()
    {
        var budget = new TakeBudget(most: 100);
        for (var i = 0; i < 1_000; i++) budget.Take($"{i}", TierTable.Of(Tier.Newcomer), 1_000_000 + i);
        Assert.InRange(budget.Count, 1, 100);
    }
}
