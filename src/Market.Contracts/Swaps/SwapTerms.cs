namespace Market.Contracts;

/// <summary>
/// What a party gives so that the terms can be written. All keys are fresh for this swap: a reused one is refused.
/// The seller's claim key is for the coin leg, its refund key for the share leg; the buyer's the other way round.
/// </summary>
public sealed record GiveSwapKeys
{
    /// <summary>Hex of the compressed public key (33 bytes) that will claim the other's leg.</summary>
    public required string ClaimKey { get; init; }

    /// <summary>Hex of the compressed public key (33 bytes) that can take the own leg back.</summary>
    public required string RefundKey { get; init; }

    /// <summary>Seller only: hex of SHA-256 of the secret 32 byte preimage.</summary>
    public string? PaymentHash { get; init; }

    /// <summary>Seller only: hex of the plain script that goes on receiving block rewards while the shares are locked
    /// (payout annotation of the share leg's funding).</summary>
    public string? PayoutScript { get; init; }
}

/// <summary>The terms of a swap: what both agents check figure by figure before they lock anything. Locktimes are fixed when
/// the second party's keys arrive.</summary>
public sealed record SwapTerms
{
    /// <summary>The swap.</summary>
    public required string SwapId { get; init; }

    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>The network of both chains.</summary>
    public required string Network { get; init; }

    /// <summary>Satoshis per whole share.</summary>
    public required Price Price { get; init; }

    /// <summary>Base units that the share leg locks.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>Satoshis that the coin leg locks: ceil(price x quantity / 1e8).</summary>
    public required Sats Notional { get; init; }

    /// <summary>Hex of SHA-256 of the preimage; the same on both legs.</summary>
    public required string PaymentHash { get; init; }

    /// <summary>The shares: locked first, by the seller, with the long locktime.</summary>
    public required SwapLegTerms ShareLeg { get; init; }

    /// <summary>The bitcoins: locked second, by the buyer, with the short locktime.</summary>
    public required SwapLegTerms CoinLeg { get; init; }

    /// <summary>Hex of the script that the share funding's payout annotation names.</summary>
    public required string PayoutScript { get; init; }

    /// <summary>The points in time that the parties keep to.</summary>
    public required SwapDeadlines Deadlines { get; init; }
}

/// <summary>One leg's contract: wsh(andor(pk(CLAIM), sha256(H), and_v(v:pk(REFUND), after(T)))).</summary>
public sealed record SwapLegTerms
{
    /// <summary>The chain that it is on.</summary>
    public required ChainName Chain { get; init; }

    /// <summary>Base units or satoshis, decimal string.</summary>
    public required Sats Amount { get; init; }

    /// <summary>Hex of the compressed key that claims with the preimage.</summary>
    public required string ClaimKey { get; init; }

    /// <summary>Hex of the compressed key that takes back after the locktime.</summary>
    public required string RefundKey { get; init; }

    /// <summary>Locktime T in seconds since 1970, compared with the chain's median time past.</summary>
    public required long Locktime { get; init; }

    /// <summary>Hex of the witness script.</summary>
    public required string WitnessScript { get; init; }

    /// <summary>Hex of the output script (P2WSH of the witness script).</summary>
    public required string ScriptPubKey { get; init; }

    /// <summary>The address of the output script.</summary>
    public required string Address { get; init; }

    /// <summary>Depth at which the leg counts as locked.</summary>
    public required int RequiredConfirmations { get; init; }

    /// <summary>Depth at which a claim or refund counts as buried.</summary>
    public required int BuriedConfirmations { get; init; }
}

/// <summary>Deadlines in seconds since 1970, all compared with the later of the clock and the chains' median times.</summary>
public sealed record SwapDeadlines
{
    /// <summary>The seller locks before this, or the swap expires.</summary>
    public required long InitiatorLockBy { get; init; }

    /// <summary>The buyer locks before this, or not at all.</summary>
    public required long ParticipantLockBy { get; init; }

    /// <summary>The seller reveals before this, or not at all.</summary>
    public required long RevealBy { get; init; }
}
