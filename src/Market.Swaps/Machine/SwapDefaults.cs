using System.Collections.Immutable;

namespace Market.Swaps;

/// <summary>
/// Who let a swap fail, and what that cost the other side: read off the swap's record by rule, never decided by a person. In doubt
/// it is nobody.
/// </summary>
public static class SwapDefaults
{
    /// <summary>
    /// The roles that let the swap fail: who is blamed for it, and of missing keys everybody whose keys are missing. A lock that
    /// was broadcast and came too late into its chain is nobody's doing, since nobody can tell a fee that was fair when it was
    /// chosen from one that was not. Nor is anything that was to be done in a time of which the market was away for more than half;
    /// nor what was to be done once the other's lock was deep, where that left less time than parties have for their keys: whoever
    /// locks late chooses how much is left.
    /// </summary>
    /// <param name="swap">The swap, failed.</param>
    /// <param name="seenSince">From when on the market has been there without a break, Unix seconds.</param>
    /// <param name="lockedAt">When both locks were first seen to be deep, Unix seconds; null where they never were while the swap
    /// had not failed.</param>
    public static ImmutableArray<Role> Of(Swap swap, long seenSince, long? lockedAt)
    {
        ArgumentNullException.ThrowIfNull(swap);
        if (swap.Failure is not { } failure
            || (TimeFor(swap, failure.Code, lockedAt) is (var from, var to)
                && (seenSince > from + (to - from) / 2 || to - from < LeastTimeFor(swap.Plan, failure.Code))))
        {
            return [];
        }

        if (failure.Code == FailureCode.KeysMissing)
        {
            return [.. new[] { Role.Initiator, Role.Participant }.Where(role => swap.KeysOf(role) is null)];
        }

        return failure.Blamed is { } blamed ? [blamed] : [];
    }

    /// <summary>
    /// Seconds for which the failure kept the other side's coins from it: until the locktime of its lock, where it had locked; else
    /// the time for keys, with the time to lock where the terms were fixed.
    /// </summary>
    /// <param name="swap">The swap, failed.</param>
    /// <param name="guilty">Whose doing it was.</param>
    public static int CostOf(Swap swap, Role guilty)
    {
        ArgumentNullException.ThrowIfNull(swap);
        var other = guilty.Other();
        if (swap.FundingOf(other) is not null)
        {
            return other == Role.Initiator ? swap.Plan.LongSpan : swap.Plan.ShortSpan;
        }

        return swap.Plan.KeysWithin + (swap.Terms is null ? 0 : swap.Plan.InitiatorLockWithin);
    }

    /// <summary>
    /// True where both legs count as locked: both locks are as deep as the plan asks for, and the swap has not failed. From here on
    /// neither party has its own leg back before its locktime.
    /// </summary>
    public static bool AreBothLocked(Swap swap, SwapTips tips)
    {
        ArgumentNullException.ThrowIfNull(swap);
        return swap.Failure is null && swap.Terms is not null
            && Condition.Deep(swap, Role.Initiator, tips) && Condition.Deep(swap, Role.Participant, tips);
    }

    /// <summary>The time in which what is missing was to be done; null where that has no time of its own.</summary>
    internal static (long From, long To)? TimeFor(Swap swap, FailureCode code, long? lockedAt) => code switch
    {
        FailureCode.KeysMissing => (swap.MatchedAt, swap.MatchedAt + swap.Plan.KeysWithin),
        FailureCode.InitiatorDidNotLock => (Entered(swap, SwapPhase.InitiatorLocking), swap.Deadlines!.Value.InitiatorLockBy),
        FailureCode.ParticipantDidNotLock => (
            Entered(swap, SwapPhase.ParticipantLocking), swap.Deadlines!.Value.ParticipantLockBy),
        FailureCode.NotRevealed => (lockedAt ?? swap.Deadlines!.Value.RevealBy, swap.Deadlines!.Value.RevealBy),
        _ => null,
    };

    private static int LeastTimeFor(SwapPlan plan, FailureCode code) =>
        code is FailureCode.ParticipantDidNotLock or FailureCode.NotRevealed ? plan.KeysWithin : 0;

    private static long Entered(Swap swap, SwapPhase phase) => swap.EnteredAt(phase) ?? swap.MatchedAt;
}
