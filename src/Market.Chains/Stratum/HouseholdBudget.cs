namespace Market.Chains.Stratum;

/// <summary>
/// How many lines are read of all connections of one household together, on average. A result that is accepted counts for nothing:
/// it cost work, and its difficulty keeps it rare. A connection that had one lately never waits for this, whoever else is behind
/// its address, and what costs nothing is no dearer to the server over a thousand connections than over ten. Safe for several
/// threads.
/// </summary>
/// <param name="now">When its first connection came.</param>
/// <param name="aSecond">Lines a second.</param>
internal sealed class HouseholdBudget(DateTimeOffset now, int aSecond)
{
    /// <summary>Seconds' worth of lines that may come at once, as when a whole farm connects again.</summary>
    public const int BurstSeconds = 20;

    /// <summary>How long an accepted result keeps its connection from waiting for others of its household: some thirty of the
    /// results that the difficulty aims at.</summary>
    public static readonly TimeSpan ProvenFor = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly LineBudget _budget = new(now, aSecond * BurstSeconds, aSecond);

    /// <summary>Takes lines that are no accepted result.</summary>
    /// <param name="at">When they came.</param>
    /// <param name="lines">How many they count for.</param>
    /// <returns>How long to wait before the next of that connection is read.</returns>
    public TimeSpan Take(DateTimeOffset at, int lines)
    {
        lock (_lock)
        {
            return _budget.Take(at, lines);
        }
    }

    /// <summary>True where it is as if nobody had come: then it may be forgotten.</summary>
    public bool IsRested(DateTimeOffset at)
    {
        lock (_lock)
        {
            return _budget.IsWhole(at);
        }
    }
}
