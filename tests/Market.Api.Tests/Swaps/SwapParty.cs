using System.Security.Cryptography;
using System.Text;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Tests.Swaps;

/// <summary>The keys of one side of one swap, and the transactions they sign.</summary>
public sealed class SwapParty
{
    public SwapParty(string name)
    {
        Claim = PrivateKey.Create(SHA256.HashData(Encoding.UTF8.GetBytes(name + "/claim")));
        Refund = PrivateKey.Create(SHA256.HashData(Encoding.UTF8.GetBytes(name + "/refund")));
        Preimage = Market.Swaps.Preimage.Create(SHA256.HashData(Encoding.UTF8.GetBytes(name + "/preimage")));
    }

    public PrivateKey Claim { get; }

    public PrivateKey Refund { get; }

    public Preimage Preimage { get; }

    public static Script Plain { get; } = Script.FromHex("0014" + string.Concat(Enumerable.Repeat("ab", 20)));

    public GiveSwapKeys Keys(SwapRole role) => new()
    {
        ClaimKey = Hex.Encode(Claim.PublicKey.Span),
        RefundKey = Hex.Encode(Refund.PublicKey.Span),
        PaymentHash = role == SwapRole.Seller ? Preimage.Hash.ToString() : null,
        PayoutScript = role == SwapRole.Seller ? Plain.ToString() : null,
    };

    public Transaction ClaimOf(Htlc htlc, OutPoint funding, Amount amount, RevealedPreimage preimage) =>
        Spend(htlc, funding, amount, 0, signature => htlc.ClaimWitness(signature, preimage), Claim);

    public Transaction RefundOf(Htlc htlc, OutPoint funding, Amount amount) =>
        Spend(htlc, funding, amount, htlc.Locktime.UnixSeconds, htlc.RefundWitness, Refund);

    private static Transaction Spend(
        Htlc htlc, OutPoint funding, Amount amount, uint lockTime, Func<byte[], Witness> witness, PrivateKey key)
    {
        var output = new TxOut(new Amount(amount.Sats - 500), Plain);
        var bare = new Transaction(2, [new TxIn(funding, Script.Empty, TxIn.ReplaceableSequence)], [output], lockTime);
        var hash = new PrecomputedTransaction(bare, [htlc.FundingOutput(amount)])
            .WitnessV0Sighash(0, htlc.WitnessScript.Span, (uint)SighashType.All);
        var signed = new TxIn(
            funding, Script.Empty, TxIn.ReplaceableSequence, witness(key.SignEcdsa(hash).ToScriptItem()));
        return new Transaction(2, [signed], [output], lockTime);
    }
}
