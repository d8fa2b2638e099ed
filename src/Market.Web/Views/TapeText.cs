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
        return $"Swaps so far: {InWords.Number(counts.Settled)} settled, {InWords.Failed(counts)}.";
    }
}
