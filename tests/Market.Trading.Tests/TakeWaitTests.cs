namespace Market.Trading.Tests;

/// <summary>How long somebody who lets swaps fail waits.</summary>
public sealed class TakeWaitTests
{
    private const long Cost = 1_800;

    [Fact]
    public void The_first_wait_is_what_the_failure_cost_and_each_further_one_is_twice_as_long()
    {
        TakeWait wait = default;
        var now = 1_000_000L;
        foreach (var times in new[] { 1, 2, 4, 8 })
        {
            wait = wait.Failed(matchedAt: now - 10, now, Cost);
            Assert.Equal(now + times * Cost, wait.Until);
            Assert.True(wait.IsWaiting(wait.Until - 1));
            Assert.False(wait.IsWaiting(wait.Until));
            now = wait.Until + 100;
        }
    }

    [Fact]
    public void Swaps_that_were_matched_before_the_failure_was_told_are_one_failure_with_it()
    {
        var first = new TakeWait().Failed(matchedAt: 900, now: 1_000, Cost);
        var second = first.Failed(matchedAt: 990, now: 1_500, Cost);
        Assert.Equal((1, 1_000L, 1_500 + Cost), (second.Failures, second.FailedAt, second.Until));
        Assert.Equal(2, second.Failed(matchedAt: 1_001, now: 1_600, Cost).Failures);
    }

    [Fact]
    public void A_cheaper_failure_does_not_shorten_a_wait()
    {
        var dear = new TakeWait().Failed(0, 1_000, 100_000);
        Assert.Equal(dear.Until, dear.Failed(1_001, 1_100, 1).Until);
    }

    [Fact]
    public void No_wait_is_longer_than_a_week_however_often_and_whatever_it_cost()
    {
        TakeWait wait = default;
        for (var i = 0; i < 200; i++)
        {
            var now = Math.Max(i, wait.FailedAt + 1);
            wait = wait.Failed(matchedAt: now, now, cost: i % 2 == 0 ? long.MaxValue : -5);
            Assert.InRange(wait.Until - now, 1, TakeWait.LongestSeconds);
        }
        Assert.Equal(TakeWait.MostFailures, wait.Failures);
    }

    [Fact]
    public void A_swap_that_settles_takes_one_failure_off_and_ends_no_wait()
    {
        var wait = new TakeWait().Failed(0, 1_000, Cost).Failed(1_001, 2_000, Cost);
        Assert.Equal((1, wait.Until), (wait.Settled().Failures, wait.Settled().Until));
        Assert.Equal(0, wait.Settled().Settled().Settled().Failures);
    }

    [Fact]
    public void Failures_are_forgotten_a_month_after_the_last_wait()
    {
        var wait = new TakeWait().Failed(0, 1_000, Cost).Failed(1_001, 2_000, Cost);
        var forgotten = wait.Until + TakeWait.ForgottenAfterSeconds;
        Assert.Equal(3, wait.Failed(forgotten - 5, forgotten - 1, Cost).Failures);
        Assert.Equal(1, wait.Failed(forgotten - 5, forgotten, Cost).Failures);
        Assert.True(wait.IsForgotten(forgotten));
        Assert.False(wait.IsForgotten(forgotten - 1));
    }

    [Fact]
    public void Two_that_are_one_have_the_failures_of_the_worse_and_the_later_end()
    {
        var many = new TakeWait(5, 10, 20);
        var late = new TakeWait(1, 30, 90);
        Assert.Equal(new TakeWait(5, 30, 90), many.And(late));
        Assert.Equal(many.And(late), late.And(many));
    }
}
