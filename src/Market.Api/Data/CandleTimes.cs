using Market.Contracts;

namespace Market.Api.Data;

/// <summary>When candles begin and how long they last.</summary>
public static class CandleTimes
{
    /// <summary>Seconds of an interval.</summary>
    public static int Seconds(CandleInterval interval) => interval switch
    {
        CandleInterval.TenSeconds => 10,
        CandleInterval.Minute => 60,
        CandleInterval.FiveMinutes => 300,
        CandleInterval.Hour => 3_600,
        CandleInterval.Day => 86_400,
        _ => throw new ArgumentOutOfRangeException(nameof(interval)),
    };

    /// <summary>Where the candle of a time starts.</summary>
    public static DateTimeOffset StartOf(CandleInterval interval, DateTimeOffset time)
    {
        var seconds = Seconds(interval);
        return DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds() / seconds * seconds);
    }
}
