using Microsoft.EntityFrameworkCore;

namespace Market.Api.Data;

/// <summary>What the tables say is under way.</summary>
public static class UnderWay
{
    /// <summary>The instruments that have orders that live, swaps that are not closed, or ends of swaps that matching was not told.
    /// </summary>
    public static async Task<IReadOnlySet<string>> OfAsync(MarketDb db, CancellationToken cancel) =>
        (await Of(db).ToListAsync(cancel)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Those of some instruments: of the others nothing is read.</summary>
    public static async Task<IReadOnlySet<string>> OfAsync(
        MarketDb db, IReadOnlyCollection<string> instruments, CancellationToken cancel) =>
        (await Of(db).Where(id => instruments.Contains(id)).ToListAsync(cancel)).ToHashSet(StringComparer.Ordinal);

    private static IQueryable<string> Of(MarketDb db)
    {
        ArgumentNullException.ThrowIfNull(db);
        return db.Set<OrderRow>().Where(o => o.Live).Select(o => o.Instrument)
            .Union(db.Set<SwapRow>().Where(s => !s.Closed).Select(s => s.Instrument))
            .Union(db.Set<SwapOutboxRow>().Where(o => !o.Done)
                .Join(db.Set<SwapRow>(), o => o.SwapId, s => s.Id, (o, s) => s.Instrument));
    }
}
