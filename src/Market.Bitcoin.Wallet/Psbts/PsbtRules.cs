using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>What keys and values of each type may be. Types that are not known pass.</summary>
internal static class PsbtRules
{
    private const uint LockTimeThreshold = 500_000_000;
    private const int FingerprintLength = 4;

    public static PsbtError CheckGlobal(PsbtField field) => field.Type switch
    {
        PsbtGlobalType.UnsignedTransaction => NoKey(field, true),
        PsbtGlobalType.ExtendedPublicKey => ExtendedKey(field),
        PsbtGlobalType.TransactionVersion or PsbtGlobalType.FallbackLockTime or PsbtGlobalType.Version =>
            NoKey(field, field.Value.Length == 4),
        PsbtGlobalType.InputCount or PsbtGlobalType.OutputCount => NoKey(field, IsCompactSize(field.Value)),
        PsbtGlobalType.Modifiable => NoKey(field, field.Value.Length == 1),
        PsbtGlobalType.Proprietary => Proprietary(field),
        _ => PsbtError.None,
    };

    public static PsbtError CheckInput(PsbtField field) => field.Type switch
    {
        PsbtInputType.PreviousTransaction => NoKey(field, Transaction.TryParse(field.Value, out _, out _)),
        PsbtInputType.SpentOutput => NoKey(field, TryReadOutput(field.Value, out _)),
        PsbtInputType.PartialSignature => PublicKeyed(field, IsSignature(field.Value.Span)),
        PsbtInputType.SighashType => NoKey(field, field.Value.Length == 4),
        PsbtInputType.RedeemScript or PsbtInputType.WitnessScript or PsbtInputType.FinalScriptSig => NoKey(field, true),
        PsbtInputType.Origin => PublicKeyed(field, IsOrigin(field.Value.Length)),
        PsbtInputType.FinalWitness => NoKey(field, TryReadWitness(field.Value, out _)),
        PsbtInputType.Ripemd160Preimage or PsbtInputType.Hash160Preimage => Length(field, 20),
        PsbtInputType.Sha256Preimage or PsbtInputType.Hash256Preimage => Length(field, 32),
        PsbtInputType.PreviousTxId => NoKey(field, field.Value.Length == 32),
        PsbtInputType.OutputIndex or PsbtInputType.Sequence => NoKey(field, field.Value.Length == 4),
        PsbtInputType.RequiredTime => NoKey(field, IsLock(field.Value, time: true)),
        PsbtInputType.RequiredHeight => NoKey(field, IsLock(field.Value, time: false)),
        PsbtInputType.TapKeySignature => NoKey(field, field.Value.Length is 64 or 65),
        PsbtInputType.TapScriptSignature => XOnlyKeyed(field, 64, field.Value.Length is 64 or 65),
        PsbtInputType.TapLeafScript => LeafScript(field),
        PsbtInputType.TapOrigin => XOnlyKeyed(field, 32, IsTapOrigin(field.Value)),
        PsbtInputType.TapInternalKey => NoKey(field, Curve.IsXOnlyKey(field.Value.Span)),
        PsbtInputType.TapMerkleRoot => NoKey(field, field.Value.Length == 32),
        PsbtInputType.MuSigParticipants => MuSigParticipants(field),
        PsbtInputType.MuSigNonce => MuSig(field, 66),
        PsbtInputType.MuSigPartialSignature => MuSig(field, 32),
        PsbtGlobalType.Proprietary => Proprietary(field),
        _ => PsbtError.None,
    };

    public static PsbtError CheckOutput(PsbtField field) => field.Type switch
    {
        PsbtOutputType.RedeemScript or PsbtOutputType.WitnessScript or PsbtOutputType.ScriptPubKey =>
            NoKey(field, true),
        PsbtOutputType.Origin => PublicKeyed(field, IsOrigin(field.Value.Length)),
        PsbtOutputType.Amount => NoKey(field, field.Value.Length == 8),
        PsbtOutputType.TapInternalKey => NoKey(field, Curve.IsXOnlyKey(field.Value.Span)),
        PsbtOutputType.TapTree => NoKey(field, PsbtTapTree.IsValid(field.Value)),
        PsbtOutputType.TapOrigin => XOnlyKeyed(field, 32, IsTapOrigin(field.Value)),
        PsbtOutputType.MuSigParticipants => MuSigParticipants(field),
        PsbtGlobalType.Proprietary => Proprietary(field),
        _ => PsbtError.None,
    };

    public static bool TryReadOutput(ReadOnlyMemory<byte> bytes, out TxOut output)
    {
        var reader = new ByteReader(bytes);
        output = new TxOut(new Amount(reader.ReadInt64()), new Script(reader.ReadVarBytes()));
        reader.ExpectEnd();
        return !reader.Failed;
    }

