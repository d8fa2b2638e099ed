using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Data;

/// <summary>A trade of before whose status a batch changed.</summary>
/// <param name="Trade">As it is now.</param>
/// <param name="Before">Its status before the batch.</param>
public sealed record TradeChange(TradeRow Trade, TradeStatus Before)
{
    /// <summary>True where it counted and counts no more.</summary>
    public bool IsTakenBack => Before == TradeStatus.Final && Trade.Status == TradeStatus.Withdrawn;
}

/// <summary>What final trades that were withdrawn leave behind, counted again from the table.</summary>
/// <param name="Candles">The candles that they were in, by interval and start; null where no trade is left in one.</param>
/// <param name="Last">The newest final trade; null where there is none.</param>
public sealed record TapeRecount(
    IReadOnlyList<(CandleInterval Interval, DateTimeOffset Start, CountedCandle? Candle)> Candles, TradeRow? Last)
{
    /// <summary>More candles than this are not counted one by one: the tape is read anew.</summary>
    public const int MostCandles = 100;

    /// <summary>The tape was read anew, with all that the batch did.</summary>
    public static TapeRecount Whole { get; } = new([], null);

    /// <summary>The candles that withdrawn trades were in.</summary>
    public static IReadOnlyList<(CandleInterval Interval, DateTimeOffset Start)> CandlesOf(IEnumerable<TradeRow> withdrawn) =>
    [
        .. withdrawn.SelectMany(t => Enum.GetValues<CandleInterval>().Select(i => (i, CandleTimes.StartOf(i, t.Time)))).Distinct(),
    ];

    /// <summary>Counts candles and the last price again.</summary>
    public static async Task<TapeRecount> ReadAsync(MarketDb db, string instrument,
        IReadOnlyList<(CandleInterval Interval, DateTimeOffset Start)> candles, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(candles);
        var counted = new List<(CandleInterval, DateTimeOffset, CountedCandle?)>();
        foreach (var (interval, start) in candles)
        {
            var read = await CandleQuery.ReadAsync(
                db, instrument, interval, start, start.AddSeconds(CandleTimes.Seconds(interval)), 1, cancel);
            counted.Add((interval, start, read.FirstOrDefault()));
        }
        return new TapeRecount(counted, await LastAsync(db, instrument, cancel));
    }

    /// <summary>The newest final trade.</summary>
    public static Task<TradeRow?> LastAsync(MarketDb db, string instrument, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        return db.Trades.AsNoTracking().Where(t => t.Instrument == instrument && t.Status == TradeStatus.Final)
            .OrderByDescending(t => t.Id).FirstOrDefaultAsync(cancel);
    }
}
