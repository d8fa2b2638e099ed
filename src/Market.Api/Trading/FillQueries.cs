using Market.Api.Data;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Trading;

/// <summary>Reads fills from the trades' table.</summary>
internal static class FillQueries
{
    /// <summary>Fills of an account from a cursor on, the nearest first, each with its number.</summary>
    /// <param name="db">The tables.</param>
    /// <param name="key">The account.</param>
    /// <param name="filter">Which.</param>
    /// <param name="cursor">Where to begin, and which way.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancel">Stops reading.</param>
    public static async Task<IReadOnlyList<(long Number, Fill Fill)>> ReadAsync(
        MarketDb db, string key, FillFilter filter, PageCursor cursor, int count, CancellationToken cancel)
    {
        var trades = db.Trades.AsNoTracking().Where(t => t.MakerKey == key || t.TakerKey == key);
        trades = Filter(db, trades, key, filter);
        trades = cursor.IsForward
            ? trades.Where(t => t.Number > cursor.Number).OrderBy(t => t.Number)
            : trades.Where(t => t.Number < cursor.Number).OrderByDescending(t => t.Number);
        var rows = await trades.Take(count).ToListAsync(cancel);
        var orders = rows.Select(t => t.MakerKey == key ? t.MakerOrder : t.TakerOrder).Distinct().ToArray();
        var instruments = rows.Select(t => t.Instrument).Distinct().ToArray();
        var names = await db.Set<OrderRow>().AsNoTracking()
            .Where(o => o.Key == key && instruments.Contains(o.Instrument) && orders.Contains(o.Id))
            .ToDictionaryAsync(o => (o.Instrument, o.Id), o => o.ClientOrderId, cancel);
        var swapIds = rows.ConvertAll(t => t.SwapId);
        var swaps = await db.Set<SwapRow>().Where(s => swapIds.Contains(s.Id)).Select(s => new { s.Id, s.State, s.Outcome })
            .ToDictionaryAsync(s => s.Id, s => (s.State, s.Outcome), cancel);
        return [.. rows.Select(t => (t.Number, WithSwap(OrderMapping.ToFill(
            t, t.MakerKey == key, names[(t.Instrument, t.MakerKey == key ? t.MakerOrder : t.TakerOrder)]), swaps)))];
    }

    private static Fill WithSwap(Fill fill, Dictionary<string, (SwapState State, SwapOutcome Outcome)> swaps) =>
        swaps.TryGetValue(fill.SwapId, out var swap) ? fill with { SwapState = swap.State, SwapOutcome = swap.Outcome } : fill;

    private static IQueryable<TradeRow> Filter(MarketDb db, IQueryable<TradeRow> trades, string key, FillFilter filter)
    {
        var (instrument, status, id, order, from, to) = filter;
        if (instrument is not null) trades = trades.Where(t => t.Instrument == instrument);
        if (status is { } wanted) trades = trades.Where(t => t.Status == wanted);
        if (id is { } trade) trades = trades.Where(t => t.Id == trade);
        if (from is { } earliest) trades = trades.Where(t => t.Time >= earliest);
        if (to is { } end) trades = trades.Where(t => t.Time < end);
        if (order is null) return trades;
        if (!OrderQueries.IsClients(order))
        {
            DecimalStrings.TryParse(order, out var number);
            return trades.Where(t => (t.MakerKey == key ? t.MakerOrder : t.TakerOrder) == number);
        }
        // A client's name is good for one order of all instruments.
        var name = order[OrderQueries.ClientPrefix.Length..];
        var named = db.Set<OrderRow>().Where(o => o.Key == key && o.ClientOrderId == name);
        return trades.Where(t => named.Any(
            o => o.Instrument == t.Instrument && o.Id == (t.MakerKey == key ? t.MakerOrder : t.TakerOrder)));
    }
}
