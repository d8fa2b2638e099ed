using System.Text.Json.Serialization;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>
/// The times and depths of one swap, all derived from <see cref="SwapRules"/>. Spans are seconds from the moment at
/// which the terms are fixed.
/// </summary>
public sealed record SwapPlan
{
    /// <summary>Seconds from the match within which both parties give their keys.</summary>
    public required int KeysWithin { get; init; }

    /// <summary>Seconds within which the initiator's lock is seen.</summary>
    public required int InitiatorLockWithin { get; init; }

    /// <summary>Seconds to T_short, the locktime of the participant's leg.</summary>
    public required int ShortSpan { get; init; }

    /// <summary>Seconds to T_long, the locktime of the initiator's leg.</summary>
    public required int LongSpan { get; init; }

    /// <summary>The least T_long - T_short: what an honest participant needs to claim after the latest
    /// reveal.</summary>
    public required int LeastDelta { get; init; }

    /// <summary>The initiator reveals only while T_short is at least so many seconds away.</summary>
    public required int RevealMargin { get; init; }

    /// <summary>The participant locks only while the last moment to reveal is at least so many seconds away.</summary>
    public required int ParticipantLead { get; init; }

    /// <summary>Depth at which the initiator's leg counts as locked.</summary>
    public required int InitiatorConfirmations { get; init; }

    /// <summary>Depth at which the participant's leg counts as locked.</summary>
    public required int ParticipantConfirmations { get; init; }

    /// <summary>Depth at which what spends the initiator's leg counts as final.</summary>
    public required int InitiatorBuried { get; init; }

    /// <summary>Depth at which what spends the participant's leg counts as final.</summary>
    public required int ParticipantBuried { get; init; }

    /// <summary>Seconds for which shares must surely live on after the locktime of their leg; null where they never
    /// expire.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ExpiryMargin { get; init; }

    /// <summary>Seconds from the match for which shares must surely live: the longest course of the swap, and what taking them
    /// back may need after it. 0 where they never expire.</summary>
    [JsonIgnore]
    public int LifeNeeded => ExpiryMargin is { } margin ? KeysWithin + LongSpan + margin : 0;

    /// <summary>
    /// True where shares surely live as long as a swap of them needs; always where they never expire. The one rule by which agents
    /// lock and markets list.
    /// </summary>
    /// <param name="sure">Seconds from now for which they can surely be spent.</param>
    /// <param name="locktime">Seconds from now until the locktime of their leg.</param>
    public bool IsOutlived(long sure, long locktime) => ExpiryMargin is not { } margin || sure >= locktime + margin;

    /// <summary>Derives a plan.</summary>
    /// <param name="rules">The chains and allowances.</param>
    /// <param name="worth">What is at stake, in satoshis; nothing asks for the least depth.</param>
    /// <param name="initiatorChain">The chain that the initiator locks on.</param>
    public static SwapPlan Of(SwapRules rules, Amount worth = default, SwapChain initiatorChain = SwapChain.Share)
    {
        var margins = new SwapMargins(rules, worth, initiatorChain);
        var shortSpan = margins.RoundUp(SwapMargins.Sum(margins.Short()));
        var delta = SwapMargins.Sum(margins.Delta());
        return new SwapPlan
        {
            KeysWithin = rules.KeysWithinSeconds,
            InitiatorLockWithin = rules.LockWithinSeconds,
            ShortSpan = shortSpan,
            LongSpan = shortSpan + margins.RoundUp(delta),
            LeastDelta = delta,
            RevealMargin = margins.RoundUp(SwapMargins.Sum(margins.Reveal())),
            ParticipantLead = margins.ParticipantDeepSeconds,
            InitiatorConfirmations = margins.InitiatorConfirmations,
            ParticipantConfirmations = margins.ParticipantConfirmations,
            InitiatorBuried = margins.InitiatorBuried,
            ParticipantBuried = margins.ParticipantBuried,
            ExpiryMargin = rules.SharesExpire ? SwapMargins.Sum(margins.Expiry()) : null,
        };
    }

    /// <summary>Depth at which a role's leg counts as locked.</summary>
    public int ConfirmationsOf(Role role) =>
        role == Role.Initiator ? InitiatorConfirmations : ParticipantConfirmations;

    /// <summary>Depth at which what spends a role's leg counts as final.</summary>
    public int BuriedOf(Role role) => role == Role.Initiator ? InitiatorBuried : ParticipantBuried;
}

/// <summary>The points in time that the parties keep to, in Unix seconds, compared with <see cref="SwapTips.Latest"/>.
/// </summary>
/// <param name="InitiatorLockBy">The initiator's lock is seen before this, or the swap expires.</param>
/// <param name="ParticipantLockBy">The participant locks before this, or not at all.</param>
/// <param name="RevealBy">The initiator reveals before this, or not at all.</param>
/// <param name="Short">T_short: from here the participant's leg can be taken back.</param>
/// <param name="Long">T_long: from here the initiator's leg can be taken back.</param>
public readonly record struct Deadlines(
    long InitiatorLockBy, long ParticipantLockBy, long RevealBy, long Short, long Long)
{
    /// <summary>Seconds for which the initiator's shares must surely live when the secret is shown: what the participant needs to
    /// claim them, whenever that is.</summary>
    public long ClaimSpan => Long - RevealBy;

    /// <summary>The deadlines that follow from two locktimes.</summary>
    public static Deadlines Of(SwapPlan plan, Locktime shortTime, Locktime longTime)
    {
        var revealBy = shortTime.UnixSeconds - plan.RevealMargin;
        return new Deadlines(
            shortTime.UnixSeconds - plan.ShortSpan + plan.InitiatorLockWithin,
            revealBy - plan.ParticipantLead,
            revealBy,
            shortTime.UnixSeconds,
            longTime.UnixSeconds);
    }
}
