using System.Text.Json.Serialization;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>A party by what it does. A leg is named by the party that locks it.</summary>
public enum Role
{
    /// <summary>Makes the preimage and locks first, with the long locktime.</summary>
    Initiator,

    /// <summary>Locks second, with the short locktime.</summary>
    Participant,
}

/// <summary>The chain that a leg stands on.</summary>
public enum SwapChain
{
    /// <summary>The sharechain.</summary>
    Share,

    /// <summary>The mainchain.</summary>
    Coin,
}

/// <summary>Steps between roles.</summary>
public static class Roles
{
    /// <summary>The counterparty.</summary>
    public static Role Other(this Role role) => role == Role.Initiator ? Role.Participant : Role.Initiator;
}

/// <summary>What a party gives before the terms can be fixed. Both keys are fresh for this swap.</summary>
/// <param name="ClaimKey">Claims the counterparty's leg; 33 bytes.</param>
/// <param name="RefundKey">Takes the own leg back; 33 bytes.</param>
/// <param name="Hash">Initiator only: the SHA-256 of its preimage.</param>
/// <param name="PayoutScript">Whoever locks shares: the plain script that keeps receiving rewards.</param>
public sealed record PartyKeys(PublicKey ClaimKey, PublicKey RefundKey, PaymentHash? Hash, Script? PayoutScript);

/// <summary>What both parties lock to, fixed before any money moves.</summary>
/// <param name="Hash">The payment hash of both legs.</param>
/// <param name="Initiator">The initiator's keys.</param>
/// <param name="Participant">The participant's keys.</param>
/// <param name="Short">T_short, of the participant's leg.</param>
/// <param name="Long">T_long, of the initiator's leg.</param>
public sealed record AgreedTerms(
    PaymentHash Hash, PartyKeys Initiator, PartyKeys Participant, Locktime Short, Locktime Long)
{
    // Asked for many times at every look, and a hash each.
    private ILegContract? _first;
    private ILegContract? _second;

    private AgreedTerms(AgreedTerms original)
    {
        (Hash, Initiator, Participant) = (original.Hash, original.Initiator, original.Participant);
        (Short, Long) = (original.Short, original.Long);
    }

    /// <summary>The contract that a role locks.</summary>
    public ILegContract ContractOf(Role role) => role == Role.Initiator
        ? _first ??= LegContracts.Of(Participant.ClaimKey, Initiator.RefundKey, Hash, Long)
        : _second ??= LegContracts.Of(Initiator.ClaimKey, Participant.RefundKey, Hash, Short);

    /// <inheritdoc/>
    public bool Equals(AgreedTerms? other) => other is not null && Hash == other.Hash && Initiator == other.Initiator
        && Participant == other.Participant && Short == other.Short && Long == other.Long;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Hash, Initiator, Participant, Short, Long);
}

/// <summary>A chain's tip.</summary>
/// <param name="Height">Genesis is 0.</param>
/// <param name="MedianTimePast">Median time of the last 11 blocks, Unix seconds.</param>
public readonly record struct TipView(int Height, long MedianTimePast);

/// <summary>The chains and the clock at the moment of a decision.</summary>
/// <param name="Share">The sharechain's tip.</param>
/// <param name="Coin">The mainchain's tip.</param>
/// <param name="Now">The clock, Unix seconds.</param>
public readonly record struct SwapTips(TipView Share, TipView Coin, long Now)
{
    /// <summary>What deadlines are compared with: the latest of the clock and both median times.</summary>
    [JsonIgnore]
    public long Latest => Math.Max(Now, Math.Max(Share.MedianTimePast, Coin.MedianTimePast));

    /// <summary>The tip of a chain.</summary>
    public TipView Of(SwapChain chain) => chain == SwapChain.Share ? Share : Coin;
}
