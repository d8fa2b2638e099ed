using Market.Api.Data;
using Market.Bitcoin;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Trading;

/// <summary>Reads orders from their table.</summary>
internal static class OrderQueries
{
    /// <summary>What leads an id that is the client's.</summary>
    public const string ClientPrefix = "client:";

    /// <summary>One own order by the market's id or by "client:(id)"; null where the account has none.</summary>
    public static async Task<OrderRow?> FindAsync(
        MarketDb db, string instrument, string key, string id, CancellationToken cancel)
    {
        var own = db.Set<OrderRow>().AsNoTracking().Where(o => o.Key == key);
        if (id.StartsWith(ClientPrefix, StringComparison.Ordinal))
        {
            var name = id[ClientPrefix.Length..];
            return await own.SingleOrDefaultAsync(o => o.ClientOrderId == name, cancel);
        }
        return DecimalStrings.TryParse(id, out var number)
            ? await own.SingleOrDefaultAsync(o => o.Instrument == instrument && o.Id == number, cancel)
            : null;
    }

    /// <summary>The orders as their account sees them.</summary>
    public static async Task<IReadOnlyList<Order>> ToContractsAsync(
        MarketDb db, IReadOnlyList<OrderRow> rows, CancellationToken cancel)
    {
        if (rows.Count == 0) return [];
        var ids = rows.Select(r => r.Id).ToArray();
        var instrument = rows[0].Instrument;
        var coins = await db.Set<OutpointRow>().AsNoTracking()
            .Where(c => c.Instrument == instrument && ids.Contains(c.Order) && c.Named)
            .Select(c => new { c.Order, c.TxId, c.Index }).ToListAsync(cancel);
        var byOrder = coins.ToLookup(
            c => c.Order, c => new OutPoint(new TxId(new Hash256(c.TxId)), (uint)c.Index).ToString());
        return [.. rows.Select(r => OrderMapping.ToContract(r, byOrder[r.Id].Order(StringComparer.Ordinal)))];
    }

    /// <summary>The open orders of an account, newest first: what the private stream begins with.</summary>
    public static async Task<IReadOnlyList<Order>> OpenAsync(MarketDb db, string key, CancellationToken cancel)
    {
        var rows = await db.Set<OrderRow>().AsNoTracking().Where(o => o.Key == key && o.Remaining > 0)
            .OrderByDescending(o => o.Id).Take(BookRules.Definition.Limits.MaxOrdersPerAccount).ToListAsync(cancel);
        return await ToContractsAsync(db, rows, cancel);
    }
}
