using Market.Trading.Internal;

namespace Market.Trading.Tests;

/// <summary>The levels of a side against a sorted list, with prices far apart, so that they stand in the ladder and in the
/// tree.</summary>
public sealed class LevelsTests
{
    private const int Capacity = 200;

    [Theory]
    [InlineData(Side.Buy, 1, 1)]
    [InlineData(Side.Sell, 1, 2)]
    [InlineData(Side.Buy, 10, 3)]
    [InlineData(Side.Sell, 10, 4)]
    [InlineData(Side.Sell, 100_000, 5)]
    [InlineData(Side.Buy, 1L << 45, 6)]
    public void Stand_from_best_to_worst_wherever_their_prices_are(Side side, long tick, int seed)
    {
        var random = new Random(seed);
        var levels = new Levels(side, Capacity, tick);
        var plain = new SortedDictionary<long, int>();
        long[] centres = [1, 40, 60_000, 1_000_000, 1_300_000, 1L << 40];
        var centre = 0;
        for (var i = 0; i < 6_000; i++)
        {
            if (i % 150 == 0) centre = random.Next(centres.Length);
            var near = random.Next(20) > 0 ? centres[centre] : centres[random.Next(centres.Length)];
            var price = Math.Min(near + random.Next(90), long.MaxValue / 4 / tick) * tick;
            Assert.Equal(plain.GetValueOrDefault(price, -1), levels.Find(price));
            if (random.Next(5) < (i / 1_000 % 2 == 0 ? 3 : 1) && plain.Count < Capacity)
            {
                plain[price] = levels.FindOrAdd(price);
            }
            else if (plain.Count > 0)
            {
                var gone = plain.ElementAt(random.Next(plain.Count));
                levels.Remove(gone.Value);
                plain.Remove(gone.Key);
            }
            levels.Verify();
            Assert.Equal(plain.Count, levels.Count);
            if (i % 10 == 0) Assert.Equal(side == Side.Buy ? plain.Values.Reverse() : plain.Values, Walk(levels));
        }
    }

    [Fact]
    public void Who_leaves_an_order_at_a_price_of_no_sense_keeps_nobody_out_of_the_ladder()
    {
        var levels = new Levels(Side.Sell, Capacity, 1);
        levels.FindOrAdd(1_000_000_000);
        var touch = levels.FindOrAdd(1_000);
        Assert.True(levels[touch].Place >= 0);
        Assert.Equal(touch, levels.Best);
    }

    private static IEnumerable<int> Walk(Levels levels)
    {
        for (var level = levels.Best; level >= 0; level = levels[level].Worse) yield return level;
    }
}
