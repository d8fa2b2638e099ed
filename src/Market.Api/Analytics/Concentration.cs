using Market.Chains;
using Market.Contracts;

namespace Market.Api.Analytics;

/// <summary>How concentrated shares are.</summary>
internal static class Concentration
{
    private const int Ten = 10;

    /// <summary>The figures of the holders of a sharechain's tip.</summary>
    public static HolderFigures Of(ShareHolders holders)
    {
        ArgumentNullException.ThrowIfNull(holders);
        var total = holders.TotalUnits;
        return new HolderFigures
        {
            Count = holders.Count,
            Total = new Quantity(total),
            Largest = total > 0 && !holders.Largest.IsEmpty ? holders.Largest[0].Weight / (double)total : null,
            LargestTen = total > 0 ? holders.Largest.Take(Ten).Sum(one => one.Weight) / (double)total : null,
            Half = total > 0 ? HalfOf(holders) : null,
        };
    }

    // Without a doubling, which could overflow.
    private static int? HalfOf(ShareHolders holders)
    {
        var sum = 0L;
        for (var i = 0; i < holders.Largest.Length; i++)
        {
            sum += holders.Largest[i].Weight;
            if (sum > holders.TotalUnits - sum) return i + 1;
        }
        return null;
    }
}
