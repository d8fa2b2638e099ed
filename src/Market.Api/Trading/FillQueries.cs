using Market.Api.Data;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Trading;

/// <summary>Reads fills from the trades' table.</summary>
internal static class FillQueries
{
    /// <summary>The newest fills before a trade, newest first.</summary>
    public static async Task<IReadOnlyList<Fill>> ReadAsync(
        MarketDb db, string key, long before, int count, CancellationToken cancel)
    {
        var rows = await db.Trades.AsNoTracking()
            .Where(t => (t.MakerKey == key || t.TakerKey == key) && t.Id < before)
            .OrderByDescending(t => t.Id).Take(count).ToListAsync(cancel);
        var orders = rows.Select(t => t.MakerKey == key ? t.MakerOrder : t.TakerOrder).Distinct().ToArray();
        var instruments = rows.Select(t => t.Instrument).Distinct().ToArray();
        var names = await db.Set<OrderRow>().AsNoTracking()
            .Where(o => o.Key == key && instruments.Contains(o.Instrument) && orders.Contains(o.Id))
            .ToDictionaryAsync(o => (o.Instrument, o.Id), o => o.ClientOrderId, cancel);
        return [.. rows.Select(t => OrderMapping.ToFill(
            t, t.MakerKey == key, names[(t.Instrument, t.MakerKey == key ? t.MakerOrder : t.TakerOrder)]))];
    }
}
