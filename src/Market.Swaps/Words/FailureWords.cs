using static Market.Swaps.Vocabulary;

namespace Market.Swaps;

/// <summary>
/// Why a swap does not complete, told from what the chains show: the first thing that is missing on them, by whom and by when. What
/// the one who looked could not see, because it looked late, is not told.
/// </summary>
internal sealed class FailureWords(Swap swap, SwapTips tips, Role? reader, Vocabulary words)
{
    private static readonly Role[] Both = [Role.Initiator, Role.Participant];

    private Deadlines Deadlines => swap.Deadlines!.Value;

    /// <summary>A sentence or two; empty where nothing failed.</summary>
    public string Describe() => swap.Failure switch
    {
        null => "",
        { Code: FailureCode.Declined, Blamed: { } who } => $"{Capital(words.Party(who))} would not go on.",
        { Code: FailureCode.Declined } => "A party would not go on.",
        { Code: FailureCode.KeysMissing } => Keys(swap.Failure.Blamed),
        { Code: FailureCode.TakenBack } => TakenBack(),
        _ when swap.Deadlines is null => "The terms were never fixed.",
        _ => FromChains(),
    };

    private string Keys(Role? blamed)
    {
        var who = blamed is { } role ? $"{Capital(words.Owner(role))} keys" : "Keys";
        return $"{who} did not come {words.By(swap.MatchedAt + swap.Plan.KeysWithin)}.";
    }

    private string TakenBack()
    {
        var back = Both.Where(role => swap.FundingOf(role)?.Spend is { Kind: SpendKind.Refund }).ToList();
        return back.Count == 0
            ? "A lock was being taken back before the swap was done."
            : Join([.. back.Select(role =>
                $"{Capital(words.Party(role))} began to take {words.Goods(role)} back before the swap was done.")]);
    }

    private string FromChains()
    {
        if (Condition.NeverSeen(swap, Role.Initiator))
        {
            return NotLocked(Role.Initiator, Deadlines.InitiatorLockBy);
        }

        // Of shares that expired a reader of what can be spent has no block any more, and cannot tell how deep they were.
        if (swap.ExpiredLeg != Role.Initiator && TooShallow(Role.Initiator, Deadlines.ParticipantLockBy) is { } first)
        {
            return first;
        }

        if (Condition.NeverSeen(swap, Role.Participant))
        {
            return NotLocked(Role.Participant, Deadlines.ParticipantLockBy);
        }

        if (swap.Failure!.Code == FailureCode.ParticipantDidNotLock && !WasThere(Role.Participant))
        {
            return $"{Capital(words.Owner(Role.Participant))} lock was not seen {words.By(Deadlines.ParticipantLockBy)}.";
        }

        if (swap.ExpiredLeg != Role.Participant && TooShallow(Role.Participant, Deadlines.RevealBy) is { } second)
        {
            return second;
        }

        if (swap.Preimage is not null)
        {
            return $"{Capital(words.Party(Role.Initiator))} showed the secret, and no block took its claim of "
                + $"{words.Goods(Role.Participant)} in time.";
        }

        if (swap.ExpiredLeg is { } gone)
        {
            return $"{words.Head(gone)} expired where they were locked before anybody claimed them.";
        }

        return tips.Latest <= Deadlines.RevealBy
            ? "It could not go on safely in the time that was left."
            : Join(
                $"{Capital(words.Party(Role.Initiator))} did not claim {words.Goods(Role.Participant)} "
                + $"{words.By(Deadlines.RevealBy)}.",
                Away(Role.Initiator));
    }

    private string NotLocked(Role role, long by)
    {
        var other = PaidInstead(role);
        if (tips.Latest <= by)
        {
            return Join($"{words.Head(role)} {words.Verb(role, "were", "was")} not locked{words.AsAgreed(role)}.", other);
        }

        return Join($"{Capital(words.Party(role))} did not lock {words.Goods(role)} {words.By(by)}.", other, Away(role));
    }

    /// <summary>Why what was paid in a lock's place is not the lock; null where nothing was.</summary>
    private string? PaidInstead(Role role)
    {
        var payments = swap.PaymentsOf(role);
        var isOther = payments.Any(payment => payment.Amount != swap.AmountOf(role));
        // Of the exact amount: the owner knows its own locks, everybody else by what they state.
        var exact = payments.All(payment => payment.Amount != swap.AmountOf(role)) ? null
            : role == reader ? "was not sent by your agent" : "does not state the swap's terms";
        return (isOther, exact) switch
        {
            (false, null) => null,
            (true, null) => "What was paid in its place is not the agreed amount.",
            (false, _) => $"What was paid in its place {exact}.",
            _ => $"What was paid in its place is not the agreed amount, or {exact}.",
        };
    }

    /// <summary>
    /// Of a lock that is in no block, or was not deep when the swap was given up; null for one that was. Its depth then
    /// follows from its block and the tip of then, also where the one who gave up had not yet looked at the lock.
    /// </summary>
    private string? TooShallow(Role role, long by)
    {
        if (swap.FundingOf(role) is not { Height: { } block })
        {
            return swap.FundingOf(role) is not null && tips.Latest > by
                ? $"{Capital(words.Owner(role))} lock has waited for a block for too long."
                : $"Without {words.Owner(role)} lock in a block it cannot go on.";
        }

        var depth = Math.Max(0, HeightThen(role) - block + 1);
        return depth >= swap.Plan.ConfirmationsOf(role)
            ? null
            : $"{Capital(words.Owner(role))} lock was not deep enough {words.By(by)}: "
                + $"it had {depth} of {swap.Plan.ConfirmationsOf(role)} confirmations.";
    }

    private bool WasThere(Role role) => swap.FundingOf(role) is { Height: { } block } && block <= HeightThen(role);

    /// <summary>The tip of a role's chain when the swap was given up; today's where that was not kept.</summary>
    private int HeightThen(Role role) => (swap.TipsAtFailure ?? tips).Of(swap.ChainOf(role)).Height;

    private string? Away(Role role) => role == reader ? "It was not running then, or saw no safe way." : null;
}
