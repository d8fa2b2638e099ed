namespace Market.Swaps;

/// <summary>What parties owe while a swap stays in a phase: its words in the table, and the effects due now.</summary>
internal sealed record Duty(string Text, Func<Swap, SwapTips, IEnumerable<SwapEffect>> Due)
{
    public static Duty Watch { get; } = new(
        "all: watch both scripts", (_, _) => [new SwapEffect(SwapEffectKind.Watch)]);

    public static Duty LockFirst { get; } = new(
        "initiator: lock, until its time is over",
        (s, t) => s.FundingOf(Role.Initiator) is null && t.Latest <= s.Deadlines!.Value.InitiatorLockBy
            ? [new SwapEffect(SwapEffectKind.Lock, Role.Initiator, Role.Initiator)]
            : []);

    public static Duty LockSecond { get; } = new(
        "participant: lock, while the first lock is deep and time is left",
        (s, t) => s.FundingOf(Role.Participant) is null && Condition.Deep(s, Role.Initiator, t)
                && t.Latest <= s.Deadlines!.Value.ParticipantLockBy
            ? [new SwapEffect(SwapEffectKind.Lock, Role.Participant, Role.Participant)]
            : []);

    public static Duty RelayLocks { get; } = new(
        "all: broadcast locks that are in no block again; owner: fee rising",
        (s, _) => new[] { Role.Initiator, Role.Participant }
            .Where(role => s.PaymentsOf(role).Any(payment => payment.Amount == s.AmountOf(role))
                && !Condition.InBlock(s, role))
            .Select(role => new SwapEffect(SwapEffectKind.RelayFunding, Leg: role)));

    public static Duty Reveal { get; } = new(
        "initiator: reveal, while both locks are deep and time is left",
        (s, t) => Condition.Deep(s, Role.Initiator, t) && Condition.Deep(s, Role.Participant, t)
                && t.Latest <= s.Deadlines!.Value.RevealBy && s.FundingOf(Role.Participant) is { Spend: null } funding
            ? [new SwapEffect(SwapEffectKind.Reveal, Role.Initiator, Role.Participant, funding.OutPoint)]
            : []);

    public static Duty ClaimFirst { get; } = new(
        "participant: claim the first leg until buried, fee rising", (s, t) => ClaimOf(s, Role.Initiator, t));

    public static Duty ClaimSecond { get; } = new(
        "initiator: claim the second leg until buried, fee rising", (s, t) => ClaimOf(s, Role.Participant, t));

    public static Duty RefundFirst { get; } = new(
        "initiator: take the first leg back past T_long", (s, t) => RefundsOf(s, Role.Initiator, t));

    public static Duty RefundSecond { get; } = new(
        "participant: take the second leg back past T_short", (s, t) => RefundsOf(s, Role.Participant, t));

    public static Duty AbandonFirst { get; } = new(
        "initiator: conflict an own lock that is in no block, until that is buried", (s, _) => AbandonOf(s, Role.Initiator));

    public static Duty AbandonSecond { get; } = new(
        "participant: conflict an own lock that is in no block, until that is buried", (s, _) => AbandonOf(s, Role.Participant));

    public static Duty RefundStrays { get; } = new(
        "both: take stray payments back past their locktimes",
        (s, t) => StraysOf(s, Role.Initiator, t).Concat(StraysOf(s, Role.Participant, t)));

    /// <summary>
    /// A claim is due while the preimage is public and the leg's refund is in no block, until the claim is buried;
    /// not for one who already has its own leg back.
    /// </summary>
    private static IEnumerable<SwapEffect> ClaimOf(Swap swap, Role leg, SwapTips tips)
    {
        if (swap.Preimage is null || swap.FundingOf(leg) is not { } funding || funding.SpentAs == SpendKind.Refund
            || Condition.RefundedInBlock(swap, leg.Other())
            || swap.SpendConfirmationsOf(leg, tips) >= swap.Plan.BuriedOf(leg))
        {
            return [];
        }

        return [new SwapEffect(SwapEffectKind.Claim, leg.Other(), leg, funding.OutPoint)];
    }

    /// <summary>
    /// A refund is due past the locktime for every payment of the leg. Once the preimage is public, only for one whose
    /// counterparty took its own leg back: the honest do not take both.
    /// </summary>
    private static IEnumerable<SwapEffect> RefundsOf(Swap swap, Role leg, SwapTips tips)
    {
        var funding = swap.FundingOf(leg);
        var given = swap.Preimage is not null && !Condition.RefundedInBlock(swap, leg.Other());
        return Refundable(swap, leg, tips)
            .Where(payment => !given || payment.OutPoint != funding?.OutPoint)
            .Select(payment => new SwapEffect(SwapEffectKind.Refund, leg, leg, payment.OutPoint));
    }

    /// <summary>
    /// A lock that came too late is conflicted by spending its coins elsewhere, before a block can hold it: also where it is seen
    /// no more or never was, since whoever was given it may broadcast it again. Only its owner knows whether there is one. Not once
    /// the preimage is public: the honest do not take both.
    /// </summary>
    private static IEnumerable<SwapEffect> AbandonOf(Swap swap, Role leg) =>
        swap.Preimage is null && !Condition.InBlock(swap, leg)
            ? [new SwapEffect(SwapEffectKind.Abandon, leg, leg)]
            : [];

    private static IEnumerable<SwapEffect> StraysOf(Swap swap, Role leg, SwapTips tips) => Refundable(swap, leg, tips)
        .Where(payment => payment.OutPoint != swap.FundingOf(leg)?.OutPoint)
        .Select(payment => new SwapEffect(SwapEffectKind.Refund, leg, leg, payment.OutPoint));

    private static IEnumerable<Payment> Refundable(Swap swap, Role leg, SwapTips tips)
    {
        var tip = tips.Of(swap.ChainOf(leg));
        var locktime = leg == Role.Initiator ? swap.Terms!.Long : swap.Terms!.Short;
        return swap.PaymentsOf(leg).Where(payment => payment.InBlock && locktime.IsPassed(tip.MedianTimePast)
            && Condition.IsWorth(swap, leg, payment) && payment.SpentAs != SpendKind.Claim
            && payment.SpendConfirmations(tip.Height) < swap.Plan.BuriedOf(leg));
    }
}
