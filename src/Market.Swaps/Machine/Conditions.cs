namespace Market.Swaps;

/// <summary>A condition of a row: its words in the table, and the test.</summary>
internal sealed record Condition(string Text, Func<Swap, SwapTips, bool> Holds)
{
    private static readonly Role[] Both = [Role.Initiator, Role.Participant];

    public static Condition Always { get; } = new("", (_, _) => true);

    public static Condition Otherwise { get; } = new("otherwise", (_, _) => true);

    public static Condition TermsKnown { get; } = new("both parties' keys are known", (s, _) => s.Terms is not null);

    public static Condition KeysOverdue { get; } = new(
        "the time for keys is over", (s, t) => t.Latest > s.MatchedAt + s.Plan.KeysWithin);

    public static Condition FirstInBlock { get; } = new(
        "the first lock is in a block", (s, _) => InBlock(s, Role.Initiator));

    public static Condition FirstNotInBlock { get; } = new(
        "the first lock is in no block", (s, _) => !InBlock(s, Role.Initiator));

    public static Condition FirstStillInBlock { get; } = new(
        "another payment still locks the first leg in a block", (s, _) => InBlock(s, Role.Initiator));

    public static Condition FirstDeep { get; } = new(
        "the first lock is deep enough", (s, t) => Deep(s, Role.Initiator, t));

    public static Condition FirstUnseen { get; } = new(
        "no first lock is seen", (s, _) => s.FundingOf(Role.Initiator) is null);

    public static Condition SecondInBlock { get; } = new(
        "the second lock is in a block", (s, _) => InBlock(s, Role.Participant));

    public static Condition SecondNotInBlock { get; } = new(
        "the second lock is in no block", (s, _) => !InBlock(s, Role.Participant));

    public static Condition SecondStillInBlock { get; } = new(
        "another payment still locks the second leg in a block", (s, _) => InBlock(s, Role.Participant));

    public static Condition SecondUnseen { get; } = new(
        "no second lock is seen", (s, _) => s.FundingOf(Role.Participant) is null);

    public static Condition SecondUnseenFirstOut { get; } = new(
        "no second lock is seen, the first is in no block",
        (s, _) => s.FundingOf(Role.Participant) is null && !InBlock(s, Role.Initiator));

    public static Condition SecondUnseenFirstShallow { get; } = new(
        "no second lock is seen, the first is not deep enough any more",
        (s, t) => s.FundingOf(Role.Participant) is null && !Deep(s, Role.Initiator, t));

    public static Condition SecondUnseenTooLate { get; } = new(
        "no second lock was ever seen and it is too late for one",
        (s, t) => NeverSeen(s, Role.Participant) && t.Latest > s.Deadlines!.Value.ParticipantLockBy);

    public static Condition LockOverdueUnpaid { get; } = new(
        "the time to lock first is over, nothing was ever paid",
        (s, t) => t.Latest > s.Deadlines!.Value.InitiatorLockBy && NeverSeen(s, Role.Initiator) && NothingLeft(s));

    public static Condition LockOverdue { get; } = new(
        "the time to lock first is over, no first lock was ever seen",
        (s, t) => t.Latest > s.Deadlines!.Value.InitiatorLockBy && NeverSeen(s, Role.Initiator));

    public static Condition TooLateToFollow { get; } = new(
        "it is too late for the second lock",
        (s, t) => t.Latest > s.Deadlines!.Value.RevealBy
            || (t.Latest > s.Deadlines.Value.ParticipantLockBy && !InBlock(s, Role.Participant)));

    public static Condition RevealOverdueDeep { get; } = new(
        "the time to reveal is over, both locks are deep enough",
        (s, t) => t.Latest > s.Deadlines!.Value.RevealBy && Deep(s, Role.Initiator, t) && Deep(s, Role.Participant, t));

    public static Condition RevealOverdue { get; } = new(
        "the time to reveal is over", (s, t) => t.Latest > s.Deadlines!.Value.RevealBy);

    public static Condition BothClaimsSeen { get; } = new(
        "both claims are seen", (s, _) => Both.All(role => ClaimSeen(s, role)));

    public static Condition NotBothClaimsSeen { get; } = new(
        "not both claims are seen any more", (s, _) => !Both.All(role => ClaimSeen(s, role)));

    public static Condition NotBothClaimsInBlock { get; } = new(
        "not both claims are in blocks any more",
        (s, _) => !Both.All(role => ClaimedInBlock(s, role)));

    public static Condition BothClaimsBuried { get; } = new(
        "both claims are buried",
        (s, t) => Both.All(role => ClaimedInBlock(s, role) && SpendBuried(s, role, t)));

