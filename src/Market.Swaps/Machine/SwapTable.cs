using System.Collections.Immutable;
using static Market.Swaps.FailureCode;
using static Market.Swaps.SwapAlarm;
using static Market.Swaps.SwapEventKind;
using static Market.Swaps.SwapPhase;

namespace Market.Swaps;

/// <summary>A row: in this phase, at this event, where this holds, the swap goes there and this is to be
/// done.</summary>
/// <param name="From">The phase.</param>
/// <param name="On">The event.</param>
/// <param name="When">What must hold; of several rows the first that holds is taken.</param>
/// <param name="To">The phase that follows; the same where it stays.</param>
/// <param name="Consequence">What entering it, or the event itself, brings.</param>
/// <param name="Duties">What is owed while it stays.</param>
internal sealed record Row(
    SwapPhase From,
    SwapEventKind On,
    Condition When,
    SwapPhase To,
    Consequence? Consequence = null,
    params ImmutableArray<Duty> Duties);

/// <summary>What a row brings once: an alarm, a failure with the one to blame, settlement, or the end of
/// watching.</summary>
internal sealed record Consequence(
    SwapEffectKind Kind, SwapAlarm? Alarm = null, FailureCode? Code = null, Role? Blamed = null);

/// <summary>An event that a phase refuses.</summary>
internal sealed record Refused(SwapPhase From, SwapEventKind On, SwapRefusal Refusal);

/// <summary>The table: every phase and event is a row, or refused. docs/swap-table.md is printed from it.</summary>
internal static class SwapTable
{
    private static readonly Consequence Settle = new(SwapEffectKind.Settle);
    private static readonly Consequence Close = new(SwapEffectKind.Close);

