using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>
/// What locks a leg of a swap, whatever kind of contract it is: whoever has the claim key and the preimage takes it, and the refund
/// key takes it back once the chain's median time is past the locktime. Everything else in src knows no more of it.
/// </summary>
public interface ILegContract
{
    /// <summary>The counterparty's key that takes it with the preimage; 33 bytes.</summary>
    PublicKey ClaimKey { get; }

    /// <summary>The owner's key that takes it back; 33 bytes.</summary>
    PublicKey RefundKey { get; }

    /// <summary>From when on it can be taken back.</summary>
    Locktime Locktime { get; }

    /// <summary>What the output pays.</summary>
    Script ScriptPubKey { get; }

    /// <summary>The script whose program that is, as parties show it to each other.</summary>
    Script WitnessScript { get; }

    /// <summary>The address of the contract.</summary>
    BitcoinAddress AddressOn(Network network);

    /// <summary>The output that funds it.</summary>
    TxOut FundingOutput(Amount amount);

    /// <summary>Tells how an input spends this contract. The chain has verified it.</summary>
    /// <param name="input">An input that spends an output of this contract.</param>
    /// <param name="kind">How.</param>
    /// <param name="preimage">With a claim: what it shows.</param>
    /// <returns>False where the input spends another contract.</returns>
    bool TryReadSpend(TxIn input, out SpendKind kind, out RevealedPreimage? preimage);

    /// <summary>A claim: takes the contract with the preimage, at once. It signals that it can be replaced (BIP125).</summary>
    /// <param name="funding">The output that pays it.</param>
    /// <param name="amount">What that holds.</param>
    /// <param name="claimKey">The contract's claim key; not disposed.</param>
    /// <param name="preimage">What opens the hash. It is public once the claim is broadcast.</param>
    /// <param name="destination">Where it all goes, less the fee.</param>
    /// <param name="rate">The feerate.</param>
    /// <returns>Null where what is left would be dust.</returns>
    /// <exception cref="ArgumentException">Key or preimage are not the contract's.</exception>
    Transaction? Claim(
        OutPoint funding, Amount amount, PrivateKey claimKey, RevealedPreimage preimage, Script destination, FeeRate rate);

    /// <summary>A refund: takes the contract back; final once the chain's median time is past the locktime. It signals that it can
    /// be replaced (BIP125).</summary>
    /// <param name="funding">The output that pays it.</param>
    /// <param name="amount">What that holds.</param>
    /// <param name="refundKey">The contract's refund key; not disposed.</param>
    /// <param name="destination">Where it all goes, less the fee.</param>
    /// <param name="rate">The feerate.</param>
    /// <returns>Null where what is left would be dust.</returns>
    /// <exception cref="ArgumentException">The key is not the contract's.</exception>
    Transaction? Refund(OutPoint funding, Amount amount, PrivateKey refundKey, Script destination, FeeRate rate);
}
