using Market.Api.Data;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Trading;

/// <summary>Reads fills from the trades' table.</summary>
internal static class FillQueries
{
    /// <summary>The newest fills of an account before a number, newest first, each with its number.</summary>
    /// <param name="db">The tables.</param>
    /// <param name="key">The account.</param>
    /// <param name="instrument">Only those of an instrument; null for all.</param>
    /// <param name="before">The number.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancel">Stops reading.</param>
    public static async Task<IReadOnlyList<(long Number, Fill Fill)>> ReadAsync(
        MarketDb db, string key, string? instrument, long before, int count, CancellationToken cancel)
    {
        var rows = await db.Trades.AsNoTracking()
            .Where(t => (t.MakerKey == key || t.TakerKey == key) && t.Number < before
                && (instrument == null || t.Instrument == instrument))
            .OrderByDescending(t => t.Number).Take(count).ToListAsync(cancel);
        var orders = rows.Select(t => t.MakerKey == key ? t.MakerOrder : t.TakerOrder).Distinct().ToArray();
        var instruments = rows.Select(t => t.Instrument).Distinct().ToArray();
        var names = await db.Set<OrderRow>().AsNoTracking()
            .Where(o => o.Key == key && instruments.Contains(o.Instrument) && orders.Contains(o.Id))
            .ToDictionaryAsync(o => (o.Instrument, o.Id), o => o.ClientOrderId, cancel);
        return [.. rows.Select(t => (t.Number, OrderMapping.ToFill(
            t, t.MakerKey == key, names[(t.Instrument, t.MakerKey == key ? t.MakerOrder : t.TakerOrder)])))];
    }
}
