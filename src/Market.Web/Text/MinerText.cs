using System.Globalization;
using Market.Contracts;

namespace Market.Web;

/// <summary>What miners are told in figures, with no more digits than their error allows.</summary>
public static class MinerText
{
    private const string None = "\u2013";
    private const double Year = 31_557_600;

    /// <summary>A hash rate with its error: "1.2 TH/s ±18 %"; words before the first result.</summary>
    public static string Rate(MinedRate rate)
    {
        ArgumentNullException.ThrowIfNull(rate);
        return rate.HashesPerSecond > 0
            ? $"{Units.Hashrate(rate.HashesPerSecond)} {WorthText.Error(rate.RelativeError)}"
            : "no result";
    }

    /// <summary>A span on average: "12 min", "3 h", "9 d", "2,400 years"; a dash where it is not known.</summary>
    /// <param name="seconds">The mean; null where it is not known.</param>
    public static string Expected(double? seconds) => seconds switch
    {
        null => None,
        < 120 => Whole(seconds.Value, 1, "s"),
        < 7_200 => Whole(seconds.Value, 60, "min"),
        < 172_800 => Whole(seconds.Value, 3_600, "h"),
        < 2 * Year => Whole(seconds.Value, 86_400, "d"),
        < 1e6 * Year => Whole(seconds.Value, Year, "years"),
        _ => "over a million years",
    };

    /// <summary>A difficulty: "81,204", "3.54", "0.000244".</summary>
    public static string Difficulty(double? difficulty) => difficulty switch
    {
        null or <= 0 => None,
        >= 1_000 and < 1e15 => Units.Whole((long)difficulty.Value),
        _ => difficulty.Value.ToString("G3", CultureInfo.InvariantCulture),
    };

    /// <summary>Results refused, in all.</summary>
    public static long Rejected(MinerFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return figures.Rejected.Sum(each => each.Count);
    }

    /// <summary>A worker's name; words where it has none.</summary>
    public static string Name(MinerWorker worker)
    {
        ArgumentNullException.ThrowIfNull(worker);
        return worker.Name.Length > 0 ? worker.Name : "(no name)";
    }

    private static string Whole(double seconds, double unit, string name) =>
        $"{Units.Whole((long)Math.Round(seconds / unit))} {name}";
}
