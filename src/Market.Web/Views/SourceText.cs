using System.Globalization;
using Market.Contracts;

namespace Market.Web;

/// <summary>What is read of another pool, in words and figures.</summary>
public static class SourceText
{
    private const double Whole = 1_000;
    private const int BitcoinPlaces = 8;
    private const decimal SatsPerBitcoin = 100_000_000;
    private const string From = ", from ";
    private const string To = " to ";

    /// <summary>How it stands with the node, in a word.</summary>
    public static string Of(SourceState state) => state switch
    {
        SourceState.Live => "live",
        SourceState.Reading => "not read yet",
        SourceState.Away => "away",
        SourceState.Denied => "signed out",
        _ => "not believed",
    };

    /// <summary>The colour of that word: a class of the style sheet.</summary>
    public static string Tone(SourceState state) => state switch
    {
        SourceState.Live => "live",
        SourceState.Reading or SourceState.Away => "lagging",
        _ => "down",
    };

    /// <summary>Which version's answers it gives, in words.</summary>
    public static string Of(SourceVersion? version) => version switch
    {
        SourceVersion.BeforeV014 => "before 0.14",
        SourceVersion.SinceV014 => "0.14 or later",
        _ => "–",
    };

    /// <summary>A part with its error: "18.0 % ±0.1 %".</summary>
    public static string Part(double part, double error) => $"{Units.Percent(part)} {WorthText.Error(error)}".TrimEnd();

    /// <summary>Between what a part lies: "9.0 % to 59.0 %"; the part alone where that is known.</summary>
    public static string Between(SourceHolder holder)
    {
        ArgumentNullException.ThrowIfNull(holder);
        return holder.Most > holder.Least
            ? $"{Units.Percent(holder.Least)} to {Units.Percent(holder.Most)}"
            : Units.Percent(holder.Part);
    }

    /// <summary>Satoshis: whole from a thousand on, with three digits below.</summary>
    public static string Sats(double value) => !double.IsFinite(value) ? "–"
        : value >= Whole ? Units.Of(Math.Round(value))
        : value.ToString(
            value >= 99.95 ? "F0" : value >= 9.995 ? "F1" : value >= 0.9995 ? "F2" : "0.###", CultureInfo.InvariantCulture);

    /// <summary>What is said after an amount of between what it lies: ", from 19.8 to 24.1"; nothing where that is one figure.
    /// </summary>
    public static string Range(double least, double most) =>
        Sats(least) is var low && Sats(most) is var high && low == high ? "" : From + low + To + high;

    /// <summary>What <see cref="Sats(double)"/> wrote in BTC, with all its digits: "0.000000241" for "24.1".</summary>
    public static string Bitcoin(string sats)
    {
        ArgumentNullException.ThrowIfNull(sats);
        var point = sats.IndexOf('.', StringComparison.Ordinal);
        var places = (point < 0 ? 0 : sats.Length - point - 1) + BitcoinPlaces;
        return decimal.TryParse(sats, NumberStyles.Number, CultureInfo.InvariantCulture, out var value)
            ? (value / SatsPerBitcoin).ToString("N" + places.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : sats;
    }

    /// <summary>What <see cref="Range"/> wrote, in BTC.</summary>
    public static string BitcoinRange(string range)
    {
        ArgumentNullException.ThrowIfNull(range);
        return range.Length == 0 ? range : From + string.Join(To, range[From.Length..].Split(To).Select(Bitcoin));
    }

    /// <summary>How much of the window was read: "all of it", "50.0 % of what is in it".</summary>
    public static string Coverage(SourceWindow window)
    {
        ArgumentNullException.ThrowIfNull(window);
        return window.IsWhole ? "all of it" : $"{Units.Percent(window.Coverage)} of what is in it";
    }
}
