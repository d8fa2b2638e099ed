namespace Market.Standing;

/// <summary>What of a key's swaps counts for its tier: the same for a market and for whoever recomputes it.</summary>
public static class HistoryRule
{
    /// <summary>Seconds of a day of UTC.</summary>
    public const long Day = 86_400;

    /// <summary>Seconds for which what happened counts.</summary>
    public const long Counts = TierTable.Days * Day;

    /// <summary>Faults that count: of the last 30 days, and those of swaps that were matched before the one before it was noted are
    /// one with it. Who is away once lets all of its swaps fail, and could not yet know.</summary>
    /// <param name="faults">In any order.</param>
    /// <param name="now">Unix seconds.</param>
    public static int Faults(IEnumerable<SwapFault> faults, long now)
    {
        ArgumentNullException.ThrowIfNull(faults);
        var (count, noted) = (0, long.MinValue);
        foreach (var fault in faults.Where(f => f.NotedAt > now - Counts).OrderBy(f => f.NotedAt).ThenBy(f => f.MatchedAt))
        {
            if (count > 0 && fault.MatchedAt <= noted) continue;
            (count, noted) = (count + 1, fault.NotedAt);
        }
        return count;
    }

    /// <summary>The day of a time, counted from 1970.</summary>
    public static int DayOf(long time) => (int)Math.DivRem(time, Day).Quotient;

    /// <summary>Days of UTC on which swaps settled: of the last 30, today among them.</summary>
    /// <param name="days">Days on which swaps settled, see <see cref="DayOf"/>; in any order, one as often as it likes.</param>
    /// <param name="now">Unix seconds.</param>
    public static int SettledDays(IEnumerable<int> days, long now)
    {
        ArgumentNullException.ThrowIfNull(days);
        var today = DayOf(now);
        return days.Where(day => day <= today && day > today - TierTable.Days).Distinct().Count();
    }
}
