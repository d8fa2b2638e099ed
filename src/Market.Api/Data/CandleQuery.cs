using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Data;

/// <summary>A candle, and the trades at its ends.</summary>
/// <param name="Candle">The candle.</param>
/// <param name="First">Number of the trade that opened it.</param>
/// <param name="Last">Number of the trade that closed it.</param>
public sealed record CountedCandle(Candle Candle, long First, long Last);

/// <summary>Candles computed from the trades table: of final trades, in the order in which they were made.</summary>
public static class CandleQuery
{
    /// <summary>The newest candles that begin from <paramref name="from"/> on and before <paramref name="to"/>, each whole,
    /// oldest first.</summary>
    public static async Task<IReadOnlyList<CountedCandle>> ReadAsync(
        MarketDb db, string instrument, CandleInterval interval, DateTimeOffset? from, DateTimeOffset? to, int limit,
        CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var seconds = CandleTimes.Seconds(interval);
        var since = Begin(from ?? DateTimeOffset.MinValue, seconds);
        var until = Begin(to ?? DateTimeOffset.MaxValue, seconds);
        var rows = await db.Database.SqlQuery<Row>($"""
            select bucket as "Bucket", (array_agg(price order by id))[1] as "Open", max(price) as "High",
                   min(price) as "Low", (array_agg(price order by id desc))[1] as "Close",
                   sum(quantity)::bigint as "Volume", sum(notional)::bigint as "QuoteVolume", count(*)::int as "Trades",
                   (array_agg(valuation_id order by id desc))[1] as "Valuation", min(id) as "First", max(id) as "Last"
            from (select id, price, quantity, notional, valuation_id,
                         floor(extract(epoch from "time") / {seconds})::bigint * {seconds} as bucket
                  from market.trades
                  where instrument = {instrument} and status = 1 and "time" >= {since} and "time" < {until}) t
            group by bucket order by bucket desc limit {limit}
            """).ToListAsync(cancel);
        rows.Reverse();
        var known = await ValuationsAsync(db, instrument, rows, cancel);
        return [.. rows.Select(r => new CountedCandle(new Candle
        {
            Instrument = instrument, Interval = interval, Start = DateTimeOffset.FromUnixTimeSeconds(r.Bucket),
            Open = new Price(r.Open), High = new Price(r.High), Low = new Price(r.Low), Close = new Price(r.Close),
            Volume = new Quantity(r.Volume), QuoteVolume = new Sats(r.QuoteVolume), Trades = r.Trades,
            Valuation = r.Valuation is { } id ? known.GetValueOrDefault(id) : null,
        }, r.First, r.Last))];
    }

    private static async Task<Dictionary<Guid, Valuation>> ValuationsAsync(
        MarketDb db, string instrument, List<Row> rows, CancellationToken cancel)
    {
        var ids = rows.Where(r => r.Valuation is not null).Select(r => r.Valuation!.Value).Distinct().ToList();
        if (ids.Count == 0) return [];
        return (await db.Set<ValuationRow>().AsNoTracking().Where(v => v.Instrument == instrument && ids.Contains(v.Id))
            .ToListAsync(cancel)).ToDictionary(v => v.Id, v => v.ToContract());
    }

    /// <summary>The first moment from a time on at which a candle begins.</summary>
    private static DateTime Begin(DateTimeOffset time, int seconds)
    {
        var length = 1_000L * seconds;
        var begin = (Math.Max(0, time.ToUnixTimeMilliseconds()) + length - 1) / length * length;
        return DateTimeOffset.FromUnixTimeMilliseconds(
            Math.Min(begin, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())).UtcDateTime;
    }

    private sealed record Row(
        long Bucket, long Open, long High, long Low, long Close, long Volume, long QuoteVolume, int Trades, Guid? Valuation,
        long First, long Last);
}
