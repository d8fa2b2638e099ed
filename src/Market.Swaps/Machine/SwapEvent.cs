using System.Text.Json.Serialization;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>The kinds of event that the table has a column for. A leg is named by the role that locks it.</summary>
public enum SwapEventKind
{
    /// <summary>A party gave its keys.</summary>
    KeysGiven,

    /// <summary>The terms came from elsewhere (an agent takes them from the market, after checking them).</summary>
    TermsFixed,

    /// <summary>A party said that it will not go on.</summary>
    PartyDeclined,

    /// <summary>A payment to the initiator's script was seen, in the mempool or a block.</summary>
    InitiatorFundingSeen,

    /// <summary>A payment to the initiator's script left its block or the mempool.</summary>
    InitiatorFundingGone,

    /// <summary>A payment to the participant's script was seen, in the mempool or a block.</summary>
    ParticipantFundingSeen,

    /// <summary>A payment to the participant's script left its block or the mempool.</summary>
    ParticipantFundingGone,

    /// <summary>A claim of the initiator's leg was seen.</summary>
    InitiatorLegClaimSeen,

    /// <summary>A claim of the initiator's leg is neither in the chain nor in the mempool any more.</summary>
    InitiatorLegClaimGone,

    /// <summary>A claim of the participant's leg was seen.</summary>
    ParticipantLegClaimSeen,

    /// <summary>A claim of the participant's leg is neither in the chain nor in the mempool any more.</summary>
    ParticipantLegClaimGone,

    /// <summary>A refund of the initiator's leg was seen.</summary>
    InitiatorLegRefundSeen,

    /// <summary>A refund of the initiator's leg is neither in the chain nor in the mempool any more.</summary>
    InitiatorLegRefundGone,

    /// <summary>A refund of the participant's leg was seen.</summary>
    ParticipantLegRefundSeen,

    /// <summary>A refund of the participant's leg is neither in the chain nor in the mempool any more.</summary>
    ParticipantLegRefundGone,

    /// <summary>A tip changed, or time passed.</summary>
    Tick,
}

/// <summary>Something that happened to a swap.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(KeysGiven), "keysGiven")]
[JsonDerivedType(typeof(TermsFixed), "termsFixed")]
[JsonDerivedType(typeof(Declined), "declined")]
[JsonDerivedType(typeof(FundingSeen), "fundingSeen")]
[JsonDerivedType(typeof(FundingGone), "fundingGone")]
[JsonDerivedType(typeof(ClaimSeen), "claimSeen")]
[JsonDerivedType(typeof(RefundSeen), "refundSeen")]
[JsonDerivedType(typeof(SpendGone), "spendGone")]
[JsonDerivedType(typeof(Tick), "tick")]
public abstract record SwapEvent
{
    private SwapEvent()
    {
    }

    /// <summary>A party gave its keys. When both have, the terms are fixed from the plan and the time of the
    /// tips.</summary>
    /// <param name="Role">The party.</param>
    /// <param name="Keys">Its keys.</param>
    /// <param name="Reused">True where the caller's history knows a key, the hash or a script of them already.</param>
    public sealed record KeysGiven(Role Role, PartyKeys Keys, bool Reused = false) : SwapEvent;

    /// <summary>The terms came from elsewhere, checked by <see cref="TermsCheck"/>.</summary>
    /// <param name="Terms">The terms.</param>
    public sealed record TermsFixed(AgreedTerms Terms) : SwapEvent;

    /// <summary>A party will not go on.</summary>
    /// <param name="Role">The party.</param>
    public sealed record Declined(Role Role) : SwapEvent;

    /// <summary>A payment to a leg's script: new, or at another height, or back in the mempool.</summary>
    /// <param name="Leg">The role whose leg it pays.</param>
    /// <param name="OutPoint">The output.</param>
    /// <param name="Amount">What it holds.</param>
    /// <param name="Height">Of its block; null in the mempool.</param>
    public sealed record FundingSeen(Role Leg, OutPoint OutPoint, Amount Amount, int? Height) : SwapEvent
    {
        /// <summary>It is not the lock, whatever it holds.</summary>
        public bool IsStray { get; init; }

        /// <summary>It holds shares that have expired.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool IsExpired { get; init; }
    }

    /// <summary>A payment is neither in the chain nor in the mempool any more.</summary>
    /// <param name="Leg">The role whose leg it paid.</param>
    /// <param name="OutPoint">The output.</param>
    public sealed record FundingGone(Role Leg, OutPoint OutPoint) : SwapEvent
    {
        /// <summary>It held shares that have expired.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool IsExpired { get; init; }
    }

    /// <summary>A payment was claimed.</summary>
    /// <param name="Leg">The role whose leg it paid.</param>
    /// <param name="OutPoint">The output claimed.</param>
    /// <param name="TxId">The claim.</param>
    /// <param name="Preimage">What it shows.</param>
    /// <param name="Height">Of its block; null in the mempool.</param>
    public sealed record ClaimSeen(Role Leg, OutPoint OutPoint, TxId TxId, RevealedPreimage Preimage, int? Height)
        : SwapEvent;

    /// <summary>A payment was taken back.</summary>
    /// <param name="Leg">The role whose leg it paid.</param>
    /// <param name="OutPoint">The output taken back.</param>
    /// <param name="TxId">The refund.</param>
    /// <param name="Height">Of its block; null in the mempool.</param>
    public sealed record RefundSeen(Role Leg, OutPoint OutPoint, TxId TxId, int? Height) : SwapEvent;

    /// <summary>A claim or refund is neither in the chain nor in the mempool any more.</summary>
    /// <param name="Leg">The role whose leg it spent.</param>
    /// <param name="OutPoint">The output that it spent.</param>
    /// <param name="TxId">The claim or refund.</param>
    public sealed record SpendGone(Role Leg, OutPoint OutPoint, TxId TxId) : SwapEvent;

    /// <summary>A tip changed, or time passed.</summary>
    public sealed record Tick : SwapEvent;
}