    /// <summary>The rows of the way of success, up to the reveal.</summary>
    private static readonly Row[] Forward =
    [
        new(Matched, KeysGiven, Condition.TermsKnown, InitiatorLocking),
        new(Matched, KeysGiven, Condition.Otherwise, Matched),
        new(Matched, TermsFixed, Condition.Always, InitiatorLocking),
        new(Matched, PartyDeclined, Condition.Always, Expired, Fail(Declined)),
        new(Matched, Tick, Condition.KeysOverdue, Expired, Fail(KeysMissing)),
        new(Matched, Tick, Condition.Otherwise, Matched),

        new(InitiatorLocking, KeysGiven, Condition.Always, InitiatorLocking),
        new(InitiatorLocking, TermsFixed, Condition.Always, InitiatorLocking),
        new(InitiatorLocking, PartyDeclined, Condition.FirstUnseen, Expired, Fail(Declined)),
        new(InitiatorLocking, PartyDeclined, Condition.Otherwise, Refunding, Fail(Declined)),
        new(InitiatorLocking, InitiatorFundingSeen, Condition.FirstInBlock, InitiatorLocked),
        new(InitiatorLocking, InitiatorFundingSeen, Condition.Otherwise, InitiatorLocking),
        new(InitiatorLocking, InitiatorFundingGone, Condition.Always, InitiatorLocking),
        new(InitiatorLocking, ParticipantFundingSeen, Condition.Always, InitiatorLocking, Raise(LockedEarly)),
        new(InitiatorLocking, ParticipantFundingGone, Condition.Always, InitiatorLocking),
        new(InitiatorLocking, Tick, Condition.FirstInBlock, InitiatorLocked),
        new(InitiatorLocking, Tick, Condition.LockOverdueUnpaid, Expired, Fail(InitiatorDidNotLock, Role.Initiator)),
        new(InitiatorLocking, Tick, Condition.LockOverdue, Refunding, Fail(InitiatorDidNotLock, Role.Initiator)),
        new(InitiatorLocking, Tick, Condition.TooLateToFollow, Refunding, Fail(InitiatorLockedLate)),
        new(InitiatorLocking, Tick, Condition.Otherwise, InitiatorLocking, null,
            Duty.Watch, Duty.LockFirst, Duty.RelayLocks),

        new(InitiatorLocked, KeysGiven, Condition.Always, InitiatorLocked),
        new(InitiatorLocked, TermsFixed, Condition.Always, InitiatorLocked),
        new(InitiatorLocked, PartyDeclined, Condition.Always, Refunding, Fail(Declined)),
        new(InitiatorLocked, InitiatorFundingSeen, Condition.Always, InitiatorLocked),
        new(InitiatorLocked, InitiatorFundingGone, Condition.FirstStillInBlock, InitiatorLocked),
        new(InitiatorLocked, InitiatorFundingGone, Condition.Otherwise, InitiatorLocking, Raise(FirstLockReorganised)),
        new(InitiatorLocked, ParticipantFundingSeen, Condition.Always, InitiatorLocked, Raise(LockedEarly)),
        new(InitiatorLocked, ParticipantFundingGone, Condition.Always, InitiatorLocked),
        new(InitiatorLocked, Tick, Condition.FirstNotInBlock, InitiatorLocking, Raise(FirstLockReorganised)),
        new(InitiatorLocked, Tick, Condition.TooLateToFollow, Refunding, Fail(InitiatorLockedLate)),
        new(InitiatorLocked, Tick, Condition.FirstDeep, ParticipantLocking),
        new(InitiatorLocked, Tick, Condition.Otherwise, InitiatorLocked, null, Duty.Watch, Duty.RelayLocks),

        new(ParticipantLocking, KeysGiven, Condition.Always, ParticipantLocking),
        new(ParticipantLocking, TermsFixed, Condition.Always, ParticipantLocking),
        new(ParticipantLocking, PartyDeclined, Condition.Always, Refunding, Fail(Declined)),
        new(ParticipantLocking, InitiatorFundingSeen, Condition.Always, ParticipantLocking),
        new(ParticipantLocking, InitiatorFundingGone, Condition.FirstStillInBlock, ParticipantLocking),
        new(ParticipantLocking, InitiatorFundingGone, Condition.SecondUnseen, InitiatorLocking,
            Raise(FirstLockReorganised)),
        new(ParticipantLocking, InitiatorFundingGone, Condition.Otherwise, ParticipantLocking,
            Raise(FirstLockReorganisedLate)),
        new(ParticipantLocking, ParticipantFundingSeen, Condition.SecondInBlock, ParticipantLocked),
        new(ParticipantLocking, ParticipantFundingSeen, Condition.Otherwise, ParticipantLocking),
        new(ParticipantLocking, ParticipantFundingGone, Condition.Always, ParticipantLocking),
        new(ParticipantLocking, Tick, Condition.SecondInBlock, ParticipantLocked),
        new(ParticipantLocking, Tick, Condition.SecondUnseenTooLate, Refunding,
            Fail(ParticipantDidNotLock, Role.Participant)),
        new(ParticipantLocking, Tick, Condition.SecondUnseenFirstOut, InitiatorLocking, Raise(FirstLockReorganised)),
        new(ParticipantLocking, Tick, Condition.SecondUnseenFirstShallow, InitiatorLocked),
        new(ParticipantLocking, Tick, Condition.RevealOverdue, Refunding, Fail(ParticipantLockedLate)),
        new(ParticipantLocking, Tick, Condition.Otherwise, ParticipantLocking, null,
            Duty.Watch, Duty.LockSecond, Duty.RelayLocks),

        new(ParticipantLocked, KeysGiven, Condition.Always, ParticipantLocked),
        new(ParticipantLocked, TermsFixed, Condition.Always, ParticipantLocked),
        new(ParticipantLocked, PartyDeclined, Condition.Always, Refunding, Fail(Declined)),
        new(ParticipantLocked, InitiatorFundingSeen, Condition.Always, ParticipantLocked),
        new(ParticipantLocked, InitiatorFundingGone, Condition.FirstStillInBlock, ParticipantLocked),
        new(ParticipantLocked, InitiatorFundingGone, Condition.Otherwise, ParticipantLocked,
            Raise(FirstLockReorganisedLate)),
        new(ParticipantLocked, ParticipantFundingSeen, Condition.Always, ParticipantLocked),
        new(ParticipantLocked, ParticipantFundingGone, Condition.SecondStillInBlock, ParticipantLocked),
        new(ParticipantLocked, ParticipantFundingGone, Condition.Otherwise, ParticipantLocking,
            Raise(SecondLockReorganised)),
        new(ParticipantLocked, Tick, Condition.SecondNotInBlock, ParticipantLocking, Raise(SecondLockReorganised)),
        new(ParticipantLocked, Tick, Condition.RevealOverdueDeep, Refunding, Fail(NotRevealed, Role.Initiator)),
        new(ParticipantLocked, Tick, Condition.RevealOverdue, Refunding, Fail(ParticipantLockedLate)),
        new(ParticipantLocked, Tick, Condition.Otherwise, ParticipantLocked, null,
            Duty.Watch, Duty.Reveal, Duty.RelayLocks),
    ];