    public static bool TryReadWitness(ReadOnlyMemory<byte> bytes, out Witness witness)
    {
        var reader = new ByteReader(bytes);
        witness = Witness.Read(ref reader);
        reader.ExpectEnd();
        return !reader.Failed;
    }

    private static PsbtError NoKey(PsbtField field, bool valueIsValid) =>
        !field.KeyData.IsEmpty ? PsbtError.KeyLength : Value(valueIsValid);

    private static PsbtError Length(PsbtField field, int length) =>
        field.KeyData.Length != length ? PsbtError.KeyLength : PsbtError.None;

    private static PsbtError Value(bool isValid) => isValid ? PsbtError.None : PsbtError.InvalidValue;

    private static PsbtError PublicKeyed(PsbtField field, bool valueIsValid)
    {
        if (field.KeyData.Length is not (33 or 65))
        {
            return PsbtError.KeyLength;
        }

        return PublicKey.TryParse(field.KeyData.Span, out _) ? Value(valueIsValid) : PsbtError.InvalidKey;
    }

    private static PsbtError XOnlyKeyed(PsbtField field, int length, bool valueIsValid)
    {
        if (field.KeyData.Length != length)
        {
            return PsbtError.KeyLength;
        }

        return Curve.IsXOnlyKey(field.KeyData.Span[..32]) ? Value(valueIsValid) : PsbtError.InvalidKey;
    }

    private static PsbtError ExtendedKey(PsbtField field)
    {
        if (field.KeyData.Length != ExtendedPublicKey.SerializedLength)
        {
            return PsbtError.KeyLength;
        }

        // The path has as many steps as the key is deep.
        var key = field.KeyData.Span;
        return PublicKey.TryParse(key[45..], out _)
            ? Value(field.Value.Length == FingerprintLength + 4 * key[4])
            : PsbtError.InvalidKey;
    }

    private static PsbtError Proprietary(PsbtField field)
    {
        var reader = new ByteReader(field.KeyData);
        reader.ReadVarBytes();
        reader.ReadCompactSize();
        return reader.Failed ? PsbtError.InvalidKey : PsbtError.None;
    }

    private static PsbtError LeafScript(PsbtField field)
    {
        var length = field.KeyData.Length;
        return length < 33 || (length - 33) % 32 != 0 || (length - 33) / 32 > Taproot.MaxDepth
            ? PsbtError.KeyLength
            : Value(!field.Value.IsEmpty);
    }

    private static PsbtError MuSigParticipants(PsbtField field)
    {
        if (field.KeyData.Length != 33)
        {
            return PsbtError.KeyLength;
        }

        if (!PublicKey.TryParse(field.KeyData.Span, out _))
        {
            return PsbtError.InvalidKey;
        }

        var value = field.Value;
        var isValid = !value.IsEmpty && value.Length % 33 == 0;
        for (; isValid && !value.IsEmpty; value = value[33..])
        {
            isValid = PublicKey.TryParse(value.Span[..33], out _);
        }

        return Value(isValid);
    }

    private static PsbtError MuSig(PsbtField field, int valueLength)
    {
        var key = field.KeyData.Span;
        if (key.Length is not (66 or 98))
        {
            return PsbtError.KeyLength;
        }

        return PublicKey.TryParse(key[..33], out _) && PublicKey.TryParse(key.Slice(33, 33), out _)
            ? Value(field.Value.Length == valueLength)
            : PsbtError.InvalidKey;
    }

    private static bool IsSignature(ReadOnlySpan<byte> value) => !value.IsEmpty && SignatureEncoding.CheckSignature(
        value, ScriptFlags.DERSIG | ScriptFlags.STRICTENC) == ScriptError.OK;

    private static bool IsOrigin(int length) => length >= FingerprintLength && length % 4 == 0;

    private static bool IsTapOrigin(ReadOnlyMemory<byte> value)
    {
        var reader = new ByteReader(value);
        reader.ReadBytes(32 * reader.ReadCount(32));
        return !reader.Failed && IsOrigin(reader.Remaining);
    }

    private static bool IsCompactSize(ReadOnlyMemory<byte> value)
    {
        var reader = new ByteReader(value);
        reader.ReadCompactSize();
        reader.ExpectEnd();
        return !reader.Failed;
    }

    private static bool IsLock(ReadOnlyMemory<byte> value, bool time)
    {
        var reader = new ByteReader(value);
        var number = reader.ReadUInt32();
        reader.ExpectEnd();
        return !reader.Failed && (time ? number >= LockTimeThreshold : number is > 0 and < LockTimeThreshold);
    }
}
