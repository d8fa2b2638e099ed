using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>Where a swap stands.</summary>
public enum SwapPhase
{
    /// <summary>Two orders met; keys are exchanged.</summary>
    Matched,

    /// <summary>The terms are fixed; the initiator's lock is in no block yet.</summary>
    InitiatorLocking,

    /// <summary>The initiator's lock is in a block, not yet deep enough for the participant.</summary>
    InitiatorLocked,

    /// <summary>The initiator's lock is deep enough; the participant's is in no block yet.</summary>
    ParticipantLocking,

    /// <summary>Both locks are in blocks; the initiator reveals once the second is deep enough.</summary>
    ParticipantLocked,

    /// <summary>The preimage is public, seen in a mempool or a block.</summary>
    Revealed,

    /// <summary>Both legs are claimed, not yet buried.</summary>
    Claimed,

    /// <summary>Both claims are buried.</summary>
    Settled,

    /// <summary>It will not complete; what is locked comes back after its locktime.</summary>
    Refunding,

    /// <summary>The initiator has its leg back.</summary>
    InitiatorRefunded,

    /// <summary>The participant has its leg back.</summary>
    ParticipantRefunded,

    /// <summary>Both have their legs back.</summary>
    Refunded,

    /// <summary>It ended before anything was locked.</summary>
    Expired,

    /// <summary>A leg ended in a way that parties who keep to the rules exclude.</summary>
    Faulted,
}

/// <summary>Why a swap does not complete.</summary>
public enum FailureCode
{
    /// <summary>A party's keys did not come in time.</summary>
    KeysMissing,

    /// <summary>A party said that it will not go on.</summary>
    Declined,

    /// <summary>The initiator's lock was not seen in time.</summary>
    InitiatorDidNotLock,

    /// <summary>The initiator's lock was not deep enough in time for the participant to lock.</summary>
    InitiatorLockedLate,

    /// <summary>The participant's lock was not seen in time.</summary>
    ParticipantDidNotLock,

    /// <summary>The participant's lock was not deep enough in time for a reveal.</summary>
    ParticipantLockedLate,

    /// <summary>The initiator did not reveal in time.</summary>
    NotRevealed,

    /// <summary>A leg was taken back before the other was locked.</summary>
    TakenBack,
}

/// <summary>Why a swap does not complete, and by whose doing.</summary>
/// <param name="Code">Why.</param>
/// <param name="Blamed">By whose doing; null where nobody's.</param>
public sealed record Failure(FailureCode Code, Role? Blamed);

/// <summary>When a phase was entered.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="At">The latest of clock and median times, Unix seconds.</param>
public sealed record PhaseEntry(SwapPhase Phase, long At);

/// <summary>
/// One swap: immutable, folded from events by <see cref="SwapMachine.Decide"/>, and JSON by <see cref="SwapJson"/>.
/// Holds nothing secret.
/// </summary>
public sealed record Swap
{
    /// <summary>Payments kept a leg; later ones are kept only where they hold the agreed amount.</summary>
    public const int MostPayments = 16;

    /// <summary>Entries kept of the history.</summary>
    public const int MostHistory = 64;

    /// <summary>The market's id.</summary>
    public required string Id { get; init; }

    /// <summary>Rises by one with each change.</summary>
    public long Version { get; init; }

    /// <summary>Where it stands.</summary>
    public SwapPhase Phase { get; init; }

    /// <summary>The chain that the initiator locks on: the sharechain where the seller initiates.</summary>
    public SwapChain InitiatorChain { get; init; }

    /// <summary>Base units that the initiator locks.</summary>
    public required Amount InitiatorAmount { get; init; }

    /// <summary>Base units that the participant locks.</summary>
    public required Amount ParticipantAmount { get; init; }

    /// <summary>When it was matched, Unix seconds.</summary>
    public required long MatchedAt { get; init; }

    /// <summary>Its times and depths.</summary>
    public required SwapPlan Plan { get; init; }

    /// <summary>The initiator's keys, once given.</summary>
    public PartyKeys? InitiatorKeys { get; init; }

    /// <summary>The participant's keys, once given.</summary>
    public PartyKeys? ParticipantKeys { get; init; }

    /// <summary>The terms, once fixed.</summary>
    public AgreedTerms? Terms { get; init; }

    /// <summary>What pays the script of the initiator's leg.</summary>
    public ImmutableArray<Payment> InitiatorPayments { get; init; } = [];

    /// <summary>What pays the script of the participant's leg.</summary>
    public ImmutableArray<Payment> ParticipantPayments { get; init; } = [];

    /// <summary>The preimage, once public.</summary>
    public RevealedPreimage? Preimage { get; init; }

    /// <summary>Why it does not complete.</summary>
    public Failure? Failure { get; init; }