    /// <summary>A spend seen before the reveal was due, in each phase that can have payments.</summary>
    private static readonly Row[] OutOfTurn =
    [
        .. In([InitiatorLocking, InitiatorLocked, ParticipantLocking, ParticipantLocked, Refunding],
            [InitiatorLegClaimSeen], Condition.Always, Revealed, Raise(RevealedOutOfTurn)),
        .. In([InitiatorLocking, InitiatorLocked, Refunding],
            [ParticipantLegClaimSeen], Condition.Always, Revealed, Raise(RevealedOutOfTurn)),
        .. In([ParticipantLocking, ParticipantLocked],
            [ParticipantLegClaimSeen], Condition.Always, Revealed),
        .. In([InitiatorLocking, InitiatorLocked, ParticipantLocking, ParticipantLocked],
            [InitiatorLegRefundSeen, ParticipantLegRefundSeen], Condition.Always, Refunding, Fail(TakenBack)),
    ];

    /// <summary>The rows from the reveal to the settlement.</summary>
    private static readonly Row[] Success =
    [
        .. Stay([Revealed, Claimed, Settled], [InitiatorFundingSeen, ParticipantFundingSeen,
            InitiatorLegRefundGone, ParticipantLegRefundGone]),
        .. In([Revealed], [InitiatorFundingGone], Condition.FirstStillInBlock, Revealed),
        .. In([Revealed], [InitiatorFundingGone], Condition.Otherwise, Revealed, Raise(FirstLockReorganisedLate)),
        .. In([Revealed], [ParticipantFundingGone], Condition.SecondStillInBlock, Revealed),
        .. In([Revealed], [ParticipantFundingGone], Condition.Otherwise, Revealed, Raise(RevealReorganised)),
        .. In([Revealed], [InitiatorLegClaimSeen, ParticipantLegClaimSeen], Condition.BothClaimsSeen, Claimed),
        .. In([Revealed], [InitiatorLegClaimSeen, ParticipantLegClaimSeen], Condition.Otherwise, Revealed),
        .. In([Revealed], [InitiatorLegClaimGone], Condition.Always, Revealed, Raise(ClaimReorganised)),
        .. In([Revealed], [ParticipantLegClaimGone], Condition.Always, Revealed, Raise(RevealReorganised)),
        .. In([Revealed, Claimed], [InitiatorLegRefundSeen, ParticipantLegRefundSeen], Condition.Always, Revealed,
            Raise(RefundRacesClaim)),
        new(Revealed, Tick, Condition.BothClaimsSeen, Claimed),
        new(Revealed, Tick, Condition.BothRefunded, Refunded),
        new(Revealed, Tick, Condition.FirstRefunded, Faulted, Raise(Fault)),
        new(Revealed, Tick, Condition.SecondRefundedFirstClaimed, Faulted, Raise(Fault)),
        new(Revealed, Tick, Condition.SecondRefunded, ParticipantRefunded, Fail(NotRevealed, Role.Initiator)),
        new(Revealed, Tick, Condition.OneLegNeverLocked, Faulted, Raise(Fault)),
        new(Revealed, Tick, Condition.Otherwise, Revealed, null,
            Duty.Watch, Duty.ClaimFirst, Duty.ClaimSecond, Duty.RelayLocks, Duty.RefundStrays),

        .. Stay([Claimed], [InitiatorLegClaimSeen, ParticipantLegClaimSeen]),
        .. In([Claimed, Settled], [InitiatorFundingGone], Condition.FirstStillInBlock, Claimed),
        .. In([Claimed, Settled], [InitiatorFundingGone], Condition.Otherwise, Revealed,
            Raise(FirstLockReorganisedLate)),
        .. In([Claimed, Settled], [ParticipantFundingGone], Condition.SecondStillInBlock, Claimed),
        .. In([Claimed, Settled], [ParticipantFundingGone], Condition.Otherwise, Revealed, Raise(RevealReorganised)),
        .. In([Claimed, Settled], [InitiatorLegClaimGone], Condition.Always, Revealed, Raise(ClaimReorganised)),
        .. In([Claimed, Settled], [ParticipantLegClaimGone], Condition.Always, Revealed, Raise(RevealReorganised)),
        new(Claimed, Tick, Condition.NotBothClaimsSeen, Revealed),
        new(Claimed, Tick, Condition.BothClaimsBuried, Settled, Settle),
        new(Claimed, Tick, Condition.Otherwise, Claimed, null,
            Duty.Watch, Duty.ClaimFirst, Duty.ClaimSecond, Duty.RelayLocks, Duty.RefundStrays),

        .. Stay([Settled], [InitiatorLegClaimSeen, ParticipantLegClaimSeen]),
        .. In([Settled], [InitiatorLegRefundSeen, ParticipantLegRefundSeen], Condition.Always, Settled),
        new(Settled, Tick, Condition.NotBothClaimsInBlock, Claimed, Raise(ClaimReorganised)),
        new(Settled, Tick, Condition.AllBuried, Settled, Close),
        new(Settled, Tick, Condition.Otherwise, Settled, null, Duty.RefundStrays),
    ];

