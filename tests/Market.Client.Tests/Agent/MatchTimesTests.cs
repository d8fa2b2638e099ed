using Market.Client.Agent;

namespace Market.Client.Tests.Agent;

/// <summary>Whether a match is of after its order's time.</summary>
public sealed class MatchTimesTests
{
    private const int Keys = 300;
    private static readonly DateTimeOffset Expires = DateTimeOffset.FromUnixTimeSeconds(1_000_000);

    private static long Over => Expires.ToUnixTimeSeconds() + MatchTimes.Margin;

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void One_that_is_said_to_be_late_is(int beyond, bool isLate)
    {
        var times = new MatchTimes();
        times.Note(["a"], Over, isWhole: true);
        Assert.Equal(isLate, times.IsLate("a", DateTimeOffset.FromUnixTimeSeconds(Over + beyond), Expires, Keys));
    }

    [Theory]
    [InlineData(0, true, false)]
    [InlineData(1, true, true)]
    [InlineData(1, false, false)]
    public void One_that_was_not_told_of_when_the_time_was_over_is_late(int beyond, bool isWhole, bool isLate)
    {
        var times = new MatchTimes();
        times.Note([], Over + beyond, isWhole);
        times.Note(["a"], Over + beyond + 1, isWhole: true);
        Assert.Equal(isLate, times.IsLate("a", Expires, Expires, Keys));
    }

    [Fact]
    public void One_that_was_told_of_in_time_stays_in_time()
    {
        var times = new MatchTimes();
        times.Note(["a"], Over - 1, isWhole: true);
        times.Note(["a"], Over + 1, isWhole: true);
        times.Note(["a"], Over + Keys + 1, isWhole: true);
        Assert.False(times.IsLate("a", Expires, Expires, Keys));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void One_that_is_first_told_of_when_its_keys_would_be_too_late_is_late(int beyond, bool isLate)
    {
        var times = new MatchTimes();
        times.Note(["a"], Over + Keys + beyond, isWhole: true);
        Assert.Equal(isLate, times.IsLate("a", Expires, Expires, Keys));
    }

    [Fact]
    public void One_that_more_swaps_pushed_from_the_answer_for_a_while_stays_in_time()
    {
        var times = new MatchTimes();
        times.Note(["a"], Over - 1, isWhole: true);
        times.Note(["b"], Over + 1, isWhole: false);
        times.Note(["a", "b"], Over + Keys + 1, isWhole: true);
        Assert.False(times.IsLate("a", Expires, Expires, Keys));

        // One that was not there then was not there before either.
        times.Note(["b", "c"], Over + Keys + 2, isWhole: true);
        Assert.True(times.IsLate("c", Expires, Expires, Keys));
    }

    [Fact]
    public void Where_more_are_pushed_out_than_can_be_kept_nothing_is_known_of_those_that_come_again()
    {
        var times = new MatchTimes();
        times.Note(["a"], Over + 1, isWhole: true);
        for (var i = 0; i <= 2_000; i++)
        {
            times.Note([$"other {i}"], Over + 1, isWhole: false);
        }

        times.Note(["a"], Over + 2, isWhole: true);
        Assert.False(times.IsLate("a", Expires, Expires, Keys));
    }
}
