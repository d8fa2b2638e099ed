using System.Globalization;

namespace Market.Contracts;

/// <summary>Amounts as people read them: grouped by thousands with a comma, never rounded.</summary>
public static class InWords
{
    private static readonly NumberFormatInfo Grouped = new() { NumberGroupSeparator = ",", NumberDecimalSeparator = "." };

    /// <summary>Base units as a number of shares, without trailing zeros: "50", "0.5", "1,234.00000001".</summary>
    public static string Number(Quantity quantity)
    {
        var whole = Number(quantity.Units / Quantity.UnitsPerShare);
        var rest = (quantity.Units % Quantity.UnitsPerShare).ToString("00000000", CultureInfo.InvariantCulture).TrimEnd('0');
        return rest.Length == 0 ? whole : $"{whole}.{rest}";
    }

    /// <summary>A whole number, grouped: "98,120".</summary>
    public static string Number(long value) => value.ToString("N0", Grouped);

    /// <summary>Base units as shares: "1 share", "0.5 shares".</summary>
    public static string Shares(Quantity quantity) =>
        quantity.Units == Quantity.UnitsPerShare ? "1 share" : $"{Number(quantity)} shares";

    /// <summary>Satoshis: "98,120 sat".</summary>
    public static string Sats(long sats) => $"{Number(sats)} sat";

    /// <summary>How many swaps failed and by whose doing: "3 failed (1 by sellers, 2 by buyers, 0 by nobody)".</summary>
    public static string Failed(SwapCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        long By(SwapRole side) =>
            counts.Sides.Where(each => each.Side == side).Sum(each => each.FailedAsMaker + each.FailedAsTaker);
        return $"{Number(counts.Failed)} failed ({Number(By(SwapRole.Seller))} by sellers, "
            + $"{Number(By(SwapRole.Buyer))} by buyers, {Number(counts.FailedByNobody)} by nobody)";
    }
}
