using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>Reads the terms that the market states and checks every figure against what the agent knows
/// itself.</summary>
internal static class TermsReader
{
    /// <summary>The terms, or why they are refused, in words.</summary>
    /// <param name="own">The swap as this agent opened it.</param>
    /// <param name="stated">What the market states.</param>
    /// <param name="tips">The chains as this agent sees them.</param>
    /// <param name="network">The network that this agent trades on.</param>
    /// <param name="chains">The chains, for addresses.</param>
    public static (AgreedTerms? Terms, string? Refusal) Read(
        AgentSwap own, SwapTerms stated, SwapTips tips, string network, Func<ChainKind, IChain> chains)
    {
        var swap = own.Swap;
        if (stated.SwapId != swap.Id || stated.Network != network || stated.Instrument != own.Instrument)
        {
            return (null, "the terms name another swap, network or instrument");
        }

        if (stated.Price.Sats != own.Price || stated.Quantity.Units != swap.InitiatorAmount.Sats
            || stated.Notional.Value != swap.ParticipantAmount.Sats
            || stated.ShareLeg.Amount.Value != swap.InitiatorAmount.Sats
            || stated.CoinLeg.Amount.Value != swap.ParticipantAmount.Sats)
        {
            return (null, "an amount is not the one traded");
        }

        if (Parse(stated) is not { } terms)
        {
            return (null, "a key, the hash or a locktime is malformed");
        }

        if (TermsCheck.Check(swap, own.Role, terms, tips) is { } refusal)
        {
            return (null, Words(refusal));
        }

        var (first, second) = (terms.ContractOf(Role.Initiator), terms.ContractOf(Role.Participant));
        return Matches(stated.ShareLeg, ChainName.Sharechain, first, chains(ChainKind.Sharechain))
            && Matches(stated.CoinLeg, ChainName.Mainchain, second, chains(ChainKind.Mainchain))
            ? (terms, null)
            : (null, "a script or address is not the one that follows from the keys, the hash and the locktimes");
    }

    private static AgreedTerms? Parse(SwapTerms stated)
    {
        if (!PaymentHash.TryParse(stated.PaymentHash, out var hash)
            || !PublicKey.TryParse(stated.CoinLeg.ClaimKey, out var sellerClaim)
            || !PublicKey.TryParse(stated.ShareLeg.RefundKey, out var sellerRefund)
            || !PublicKey.TryParse(stated.ShareLeg.ClaimKey, out var buyerClaim)
            || !PublicKey.TryParse(stated.CoinLeg.RefundKey, out var buyerRefund)
            || !Hex.TryDecode(stated.PayoutScript, out var payout)
            || !Locktime.TryCreate(stated.CoinLeg.Locktime, out var shortTime)
            || !Locktime.TryCreate(stated.ShareLeg.Locktime, out var longTime))
        {
            return null;
        }

        return new AgreedTerms(
            hash,
            new PartyKeys(sellerClaim, sellerRefund, hash, new Script(payout)),
            new PartyKeys(buyerClaim, buyerRefund, null, null),
            shortTime,
            longTime);
    }

    private static bool Matches(SwapLegTerms stated, ChainName name, ILegContract contract, IChain chain) =>
        stated.Chain == name
        && stated.WitnessScript == contract.WitnessScript.ToString()
        && stated.ScriptPubKey == contract.ScriptPubKey.ToString()
        && chain.Network.Writings.Any(writing => stated.Address == contract.AddressOn(writing).ToString());

    private static string Words(TermsRefusal refusal) => refusal switch
    {
        TermsRefusal.OwnKeysChanged => "the own keys or payment hash were changed",
        TermsRefusal.BadCounterpartyKeys => "the counterparty's keys are malformed or the own ones again",
        TermsRefusal.ShortTooSoon => "the short locktime leaves too little time to lock and to reveal",
        TermsRefusal.DeltaTooSmall => "the long locktime is too little after the short one",
        TermsRefusal.LongTooLate => "the long locktime is too far away",
        _ => refusal.ToString(),
    };
}
