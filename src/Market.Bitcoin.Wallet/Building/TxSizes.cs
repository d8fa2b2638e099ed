using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>Sizes of transactions before they are signed: never less than what signing makes of them.</summary>
public static class TxSizes
{
    // Weight units (BIP141). Outpoint, empty script length and sequence: 41 bytes that count four times each.
    private const int EmptyInput = 41 * 4;

    // Witness: count 1, signature 1 + 71 (low R, low S and the type byte), key 1 + 33.
    private const int P2wpkhWitness = 1 + 1 + 71 + 1 + 33;

    // Witness: count 1, signature 1 + 64.
    private const int P2trWitness = 1 + 1 + 64;

    // Script: signature push 72, key push 34.
    private const int P2pkhScript = (72 + 34) * 4;

    /// <summary>The weight of an input that spends a script with one key.</summary>
    /// <param name="script">P2WPKH, P2TR (key path) or P2PKH.</param>
    /// <exception cref="NotSupportedException">Another kind of script.</exception>
    public static int InputWeight(Script script) => script switch
    {
        { IsP2wpkh: true } => EmptyInput + P2wpkhWitness,
        { IsP2tr: true } => EmptyInput + P2trWitness,
        { IsP2pkh: true } => EmptyInput + P2pkhScript + 1,
        _ => throw new NotSupportedException("Only P2WPKH, P2TR and P2PKH outputs are spent with one key."),
    };

    /// <summary>The virtual size of a transaction that spends and pays these.</summary>
    /// <param name="spent">The scripts of the outputs spent.</param>
    /// <param name="outputs">The outputs paid.</param>
    /// <param name="change">The script of one more output; null for none.</param>
    public static int VirtualSize(IEnumerable<Script> spent, IReadOnlyCollection<TxOut> outputs, Script? change)
    {
        var inputs = 0;
        var weight = 0;
        foreach (var script in spent)
        {
            weight += InputWeight(script);
            inputs++;
        }

        var bytes = 0;
        var count = outputs.Count;
        foreach (var output in outputs)
        {
            bytes += output.SerializedLength;
        }

        if (change is { } script2)
        {
            bytes += new TxOut(Amount.Zero, script2).SerializedLength;
            count++;
        }

        // Version and locktime 8, the counts, and for witnesses marker and flag (one weight unit each). An input without
        // witness beside some with takes one more for its empty stack.
        var frame = 8 + ByteWriter.CompactSizeLength((ulong)inputs) + ByteWriter.CompactSizeLength((ulong)count);
        return (weight + (frame + bytes) * 4 + 2 + 3) / 4;
    }
}
