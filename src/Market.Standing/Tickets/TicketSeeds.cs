using System.Collections.Immutable;

namespace Market.Standing;

/// <summary>
/// When the seed of memory-hard work changes: with the mainchain's tip, but not more often than every five minutes by the chain's
/// own
/// pace. The seed is the id of the newest block whose height is a multiple of the period, and that of the one before is good too:
/// who
/// solves has at least five minutes, and nobody can solve ahead by more than two periods.
/// </summary>
public static class TicketSeeds
{
    private const int LeastSeconds = 300;

    /// <summary>Blocks from one seed to the next.</summary>
    /// <param name="spacing">Seconds between blocks that the chain aims at.</param>
    public static int Period(int spacing) => (LeastSeconds + spacing - 1) / spacing;

    /// <summary>Heights of the blocks whose ids are seeds, the newest first; one alone where the chain is that young.</summary>
    /// <param name="tip">The tip's height.</param>
    /// <param name="spacing">Seconds between blocks that the chain aims at.</param>
    public static ImmutableArray<int> Heights(int tip, int spacing)
    {
        var period = Period(spacing);
        var newest = tip - (tip % period);
        return newest < period ? [newest] : [newest, newest - period];
    }
}
