using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>The least amount that an output may hold to be relayed (Bitcoin Core's GetDustThreshold).</summary>
public static class Dust
{
    // An input that spends an output: outpoint 36, script length 1, sequence 4, and a signature with key; by witness
    // a quarter of the latter.
    private const int LegacyInputBytes = 32 + 4 + 1 + 107 + 4;
    private const int WitnessInputBytes = 32 + 4 + 1 + 107 / 4 + 4;

    /// <summary>Bitcoin Core's default -dustrelayfee: 3 sat/vB.</summary>
    public static FeeRate DefaultRate => FeeRate.PerVByte(3);

    /// <summary>
    /// The least amount under a script: less costs more to spend than it is worth. Nought where nobody can spend it.
    /// </summary>
    /// <param name="script">The locking script.</param>
    /// <param name="rate">The feerate of spending; <see cref="DefaultRate"/> where null.</param>
    public static Amount Threshold(Script script, FeeRate? rate = null)
    {
        if (script.IsUnspendable)
        {
            return Amount.Zero;
        }

        var output = 8 + ByteWriter.CompactSizeLength((ulong)script.Length) + script.Length;
        var input = script.IsWitnessProgram(out _, out _) ? WitnessInputBytes : LegacyInputBytes;
        return (rate ?? DefaultRate).FeeFor(output + input);
    }

    /// <summary>True for an output that nodes do not relay for its size.</summary>
    public static bool IsDust(TxOut output, FeeRate? rate = null) =>
        output.Value < Threshold(output.ScriptPubKey, rate);
}
