using Market.Contracts;

namespace Market.Web;

/// <summary>What is said beside the trades; the scripts say the same.</summary>
public static class TapeText
{
    /// <summary>A trade's status in a word: "pending", "final", "withdrawn".</summary>
    public static string Of(TradeStatus status) => status switch
    {
        TradeStatus.Pending => "pending",
        TradeStatus.Final => "final",
        _ => "withdrawn",
    };

    /// <summary>How swaps ended, in a sentence.</summary>
    public static string Of(SwapCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        long By(SwapRole side) => counts.Sides.Where(s => s.Side == side).Sum(s => s.FailedAsMaker + s.FailedAsTaker);
        return $"Swaps so far: {Units.Whole(counts.Settled)} settled, {Units.Whole(counts.Failed)} failed "
            + $"({Units.Whole(By(SwapRole.Seller))} by sellers, {Units.Whole(By(SwapRole.Buyer))} by buyers, "
            + $"{Units.Whole(counts.FailedByNobody)} by nobody).";
    }
}
