using System.Globalization;
using System.Text.RegularExpressions;
using Market.Contracts;

namespace Market.Cli.Common;

/// <summary>Numbers as people read and type them: grouped, with their unit, never rounded.</summary>
public static partial class Figures
{
    /// <summary>Base units as shares, without trailing zeros: "50", "0.5", "1,234.00000001".</summary>
    public static string Shares(long units) => InWords.Number(new Quantity(units));

    /// <summary>Satoshis, grouped: "98,120".</summary>
    public static string Sats(long sats) => InWords.Number(sats);

    /// <summary>A time of day where it was today, else with its date; local time.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString(
        DateTimeOffset.Now - time < TimeSpan.FromHours(20) ? "HH:mm:ss" : "yyyy-MM-dd HH:mm",
        CultureInfo.InvariantCulture);

    /// <summary>"in 9 min", "in 40 s", "12 s ago".</summary>
    public static string Relative(DateTimeOffset time, DateTimeOffset now)
    {
        var away = time - now;
        var size = away.Duration();
        var words = size.TotalMinutes >= 90 ? $"{size.TotalHours:0.#} h"
            : size.TotalSeconds >= 90 ? $"{size.TotalMinutes:0} min"
            : $"{size.TotalSeconds:0} s";
        return away < TimeSpan.Zero ? $"{words} ago" : $"in {words}";
    }

    /// <summary>Reads a number of shares with up to eight places: "50", "0.5", "1,000".</summary>
    /// <exception cref="CliException">The text is something else, or nought.</exception>
    public static Quantity ParseShares(string text) =>
        TryParse(text, Quantity.UnitsPerShare, out var units) && units > 0
            ? new Quantity(units)
            : throw new CliException("bad-quantity", $"\"{text}\" is no quantity. Give shares, such as 50 or 0.5.");

    /// <summary>Reads a price in whole satoshis per share: "98120", "98,120".</summary>
    /// <exception cref="CliException">The text is something else, or nought.</exception>
    public static Price ParsePrice(string text) =>
        TryParse(text, 1, out var sats) && sats > 0
            ? new Price(sats)
            : throw new CliException("bad-price", $"\"{text}\" is no price. Give whole satoshis per share, such as 98120.");

    /// <summary>Reads an amount in whole satoshis: "98120", "98,120".</summary>
    /// <exception cref="CliException">The text is something else, or nought.</exception>
    public static long ParseSats(string text) =>
        TryParse(text, 1, out var sats) && sats > 0
            ? sats
            : throw new CliException("bad-amount", $"\"{text}\" is no amount of bitcoin. Give whole satoshis, such as 98120.");

    private static bool TryParse(string text, decimal scale, out long value)
    {
        value = 0;
        // A comma groups thousands and nothing else: who writes 0,5 means a half and must not trade five.
        if (!Number().IsMatch(text)
            || !decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
            || number > long.MaxValue / scale || number * scale != decimal.Truncate(number * scale))
        {
            return false;
        }

        value = (long)(number * scale);
        return true;
    }

    [GeneratedRegex(@"^([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?\z")]
    private static partial Regex Number();
}