    public static Condition BothRefunded { get; } = new(
        "both refunds are in blocks", (s, _) => Both.All(role => RefundedInBlock(s, role)));

    public static Condition FirstRefunded { get; } = new(
        "the first leg's refund is in a block", (s, _) => RefundedInBlock(s, Role.Initiator));

    public static Condition SecondRefunded { get; } = new(
        "the second leg's refund is in a block", (s, _) => RefundedInBlock(s, Role.Participant));

    public static Condition SecondRefundedFirstClaimed { get; } = new(
        "the second leg's refund and the first leg's claim are in blocks",
        (s, _) => RefundedInBlock(s, Role.Participant) && ClaimedInBlock(s, Role.Initiator));

    public static Condition FirstClaimedInBlock { get; } = new(
        "the first leg's claim is in a block", (s, _) => ClaimedInBlock(s, Role.Initiator));

    public static Condition SecondClaimedInBlock { get; } = new(
        "the second leg's claim is in a block", (s, _) => ClaimedInBlock(s, Role.Participant));

    public static Condition FirstNotRefundedPublic { get; } = new(
        "the first leg's refund is in no block, the preimage is public",
        (s, _) => !RefundedInBlock(s, Role.Initiator) && s.Preimage is not null);

    public static Condition FirstNotRefunded { get; } = new(
        "the first leg's refund is in no block", (s, _) => !RefundedInBlock(s, Role.Initiator));

    public static Condition SecondNotRefundedPublic { get; } = new(
        "the second leg's refund is in no block, the preimage is public",
        (s, _) => !RefundedInBlock(s, Role.Participant) && s.Preimage is not null);

    public static Condition SecondNotRefunded { get; } = new(
        "the second leg's refund is in no block", (s, _) => !RefundedInBlock(s, Role.Participant));

    public static Condition OneLegNeverLocked { get; } = new(
        "past T_long one leg is not locked, the other's claim is buried",
        (s, t) => t.Latest > s.Deadlines!.Value.Long && Both.Any(role => s.FundingOf(role) is null
            && ClaimedInBlock(s, role.Other()) && SpendBuried(s, role.Other(), t)));

    public static Condition FaultGone { get; } = new(
        "both locks are there and no refund is in a block",
        (s, _) => s.Preimage is not null
            && Both.All(role => s.FundingOf(role) is not null && !RefundedInBlock(s, role)));

    public static Condition PastLongNothingLeft { get; } = new(
        "past T_long, nothing is left to take back",
        (s, t) => t.Latest > s.Deadlines!.Value.Long && NothingLeft(s));

    public static Condition AllBuried { get; } = new(
        "everything paid is spent and buried", (s, t) => !s.Closed && Both.All(role => LegDone(s, role, t)));

    public static Condition NotClosed { get; } = new("it is not closed", (s, _) => !s.Closed);

    public static bool InBlock(Swap swap, Role role) => swap.FundingOf(role) is { InBlock: true };

    public static bool Deep(Swap swap, Role role, SwapTips tips) =>
        swap.ConfirmationsOf(role, tips) >= swap.Plan.ConfirmationsOf(role);

    public static bool ClaimSeen(Swap swap, Role role) =>
        swap.FundingOf(role)?.Spend is { Kind: SpendKind.Claim };

    public static bool ClaimedInBlock(Swap swap, Role role) => swap.FundingOf(role)?.SpentAs == SpendKind.Claim;

    public static bool RefundedInBlock(Swap swap, Role role) => swap.FundingOf(role)?.SpentAs == SpendKind.Refund;

    private static bool SpendBuried(Swap swap, Role role, SwapTips tips) =>
        swap.SpendConfirmationsOf(role, tips) >= swap.Plan.BuriedOf(role);

    public static bool NeverSeen(Swap swap, Role role) =>
        swap.PaymentsOf(role).All(payment => payment.Amount != swap.AmountOf(role) || payment.IsStray);

    /// <summary>True for the agreed amount, and for a stray payment that is worth a transaction.</summary>
    public static bool IsWorth(Swap swap, Role role, Payment payment) =>
        payment.Amount == swap.AmountOf(role) || payment.Amount >= Payment.LeastWorth;

    private static bool NothingLeft(Swap swap) => Both.All(role => swap.PaymentsOf(role).All(payment =>
        payment.Missing || !IsWorth(swap, role, payment) || payment.SpentAs == SpendKind.Refund));

    private static bool LegDone(Swap swap, Role role, SwapTips tips) => swap.PaymentsOf(role).All(payment =>
        payment.Missing || !IsWorth(swap, role, payment)
        || payment.SpendConfirmations(tips.Of(swap.ChainOf(role)).Height) >= swap.Plan.BuriedOf(role));
}
