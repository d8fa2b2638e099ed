using Market.Sharechain;

namespace Market.Lab.Tests;

/// <summary>The lab's pools keep to the rules' clocks: when a share joins, and when it is gone.</summary>
public sealed class PoolTests
{
    [Fact]
    public void A_sharebase_joins_the_draw_when_it_is_mature_and_before_that_the_finder_is_paid()
    {
        var (pool, random) = (new DrawnPool(1, 3), new LabRandom(1, 0, 0));
        var paid = new double[3];
        pool.Mint(0, 5);
        pool.Mint(1, 5);
        pool.Pay(random, 2, paid);
        Assert.Equal([0, 0, Pool.Reward], paid);
        Assert.Equal(0, pool.Mature);

        // That of height 1 is mature for the share at height 4, on top of height 3.
        pool.Mint(1, 5);
        Assert.Equal(5, pool.Mature);
        pool.Pay(random, 2, paid);
        Assert.Equal([Pool.Reward, 0, Pool.Reward], paid);
        Assert.Equal(0, pool.Winner(random));
    }

    [Fact]
    public void A_share_is_paid_as_long_as_it_stands_in_the_window()
    {
        var (pool, random) = (new WindowPool(2, null), new LabRandom(1, 0, 0));
        var paid = new double[3];
        pool.Mint(0, 5);
        pool.Mint(1, 5);
        pool.Pay(random, 2, paid);
        Assert.Equal([Pool.Reward / 2, Pool.Reward / 2, 0], paid);
        pool.Mint(1, 5);
        pool.Pay(random, 2, paid);
        Assert.Equal([Pool.Reward / 2, Pool.Reward * 3 / 2, 0], paid);
        Assert.Equal((1, 10), Assert.Single(pool.Holders));
    }

    [Fact]
    public void Only_the_largest_are_paid_where_a_row_says_so()
    {
        var pool = Pool.Of(new PayoutDesign.Window(1, 10, 1), 1, 10);
        pool.Mint(0, 5);
        pool.Mint(1, 6);
        var paid = new double[2];
        pool.Pay(new LabRandom(1, 0, 0), 0, paid);
        Assert.Equal([0, Pool.Reward], paid);
    }

    [Fact]
    public void A_rule_that_the_lab_does_not_play_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Pool.Of(new PayoutDesign.Redeemed(100), 100, 1));

    [Fact]
    public void Miners_find_blocks_by_their_part()
    {
        var (miners, random) = (new Miners(0.5, 0.3, 0.2), new LabRandom(2, 0, 0));
        var tallies = new Tally[miners.Count];
        for (var block = 0; block < 50_000; block++)
        {
            var finder = miners.Next(random);
            for (var i = 0; i < tallies.Length; i++)
            {
                tallies[i].Add(i == finder ? 1 : 0);
            }
        }

        Assert.All(new[] { 0.5, 0.3, 0.2 }.Zip(tallies), pair => Assert.True(
            LabCheck.Of("", pair.First, pair.Second.ToEstimate()).Holds));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Miners(0.5, 0.4));
    }
}