    /// <summary>The chains and the clock when it failed: what was in a block, and how deep, is told by them.</summary>
    public SwapTips? TipsAtFailure { get; init; }

    /// <summary>Everything is where it stays, and buried: nobody need watch.</summary>
    public bool Closed { get; init; }

    /// <summary>The phases it went through, oldest first.</summary>
    public ImmutableArray<PhaseEntry> History { get; init; } = [];

    /// <summary>The deadlines, once the terms are fixed.</summary>
    [JsonIgnore]
    public Deadlines? Deadlines => Terms is null ? null : Swaps.Deadlines.Of(Plan, Terms.Short, Terms.Long);

    /// <summary>Opens a swap at its match.</summary>
    /// <param name="id">The market's id.</param>
    /// <param name="shares">Base units of shares that the seller, the initiator, locks.</param>
    /// <param name="sats">Satoshis that the buyer, the participant, locks.</param>
    /// <param name="matchedAt">Unix seconds.</param>
    /// <param name="plan">Times and depths.</param>
    public static Swap Open(string id, Amount shares, Amount sats, long matchedAt, SwapPlan plan) => new()
    {
        Id = id,
        InitiatorAmount = shares,
        ParticipantAmount = sats,
        MatchedAt = matchedAt,
        Plan = plan,
        History = [new PhaseEntry(SwapPhase.Matched, matchedAt)],
    };

    /// <summary>The chain of a role's leg.</summary>
    public SwapChain ChainOf(Role role) =>
        (role == Role.Initiator) == (InitiatorChain == SwapChain.Share) ? SwapChain.Share : SwapChain.Coin;

    /// <summary>The role that locks on a chain.</summary>
    public Role RoleOn(SwapChain chain) => chain == InitiatorChain ? Role.Initiator : Role.Participant;

    /// <summary>Base units that a role locks.</summary>
    public Amount AmountOf(Role role) => role == Role.Initiator ? InitiatorAmount : ParticipantAmount;

    /// <summary>A role's keys, once given.</summary>
    public PartyKeys? KeysOf(Role role) => role == Role.Initiator ? InitiatorKeys : ParticipantKeys;

    /// <summary>What pays the script of a role's leg.</summary>
    public ImmutableArray<Payment> PaymentsOf(Role role) =>
        role == Role.Initiator ? InitiatorPayments : ParticipantPayments;

    /// <summary>
    /// The payment that counts as a leg's lock: known by script and exact amount, not by txid. Of several the one that a
    /// block shows claimed, since that was taken for the leg; else the one in the lowest block. One known to be a stranger's
    /// counts only where it was claimed. Null where none is in the chain or the mempool.
    /// </summary>
    public Payment? FundingOf(Role role)
    {
        Payment? best = null;
        foreach (var payment in PaymentsOf(role))
        {
            if (payment.Missing || payment.Amount != AmountOf(role))
            {
                continue;
            }

            if (payment.SpentAs == SpendKind.Claim)
            {
                return payment;
            }

            if (!payment.IsStray && (best is null || (payment.Height ?? int.MaxValue) < (best.Height ?? int.MaxValue)))
            {
                best = payment;
            }
        }

        return best;
    }

    /// <summary>The leg whose shares have expired where they were locked, so that nobody takes them any more; null where none
    /// have.</summary>
    [JsonIgnore]
    public Role? ExpiredLeg
    {
        get
        {
            var leg = RoleOn(SwapChain.Share);
            return FundingOf(leg) is { } funding ? funding.IsExpired && funding.SpentAs is null ? leg : null
                : PaymentsOf(leg).Any(gone => gone is { IsExpired: true, IsStray: false } && gone.Amount == AmountOf(leg)) ? leg
                : null;
        }
    }

    /// <summary>Confirmations of a leg's lock.</summary>
    public int ConfirmationsOf(Role role, SwapTips tips) =>
        FundingOf(role)?.Confirmations(tips.Of(ChainOf(role)).Height) ?? 0;

    /// <summary>Confirmations of what spends a leg's lock.</summary>
    public int SpendConfirmationsOf(Role role, SwapTips tips) =>
        FundingOf(role)?.SpendConfirmations(tips.Of(ChainOf(role)).Height) ?? 0;

    /// <summary>When a phase was last entered; null where it never was.</summary>
    public long? EnteredAt(SwapPhase phase)
    {
        for (var i = History.Length - 1; i >= 0; i--)
        {
            if (History[i].Phase == phase)
            {
                return History[i].At;
            }
        }

        return null;
    }

    internal Swap WithPayments(Role role, ImmutableArray<Payment> payments) => role == Role.Initiator
        ? this with { InitiatorPayments = payments }
        : this with { ParticipantPayments = payments };
}
