using Market.Api.Data;
using Market.Contracts;
using Market.Standing;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Standing;

/// <summary>A swap that counts for the tiers of its parties.</summary>
/// <param name="Swap">Its id.</param>
/// <param name="SellerKey">Who gave shares.</param>
/// <param name="BuyerKey">Who gave BTC.</param>
/// <param name="FailedBy">Who let it fail; null where it settled.</param>
/// <param name="MatchedAt">When it was matched.</param>
/// <param name="EndedAt">When it settled, or when its failure was noted.</param>
public sealed record StandingRecord(
    string Swap, string SellerKey, string BuyerKey, FailedBy? FailedBy, DateTimeOffset MatchedAt, DateTimeOffset EndedAt);

/// <summary>Reads the swaps that count for tiers.</summary>
public static class StandingRecords
{
    private static readonly SwapState[] Failing =
    [
        SwapState.Refunding, SwapState.InitiatorRefunded, SwapState.ParticipantRefunded, SwapState.Refunded, SwapState.Expired,
        SwapState.Faulted,
    ];

    /// <summary>Those that settled, or failed by somebody's doing, within the time that counts; oldest first.</summary>
    /// <param name="db">The tables.</param>
    /// <param name="key">Those of one key; all where null.</param>
    /// <param name="now">The time.</param>
    /// <param name="most">The newest so many of each kind.</param>
    /// <param name="days">Days, see <see cref="HistoryRule.DayOf"/>, of each of which one that settled is read besides where there
    /// are more than that.</param>
    /// <param name="cancel">Stops reading.</param>
    public static async Task<IReadOnlyList<StandingRecord>> ReadAsync(
        MarketDb db, string? key, DateTimeOffset now, int most, IEnumerable<int> days, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var since = now.AddSeconds(-HistoryRule.Counts);
        var swaps = db.Set<SwapRow>().AsNoTracking().Where(s => s.UpdatedAt > since);
        if (key is not null) swaps = swaps.Where(s => s.SellerKey == key || s.BuyerKey == key);
        var events = db.Set<SwapEventRow>().AsNoTracking();
        var all = swaps.Where(s => s.Outcome == SwapOutcome.Settled).OrderByDescending(s => s.Number);
        var settled = await Ended(all.Take(most)).ToListAsync(cancel);
        var missing = settled.Count < most ? [] : days.Except(settled.Select(s => DayOf(s.At ?? s.CreatedAt))).ToList();
        foreach (var day in missing)
        {
            var (from, to) = (StartOf(day), StartOf(day + 1));
            var within = Ended(all.Where(s => s.CreatedAt < to && s.UpdatedAt >= from)).Where(s => s.At >= from && s.At < to);
            if (await within.FirstOrDefaultAsync(cancel) is { } one) settled.Add(one);
        }
        var failed = await swaps.Where(s => s.FailedBy != null && s.FailedBy != FailedBy.None && s.Outcome != SwapOutcome.Settled)
            .OrderByDescending(s => s.Number).Take(most)
            .Select(s => new
            {
                s.Id,
                s.SellerKey,
                s.BuyerKey,
                s.CreatedAt,
                s.FailedBy,
                At = events.Where(e => e.SwapId == s.Id && Failing.Contains(e.To)).Min(e => (DateTimeOffset?)e.Time),
            }).ToListAsync(cancel);
        return
        [
            .. settled.Select(s => new StandingRecord(s.Id, s.SellerKey, s.BuyerKey, null, s.CreatedAt, s.At ?? s.CreatedAt))
                .Concat(failed.Select(s =>
                    new StandingRecord(s.Id, s.SellerKey, s.BuyerKey, s.FailedBy, s.CreatedAt, s.At ?? s.CreatedAt)))
                .Where(record => record.EndedAt > since)
                .OrderBy(record => record.EndedAt).ThenBy(record => record.Swap, StringComparer.Ordinal),
        ];

        IQueryable<SettledSwap> Ended(IQueryable<SwapRow> rows) => rows.Select(s => new SettledSwap
        {
            Id = s.Id,
            SellerKey = s.SellerKey,
            BuyerKey = s.BuyerKey,
            CreatedAt = s.CreatedAt,
            At = events.Where(e => e.SwapId == s.Id && e.To == SwapState.Settled).Min(e => (DateTimeOffset?)e.Time),
        });
    }

    private static int DayOf(DateTimeOffset time) => HistoryRule.DayOf(time.ToUnixTimeSeconds());

    private static DateTimeOffset StartOf(int day) => DateTimeOffset.FromUnixTimeSeconds(day * HistoryRule.Day);

    private sealed class SettledSwap
    {
        public required string Id { get; init; }

        public required string SellerKey { get; init; }

        public required string BuyerKey { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public required DateTimeOffset? At { get; init; }
    }
}
