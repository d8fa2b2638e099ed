namespace Market.Bitcoin;

/// <summary>The commitment of a block to its witnesses in its coinbase (BIP141, "Commitment structure").</summary>
public static class WitnessCommitment
{
    /// <summary>Bytes of the coinbase's witness item.</summary>
    public const int ReservedValueLength = 32;

    private const int ScriptLength = 38;

    private static ReadOnlySpan<byte> Header => [(byte)Opcode.OP_RETURN, 0x24, 0xaa, 0x21, 0xa9, 0xed];

    /// <summary>Merkle root of the witness ids, the coinbase's taken as nought.</summary>
    public static Hash256 WitnessRoot(ReadOnlySpan<Transaction> transactions)
    {
        var leaves = new Hash256[transactions.Length];
        for (var i = 1; i < leaves.Length; i++)
        {
            leaves[i] = transactions[i].WitnessId.Value;
        }

        return MerkleTree.Root(leaves);
    }

    /// <summary>SHA256d of the witness root and the reserved value.</summary>
    /// <param name="witnessRoot">See <see cref="WitnessRoot"/>.</param>
    /// <param name="reservedValue">The coinbase's witness item; zeros by custom.</param>
    public static Hash256 Compute(Hash256 witnessRoot, Hash256 reservedValue) =>
        MerkleTree.Join(witnessRoot, reservedValue);

    /// <summary>The output script that holds a commitment.</summary>
    public static Script ToScript(Hash256 commitment)
    {
        var bytes = new byte[ScriptLength];
        Header.CopyTo(bytes);
        commitment.CopyTo(bytes.AsSpan(Header.Length));
        return new Script(bytes);
    }

    /// <summary>The commitment in a coinbase: the last output that has the header counts.</summary>
    public static bool TryFind(Transaction coinbase, out Hash256 commitment)
    {
        ArgumentNullException.ThrowIfNull(coinbase);
        for (var i = coinbase.Outputs.Length - 1; i >= 0; i--)
        {
            var script = coinbase.Outputs[i].ScriptPubKey.Span;
            if (script.Length >= ScriptLength && script.StartsWith(Header))
            {
                commitment = new Hash256(script.Slice(Header.Length, 32));
                return true;
            }
        }

        commitment = default;
        return false;
    }

    /// <summary>
    /// True where a block's witnesses are as committed; without a commitment there must be no witness.
    /// </summary>
    public static bool IsValid(ReadOnlySpan<Transaction> transactions)
    {
        if (transactions.IsEmpty || !TryFind(transactions[0], out var commitment))
        {
            return !AnyWitness(transactions);
        }

        var witness = transactions[0].Inputs.Length > 0 ? transactions[0].Inputs[0].Witness : default;
        return witness.Count == 1 && witness.Items[0].Length == ReservedValueLength
            && Compute(WitnessRoot(transactions), new Hash256(witness.Items[0].Span)) == commitment;
    }

    private static bool AnyWitness(ReadOnlySpan<Transaction> transactions)
    {
        foreach (var transaction in transactions)
        {
            if (transaction.HasWitness)
            {
                return true;
            }
        }

        return false;
    }
}
