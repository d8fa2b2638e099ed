using System.Globalization;
using Market.Contracts;

namespace Market.Web;

/// <summary>Numbers as the page writes them: grouped by thousands, a point for decimals, a true minus sign, units in
/// words that the caller adds. The TypeScript twin is client/src/units.ts.</summary>
public static class Units
{
    private const string Minus = "\u2212";
    private const char Thin = '\u2009';

    /// <summary>"98,120".</summary>
    public static string Whole(long value) =>
        value < 0
            ? Minus + (-(Int128)value).ToString("N0", CultureInfo.InvariantCulture)
            : value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A computed amount, cut to whole units; a dash when unknown.</summary>
    public static string Of(double? value) => value is { } v && double.IsFinite(v) ? Whole((long)v) : "\u2013";

    /// <summary>Satoshis per whole share: "98,120".</summary>
    public static string Of(Price price) => Whole(price.Sats);

    /// <summary>Satoshis: "490,600".</summary>
    public static string Of(Sats sats) => Whole(sats.Value);

    /// <summary>Shares, at least two decimals and as many as are not zero: "1,250.00", "0.12345678".</summary>
    public static string Of(Quantity quantity) => Shares(quantity.Units, 8);

    /// <summary>Shares in a column: always four decimals; what is finer is cut off (the title has all).</summary>
    public static string Column(Quantity quantity) => Fixed4(quantity.Units);

    /// <summary>Shares from base units with at most <paramref name="digits"/> decimals.</summary>
    public static string Shares(long units, int digits)
    {
        var whole = Math.DivRem(units, Quantity.UnitsPerShare, out var rest);
        var text = Math.Abs(rest).ToString("D8", CultureInfo.InvariantCulture)[..digits].TrimEnd('0').PadRight(2, '0');
        return $"{(units < 0 && whole == 0 ? Minus : "")}{Whole(whole)}.{text}";
    }

    /// <summary>A signed percentage with one decimal: "−0.8 %"; a dash when unknown.</summary>
    public static string SignedPercent(double? fraction)
    {
        if (fraction is not { } f || !double.IsFinite(f)) return "\u2013";
        var text = Math.Abs(f * 100).ToString("N1", CultureInfo.InvariantCulture);
        var sign = text == "0.0" ? "" : f < 0 ? Minus : "+";
        return $"{sign}{text}{Thin}%";
    }

    /// <summary>A percentage without a sign and with one decimal, or two: "12.4 %".</summary>
    public static string Percent(double? fraction, int digits = 1) =>
        fraction is { } f && double.IsFinite(f)
            ? (f * 100).ToString(digits == 2 ? "N2" : "N1", CultureInfo.InvariantCulture) + Thin + "%"
            : "\u2013";

    /// <summary>Hashes a second with its SI prefix: "1.80 GH/s".</summary>
    public static string Hashrate(double perSecond) => Scaled(perSecond, "H/s");

    /// <summary>A number of hashes with its SI prefix: "262 kH".</summary>
    public static string Hashes(double hashes) => Scaled(hashes, "H");

    /// <summary>"4 s", "3 min 20 s", "2 h 5 min", "3 d 4 h".</summary>
    public static string Span(TimeSpan span)
    {
        var s = (long)Math.Max(0, Math.Floor(span.TotalSeconds));
        return s < 60 ? Num(s, "s")
            : s < 3600 ? Two(s / 60, "min", s % 60, "s")
            : s < 86400 ? Two(s / 3600, "h", s % 3600 / 60, "min")
            : Two(s / 86400, "d", s % 86400 / 3600, "h");
    }

    /// <summary>How long ago, in the largest unit that fits: "4 s ago", "3 min ago".</summary>
    public static string Ago(DateTimeOffset time, DateTimeOffset now)
    {
        var s = (long)Math.Max(0, Math.Floor((now - time).TotalSeconds));
        return s switch
        {
            < 60 => Num(s, "s ago"),
            < 3600 => Num(s / 60, "min ago"),
            < 86400 => Num(s / 3600, "h ago"),
            _ => Num(s / 86400, "d ago"),
        };
    }

    /// <summary>A time of day in UTC: "14:32:05".</summary>
    public static string Clock(DateTimeOffset time) =>
        time.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>"2026-11-21 14:32:05 UTC".</summary>
    public static string Moment(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>For the datetime attribute.</summary>
    public static string Machine(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>The first and last characters of an id: "3fa9c1d2…07be".</summary>
    public static string Short(string id, int head = 8, int tail = 4) =>
        id.Length <= head + tail + 1 ? id : $"{id[..head]}\u2026{id[^tail..]}";

    /// <summary>A width class of the style sheet, w0 to w100, for the part <paramref name="of"/> of a whole.</summary>
    public static string Width(double part, double of) =>
        "w" + ((int)Math.Round(of <= 0 ? 0 : Math.Clamp(part / of, 0, 1) * 100)).ToString(CultureInfo.InvariantCulture);

    private static string Fixed4(long units) =>
        Whole(units / Quantity.UnitsPerShare) + "." +
        (units % Quantity.UnitsPerShare / 10_000).ToString("D4", CultureInfo.InvariantCulture);

    private static string Scaled(double value, string unit)
    {
        ReadOnlySpan<string> prefixes = ["", "k", "M", "G", "T", "P", "E", "Z"];
        if (!double.IsFinite(value) || value < 0) return "\u2013";
        var i = 0;
        for (; value >= 999.5 && i < prefixes.Length - 1; i++) value /= 1000;
        var format = value >= 99.95 || (i == 0 && double.IsInteger(value)) ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {prefixes[i]}{unit}";
    }

    private static string Num(long n, string unit) => string.Create(CultureInfo.InvariantCulture, $"{n} {unit}");

    private static string Two(long a, string ua, long b, string ub) =>
        b == 0 ? Num(a, ua) : $"{Num(a, ua)} {Num(b, ub)}";
}
