using System.Collections.Immutable;

namespace Market.Bitcoin;

/// <summary>
/// A transaction and the outputs it spends, with the hashes that all its signatures share worked out once (BIP143,
/// BIP341). Safe for use by many threads.
/// </summary>
public sealed class PrecomputedTransaction
{
    private const int TaprootPreimageLength = 275;

    private SegwitHashes? _segwit;
    private TaprootHashes? _taproot;
    private TemplateHashes? _templates;
    private CachedHash?[]? _singleOutputs;

    /// <summary>Wraps a transaction.</summary>
    /// <param name="transaction">The transaction, signed or not.</param>
    /// <param name="spentOutputs">The outputs its inputs spend, in order.</param>
    /// <exception cref="ArgumentException">Not as many outputs as inputs.</exception>
    public PrecomputedTransaction(Transaction transaction, ImmutableArray<TxOut> spentOutputs)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (spentOutputs.IsDefault || spentOutputs.Length != transaction.Inputs.Length)
        {
            throw new ArgumentException("Each input spends one output.", nameof(spentOutputs));
        }

        Transaction = transaction;
        SpentOutputs = spentOutputs;
    }

    /// <summary>The transaction.</summary>
    public Transaction Transaction { get; }

    /// <summary>The outputs its inputs spend, in order.</summary>
    public ImmutableArray<TxOut> SpentOutputs { get; }

    // References are written whole, so at worst two threads work out the same hashes.
    private SegwitHashes Segwit => _segwit ??= new SegwitHashes(Transaction);

    private TaprootHashes Taproot => _taproot ??= new TaprootHashes(SpentOutputs);

    /// <summary>The hashes that outputs may ask for of what spends them (BIP119, BIP446).</summary>
    public TemplateHashes Templates => _templates ??= new TemplateHashes(Transaction, Segwit);

    /// <summary>
    /// The hash that a legacy signature signs. OP_CODESEPARATOR is left out of the script; taking signatures out of it
    /// (FindAndDelete) is the caller's duty.
    /// </summary>
    /// <param name="inputIndex">The input that is signed.</param>
    /// <param name="scriptCode">The script from the last executed OP_CODESEPARATOR on.</param>
    /// <param name="hashType">All four bytes; a script's signature carries the lowest.</param>
    /// <returns>The number one for SINGLE without an output of that index, as Bitcoin always had it.</returns>
    public Hash256 LegacySighash(int inputIndex, ReadOnlySpan<byte> scriptCode, uint hashType)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)inputIndex, (uint)Transaction.Inputs.Length);
        return LegacySighashes.Hash(Transaction, inputIndex, scriptCode, hashType);
    }

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

    /// <summary>The hash that a taproot signature signs (BIP341, BIP342, BIP118).</summary>
    /// <param name="inputIndex">The input that is signed.</param>
    /// <param name="hashType">What to cover; ANYPREVOUT and ANYPREVOUTANYSCRIPT only for keys of BIP118.</param>
    /// <param name="spend">Key path or leaf, and the version of its key.</param>
    /// <param name="hash">The hash.</param>
    /// <returns>False for an unknown hash type, and SINGLE without an output of that index.</returns>
    public bool TryTaprootSighash(int inputIndex, SighashType hashType, in TaprootSpend spend, out Hash256 hash)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)inputIndex, (uint)Transaction.Inputs.Length);
        hash = default;
        var outputType = hashType == SighashType.Default ? SighashType.All : hashType & SighashType.Single;
        if (!IsTaprootType(hashType, spend)
            || (outputType == SighashType.Single && inputIndex >= Transaction.Outputs.Length))
        {
            return false;
        }

        var inputType = hashType & SighashType.AnyPrevoutAnyScript;
        var bytes = new PooledBytes(TaprootPreimageLength + SpentOutputs[inputIndex].SerializedLength);
        bytes.Byte(0);
        bytes.Byte((byte)hashType);
        bytes.UInt32((uint)Transaction.Version);
        bytes.UInt32(Transaction.LockTime);
        if (inputType == SighashType.Default)
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

        WriteTaprootInput(ref bytes, inputIndex, inputType, spend);
        if (outputType == SighashType.Single)
        {
            bytes.Hash(SingleOutput(inputIndex));
        }

        if (spend.LeafHash is { } leaf)
        {
            if (inputType != SighashType.AnyPrevoutAnyScript)
            {
                bytes.Hash(leaf);
            }

            bytes.Byte(spend.KeyVersion);
            bytes.UInt32(spend.CodeSeparatorPosition);
        }

        hash = bytes.Tagged(TapTags.Sighash);
        return true;
    }

    // BIP341's types are 0 to 3 and 0x81 to 0x83; a key of BIP118 has 0x41 to 0x43 and 0xc1 to 0xc3 besides.
    private static bool IsTaprootType(SighashType type, in TaprootSpend spend)
    {
        var modifiers = spend is { LeafHash: not null, KeyVersion: TaprootSpend.AnyPrevoutKey }
            ? SighashType.AnyPrevoutAnyScript : SighashType.AnyoneCanPay;
        return type == SighashType.Default
            || ((type & ~(modifiers | SighashType.Single)) == 0 && (type & SighashType.Single) != 0);
    }

    internal static bool CoversOne(uint hashType) => (hashType & 0x1f) == (uint)SighashType.Single;

    internal static bool CoversNone(uint hashType) => (hashType & 0x1f) == (uint)SighashType.None;

    internal static bool AnyoneCanPay(uint hashType) => (hashType & (uint)SighashType.AnyoneCanPay) != 0;

    private void WriteTaprootInput(
        ref PooledBytes bytes, int inputIndex, SighashType inputType, in TaprootSpend spend)
    {
        ref readonly var input = ref Transaction.Inputs.AsSpan()[inputIndex];
        bytes.Byte((byte)((spend.LeafHash is null ? 0 : 2) + (spend.AnnexHash is null ? 0 : 1)));
        if (inputType == SighashType.Default)
        {
            bytes.UInt32((uint)inputIndex);
        }
        else
        {
            if (inputType == SighashType.AnyoneCanPay)
            {
                bytes.OutPoint(input.PreviousOutput);
            }

            if (inputType != SighashType.AnyPrevoutAnyScript)
            {
                bytes.Output(SpentOutputs.AsSpan()[inputIndex]);
            }

            bytes.UInt32(input.Sequence);
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
            ? SegwitHashes.Again(SingleOutput(inputIndex))
            : default;
    }

    // Once for each output, however many signatures of an input cover it: an output may be as long as a block.
    private Hash256 SingleOutput(int index)
    {
        var known = _singleOutputs ??= new CachedHash?[Transaction.Outputs.Length];
        return (known[index] ??= new CachedHash(HashOutput(index))).Value;
    }

    private Hash256 HashOutput(int index)
    {
        ref readonly var output = ref Transaction.Outputs.AsSpan()[index];
        var bytes = new PooledBytes(output.SerializedLength);
        bytes.Output(output);
        return bytes.Sha256();
    }
}
