namespace Market.Bitcoin;

/// <summary>Checks signatures of one input.</summary>
internal readonly struct SignatureChecker(
    PrecomputedTransaction transaction, int inputIndex, SignatureCache? cache = null)
{
    /// <summary>An ECDSA signature with its hash type's byte over a script code.</summary>
    public bool CheckEcdsa(
        ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key, ReadOnlySpan<byte> scriptCode, SignatureVersion version)
    {
        Span<byte> compact = stackalloc byte[EcdsaSignature.CompactLength];
        if (signature.IsEmpty || key.IsEmpty || !Der.TryReadLax(signature[..^1], compact))
        {
            return false;
        }

        var hash = version == SignatureVersion.WitnessV0
            ? transaction.WitnessV0Sighash(inputIndex, scriptCode, signature[^1])
            : transaction.LegacySighash(inputIndex, scriptCode, signature[^1]);
        Span<byte> message = stackalloc byte[Hash256.Length];
        hash.CopyTo(message);
        return cache is null
            ? Curve.VerifyEcdsa(key, message, compact)
            : cache.VerifyEcdsa(key, message, compact);
    }

    /// <summary>A taproot signature of 64 or 65 bytes.</summary>
    public ScriptError CheckSchnorr(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key, in TaprootSpend spend)
    {
        if (signature.Length is not (SchnorrSignature.Length or SchnorrSignature.Length + 1))
        {
            return ScriptError.SCHNORR_SIG_SIZE;
        }

        var type = SighashType.Default;
        if (signature.Length > SchnorrSignature.Length)
        {
            type = (SighashType)signature[^1];
            if (type == SighashType.Default)
            {
                return ScriptError.SCHNORR_SIG_HASHTYPE;
            }
        }

        if (!transaction.TryTaprootSighash(inputIndex, type, spend, out var hash))
        {
            return ScriptError.SCHNORR_SIG_HASHTYPE;
        }

        Span<byte> message = stackalloc byte[Hash256.Length];
        hash.CopyTo(message);
        var plain = signature[..SchnorrSignature.Length];
        return VerifySchnorr(plain, message, key);
    }

    /// <summary>A signature of 64 bytes of any message (BIP348).</summary>
    public ScriptError CheckMessage(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> key) =>
        signature.Length == SchnorrSignature.Length
            ? VerifySchnorr(signature, message, key)
            : ScriptError.SCHNORR_SIG_SIZE;

    private ScriptError VerifySchnorr(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> key)
    {
        var isRight = cache is null
            ? Curve.VerifySchnorr(key, message, signature)
            : cache.VerifySchnorr(key, message, signature);
        return isRight ? ScriptError.OK : ScriptError.SCHNORR_SIG;
    }
}
