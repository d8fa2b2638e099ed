using System.Security.Cryptography;
using Market.Bitcoin.Encoding;
using Market.Hashing;

namespace Market.Bitcoin.Wallet;

/// <summary>
/// Messages signed by BIP322's "simple" form: whoever signs could spend what an output's script locks. The signature
/// is the witness of a transaction that spends from one that exists nowhere.
/// </summary>
public static class Bip322
{
    /// <summary>Longer signatures are refused unread.</summary>
    public const int MaxSignatureLength = 16_000;

    private const string Prefix = "smp";

    private static readonly TaggedHasher MessageTag = new("BIP0322-signed-message");

    /// <summary>The tagged hash of a message, in the order that it is written.</summary>
    /// <param name="message">Any bytes; texts as UTF-8.</param>
    public static Hash256 MessageHash(ReadOnlySpan<byte> message)
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        MessageTag.Hash(message, hash);
        return new Hash256(hash);
    }

    /// <summary>The transaction whose output is spent by the one that is signed.</summary>
    /// <param name="message">Any bytes; texts as UTF-8.</param>
    /// <param name="challenge">The script that the signer must be able to spend.</param>
    public static Transaction ToSpend(ReadOnlySpan<byte> message, Script challenge)
    {
        var commitment = new ScriptBuilder().Op(Opcode.OP_0).PushBytes(MessageHash(message).ToArray()).Build();
        return new Transaction(
            0, [new TxIn(OutPoint.Null, commitment, 0)], [new TxOut(Amount.Zero, challenge)], 0);
    }

    /// <summary>The transaction that is signed, with the output that it spends.</summary>
    /// <param name="message">Any bytes; texts as UTF-8.</param>
    /// <param name="challenge">The script that the signer must be able to spend.</param>
    /// <param name="witness">Its witness; none while there is no signature.</param>
    public static PrecomputedTransaction ToSign(
        ReadOnlySpan<byte> message, Script challenge, Witness witness = default)
    {
        var spent = ToSpend(message, challenge);
        var input = new TxIn(new OutPoint(spent.Id, 0), Script.Empty, 0, witness);
        var nothing = new TxOut(Amount.Zero, new ScriptBuilder().Op(Opcode.OP_RETURN).Build());
        return new PrecomputedTransaction(new Transaction(0, [input], [nothing], 0), spent.Outputs);
    }

    /// <summary>Signs with one key for P2WPKH or a P2TR key path without scripts (BIP86).</summary>
    /// <param name="message">Any bytes; texts as UTF-8.</param>
    /// <param name="challenge">The script of the key.</param>
    /// <param name="key">The key; for P2TR before tweaking. Not disposed.</param>
    /// <exception cref="ArgumentException">
    /// The script is not the key's, or of another kind: for that sign <see cref="ToSign"/> and use
    /// <see cref="Encode"/>.
    /// </exception>
    public static string Sign(ReadOnlySpan<byte> message, Script challenge, PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!challenge.IsP2wpkh && !challenge.IsP2tr)
        {
            throw new ArgumentException("One key signs for P2WPKH and P2TR key paths only.", nameof(challenge));
        }

        var unsigned = ToSign(message, challenge);
        var signed = TransactionSigner.Sign(unsigned.Transaction, unsigned.SpentOutputs, _ => Copy(key));
        return Encode(signed.Inputs[0].Witness);
    }

    /// <summary>The text of a witness made for <see cref="ToSign"/>: "smp" and base64.</summary>
    public static string Encode(Witness witness)
    {
        var writer = new ByteWriter();
        witness.Write(writer);
        return Prefix + Convert.ToBase64String(writer.Written);
    }

    /// <summary>Tells whether a signature is right, under the standard script rules and BIP322's own.</summary>
    /// <param name="message">Any bytes; texts as UTF-8.</param>
    /// <param name="challenge">The script; one with a time lock cannot be signed for in this form.</param>
    /// <param name="signature">"smp" and base64; the prefix may be missing, as it was before version 2 of the BIP.</param>
    public static Bip322Result Verify(ReadOnlySpan<byte> message, Script challenge, string? signature)
    {
        if (!challenge.IsP2wpkh && !challenge.IsP2wsh && !challenge.IsP2tr)
        {
            return new Bip322Result(Bip322Error.AddressKind);
        }

        var error = Decode(signature, out var witness);
        if (error != Bip322Error.None)
        {
            return new Bip322Result(error);
        }

        var script = ScriptVerifier.Verify(
            ToSign(message, challenge, witness), 0, ScriptFlags.Standard | ScriptFlags.BIP322);
        return script == ScriptError.OK ? default : new Bip322Result(Bip322Error.Script, script);
    }

    private static Bip322Error Decode(string? signature, out Witness witness)
    {
        witness = default;
        if (signature is not { Length: > 0 and <= MaxSignatureLength })
        {
            return Bip322Error.SignatureLength;
        }

        var text = signature.StartsWith(Prefix, StringComparison.Ordinal) ? signature.AsSpan(Prefix.Length) : signature;
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64Chars(text, bytes, out var length)
            || !text.SequenceEqual(Convert.ToBase64String(bytes, 0, length)))
        {
            return Bip322Error.SignatureFormat;
        }

        var reader = new ByteReader(bytes.AsMemory(0, length));
        witness = Witness.Read(ref reader);
        reader.ExpectEnd();
        return reader.Failed ? Bip322Error.WitnessFormat : Bip322Error.None;
    }

    // The transaction signer disposes what it is given.
    private static PrivateKey Copy(PrivateKey key)
    {
        Span<byte> secret = stackalloc byte[PrivateKey.Length];
        key.ExportTo(secret);
        var copy = PrivateKey.Create(secret);
        CryptographicOperations.ZeroMemory(secret);
        return copy;
    }
}
