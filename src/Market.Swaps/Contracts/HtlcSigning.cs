using Market.Bitcoin;
using Market.Bitcoin.Wallet;

namespace Market.Swaps;

/// <summary>Builds and signs what spends an HTLC. Both forms signal that they can be replaced (BIP125).</summary>
internal static class HtlcSigning
{
    private const int LongestSignature = 71;

    /// <summary>A claim: takes the contract with the preimage, at once.</summary>
    /// <param name="htlc">The contract.</param>
    /// <param name="funding">The output that pays it.</param>
    /// <param name="amount">What that holds.</param>
    /// <param name="claimKey">The contract's claim key; not disposed.</param>
    /// <param name="preimage">What opens H. It is public once the claim is broadcast.</param>
    /// <param name="destination">Where it all goes, less the fee.</param>
    /// <param name="rate">The feerate.</param>
    /// <returns>Null where what is left would be dust.</returns>
    /// <exception cref="ArgumentException">Key or preimage are not the contract's.</exception>
    public static Transaction? Claim(
        Htlc htlc,
        OutPoint funding,
        Amount amount,
        PrivateKey claimKey,
        RevealedPreimage preimage,
        Script destination,
        FeeRate rate)
    {
        if (!claimKey.PublicKey.Equals(htlc.ClaimKey) || preimage.Hash != htlc.Hash)
        {
            throw new ArgumentException("The key or the preimage is not the contract's.");
        }

        return Build(htlc, funding, amount, destination, rate, 0, claimKey, item => htlc.ClaimWitness(item, preimage));
    }

    /// <summary>A refund: takes the contract back; final once the chain's median time is past T.</summary>
    /// <param name="htlc">The contract.</param>
    /// <param name="funding">The output that pays it.</param>
    /// <param name="amount">What that holds.</param>
    /// <param name="refundKey">The contract's refund key; not disposed.</param>
    /// <param name="destination">Where it all goes, less the fee.</param>
    /// <param name="rate">The feerate.</param>
    /// <returns>Null where what is left would be dust.</returns>
    /// <exception cref="ArgumentException">The key is not the contract's.</exception>
    public static Transaction? Refund(
        Htlc htlc, OutPoint funding, Amount amount, PrivateKey refundKey, Script destination, FeeRate rate)
    {
        if (!refundKey.PublicKey.Equals(htlc.RefundKey))
        {
            throw new ArgumentException("The key is not the contract's.");
        }

        var locktime = htlc.Locktime.UnixSeconds;
        return Build(htlc, funding, amount, destination, rate, locktime, refundKey, htlc.RefundWitness);
    }

    private static Transaction? Build(
        Htlc htlc,
        OutPoint funding,
        Amount amount,
        Script destination,
        FeeRate rate,
        uint locktime,
        PrivateKey key,
        Func<byte[], Witness> witness)
    {
        var input = new TxIn(funding, Script.Empty, TxIn.ReplaceableSequence, witness(new byte[LongestSignature]));
        var sized = new Transaction(2, [input], [new TxOut(amount, destination)], locktime);
        var output = new TxOut(amount - rate.FeeFor(sized.VirtualSize), destination);
        if (Dust.IsDust(output))
        {
            return null;
        }

        var unsigned = new Transaction(2, [input with { Witness = Witness.Empty }], [output], locktime);
        var hash = new PrecomputedTransaction(unsigned, [htlc.FundingOutput(amount)])
            .WitnessV0Sighash(0, htlc.WitnessScript.Span, (uint)SighashType.All);
        var signed = input with { Witness = witness(key.SignEcdsa(hash).ToScriptItem()) };
        return new Transaction(2, [signed], [output], locktime);
    }
}
