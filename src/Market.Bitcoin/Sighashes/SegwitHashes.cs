namespace Market.Bitcoin;

/// <summary>What the signatures of a transaction share (BIP143, BIP341).</summary>
internal sealed class SegwitHashes
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

    /// <summary>SHA-256 of a hash.</summary>
    public static Hash256 Again(Hash256 hash)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Length];
        hash.CopyTo(bytes);
        return Hashes.Sha256(bytes);
    }
}
