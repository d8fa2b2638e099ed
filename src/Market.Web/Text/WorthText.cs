using System.Globalization;

namespace Market.Web;

/// <summary>What a price says about a share, in words and with no more digits than its error allows: a figure ends one digit
/// after the first of its error. The TypeScript twin is client/src/worth.ts.</summary>
public static class WorthText
{
    private const char Thin = '\u2009';
    private const string None = "\u2013";

    /// <summary>A price over a worth, with three digits: "1.20 ×".</summary>
    public static string Times(double? ratio)
    {
        if (ratio is not { } r || !double.IsFinite(r)) return None;
        var digits = r >= 99.95 ? "N0" : r >= 9.995 ? "N1" : "N2";
        return r.ToString(digits, CultureInfo.InvariantCulture) + Thin + "×";
    }

    /// <summary>d as it is said of a price: "1.7 % below face", "12 % above face", "at face".</summary>
    /// <param name="d">price / face value.</param>
    /// <param name="error">Standard error of d.</param>
    public static string Face(double? d, double? error)
    {
        if (d is not { } v || !double.IsFinite(v)) return None;
        var text = Percent(Math.Abs(v - 1), Digits(error));
        return IsNought(text) ? "at face" : $"{text} {(v < 1 ? "below" : "above")} face";
    }

    /// <summary>An error: "±9 %", "±0.4 %"; empty when unknown.</summary>
    public static string Error(double? error) => error is > 0 and { } e && double.IsFinite(e)
        ? "±" + Percent(e, Math.Clamp(-First(e), 0, 3))
        : "";

    /// <summary>What a factor takes away or adds: "−0.4 %".</summary>
    /// <param name="factor">A factor of d.</param>
    /// <param name="error">Its standard error; null for one that has next to none.</param>
    public static string Takes(double? factor, double? error = null)
    {
        if (factor is not { } f || !double.IsFinite(f)) return None;
        var text = Percent(Math.Abs(f - 1), Digits(error));
        return IsNought(text) ? text : (f < 1 ? "\u2212" : "+") + text;
    }

    /// <summary>A factor with as many decimals as its error allows, three where it has none: "0.94".</summary>
    public static string Factor(double? factor, double? error) => factor is { } f && double.IsFinite(f)
        ? f.ToString("F" + Math.Min(3, Digits(error) + 2).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : None;

    /// <summary>An amount of satoshis cut to what its relative error allows: "104,200".</summary>
    public static string Amount(double? value, double? relativeError) =>
        Rounded(value, relativeError) is { } sats ? Units.Whole(sats) : None;

    /// <summary>The same as a number of satoshis; null where it is not known.</summary>
    public static long? Rounded(double? value, double? relativeError)
    {
        if (value is not { } v || !double.IsFinite(v)) return null;
        var error = Math.Abs(v) * (relativeError ?? 0);
        var step = error > 10 ? Math.Pow(10, Math.Floor(Math.Log10(error)) - 1) : 1;
        return (long)(Math.Floor((v / step) + 0.5) * step);
    }

    /// <summary>A yearly rate with its error: "8.4 % ±2 %".</summary>
    public static string Yield(double? rate, double? error) => rate is { } r && double.IsFinite(r)
        ? $"{Percent(r, Digits(error))} {Error(error)}".TrimEnd()
        : None;

    /// <summary>A ratio with as many decimals as its error allows, three where it has none: "0.31 ×".</summary>
    public static string Ratio(double? ratio, double? error) =>
        ratio is { } r && double.IsFinite(r) ? Factor(r, error) + Thin + "×" : None;

    /// <summary>A part or a rate with as many digits as its error allows, one decimal where it has none: "8.4 %".</summary>
    public static string Part(double? part, double? error) =>
        part is { } p && double.IsFinite(p) ? Percent(p, Digits(error)) : None;

    /// <summary>A hashrate cut to what its relative error allows, to three digits at most: "92 kH/s".</summary>
    public static string Hashrate(double? rate, double? relativeError)
    {
        if (rate is not { } r || !double.IsFinite(r) || r < 0) return None;
        var error = r * (relativeError ?? 0);
        if (error <= 0) return Units.Hashrate(r);
        var step = Math.Pow(10, Math.Floor(Math.Log10(error)) - 1);
        var cut = Math.Floor((r / step) + 0.5) * step;
        return Units.Hashrate(cut, step);
    }

    /// <summary>A horizon: "10 years", "1 year", "0.5 years".</summary>
    public static string Horizon(double? years) => years is { } y && double.IsFinite(y)
        ? y.ToString("0.##", CultureInfo.InvariantCulture) + (y is > 0.995 and < 1.005 ? " year" : " years")
        : None;

    // The place of the first digit of an error in percent: 0 for 9 %, 1 for 12 %, -1 for 0.4 %.
    private static int First(double error) => (int)Math.Floor(Math.Log10(error * 100));

    private static int Digits(double? error) =>
        error is > 0 and { } e && double.IsFinite(e) ? Math.Clamp(1 - First(e), 0, 3) : 1;

    private static string Percent(double fraction, int digits) =>
        (fraction * 100).ToString("N" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + Thin + "%";

    private static bool IsNought(string percent) => percent.AsSpan().IndexOfAnyInRange('1', '9') < 0;
}
