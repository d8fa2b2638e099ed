using Market.Bitcoin;
using Market.Chains.Engine;

namespace Market.Chains.Tests.Engine;

/// <summary>What the histogram tells is what going through all transactions tells.</summary>
public sealed class FeeHistogramTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 2_000)]
    [InlineData(3, 50_000_000)]
    public void It_tells_the_rate_that_sorting_tells(int seed, int rates)
    {
        var random = new Random(seed);
        var (histogram, all) = (new FeeHistogram(), new List<(long Rate, int Bytes)>());
        for (var step = 0; step < 600; step++)
        {
            if (all.Count > 0 && random.Next(5) < 2)
            {
                var at = random.Next(all.Count);
                histogram.Remove(new FeeRate(all[at].Rate), all[at].Bytes);
                all.RemoveAt(at);
            }
            else
            {
                var each = (Rate: random.NextInt64(0, rates), Bytes: random.Next(1, 500));
                histogram.Add(new FeeRate(each.Rate), each.Bytes);
                all.Add(each);
            }

            var room = random.NextInt64(0, all.Sum(each => (long)each.Bytes) + 50);
            Assert.Equal(Sorted(all, room), histogram.At(room)?.SatsPerKvB);
        }

        histogram.Clear();
        Assert.Null(histogram.At(0));
    }

    [Fact]
    public void The_greatest_rate_has_a_band()
    {
        var histogram = new FeeHistogram();
        histogram.Add(new FeeRate(long.MaxValue), 1);
        histogram.Add(new FeeRate(0), 1);
        Assert.Equal(long.MaxValue, histogram.At(0)!.Value.SatsPerKvB);
        Assert.Equal(0, histogram.At(1)!.Value.SatsPerKvB);
        Assert.Null(histogram.At(2));
    }

    private static long? Sorted(List<(long Rate, int Bytes)> all, long room)
    {
        foreach (var (rate, bytes) in all.OrderByDescending(each => each.Rate))
        {
            room -= bytes;
            if (room < 0)
            {
                return rate;
            }
        }

        return null;
    }
}
