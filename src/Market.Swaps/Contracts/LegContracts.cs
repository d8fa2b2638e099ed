using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>The contracts that legs are locked in: the one place that says which kind.</summary>
internal static class LegContracts
{
    /// <summary>The contract of a leg.</summary>
    /// <param name="claimKey">The counterparty's key; 33 bytes.</param>
    /// <param name="refundKey">The owner's key; 33 bytes.</param>
    /// <param name="hash">The payment hash.</param>
    /// <param name="locktime">From when on it can be taken back.</param>
    public static ILegContract Of(PublicKey claimKey, PublicKey refundKey, PaymentHash hash, Locktime locktime)
    {
        var contract = new Htlc(claimKey, refundKey, hash, locktime);
        // Its script is worked out before another thread can see it.
        _ = contract.ScriptPubKey;
        return contract;
    }
}
