using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Features.Analytics;

/// <summary>How far apart readings are told: intervals of candles from a minute on.</summary>
internal static class ReadingSpans
{
    /// <summary>Where nothing is asked.</summary>
    public const string Usual = "hour";

    private static readonly CandleInterval[] All =
        [.. Enum.GetValues<CandleInterval>().Where(one => one >= CandleInterval.Minute)];

    /// <summary>Their wire names.</summary>
    public static string Words { get; } = string.Join(", ", All.Select(WireEnum.Name));

    /// <summary>What is said of any other.</summary>
    public static string Names { get; } = $"must be one of {Words}";

    /// <summary>Whether a wire name is one.</summary>
    public static bool Has(string? every) => WireEnum.TryParse<CandleInterval>(every, out var span) && All.Contains(span);

    /// <summary>The interval of a wire name that is one.</summary>
    public static CandleInterval Of(string every)
    {
        WireEnum.TryParse<CandleInterval>(every, out var span);
        return span;
    }
}