    /// <summary>The rows of the ways back.</summary>
    private static readonly Row[] Back =
    [
        .. Stay([Refunding, InitiatorRefunded, ParticipantRefunded, Refunded, Faulted],
            [InitiatorFundingSeen, InitiatorFundingGone, ParticipantFundingSeen, ParticipantFundingGone]),
        .. Stay([Refunding, InitiatorRefunded, ParticipantRefunded, Refunded], [PartyDeclined]),
        .. Stay([Refunding, InitiatorRefunded, ParticipantRefunded, Refunded, Faulted],
            [InitiatorLegRefundSeen, ParticipantLegRefundSeen, InitiatorLegRefundGone, ParticipantLegRefundGone]),
        .. Stay([InitiatorRefunded, ParticipantRefunded, Refunded, Faulted],
            [InitiatorLegClaimGone, ParticipantLegClaimGone]),

        new(Refunding, Tick, Condition.BothRefunded, Refunded),
        new(Refunding, Tick, Condition.FirstRefunded, InitiatorRefunded),
        new(Refunding, Tick, Condition.SecondRefunded, ParticipantRefunded),
        new(Refunding, Tick, Condition.PastLongNothingLeft, Expired),
        new(Refunding, Tick, Condition.Otherwise, Refunding, null,
            Duty.Watch, Duty.RefundFirst, Duty.RefundSecond, Duty.AbandonFirst, Duty.AbandonSecond),

        .. In([InitiatorRefunded, ParticipantRefunded, Refunded], [InitiatorLegClaimSeen, ParticipantLegClaimSeen],
            Condition.Always, From, Raise(RefundRacesClaim)),
        new(InitiatorRefunded, Tick, Condition.FirstNotRefundedPublic, Revealed),
        new(InitiatorRefunded, Tick, Condition.FirstNotRefunded, Refunding),
        new(InitiatorRefunded, Tick, Condition.SecondClaimedInBlock, Faulted, Raise(Fault)),
        new(InitiatorRefunded, Tick, Condition.SecondRefunded, Refunded),
        new(InitiatorRefunded, Tick, Condition.AllBuried, InitiatorRefunded, Close),
        new(InitiatorRefunded, Tick, Condition.Otherwise, InitiatorRefunded, null,
            Duty.Watch, Duty.RefundFirst, Duty.RefundSecond, Duty.AbandonSecond),

        new(ParticipantRefunded, Tick, Condition.SecondNotRefundedPublic, Revealed),
        new(ParticipantRefunded, Tick, Condition.SecondNotRefunded, Refunding),
        new(ParticipantRefunded, Tick, Condition.FirstClaimedInBlock, Faulted, Raise(Fault)),
        new(ParticipantRefunded, Tick, Condition.FirstRefunded, Refunded),
        new(ParticipantRefunded, Tick, Condition.AllBuried, ParticipantRefunded, Close),
        new(ParticipantRefunded, Tick, Condition.Otherwise, ParticipantRefunded, null,
            Duty.Watch, Duty.RefundFirst, Duty.RefundSecond, Duty.AbandonFirst),

        new(Refunded, Tick, Condition.FirstNotRefunded, ParticipantRefunded),
        new(Refunded, Tick, Condition.SecondNotRefunded, InitiatorRefunded),
        new(Refunded, Tick, Condition.AllBuried, Refunded, Close),
        new(Refunded, Tick, Condition.Otherwise, Refunded, null, Duty.RefundFirst, Duty.RefundSecond),

        .. Stay([Faulted], [InitiatorLegClaimSeen, ParticipantLegClaimSeen]),
        new(Faulted, Tick, Condition.FaultGone, Revealed),
        new(Faulted, Tick, Condition.AllBuried, Faulted, Close),
        new(Faulted, Tick, Condition.Otherwise, Faulted, null,
            Duty.Watch, Duty.ClaimFirst, Duty.ClaimSecond, Duty.RefundFirst, Duty.RefundSecond),

        .. In([Expired], [InitiatorFundingSeen, ParticipantFundingSeen], Condition.Always, Refunding),
        .. Stay([Expired], [InitiatorFundingGone, ParticipantFundingGone, PartyDeclined]),
        new(Expired, Tick, Condition.NotClosed, Expired, Close),
        new(Expired, Tick, Condition.Otherwise, Expired, null, Duty.AbandonFirst, Duty.AbandonSecond),
    ];

