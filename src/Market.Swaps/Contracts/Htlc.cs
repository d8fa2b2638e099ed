using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>
/// The contract of both legs: wsh(andor(pk(CLAIM), sha256(H), and_v(v:pk(REFUND), after(T)))), as miniscript compiles
/// it.
/// Whoever has the claim key and the preimage takes it at any time; the refund key takes it once the chain's median
/// time
/// is past T.
/// </summary>
/// <param name="ClaimKey">33 bytes.</param>
/// <param name="RefundKey">33 bytes.</param>
/// <param name="Hash">H.</param>
/// <param name="Locktime">T.</param>
internal sealed record Htlc(PublicKey ClaimKey, PublicKey RefundKey, PaymentHash Hash, Locktime Locktime) : ILegContract
{
    /// <summary>Length of the witness script in bytes.</summary>
    public const int ScriptLength = 118;

    private const int ClaimKeyAt = 1;
    private const int RefundKeyAt = 37;
    private const int LocktimeAt = 72;
    private const int HashAt = 84;

    private Script? _witnessScript;
    private Script? _scriptPubKey;

    /// <summary>The miniscript compiled: 118 bytes.</summary>
    public Script WitnessScript => _witnessScript ??= Compile();

    /// <summary>P2WSH of the witness script.</summary>
    public Script ScriptPubKey => _scriptPubKey ??= Script.P2wsh(WitnessScript);

    /// <summary>Reads a witness script of exactly this form.</summary>
    public static bool TryParse(Script witnessScript, [NotNullWhen(true)] out Htlc? htlc)
    {
        htlc = null;
        var bytes = witnessScript.Span;
        if (bytes.Length != ScriptLength
            || !PublicKey.TryParse(bytes.Slice(ClaimKeyAt, 33), out var claim)
            || !PublicKey.TryParse(bytes.Slice(RefundKeyAt, 33), out var refund)
            || !Locktime.TryCreate(System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes[LocktimeAt..]),
                out var locktime))
        {
            return false;
        }

        var read = new Htlc(claim, refund, new PaymentHash(new Hash256(bytes.Slice(HashAt, 32))), locktime);
        htlc = read.WitnessScript == witnessScript ? read : null;
        return htlc is not null;
    }

    /// <inheritdoc/>
    public BitcoinAddress AddressOn(Network network) => BitcoinAddress.FromScript(ScriptPubKey, network);

    /// <inheritdoc/>
    public TxOut FundingOutput(Amount amount) => new(amount, ScriptPubKey);

    /// <inheritdoc/>
    public Transaction? Claim(
        OutPoint funding, Amount amount, PrivateKey claimKey, RevealedPreimage preimage, Script destination, FeeRate rate) =>
        HtlcSigning.Claim(this, funding, amount, claimKey, preimage, destination, rate);

    /// <inheritdoc/>
    public Transaction? Refund(OutPoint funding, Amount amount, PrivateKey refundKey, Script destination, FeeRate rate) =>
        HtlcSigning.Refund(this, funding, amount, refundKey, destination, rate);

    /// <summary>The witness of a claim.</summary>
    /// <param name="signature">By the claim key: DER and hash type.</param>
    /// <param name="preimage">What opens H.</param>
    public Witness ClaimWitness(byte[] signature, RevealedPreimage preimage) =>
        new(preimage.Span.ToArray(), signature, WitnessScript.ToArray());

    /// <summary>The witness of a refund.</summary>
    /// <param name="signature">By the refund key: DER and hash type.</param>
    public Witness RefundWitness(byte[] signature) => new(signature, [], WitnessScript.ToArray());

    /// <summary>
    /// Tells how an input spends this contract. The chain has verified it, so what opens the hash is a claim and all else a refund:
    /// a refund's second item is empty as a rule of relay only (BIP146), and a block may hold any other signature that fails.
    /// </summary>
    /// <param name="input">An input that spends an output of this contract.</param>
    /// <param name="kind">How.</param>
    /// <param name="preimage">With a claim: what it shows.</param>
    public bool TryReadSpend(TxIn input, out SpendKind kind, out RevealedPreimage? preimage)
    {
        (kind, preimage) = (SpendKind.Refund, null);
        var items = input.Witness.Items;
        if (items.Length != 3 || !items[2].Span.SequenceEqual(WitnessScript.Span))
        {
            return false;
        }

        if (!items[1].IsEmpty && RevealedPreimage.TryOpen(Hash, items[0].Span, out preimage))
        {
            kind = SpendKind.Claim;
        }

        return true;
    }

    private Script Compile() => new ScriptBuilder()
        .PushBytes(ClaimKey.Span).Op(Opcode.OP_CHECKSIG)
        .Op(Opcode.OP_NOTIF)
        .PushBytes(RefundKey.Span).Op(Opcode.OP_CHECKSIGVERIFY)
        .Number(Locktime.UnixSeconds).Op(Opcode.OP_CHECKLOCKTIMEVERIFY)
        .Op(Opcode.OP_ELSE)
        .Op(Opcode.OP_SIZE).Number(Preimage.Length).Op(Opcode.OP_EQUALVERIFY)
        .Op(Opcode.OP_SHA256).PushBytes(Hash.ToArray()).Op(Opcode.OP_EQUAL)
        .Op(Opcode.OP_ENDIF)
        .Build();
}
