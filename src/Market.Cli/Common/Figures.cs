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

    /// <summary>Reads a price per share: satoshis ("98120", "98,120", "98120 sat") or bitcoin ("0.0009812 BTC").</summary>
    /// <exception cref="CliException">The text is something else, nought, or may mean two things.</exception>
    public static Price ParsePrice(string text) => new(ReadSats(text, "bad-price", "price", "whole satoshis per share"));

    /// <summary>Reads a part of face value, such as "0.97".</summary>
    /// <exception cref="CliException">The text is something else, or no part that an order may name.</exception>
    public static DiscountFactor ParseDiscount(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var plain = text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
        return DiscountFactor.TryParse(plain, out var part)
            && part.CompareTo(DiscountFactor.Least) >= 0 && part.CompareTo(DiscountFactor.Most) <= 0
            ? part
            : throw new CliException("bad-discount",
                $"\"{text}\" is no discount. Give a part of face value, such as 0.97, from {DiscountFactor.Least} to "
                + $"{DiscountFactor.Most}.");
    }

    /// <summary>Reads an amount of bitcoin: satoshis ("98120", "98,120", "98120 sat") or bitcoin ("0.0009812 BTC").</summary>
    /// <exception cref="CliException">The text is something else, nought, or may mean two things.</exception>
    public static long ParseSats(string text) => ReadSats(text, "bad-amount", "amount of bitcoin", "whole satoshis");

    private static long ReadSats(string text, string code, string what, string give)
    {
        ArgumentNullException.ThrowIfNull(text);
        var typed = Unit().Match(text);
        var (number, unit) = (typed.Groups[1].Value, typed.Groups[2].Value.ToUpperInvariant());
        // A number with places may be BTC, or a slip: who types 0.5 is asked and not guessed.
        var isOpen = unit.Length == 0 && number.Contains('.', StringComparison.Ordinal);
        var scale = unit == "BTC" ? SatsPerBitcoin : 1;
        if (unit is "" or "SAT" or "SATS" or "BTC" && !isOpen && TryParse(number, scale, out var sats) && sats > 0)
        {
            return sats;
        }

        var why = isOpen && TryParse(number, SatsPerBitcoin, out sats) && sats > 0
            ? $"\"{text}\" may be BTC or sat: say \"{number} BTC\", which is {Sats(sats)} sat, or give {give}."
            : unit is not ("" or "SAT" or "SATS" or "BTC")
                ? $"\"{text}\" is no {what}: \"{typed.Groups[2].Value}\" is no unit here. Say BTC or sat."
                : $"\"{text}\" is no {what}. Give {give}, such as 98120, or BTC, such as \"0.0009812 BTC\".";
        throw new CliException(code, why);
    }

    /// <summary>Reads when something ends: a time with its zone ("2026-03-01T12:00:00Z"), or a period from now on ("90s", "30m",
    /// "2h", "7d").</summary>
    /// <param name="text">The text.</param>
    /// <param name="now">Where periods begin.</param>
    /// <returns>Whole milliseconds, in UTC, after now.</returns>
    /// <exception cref="CliException">The text is something else, or it is over.</exception>
    public static DateTimeOffset ParseUntil(string text, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(text);
        var until = Period().Match(text) is { Success: true } period
            ? now + TimeSpan.FromSeconds(int.Parse(period.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)
                * SecondsOf(period.Groups[2].ValueSpan[0]))
            : DateTimeOffset.TryParseExact(
                text, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
            : throw new CliException(
                "bad-time", $"\"{text}\" is no time. Give one such as 2026-03-01T12:00:00Z, or 90s, 30m, 2h, 7d.");
        return until > now
            ? DateTimeOffset.FromUnixTimeMilliseconds(until.ToUnixTimeMilliseconds())
            : throw new CliException("bad-time", $"\"{text}\" is over.");
    }

    /// <summary>Reads a period: "90s", "30m", "2h", "7d".</summary>
    /// <param name="text">The text.</param>
    /// <param name="option">The option that it is of, as it is typed.</param>
    /// <exception cref="CliException">The text is something else.</exception>
    public static TimeSpan ParsePeriod(string text, string option)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Period().Match(text) is { Success: true } period
            ? TimeSpan.FromSeconds(int.Parse(period.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)
                * SecondsOf(period.Groups[2].ValueSpan[0]))
            : throw new CliException("bad-time", $"{option} \"{text}\" is no period. Give one such as 90s, 30m, 2h, 7d.");
    }

    private static readonly string[] TimeForms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFK"];

    private static long SecondsOf(char unit) => unit switch
    {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => 86_400,
    };

    [GeneratedRegex(@"^([0-9]{1,5})([smhd])\z")]
    private static partial Regex Period();

    private const decimal SatsPerBitcoin = 100_000_000;

    [GeneratedRegex(@"^(.*?) ?([A-Za-z]*)\z", RegexOptions.Singleline)]
    private static partial Regex Unit();

    private static bool TryParse(string text, decimal scale, out long value)
    {
        value = 0;
        // A comma groups thousands and nothing else: who writes 0,5 or 0,001 means a part and must not trade five, or one.
        if (!Number().IsMatch(text)
            || !decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
            || number > long.MaxValue / scale || number * scale != decimal.Truncate(number * scale))
        {
            return false;
        }

        value = (long)(number * scale);
        return true;
    }

    [GeneratedRegex(@"^([0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+)(\.[0-9]+)?\z")]
    private static partial Regex Number();
}
