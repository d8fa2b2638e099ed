namespace Market.Bitcoin;

/// <summary>
/// What a taproot signature covers beside the transaction (BIP341, BIP342). The default is a key path.
/// </summary>
/// <param name="AnnexHash">SHA-256 of the annex with its length in front; null where there is none.</param>
/// <param name="LeafHash">The executed leaf's hash; null on a key path.</param>
/// <param name="CodeSeparatorPosition">
/// The last executed OP_CODESEPARATOR's place among the operations; 0xffffffff where there was none.
/// </param>
public readonly record struct TaprootSpend(
    Hash256? AnnexHash = null, Hash256? LeafHash = null, uint CodeSeparatorPosition = TaprootSpend.NoCodeSeparator)
{
    /// <summary>No OP_CODESEPARATOR was executed.</summary>
    public const uint NoCodeSeparator = 0xffffffff;

    /// <summary>A key path without annex.</summary>
    public static TaprootSpend KeyPath => new(null);

    /// <summary>A script path without annex and code separator.</summary>
    public static TaprootSpend ScriptPath(Hash256 leafHash) => new(null, leafHash);
}

/// <content>The hashes that segwit's signatures sign.</content>
public sealed partial class PrecomputedTransaction
{
    private const int TaprootPreimageLength = 275;

    /// <summary>The hash that a version 0 witness signature signs (BIP143).</summary>
    /// <param name="inputIndex">The input that is signed.</param>
    /// <param name="scriptCode">
    /// The witness script from the last executed OP_CODESEPARATOR on; for P2WPKH the P2PKH script of its hash.
    /// </param>
    /// <param name="hashType">A signature carries the lowest byte.</param>
    public Hash256 WitnessV0Sighash(int inputIndex, ReadOnlySpan<byte> scriptCode, uint hashType)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)inputIndex, (uint)Transaction.Inputs.Length);
        ref readonly var input = ref Transaction.Inputs.AsSpan()[inputIndex];
        var segwit = Segwit;
        var all = !CoversOne(hashType) && !CoversNone(hashType);
        var bytes = new PooledBytes(170 + scriptCode.Length);
        bytes.UInt32((uint)Transaction.Version);
        bytes.Hash(AnyoneCanPay(hashType) ? default : segwit.DoublePrevouts);
        bytes.Hash(AnyoneCanPay(hashType) || !all ? default : segwit.DoubleSequences);
        bytes.OutPoint(input.PreviousOutput);
        bytes.VarBytes(scriptCode);
        bytes.Int64(SpentOutputs[inputIndex].Value.Sats);
        bytes.UInt32(input.Sequence);
        bytes.Hash(OutputsHash(inputIndex, hashType, all));
        bytes.UInt32(Transaction.LockTime);
        bytes.UInt32(hashType);
        return bytes.DoubleSha256();
    }

    /// <summary>The hash that a P2WPKH signature signs (BIP143).</summary>
    /// <param name="inputIndex">The input that is signed.</param>
    /// <param name="keyHash">The key's HASH160.</param>
    /// <param name="hashType">What to cover.</param>
    public Hash256 P2wpkhSighash(int inputIndex, Hash160 keyHash, SighashType hashType = SighashType.All) =>
        WitnessV0Sighash(inputIndex, Script.P2pkh(keyHash).Span, (uint)hashType);

    /// <summary>The hash that a taproot signature signs (BIP341, BIP342).</summary>
    /// <param name="inputIndex">The input that is signed.</param>
    /// <param name="hashType">What to cover.</param>
    /// <param name="spend">Key path or leaf.</param>
    /// <param name="hash">The hash.</param>
    /// <returns>False for an unknown hash type, and SINGLE without an output of that index.</returns>
    public bool TryTaprootSighash(int inputIndex, SighashType hashType, in TaprootSpend spend, out Hash256 hash)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)inputIndex, (uint)Transaction.Inputs.Length);
        hash = default;
        var outputType = hashType == SighashType.Default ? SighashType.All : hashType & SighashType.Single;
        if (((byte)hashType & 0x7c) != 0 || (byte)hashType == (byte)SighashType.AnyoneCanPay
            || (outputType == SighashType.Single && inputIndex >= Transaction.Outputs.Length))
        {
            return false;
        }

        var anyoneCanPay = AnyoneCanPay((uint)hashType);
        var bytes = new PooledBytes(TaprootPreimageLength + SpentOutputs[inputIndex].SerializedLength);
        bytes.Byte(0);
        bytes.Byte((byte)hashType);
        bytes.UInt32((uint)Transaction.Version);
        bytes.UInt32(Transaction.LockTime);
        if (!anyoneCanPay)
        {
            bytes.Hash(Segwit.Prevouts);
            bytes.Hash(Taproot.Amounts);
            bytes.Hash(Taproot.Scripts);
            bytes.Hash(Segwit.Sequences);
        }

        if (outputType == SighashType.All)
        {
            bytes.Hash(Segwit.Outputs);
        }

        WriteTaprootInput(ref bytes, inputIndex, anyoneCanPay, spend);
        if (outputType == SighashType.Single)
        {
            bytes.Hash(SingleOutput(inputIndex).Sha256());
        }

        if (spend.LeafHash is { } leaf)
        {
            bytes.Hash(leaf);
            bytes.Byte(0);
            bytes.UInt32(spend.CodeSeparatorPosition);
        }

        hash = bytes.Tagged(TapTags.Sighash);
        return true;
    }

    private void WriteTaprootInput(
        ref PooledBytes bytes, int inputIndex, bool anyoneCanPay, in TaprootSpend spend)
    {
        bytes.Byte((byte)((spend.LeafHash is null ? 0 : 2) + (spend.AnnexHash is null ? 0 : 1)));
        if (anyoneCanPay)
        {
            ref readonly var input = ref Transaction.Inputs.AsSpan()[inputIndex];
            bytes.OutPoint(input.PreviousOutput);
            bytes.Output(SpentOutputs.AsSpan()[inputIndex]);
            bytes.UInt32(input.Sequence);
        }
        else
        {
            bytes.UInt32((uint)inputIndex);
        }

        if (spend.AnnexHash is { } annex)
        {
            bytes.Hash(annex);
        }
    }

    private Hash256 OutputsHash(int inputIndex, uint hashType, bool all)
    {
        if (all)
        {
            return Segwit.DoubleOutputs;
        }

        return CoversOne(hashType) && inputIndex < Transaction.Outputs.Length
            ? SingleOutput(inputIndex).DoubleSha256()
            : default;
    }

    private PooledBytes SingleOutput(int index)
    {
        ref readonly var output = ref Transaction.Outputs.AsSpan()[index];
        var bytes = new PooledBytes(output.SerializedLength);
        bytes.Output(output);
        return bytes;
    }
}
