using Market.Standing;
using Market.Trading;

namespace Market.Simulation.Floods;

/// <summary>
/// What it costs to let swaps fail: a key with a bond takes whenever it may, lets each swap fail, and waits as it must, for a
/// month, by the waits and tiers that ship. It moves its coins to fresh ones under a fresh key where that pays.
/// </summary>
/// <param name="Fails">Swaps that failed by its doing.</param>
/// <param name="Keys">Keys that it used.</param>
/// <param name="Satoshi">What it cost: interest lost on bonds, and fees of moving coins.</param>
/// <param name="LowestTier">The lowest tier that a key of it came to.</param>
internal sealed record Griefer(int Fails, int Keys, double Satoshi, Tier LowestTier)
{
    /// <summary>A month, in seconds.</summary>
    private const long Month = HistoryRule.Counts;

    /// <summary>What a failed swap costs the other side, in seconds: keys and lock on mainnet.</summary>
    private const long CostOfOne = 3_600;

    private const double YearlyRate = 0.015;
    private const double FeeRate = 10;
    private const double MoveBytes = 150;

    /// <summary>A month of it.</summary>
    /// <param name="bondSats">Coins under a bond of each key; 0 for none.</param>
    /// <param name="bondValue">V of them.</param>
    /// <param name="isFresh">Whether it begins anew with a fresh key and fresh coins after each failure.</param>
    public static Griefer Of(long bondSats, long bondValue, bool isFresh)
    {
        const long Begin = 1_800_000_000;
        var (now, fails, keys) = (Begin, 0, 1);
        var wait = default(TakeWait);
        var faults = new List<SwapFault>();
        var budget = new TakeBudget();
        var lowest = Tier.Authority;
        while (now < Begin + Month)
        {
            var facts = new StandingFacts(bondValue, null, 0, HistoryRule.Faults(faults, now));
            var tier = TierRule.Of(facts, now).Tier;
            lowest = (Tier)Math.Min((int)lowest, (int)tier);
            if (wait.IsWaiting(now))
            {
                now = wait.Until;
                continue;
            }
            if (budget.Take($"{keys}", TierTable.Of(tier), now * 1_000) is { } pause)
            {
                now += (pause + 999) / 1_000;
                continue;
            }
            var matched = now;
            now += CostOfOne;
            fails++;
            wait = wait.Failed(matched, now, CostOfOne);
            faults.Add(new SwapFault($"{fails}", matched, now));
            if (!isFresh) continue;
            (wait, keys) = (default, keys + 1);
            faults.Clear();
        }
        // A bond stays where it is: each fresh key needs one of its own for the month.
        var interest = bondSats * YearlyRate / 12 * keys;
        return new Griefer(fails, keys, interest + (keys - 1) * MoveBytes * FeeRate, lowest);
    }
}
