using Market.Api.Data;
using Market.Standing;

namespace Market.Api.Standing;

/// <summary>
/// On which days swaps of keys settled, and which they let fail: what of <see cref="HistoryRule.Counts"/> is asked for with every
/// call. The tables are the truth, read at the start and kept with every end of a swap that is written. Safe from any thread.
/// </summary>
public sealed class StandingHistory(TimeProvider clock)
{
    /// <summary>Keys kept: some 400 bytes each, 40 MB in all. Beyond it those whose newest swap is the oldest are forgotten until
    /// the next start.</summary>
    public const int MostKeys = 100_000;

    /// <summary>Faults kept of one key, newest first: more lower no tier.</summary>
    public const int MostFaults = 50;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Kept> _keys = new(StringComparer.Ordinal);

    /// <summary>What counts of a key's swaps now.</summary>
    public (int SettledDays, int Faults) Of(string key)
    {
        var now = Now;
        lock (_gate)
        {
            return _keys.TryGetValue(key, out var kept)
                ? (HistoryRule.SettledDays(kept.Days, now), HistoryRule.Faults(kept.Faults, now))
                : (0, 0);
        }
    }

    /// <summary>Days on which swaps of a key settled, of those that count; see <see cref="HistoryRule.DayOf"/>.</summary>
    public IReadOnlyList<int> DaysOf(string key)
    {
        var now = Now;
        lock (_gate)
        {
            return _keys.TryGetValue(key, out var kept)
                ? [.. kept.Days.Where(day => HistoryRule.SettledDays([day], now) > 0)]
                : [];
        }
    }

    /// <summary>A swap was written.</summary>
    /// <param name="swap">As it is now.</param>
    /// <param name="settles">Whether it settled by that.</param>
    public void Note(SwapRow swap, bool settles)
    {
        ArgumentNullException.ThrowIfNull(swap);
        Note(swap.Id, swap.SellerKey, swap.BuyerKey, swap.FailedBy, swap.CreatedAt, settles,
            swap.UpdatedAt.ToUnixTimeSeconds());
    }

    /// <summary>Reads the tables; before the first request.</summary>
    public async Task LoadAsync(MarketDb db, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        foreach (var record in await StandingRecords.ReadAsync(db, null, clock.GetUtcNow(), int.MaxValue, [], cancel))
        {
            Note(record.Swap, record.SellerKey, record.BuyerKey, record.FailedBy, record.MatchedAt, record.FailedBy is null,
                record.EndedAt.ToUnixTimeSeconds());
        }
    }

    private void Note(
        string swap, string seller, string buyer, FailedBy? failed, DateTimeOffset matched, bool settles, long time)
    {
        var fault = new SwapFault(swap, matched.ToUnixTimeSeconds(), time);
        var by = failed ?? FailedBy.None;
        lock (_gate)
        {
            Note(seller, fault, by.HasFlag(FailedBy.Seller), settles);
            Note(buyer, fault, by.HasFlag(FailedBy.Buyer), settles);
            if (_keys.Count > MostKeys) Forget();
        }
    }

    private void Note(string key, SwapFault swap, bool isFault, bool settles)
    {
        if (!_keys.TryGetValue(key, out var kept))
        {
            if (!settles && !isFault) return;
            _keys[key] = kept = new Kept();
        }
        kept.Newest = Math.Max(kept.Newest, swap.NotedAt);
        var known = kept.Faults.FindIndex(fault => fault.Swap == swap.Swap);
        if (!isFault && known >= 0) kept.Faults.RemoveAt(known);
        if (isFault && known < 0) kept.Faults.Add(swap);
        if (kept.Faults.Count > MostFaults) kept.Faults.RemoveAt(0);
        if (!settles) return;
        var day = HistoryRule.DayOf(swap.NotedAt);
        kept.Days.Add(day);
        kept.Days.RemoveWhere(old => old <= day - TierTable.Days);
    }

    private void Forget()
    {
        foreach (var key in _keys.OrderBy(pair => pair.Value.Newest).Take(MostKeys / 10).Select(pair => pair.Key).ToList())
            _keys.Remove(key);
    }

    private long Now => clock.GetUtcNow().ToUnixTimeSeconds();

    private sealed class Kept
    {
        public HashSet<int> Days { get; } = [];

        public List<SwapFault> Faults { get; } = [];

        public long Newest { get; set; }
    }
}
