using System.Globalization;
using System.Text.RegularExpressions;
using Market.Contracts;

namespace Market.Web;

/// <summary>Numbers as the page writes them: grouped by thousands, a point for decimals, a true minus sign, units in
/// words that the caller adds. The TypeScript twin is client/src/units.ts.</summary>
public static partial class Units
{
    private const string Minus = "\u2212";
    private const int ShareDecimals = 4;
    private const long FinerThanShown = 10_000;
    private const char Thin = '\u2009';
    private const long SatsPerBitcoin = 100_000_000;

    /// <summary>"98,120".</summary>
    public static string Whole(long value) =>
        value < 0
            ? Minus + (-(Int128)value).ToString("N0", CultureInfo.InvariantCulture)
            : value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A computed amount, cut to whole units; a dash when unknown.</summary>
    public static string Of(double? value) => value is { } v && double.IsFinite(v) ? Whole((long)v) : "\u2013";

    /// <summary>An amount of bitcoin or a price, exactly and without its unit: "98,120" in satoshis, "0.00098120" in BTC. Of BTC
    /// all eight decimals are written, as one run: what is copied from a page is what the command line takes.</summary>
    public static string Money(long sats, MoneyUnit unit)
    {
        if (unit == MoneyUnit.Sat) return Whole(sats);
        var (whole, rest) = Int128.DivRem(Int128.Abs(sats), SatsPerBitcoin);
        return (sats < 0 ? Minus : "") + Whole((long)whole) + "." + rest.ToString("D8", CultureInfo.InvariantCulture);
    }

    /// <summary>A sentence in which amounts are said in satoshis ("4,900,000 sat"), cut at them: text, digits, text and so on.
    /// Rates ("2 sat/vB") are no amounts.</summary>
    public static string[] Pieces(string sentence) => Said().Split(sentence);

    /// <summary>"sat" or "BTC".</summary>
    public static string NameOf(MoneyUnit unit) => unit == MoneyUnit.Sat ? "sat" : "BTC";

    /// <summary>An amount as the command line takes it: "98120", and with its unit where that has to be said, as one word:
    /// "0.00098120BTC".</summary>
    public static string Typed(long sats, MoneyUnit unit) => unit == MoneyUnit.Sat
        ? sats.ToString(CultureInfo.InvariantCulture)
        : Money(sats, unit).Replace(",", "", StringComparison.Ordinal) + NameOf(unit);

    /// <summary>Shares: four decimals wherever they stand, and all eight only where four would hide some: "1,250.0000",
    /// "0.12345670".</summary>
    public static string Of(Quantity quantity) => Shares(quantity.Units);

    /// <summary>Shares in a column: always four decimals; what is finer is cut off (the title has all).</summary>
    public static string Column(Quantity quantity) => Fixed4(quantity.Units);

    /// <summary>Shares from base units, also those of a difference.</summary>
    public static string Shares(long units)
    {
        var whole = Math.DivRem(units, Quantity.UnitsPerShare, out var rest);
        var text = Math.Abs(rest).ToString("D8", CultureInfo.InvariantCulture);
        if (rest % FinerThanShown == 0) text = text[..ShareDecimals];
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

    /// <summary>As the other, without digits below a step of so many hashes a second: "1.8 GH/s".</summary>
    public static string Hashrate(double perSecond, double step) => Scaled(perSecond, "H/s", step);

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

    /// <summary>The time that figures of a day are of: "24 h", or "since 09:12 UTC" in a market that is younger.</summary>
    /// <param name="since">When a younger market's first trade was.</param>
    public static string Period(DateTimeOffset? since) =>
        since is { } first ? first.UtcDateTime.ToString("'since' HH:mm 'UTC'", CultureInfo.InvariantCulture) : "24 h";

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
        (units % Quantity.UnitsPerShare / FinerThanShown).ToString("D4", CultureInfo.InvariantCulture);

    private static string Scaled(double value, string unit, double step = 0)
    {
        ReadOnlySpan<string> prefixes = ["", "k", "M", "G", "T", "P", "E", "Z"];
        if (!double.IsFinite(value) || value < 0) return "\u2013";
        var i = 0;
        for (; value >= 999.5 && i < prefixes.Length - 1; i++) (value, step) = (value / 1000, step / 1000);
        var digits = value >= 99.95 || (i == 0 && double.IsInteger(value)) ? 0 : value >= 9.995 ? 1 : 2;
        // A hair, since no power of ten below one is exact.
        if (step > 0) digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, digits);
        var format = digits == 2 ? "F2" : digits == 1 ? "F1" : "F0";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {prefixes[i]}{unit}";
    }

    private static string Num(long n, string unit) => string.Create(CultureInfo.InvariantCulture, $"{n} {unit}");

    private static string Two(long a, string ua, long b, string ub) =>
        b == 0 ? Num(a, ua) : $"{Num(a, ua)} {Num(b, ub)}";

    // Of at most as many digits as all satoshis there will be.
    [GeneratedRegex("(?<![0-9.,])([0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{1,16}) sat(?![/A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Said();
}
