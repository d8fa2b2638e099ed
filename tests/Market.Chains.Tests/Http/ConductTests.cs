using Market.Chains.Http;

namespace Market.Chains.Tests.Http;

public sealed class ConductTests
{
    [Fact]
    public void Each_time_is_twice_as_long_up_to_a_bound_and_doing_well_is_forgiven()
    {
        var clock = new StoppedClock();
        var conduct = new Conduct(
            new FollowerOptions { ShortestShun = TimeSpan.FromSeconds(5), LongestShun = TimeSpan.FromSeconds(15) }, clock);
        Assert.False(conduct.IsShunned);
        foreach (var seconds in (int[])[5, 10, 15, 15])
        {
            conduct.Shun();
            Assert.Equal(TimeSpan.FromSeconds(seconds), conduct.Left);
            clock.Advance(TimeSpan.FromSeconds(seconds - 1));
            Assert.True(conduct.IsShunned);
            clock.Advance(TimeSpan.FromSeconds(1));
            Assert.False(conduct.IsShunned);
        }

        conduct.Forgive();
        conduct.Shun();
        Assert.Equal(TimeSpan.FromSeconds(5), conduct.Left);
        conduct.Forgive();
        Assert.False(conduct.IsShunned);
    }

    private sealed class StoppedClock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
