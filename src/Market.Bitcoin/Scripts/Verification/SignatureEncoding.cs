namespace Market.Bitcoin;

/// <summary>What rules say of signatures' and keys' forms before the curve is asked.</summary>
public static class SignatureEncoding
{
    private const ScriptFlags AnyDer = ScriptFlags.DERSIG | ScriptFlags.LOW_S | ScriptFlags.STRICTENC;

    /// <summary>An ECDSA signature with its hash type's byte; an empty one is always allowed.</summary>
    /// <param name="signature">DER and the byte behind it.</param>
    /// <param name="flags">DERSIG, LOW_S, STRICTENC and BIP322 matter.</param>
    /// <returns><see cref="ScriptError.OK"/>, SIG_DER, SIG_HIGH_S or SIG_HASHTYPE.</returns>
    public static ScriptError CheckSignature(ReadOnlySpan<byte> signature, ScriptFlags flags)
    {
        if (signature.IsEmpty || (flags & AnyDer) == 0)
        {
            return ScriptError.OK;
        }

        if (!Der.IsStrict(signature[..^1]))
        {
            return ScriptError.SIG_DER;
        }

        if ((flags & ScriptFlags.LOW_S) != 0 && !IsLowS(signature[..^1]))
        {
            return ScriptError.SIG_HIGH_S;
        }

        if ((flags & ScriptFlags.BIP322) != 0 && signature[^1] != (byte)SighashType.All)
        {
            return ScriptError.SIG_HASHTYPE;
        }

        var type = signature[^1] & ~(byte)SighashType.AnyoneCanPay;
        return (flags & ScriptFlags.STRICTENC) != 0
            && type is < (byte)SighashType.All or > (byte)SighashType.Single
            ? ScriptError.SIG_HASHTYPE
            : ScriptError.OK;
    }

    /// <summary>A key in a script before taproot.</summary>
    internal static ScriptError CheckKey(ReadOnlySpan<byte> key, ScriptFlags flags, SignatureVersion version)
    {
        var compressed = key is [2 or 3, ..] && key.Length == 33;
        if ((flags & ScriptFlags.STRICTENC) != 0 && !compressed && !(key is [4, ..] && key.Length == 65))
        {
            return ScriptError.PUBKEYTYPE;
        }

        return (flags & ScriptFlags.WITNESS_PUBKEYTYPE) != 0 && version == SignatureVersion.WitnessV0 && !compressed
            ? ScriptError.WITNESS_PUBKEYTYPE
            : ScriptError.OK;
    }

    /// <summary>True where a push took its shortest form.</summary>
    internal static bool IsMinimalPush(ReadOnlySpan<byte> data, Opcode opcode) => data switch
    {
        [] => opcode == Opcode.OP_0,
        [>= 1 and <= 16] or [0x81] => false,
        { Length: < (int)Opcode.OP_PUSHDATA1 } => (int)opcode == data.Length,
        { Length: <= byte.MaxValue } => opcode == Opcode.OP_PUSHDATA1,
        { Length: <= ushort.MaxValue } => opcode == Opcode.OP_PUSHDATA2,
        _ => true,
    };

    // Core asks libsecp256k1, for which an S that overflows the order reads as nought and so as low.
    private static bool IsLowS(ReadOnlySpan<byte> der)
    {
        Span<byte> compact = stackalloc byte[EcdsaSignature.CompactLength];
        if (!Der.TryReadLax(der, compact))
        {
            return false;
        }

        return Der.IsLowS(compact[32..]) || Der.Overflows(compact);
    }
}
