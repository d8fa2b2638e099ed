using Market.Api.Data;
using Market.Bitcoin;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Trading;

/// <summary>Reads orders from their table.</summary>
internal static class OrderQueries
{
    /// <summary>Open orders that the private stream begins with, of all instruments: the newest.</summary>
    public const int MostOpen = 2_000;

    /// <summary>What leads an id that is the client's.</summary>
    public const string ClientPrefix = "client:";

    /// <summary>Whether an id is the client's.</summary>
    public static bool IsClients(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.StartsWith(ClientPrefix, StringComparison.Ordinal);
    }

    /// <summary>One own order by the market's id in an instrument, or by "client:(id)" in all; null where the account has none.
    /// </summary>
    public static async Task<OrderRow?> FindAsync(
        MarketDb db, string? instrument, string key, string id, CancellationToken cancel)
    {
        var own = db.Set<OrderRow>().AsNoTracking().Where(o => o.Key == key);
        if (IsClients(id))
        {
            return await Named(db, own, key, id).SingleOrDefaultAsync(
                o => instrument == null || o.Instrument == instrument, cancel);
        }
        return DecimalStrings.TryParse(id, out var number)
            ? await own.SingleOrDefaultAsync(o => o.Instrument == instrument && o.Id == number, cancel)
            : null;
    }

    /// <summary>Those of an account's orders that the client named so: found by their index, which is of the account's number.
    /// </summary>
    public static IQueryable<OrderRow> Named(MarketDb db, IQueryable<OrderRow> orders, string key, string id)
    {
        var name = id[ClientPrefix.Length..];
        var account = db.Set<AccountRow>().Where(a => a.Key == key).Select(a => (long?)a.Id);
        return orders.Where(o => o.ClientOrderId == name && o.Account == account.FirstOrDefault());
    }

    /// <summary>The orders as their account sees them.</summary>
    public static async Task<IReadOnlyList<Order>> ToContractsAsync(
        MarketDb db, IReadOnlyList<OrderRow> rows, CancellationToken cancel)
    {
        if (rows.Count == 0) return [];
        var coins = new List<(string Instrument, long Order, string Coin)>();
        foreach (var some in rows.GroupBy(r => r.Instrument))
        {
            var (instrument, ids) = (some.Key, some.Select(r => r.Id).ToArray());
            var named = await db.Set<OutpointRow>().AsNoTracking()
                .Where(c => c.Instrument == instrument && ids.Contains(c.Order) && c.Named)
                .Select(c => new { c.Order, c.TxId, c.Index }).ToListAsync(cancel);
            coins.AddRange(named.Select(
                c => (instrument, c.Order, new OutPoint(new TxId(new Hash256(c.TxId)), (uint)c.Index).ToString())));
        }
        var byOrder = coins.ToLookup(c => (c.Instrument, c.Order), c => c.Coin);
        return
        [
            .. rows.Select(r => OrderMapping.ToContract(r, byOrder[(r.Instrument, r.Id)].Order(StringComparer.Ordinal))),
        ];
    }

    /// <summary>Whether an account has an open order in one of these instruments.</summary>
    public static Task<bool> IsAnyOpenAsync(
        MarketDb db, string key, IReadOnlyCollection<string> instruments, CancellationToken cancel) =>
        db.Set<OrderRow>().AnyAsync(o => o.Key == key && o.Remaining > 0 && instruments.Contains(o.Instrument), cancel);

    /// <summary>The open orders of an account, newest first: what the private stream begins with.</summary>
    public static async Task<IReadOnlyList<Order>> OpenAsync(MarketDb db, string key, CancellationToken cancel)
    {
        var rows = await db.Set<OrderRow>().AsNoTracking().Where(o => o.Key == key && o.Remaining > 0)
            .OrderByDescending(o => o.Number).Take(MostOpen).ToListAsync(cancel);
        return await ToContractsAsync(db, rows, cancel);
    }
}
