using System.Collections.Immutable;

namespace Market.Bitcoin;

/// <summary>What taproot's signatures of a transaction share besides (BIP341).</summary>
internal sealed class TaprootHashes
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
