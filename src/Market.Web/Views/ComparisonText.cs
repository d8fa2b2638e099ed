using Market.Contracts;

namespace Market.Web;

/// <summary>What is said of two sharechains that differ.</summary>
public static class ComparisonText
{
    /// <summary>Whether a ratio of prices is the price of a rule: only where one tells the two apart.</summary>
    public static string RulesOf(ComparedInstrument one)
    {
        ArgumentNullException.ThrowIfNull(one);
        if (one.Differs.Count != 1)
            return $"The sharechains differ in {one.Differs.Count} rules: no ratio is the price of one of them.";
        return one.Ratios?.PricePerHash is { } paid
            ? $"The sharechains differ in one rule: the market pays {WorthText.Ratio(paid, null)} for it."
            : "The sharechains differ in one rule; what the market pays for it is not known before both were traded.";
    }
}
