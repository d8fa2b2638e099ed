using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>What somebody should now do. Every kind may be done again without harm.</summary>
public enum SwapEffectKind
{
    /// <summary>Everybody: watch both scripts on their chains.</summary>
    Watch,

    /// <summary>The leg's owner: fund it; where it was funded before, broadcast that very transaction again.</summary>
    Lock,

    /// <summary>Everybody who has the leg's funding transaction: broadcast it again. Its owner replaces it with one that pays more
    /// where it waits too long.</summary>
    RelayFunding,

    /// <summary>The leg's owner: spend the coins of a lock that is in no block to itself, so that it never will be.</summary>
    Abandon,

    /// <summary>The initiator: claim the participant's leg for the first time, which makes the preimage
    /// public.</summary>
    Reveal,

    /// <summary>The leg's counterparty: claim it with the public preimage, broadcast again, raise the fee.</summary>
    Claim,

    /// <summary>The leg's owner: take the payment back, broadcast again, raise the fee.</summary>
    Refund,

    /// <summary>Everybody: something is off; the alarm says what.</summary>
    Alarm,

    /// <summary>The market: the trade failed; the innocent side goes back to the book.</summary>
    Fail,

    /// <summary>The market: the trade is done.</summary>
    Settle,

    /// <summary>Everybody: nothing is left to watch.</summary>
    Close,
}

/// <summary>What is off.</summary>
public enum SwapAlarm
{
    /// <summary>The initiator's lock left its block before the participant locked: back to waiting.</summary>
    FirstLockReorganised,

    /// <summary>The initiator's lock left its block although the participant has locked: no reveal until it is
    /// back.</summary>
    FirstLockReorganisedLate,

    /// <summary>The participant's lock left its block: no reveal until it is back.</summary>
    SecondLockReorganised,

    /// <summary>The participant locked before the initiator's lock was deep enough.</summary>
    LockedEarly,

    /// <summary>The reveal left the chain; the preimage stays public.</summary>
    RevealReorganised,

    /// <summary>A claim left the chain.</summary>
    ClaimReorganised,

    /// <summary>A refund competes with a claim.</summary>
    RefundRacesClaim,

    /// <summary>The preimage became public out of turn.</summary>
    RevealedOutOfTurn,

    /// <summary>A leg ended in a way that parties who keep to the rules exclude.</summary>
    Fault,
}

/// <summary>One thing to do.</summary>
/// <param name="Kind">What.</param>
/// <param name="Actor">Who; null for everybody, the market included.</param>
/// <param name="Leg">The role whose leg is concerned.</param>
/// <param name="OutPoint">With <see cref="SwapEffectKind.Claim"/>, Reveal and Refund: the output to spend.</param>
/// <param name="Alarm">With <see cref="SwapEffectKind.Alarm"/>: what is off.</param>
public sealed record SwapEffect(
    SwapEffectKind Kind, Role? Actor = null, Role? Leg = null, OutPoint? OutPoint = null, SwapAlarm? Alarm = null);

/// <summary>Why an event was not taken; the swap is as it was.</summary>
public enum SwapRefusal
{
    /// <summary>The party gave other keys before.</summary>
    KeysAlreadyGiven,

    /// <summary>A key, hash or script was used before, in this swap or in history.</summary>
    Reused,

    /// <summary>The initiator's keys lack the payment hash, or the participant's have one.</summary>
    HashMisplaced,

    /// <summary>Whoever locks shares names no payout script, or one that is no plain output.</summary>
    PayoutScriptMissing,

    /// <summary>A key is not a compressed key of 33 bytes.</summary>
    BadKey,

    /// <summary>Other terms were fixed before.</summary>
    TermsAlreadyFixed,

    /// <summary>No contract exists yet that a chain could show.</summary>
    NoContractYet,

    /// <summary>The output is not a payment that was seen.</summary>
    UnknownPayment,

    /// <summary>The spend is not one that was seen.</summary>
    UnknownSpend,

    /// <summary>The preimage does not open the payment hash.</summary>
    WrongPreimage,

    /// <summary>As many stray payments as are kept were seen before.</summary>
    TooManyPayments,

    /// <summary>It is too late to decline: the preimage is public, or the swap has ended.</summary>
    TooLateToDecline,

    /// <summary>The swap has ended.</summary>
    Over,
}

/// <summary>What follows from an event.</summary>
/// <param name="Swap">The swap after it; the very same object where it was refused.</param>
/// <param name="Effects">What is to be done, by everybody.</param>
/// <param name="Refusal">Why it was not taken.</param>
public sealed record SwapDecision(Swap Swap, ImmutableArray<SwapEffect> Effects, SwapRefusal? Refusal = null)
{
    /// <summary>True where the event was taken.</summary>
    public bool IsTaken => Refusal is null;

    /// <summary>What a party is to do.</summary>
    public IEnumerable<SwapEffect> For(Role role) =>
        Effects.Where(effect => effect.Kind is not (SwapEffectKind.Fail or SwapEffectKind.Settle)
            && (effect.Actor is null || effect.Actor == role));

    /// <summary>What the market, which holds no key, is to do.</summary>
    public IEnumerable<SwapEffect> ForMarket() => Effects.Where(effect => effect.Actor is null);
}
