using System.Collections.Immutable;

namespace Market.Bitcoin;

/// <summary>
/// A transaction and the outputs it spends, with the hashes that all its signatures share worked out once (BIP143,
/// BIP341). Safe for use by many threads.
/// </summary>
public sealed partial class PrecomputedTransaction
{
    private SegwitHashes? _segwit;
    private TaprootHashes? _taproot;

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

    private static bool CoversOne(uint hashType) => (hashType & 0x1f) == (uint)SighashType.Single;

    private static bool CoversNone(uint hashType) => (hashType & 0x1f) == (uint)SighashType.None;

    private static bool AnyoneCanPay(uint hashType) => (hashType & (uint)SighashType.AnyoneCanPay) != 0;

    private sealed class SegwitHashes
    {
        public SegwitHashes(Transaction transaction)
        {
            var inputs = transaction.Inputs.AsSpan();
            var prevouts = new PooledBytes(inputs.Length * OutPoint.Length);
            var sequences = new PooledBytes(inputs.Length * 4);
            foreach (ref readonly var input in inputs)
            {
                prevouts.OutPoint(input.PreviousOutput);
                sequences.UInt32(input.Sequence);
            }

            Prevouts = prevouts.Sha256();
            Sequences = sequences.Sha256();
            var size = 0;
            foreach (ref readonly var output in transaction.Outputs.AsSpan())
            {
                size += output.SerializedLength;
            }

            var outputs = new PooledBytes(size);
            foreach (ref readonly var output in transaction.Outputs.AsSpan())
            {
                outputs.Output(output);
            }

            Outputs = outputs.Sha256();
            DoublePrevouts = Again(Prevouts);
            DoubleSequences = Again(Sequences);
            DoubleOutputs = Again(Outputs);
        }

        public Hash256 Prevouts { get; }

        public Hash256 Sequences { get; }

        public Hash256 Outputs { get; }

        public Hash256 DoublePrevouts { get; }

        public Hash256 DoubleSequences { get; }

        public Hash256 DoubleOutputs { get; }

        private static Hash256 Again(Hash256 hash)
        {
            Span<byte> bytes = stackalloc byte[Hash256.Length];
            hash.CopyTo(bytes);
            return Hashes.Sha256(bytes);
        }
    }

    private sealed class TaprootHashes
    {
        public TaprootHashes(ImmutableArray<TxOut> spentOutputs)
        {
            var size = 0;
            foreach (ref readonly var output in spentOutputs.AsSpan())
            {
                size += output.SerializedLength;
            }

            var amounts = new PooledBytes(spentOutputs.Length * 8);
            var scripts = new PooledBytes(size);
            foreach (ref readonly var output in spentOutputs.AsSpan())
            {
                amounts.Int64(output.Value.Sats);
                scripts.VarBytes(output.ScriptPubKey.Span);
            }

            Amounts = amounts.Sha256();
            Scripts = scripts.Sha256();
        }

        public Hash256 Amounts { get; }

        public Hash256 Scripts { get; }
    }
}