    /// <summary>Keys and terms that come again, the very same, once they are known.</summary>
    private static readonly Row[] Repeats = Stay(
        [Revealed, Claimed, Settled, Refunding, InitiatorRefunded, ParticipantRefunded, Refunded, Faulted],
        [KeysGiven, TermsFixed]);

    /// <summary>What each phase refuses whatever the event says; other refusals depend on the event's own
    /// facts.</summary>
    public static ImmutableArray<Refused> Refusals { get; } =
    [
        .. Refuse([Matched], [InitiatorFundingSeen, InitiatorFundingGone, ParticipantFundingSeen,
            ParticipantFundingGone,
            InitiatorLegClaimSeen, InitiatorLegClaimGone, ParticipantLegClaimSeen, ParticipantLegClaimGone,
            InitiatorLegRefundSeen, InitiatorLegRefundGone, ParticipantLegRefundSeen, ParticipantLegRefundGone],
            SwapRefusal.NoContractYet),
        .. Refuse([InitiatorLocking, InitiatorLocked, ParticipantLocking, ParticipantLocked],
            [InitiatorLegClaimGone, ParticipantLegClaimGone, InitiatorLegRefundGone, ParticipantLegRefundGone],
            SwapRefusal.UnknownSpend),
        .. Refuse([Refunding], [InitiatorLegClaimGone, ParticipantLegClaimGone], SwapRefusal.UnknownSpend),
        .. Refuse([Expired], [InitiatorLegClaimSeen, InitiatorLegClaimGone, ParticipantLegClaimSeen,
            ParticipantLegClaimGone, InitiatorLegRefundSeen, InitiatorLegRefundGone, ParticipantLegRefundSeen,
            ParticipantLegRefundGone], SwapRefusal.UnknownSpend),
        .. Refuse([Revealed, Claimed, Settled, Faulted], [PartyDeclined], SwapRefusal.TooLateToDecline),
        .. Refuse([Expired], [KeysGiven, TermsFixed], SwapRefusal.Over),
    ];

    /// <summary>All rows in order.</summary>
    public static ImmutableArray<Row> Rows { get; } = [.. Forward, .. OutOfTurn, .. Success, .. Back, .. Repeats];

    private static SwapPhase? From => null;

    private static Consequence Raise(SwapAlarm alarm) => new(SwapEffectKind.Alarm, Alarm: alarm);

    private static Consequence Fail(FailureCode code, Role? blamed = null) =>
        new(SwapEffectKind.Fail, Code: code, Blamed: blamed);

    private static Row[] Stay(SwapPhase[] from, SwapEventKind[] on) => In(from, on, Condition.Always, From);

    private static Row[] In(
        SwapPhase[] from, SwapEventKind[] on, Condition when, SwapPhase? to, Consequence? consequence = null) =>
        [.. from.SelectMany(phase => on.Select(kind => new Row(phase, kind, when, to ?? phase, consequence)))];

    private static Refused[] Refuse(SwapPhase[] from, SwapEventKind[] on, SwapRefusal refusal) =>
        [.. from.SelectMany(phase => on.Select(kind => new Refused(phase, kind, refusal)))];
}
