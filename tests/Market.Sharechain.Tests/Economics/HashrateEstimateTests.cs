namespace Market.Sharechain.Tests.Economics;

public sealed class HashrateEstimateTests
{
    private const double Spacing = 10;
    private const double Work = 1_000;

    [Theory]
    [InlineData(16)]
    [InlineData(120)]
    public void It_is_right_on_average_at_any_moment(int blocks)
    {
        var random = new Random(5);
        var estimates = new List<double>();
        for (var run = 0; run < 20_000; run++)
        {
            // From now back in time, as whoever looks at a random moment sees it: the newest block is some time ago.
            var (times, at) = (new TimedWork[blocks], 0.0);
            for (var i = blocks - 1; i >= 0; i--)
            {
                at += Spacing * Math.Log(1 - random.NextDouble());
                times[i] = new TimedWork(at, Work);
            }

            estimates.Add(HashrateEstimate.Of(times, 0).HashesPerSecond);
        }

        Measured.Of(estimates).Holds(Work / Spacing, "hashrate");
        var spread = Math.Sqrt(estimates.Sum(e => Math.Pow((e / (Work / Spacing)) - 1, 2)) / estimates.Count);
        var said = HashrateEstimate.Of(Steady(blocks), 0).RelativeError;
        Assert.InRange(said, spread * 0.85, spread * 1.05);
    }

    [Fact]
    public void It_counts_the_blocks_after_the_first_until_now()
    {
        var estimate = HashrateEstimate.Of(Steady(30), 0);
        Assert.Equal(24, estimate.Intervals);
        Assert.Equal(240, estimate.Seconds);
        Assert.Equal(Work / Spacing, estimate.HashesPerSecond, 9);
        Assert.Equal(1 / Spacing, estimate.BlocksPerSecond, 9);
        Assert.Equal(1 / Math.Sqrt(24), estimate.RelativeError);
    }

    [Fact]
    public void It_falls_when_mining_stops()
    {
        var blocks = Steady(30);
        Assert.Equal(Work / Spacing / 2, HashrateEstimate.Of(blocks, 240).HashesPerSecond, 9);
        Assert.Equal(Work / Spacing / 11, HashrateEstimate.Of(blocks, 2_400).HashesPerSecond, 9);
    }

    [Fact]
    public void No_header_moves_it_by_its_own_time()
    {
        var honest = HashrateEstimate.Of(Steady(30), 0).HashesPerSecond;
        for (var liar = 0; liar < 30; liar++)
        {
            foreach (var lie in new[] { 120.0, -120, 7_200 })
            {
                var blocks = Steady(30);
                blocks[liar] = blocks[liar] with { Time = blocks[liar].Time + lie };
                var moved = HashrateEstimate.Of(blocks, 0).HashesPerSecond / honest;

                // At most one rank of the median, one spacing of 24.
                Assert.InRange(moved, 24 / 25.0 - 1e-9, 24 / 23.0 + 1e-9);
            }
        }
    }

    [Fact]
    public void A_clock_that_is_behind_the_chain_is_not_believed()
    {
        var behind = HashrateEstimate.Of(Steady(30), -1_000);
        Assert.InRange(behind.HashesPerSecond, Work / Spacing, Work / Spacing * 1.4);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Fewer_than_two_blocks_tell_nothing(int blocks)
    {
        var estimate = HashrateEstimate.Of(Steady(blocks), 0);
        Assert.Equal(0, estimate.HashesPerSecond);
        Assert.Equal(0, estimate.Intervals);
        Assert.Equal(1, estimate.RelativeError);
    }

    [Fact]
    public void Blocks_at_one_moment_give_no_infinite_rate()
    {
        var blocks = Enumerable.Repeat(new TimedWork(0, Work), 20).ToArray();
        Assert.Equal(14 * Work, HashrateEstimate.Of(blocks, 0).HashesPerSecond);
    }

    private static TimedWork[] Steady(int blocks) =>
        [.. Enumerable.Range(1, blocks).Select(i => new TimedWork((i - blocks) * Spacing, Work))];
}
