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

    private static FeeRate Rate { get; } = FeeRate.PerVByte(4);

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

    public Transaction ClaimOf(ILegContract contract, OutPoint funding, Amount amount, RevealedPreimage preimage) =>
        contract.Claim(funding, amount, Claim, preimage, Plain, Rate)!;

    public Transaction RefundOf(ILegContract contract, OutPoint funding, Amount amount) =>
        contract.Refund(funding, amount, Refund, Plain, Rate)!;
}
