namespace Market.Bitcoin;

/// <summary>Checks signatures and locks of one input.</summary>
internal readonly struct SignatureChecker(
    PrecomputedTransaction transaction, int inputIndex, SignatureCache? cache = null)
{
    private const uint LockTimeThreshold = 500_000_000;
    private const uint SequenceDisableFlag = 1u << 31;
    private const uint SequenceTypeFlag = 1u << 22;
    private const uint SequenceMask = 0xffff;

    private Transaction Transaction => transaction.Transaction;

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
        var isRight = cache is null
            ? Curve.VerifySchnorr(key, message, plain)
            : cache.VerifySchnorr(key, message, plain);
        return isRight ? ScriptError.OK : ScriptError.SCHNORR_SIG;
    }

    /// <summary>BIP65.</summary>
    public bool CheckLockTime(long lockTime)
    {
        var own = Transaction.LockTime;
        return (own < LockTimeThreshold) == (lockTime < LockTimeThreshold) && lockTime <= own
            && Transaction.Inputs[inputIndex].Sequence != TxIn.FinalSequence;
    }

    /// <summary>BIP112. The disable flag of the script's number was looked at before.</summary>
    public bool CheckSequence(long sequence)
    {
        var own = Transaction.Inputs[inputIndex].Sequence;
        if ((uint)Transaction.Version < 2 || (own & SequenceDisableFlag) != 0)
        {
            return false;
        }

        var wanted = (uint)sequence & (SequenceTypeFlag | SequenceMask);
        own &= SequenceTypeFlag | SequenceMask;
        return (own < SequenceTypeFlag) == (wanted < SequenceTypeFlag) && wanted <= own;
    }

    /// <summary>True where a number in a script switches its relative lock off.</summary>
    public static bool IsSequenceDisabled(long sequence) => (sequence & SequenceDisableFlag) != 0;
}
