using System.Collections.Concurrent;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>
/// How long shares that expire must surely live for a swap of an amount to be begun in them: the same rule as agents lock by
/// (<see cref="SwapPlan.IsOutlived"/>), asked at the match. Amounts that ask for the same depths have one plan, which is made
/// once. Safe from any thread.
/// </summary>
/// <param name="rules">The chains and allowances.</param>
public sealed class LivesNeeded(SwapRules rules)
{
    // All that there ever is, and a satoshi: no swap is as large.
    private const long TooMuch = (Amount.Coin * 21_000_000) + 1;

    private readonly ConcurrentDictionary<(int Share, int Coin), SwapPlan> _plans = new();

    /// <summary>Seconds from the match for which shares must surely live.</summary>
    /// <param name="worth">What is at stake, in satoshis.</param>
    public int Of(Amount worth) => PlanOf(worth).LifeNeeded;

    /// <summary>The largest worth whose swap surely fits; null where not even the smallest does.</summary>
    /// <param name="sure">Seconds from now for which the shares can surely be spent.</param>
    public Amount? LargestIn(long sure)
    {
        // The more a swap is worth the longer it takes, in steps: the last that fits is looked for by halves.
        var (fits, tooMuch) = (-1L, TooMuch);
        while (tooMuch - fits > 1)
        {
            var middle = fits + ((tooMuch - fits) / 2);
            var plan = PlanOf(new Amount(middle));
            if (plan.IsOutlived(sure, plan.KeysWithin + (long)plan.LongSpan))
            {
                fits = middle;
            }
            else
            {
                tooMuch = middle;
            }
        }

        return fits < 0 ? null : new Amount(fits);
    }

    private SwapPlan PlanOf(Amount worth) => _plans.GetOrAdd(
        (rules.Share.ConfirmationsFor(worth), rules.Coin.ConfirmationsFor(worth)), _ => SwapPlan.Of(rules, worth));
}
