namespace Market.Sharechain.Tests;

/// <summary>Expiry series: what is in one, how long it lives, when it is traded.</summary>
public sealed class SeriesTests
{
    // A share has the work of a mainchain block, so that the window by work is six blocks.
    private static readonly SharechainProfile Six = Rows.Of("p2poolv2-devnet") with
    {
        Payout = new PayoutDesign.Window(6, 500, 2),
        Maturity = 2,
        SeriesLength = 4,
    };

    private static readonly PayoutDesign.Window Long = new(1_000, 12, 2);

    [Fact]
    public void Only_rows_whose_shares_expire_and_change_hands_have_series()
    {
        Assert.Equal(
            ["p2poolv2", "p2poolv2-devnet"],
            SharechainProfile.All.Where(row => row.SeriesLength is not null).Select(row => row.Name));
        Assert.Null(Series.Of(SharechainProfiles.P2Share, 5));
        Assert.Null(Series.At(SharechainProfiles.P2Pool, 5));
        Assert.All(
            SharechainProfile.All.Where(row => row.SeriesLength is not null),
            row => Assert.True(row.Window!.MostBlocks > row.Maturity + row.SeriesLength, row.Name));
    }

    [Theory]
    [InlineData(0, 0, 1, 8_639)]
    [InlineData(8_639, 0, 1, 8_639)]
    [InlineData(8_640, 1, 8_640, 17_279)]
    [InlineData(103_681, 12, 103_680, 112_319)]
    public void A_series_is_the_root_heights_of_one_bucket(int root, int number, int first, int last)
    {
        var series = Series.Of(SharechainProfiles.P2PoolV2, root)!.Value;

        Assert.Equal((number, first, last), (series.Number, series.First, series.Last));
        Assert.Equal(series, Series.At(SharechainProfiles.P2PoolV2, number));
        Assert.Equal(root > 0, series.Holds(root));
        Assert.True(series.Holds(first) && series.Holds(last));
        Assert.False(series.Holds(first - 1) || series.Holds(last + 1));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue / 8_640)]
    public void There_is_no_series_that_no_height_has(int number) => Assert.Null(Series.At(SharechainProfiles.P2PoolV2, number));

    [Theory]
    [InlineData(6, 500)]
    [InlineData(1_000, 7)]
    public void Blocks_left_are_those_that_can_still_spend_it_by_work_or_by_length(int multiplier, int most)
    {
        var lab = new Lab(Six with { Payout = new PayoutDesign.Window(multiplier, most, 2) });
        lab.AddMany(9);
        for (var root = lab.State.WindowStart; root <= 9; root++)
        {
            var (left, after) = (ShareLife.Of(lab.Profile, lab.Chain.TipNode, root).BlocksLeft, new Lab(lab.Profile));
            Assert.True(left > 0);
            after.AddMany(9 + left - 1);
            Assert.True(after.State.WindowStart <= root, $"root {root}: the last of {left} blocks finds it");
            after.Add();
            Assert.True(after.State.WindowStart > root, $"root {root}: none after {left} blocks does");
            Assert.True(ShareLife.Of(after.Profile, after.Chain.TipNode, root) is { IsExpired: true, BlocksLeft: 0 });
        }
    }

    // A share has the work of a mainchain block, and a window of ten of them has seven after the fall that is reckoned with.
    [Theory]
    [InlineData(500, 10)]
    [InlineData(9, 9)]
    [InlineData(5, 5)]
    public void What_is_sure_is_left_also_after_a_fall_of_the_mainchains_difficulty(int most, int left)
    {
        PayoutDesign.Window Of(int multiplier) => new(multiplier, most, 2);
        var (before, after) = (new Lab(Six with { Payout = Of(10) }), new Lab(Six with { Payout = Of(7) }));
        before.AddMany(12);
        after.AddMany(12);
        Assert.Equal(left, ShareLife.Of(before.Profile, before.Chain.TipNode, 12).BlocksLeft);
        for (var root = after.State.WindowStart; root <= 14; root++)
        {
            var life = ShareLife.Of(before.Profile, before.Chain.TipNode, root);
            Assert.Equal(ShareLife.Of(after.Profile, after.Chain.TipNode, root).BlocksLeft, life.SureLeft);
            Assert.InRange(life.SureLeft, 1, life.BlocksLeft);
        }

        // What would be gone at once has nothing that is sure, and is not expired yet.
        var oldest = ShareLife.Of(before.Profile, before.Chain.TipNode, before.State.WindowStart);
        Assert.Equal(most > 7 ? 0 : oldest.BlocksLeft, oldest.SureLeft);
        Assert.False(oldest.IsExpired);
    }

    // Of 120 intervals the error is a tenth: what is within two of them is no surge.
    [Theory]
    [InlineData(10, 60, 60)]
    [InlineData(200, 60, 60)]
    [InlineData(200, 120, 60)]
    [InlineData(200, 56, 60)]
    [InlineData(200, 30, 35.48)]
    [InlineData(200, 6, 7.1)]
    [InlineData(20, 6, 60)]
    [InlineData(21, 6, 9.79)]
    public void Time_is_reckoned_by_the_faster_of_the_pace_aimed_at_and_the_measured_one(int blocks, int spacing, double reckoned)
    {
        var lab = new Lab(Six with
        {
            Payout = new PayoutDesign.Window(1_000_000, 5_000, 2),
            TargetSpacing = 60,
            AsertHalfLife = 172_800,
        });
        for (; blocks > 0; blocks--)
        {
            lab.Now += spacing - lab.Profile.TargetSpacing;
            lab.Add();
        }

        var life = ShareLife.Of(lab.Profile, lab.Chain.TipNode, 1);
        Assert.Equal(reckoned, life.Spacing, 0.02);
        Assert.Equal((long)(life.SureBlocks * life.Spacing), life.SureSeconds);
    }

    [Fact]
    public void A_burst_of_blocks_mined_as_uncles_shortens_what_is_sure_and_moves_little_of_what_is_steady()
    {
        var lab = new Lab(Six with { Payout = new PayoutDesign.Window(1_000, 5_000, 2) });
        lab.AddMany(480);
        var before = ShareLife.Of(lab.Profile, lab.Chain.TipNode, 400);
        Assert.Equal(before.SureLeft, before.SteadyLeft);

        // Thirty blocks that each name one mined beside them: work comes twice as fast.
        for (var i = 0; i < 30; i++)
        {
            var uncle = lab.Forge(lab.Next(Lab.Owner(7)));
            lab.Add();
            Assert.Equal(ShareOutcome.SideChain, lab.Submit(uncle).Outcome);
        }

        var life = ShareLife.Of(lab.Profile, lab.Chain.TipNode, 400);
        Assert.True(life.SureLeft < before.SureLeft * 0.55, $"{life.SureLeft} of {before.SureLeft}");
        Assert.True(life.SteadyLeft > before.SteadyLeft * 0.8, $"{life.SteadyLeft} of {before.SteadyLeft}");
    }

    [Fact]
    public void A_burst_that_has_passed_takes_nothing_of_what_surely_fits()
    {
        var lab = new Lab(Six with { Payout = new PayoutDesign.Window(1_000, 5_000, 2) });
        lab.AddMany(240);
        for (var i = 0; i < 120; i++)
        {
            var uncle = lab.Forge(lab.Next(Lab.Owner(7)));
            lab.Add();
            lab.Submit(uncle);
        }

        // Longer than by what is sure is reckoned, and much shorter than by what is steady.
        lab.AddMany(30);
        for (var root = 100; root <= lab.Chain.TipNode.Height; root += 20)
        {
            var life = ShareLife.Of(lab.Profile, lab.Chain.TipNode, root);
            Assert.True(life.SteadyLeft >= life.SureLeft, $"{life.SteadyLeft} of {life.SureLeft} at {root}");
        }
    }

    [Fact]
    public void What_is_reckoned_with_is_more_than_the_deepest_fall_so_far() => Assert.True(ShareLife.FallPercent >= 28);

    [Fact]
    public void A_block_to_come_has_the_whole_window_before_it()
    {
        var lab = new Lab(Six);
        lab.AddMany(9);

        var newest = ShareLife.Of(Six, lab.Chain.TipNode, 9).BlocksLeft;
        Assert.Equal(newest + 3, ShareLife.Of(Six, lab.Chain.TipNode, 12).BlocksLeft);
        Assert.Equal(6, newest);
    }

    [Fact]
    public void Before_the_first_block_the_windows_length_is_all_that_is_known() =>
        Assert.Equal(1 + 500, ShareLife.Of(Six, new Lab(Six).Chain.TipNode, 1).BlocksLeft);

    [Fact]
    public void What_must_be_over_before_gets_twice_its_blocks()
    {
        Assert.Equal((10, 25), (new ShareLife(5, 20, 1, 30, 21, 2.5).SureBlocks, new ShareLife(5, 20, 1, 30, 21, 2.5).SureSeconds));
        Assert.Equal(9, new ShareLife(5, 20, 1, 30, 20, 2).SureBlocks);
        Assert.Equal((0, 0), (new ShareLife(5, 20, 6, 0, 0, 2).SureBlocks, new ShareLife(5, 20, 6, 0, 0, 2).SureSeconds));
    }

    [Theory]
    [InlineData(0, 10.0, 0)]
    [InlineData(1, 10.0, 1)]
    [InlineData(600, 10.0, 60)]
    [InlineData(601, 10.0, 61)]
    [InlineData(600, 2.5, 240)]
    [InlineData(long.MaxValue, 1.0, int.MaxValue)]
    public void Blocks_within_a_time_are_rounded_up(long seconds, double spacing, int blocks) =>
        Assert.Equal(blocks, ShareLife.BlocksIn(seconds, spacing));

    [Fact]
    public void A_series_is_next_listed_closed_and_expired_in_this_order()
    {
        var profile = Six with { Payout = Long };
        var (lab, series) = (new Lab(profile), Series.At(profile, 1)!.Value);
        var stages = new List<SeriesStage>();
        for (var height = 0; height <= 20; height++)
        {
            var oldest = ShareLife.Of(profile, lab.Chain.TipNode, series.First);
            stages.Add(series.StageAt(oldest, profile.Maturity, fits: oldest.SureBlocks >= 3));
            lab.Add();
        }

        // Block 6 may spend the sharebase of block 4; block 16 is the last to; six blocks are kept free.
        Assert.Equal(
            [
                .. Enumerable.Repeat(SeriesStage.Next, 5), .. Enumerable.Repeat(SeriesStage.Listed, 5),
                .. Enumerable.Repeat(SeriesStage.Closed, 9), .. Enumerable.Repeat(SeriesStage.Expired, 2),
            ],
            stages);
    }

    [Fact]
    public void A_series_that_no_swap_ever_fits_into_is_never_listed()
    {
        var (lab, series) = (new Lab(Six), Series.At(Six, 1)!.Value);
        for (var height = 0; height <= 20; height++)
        {
            var oldest = ShareLife.Of(Six, lab.Chain.TipNode, series.First);
            Assert.NotEqual(SeriesStage.Listed, series.StageAt(oldest, Six.Maturity, fits: oldest.SureBlocks >= 3));
            lab.Add();
        }
    }

    [Fact]
    public void The_stage_is_told_by_the_oldest_share_alone() => Assert.Throws<ArgumentException>(
        () => Series.At(Six, 1)!.Value.StageAt(new ShareLife(5, 9, 1, 9, 9, 2), 2, true));
}
