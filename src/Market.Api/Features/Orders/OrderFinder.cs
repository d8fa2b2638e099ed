using Market.Api.Data;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Contracts;
using Market.Trading;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Orders;

/// <summary>Which order an id means: the market's number, or "client:" and the client's name.</summary>
public sealed class OrderFinder(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
{
    /// <summary>The client's name in an id; default where it has none.</summary>
    public static ClientOrderId NameOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return OrderQueries.IsClients(id) && ClientOrderId.TryParse(id.AsSpan(OrderQueries.ClientPrefix.Length), out var name)
            ? name
            : default;
    }

    /// <summary>The market's number in an id; default where it has none.</summary>
    public static OrderId NumberOf(string id) => new(DecimalStrings.TryParse(id, out var number) ? (ulong)number : 0);

    /// <summary>The instrument of an order. A client's name is good for one order of all instruments, so it tells which; a number
    /// is another order in each.</summary>
    public async Task<Result<InstrumentHost>> HostOfAsync(string key, string id, string? instrument, CancellationToken cancel)
    {
        if (instrument is not null || instruments.All.Count == 1 || !OrderQueries.IsClients(id))
            return instruments.Choose(instrument);
        await using var db = await database.CreateDbContextAsync(cancel);
        return await OrderQueries.FindAsync(db, null, key, id, cancel) is { } row
            ? instruments.Find(row.Instrument)
            : OrderMapping.ToRefusal(Reason.UnknownOrder);
    }

    /// <summary>The refusal of an order that the engine does not know: it forgets what is done, and the table tells a done order
    /// from one that never was.</summary>
    public async Task<Refusal> WhyAsync(string instrument, string key, string id, Refusal refusal, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        if (refusal.Code != ProblemCodes.UnknownOrder) return refusal;
        return await FindAsync(instrument, key, id, cancel) is null
            ? refusal
            : OrderMapping.ToRefusal(Reason.NothingLeft);
    }

    /// <summary>An order of an instrument; null where the account has none of the id.</summary>
    public async Task<OrderRow?> FindAsync(string instrument, string key, string id, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        return await OrderQueries.FindAsync(db, instrument, key, id, cancel);
    }

    /// <summary>The proved coins that an order ever had, and how it has them; none of one whose coins came with it.</summary>
    public async Task<IReadOnlyList<(OutPoint Coin, CoinHold Hold)>> ProvedOfAsync(OrderRow order, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(order);
        await using var db = await database.CreateDbContextAsync(cancel);
        var rows = await db.Set<OutpointRow>().AsNoTracking()
            .Where(c => c.Instrument == order.Instrument && c.Order == order.Id && c.Hold > 0)
            .Select(c => new { c.TxId, c.Index, c.Hold }).ToListAsync(cancel);
        return [.. rows.Select(c => (new OutPoint(new TxId(new Hash256(c.TxId)), (uint)c.Index), (CoinHold)c.Hold))];
    }
}
