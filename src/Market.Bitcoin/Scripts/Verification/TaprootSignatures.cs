namespace Market.Bitcoin;

/// <summary>
/// Schnorr signatures of one taproot output: on its key path, and those of a tapscript within what its witness allows (BIP342),
/// with what is proposed for them (BIP118, BIP348).
/// </summary>
internal sealed class TaprootSignatures
{
    /// <summary>Weight units that a signature takes of a tapscript's allowance (BIP342).</summary>
    public const int WeightOfSignature = 50;

    private const byte AnyPrevoutPrefix = 1;

    private SignatureChecker _checker;
    private ScriptFlags _flags;
    private TaprootSpend _spend;
    private long _weightLeft;

    /// <summary>The key that the output was made from, 32 bytes; empty on a key path.</summary>
    public ReadOnlyMemory<byte> InternalKey { get; private set; }

    /// <summary>SHA-256 of the annex with its length in front; null where there is none.</summary>
    public Hash256? AnnexHash => _spend.AnnexHash;

    /// <summary>Begins an input; no taproot spend yet.</summary>
    public void BeginInput(SignatureChecker checker, ScriptFlags flags) => (_checker, _flags, _spend) = (checker, flags, default);

    /// <summary>Begins a key path.</summary>
    /// <param name="annexHash">SHA-256 of the annex with its length in front; null where there is none.</param>
    public void BeginKeyPath(Hash256? annexHash) => _spend = new TaprootSpend(annexHash);

    /// <summary>Begins a tapscript.</summary>
    /// <param name="spend">Leaf and annex.</param>
    /// <param name="internalKey">What the control block states.</param>
    /// <param name="weight">Weight units that signatures may take together.</param>
    public void BeginTapscript(TaprootSpend spend, ReadOnlyMemory<byte> internalKey, long weight) =>
        (_spend, InternalKey, _weightLeft) = (spend, internalKey, weight);

    /// <summary>Forgets what the input was: nothing of it is kept alive.</summary>
    public void End() => (_checker, InternalKey) = (default, default);

    /// <summary>OP_CODESEPARATOR.</summary>
    /// <param name="opcodeIndex">Which operation it is, counted from 0.</param>
    public void SeparateCode(uint opcodeIndex) => _spend = _spend with { CodeSeparatorPosition = opcodeIndex };

    /// <summary>A signature of the input by the output's own key.</summary>
    public ScriptError CheckKeyPath(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key) => CheckSpend(signature, key, _spend);

    /// <summary>A tapscript's signature of the input.</summary>
    public ScriptError CheckTapscript(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key, out bool success)
    {
        var error = Count(signature, key, out success);
        if (error != ScriptError.OK)
        {
            return error;
        }

        if (key.Length == Curve.ScalarLength)
        {
            return success ? CheckSpend(signature, key, _spend) : ScriptError.OK;
        }

        if ((_flags & ScriptFlags.ANYPREVOUT) == 0 || key is not ([AnyPrevoutPrefix] or [AnyPrevoutPrefix, .. { Length: 32 }]))
        {
            return UnknownKey();
        }

        return success
            ? CheckSpend(
                signature, key.Length == 1 ? InternalKey.Span : key[1..], _spend with { KeyVersion = TaprootSpend.AnyPrevoutKey })
            : ScriptError.OK;
    }

    /// <summary>A tapscript's signature of a message on its stack (BIP348).</summary>
    public ScriptError CheckMessage(
        ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> key, out bool success)
    {
        var error = Count(signature, key, out success);
        if (error != ScriptError.OK)
        {
            return error;
        }

        if (key.Length != Curve.ScalarLength)
        {
            return UnknownKey();
        }

        return success ? _checker.CheckMessage(signature, message, key) : ScriptError.OK;
    }

    // A signature of an unknown kind of key counts too.
    private ScriptError Count(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key, out bool success)
    {
        success = !signature.IsEmpty;
        if (success && (_weightLeft -= WeightOfSignature) < 0)
        {
            return ScriptError.TAPSCRIPT_VALIDATION_WEIGHT;
        }

        return key.IsEmpty ? ScriptError.TAPSCRIPT_EMPTY_PUBKEY : ScriptError.OK;
    }

    private ScriptError UnknownKey() => (_flags & ScriptFlags.DISCOURAGE_UPGRADABLE_PUBKEYTYPE) != 0
        ? ScriptError.DISCOURAGE_UPGRADABLE_PUBKEYTYPE
        : ScriptError.OK;

    private ScriptError CheckSpend(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key, in TaprootSpend spend) =>
        (_flags & ScriptFlags.BIP322) != 0 && signature.Length > SchnorrSignature.Length
            && signature[^1] != (byte)SighashType.All
            ? ScriptError.SCHNORR_SIG_HASHTYPE
            : _checker.CheckSchnorr(signature, key, spend);
}
