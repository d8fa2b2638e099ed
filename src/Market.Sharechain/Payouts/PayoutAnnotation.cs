using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>
/// A zero-value output OP_RETURN push("po", index u8, script) that names who is paid for an output of the same
/// transaction instead of its own script. The first that names an index counts; one that is not exactly of this form,
/// or names no output, means nothing.
/// </summary>
public static class PayoutAnnotation
{
    /// <summary>
    /// A longer script is not taken: longest witness program. Mainchain coinbases pay these scripts, so their size and
    /// signature operations must stay small.
    /// </summary>
    public const int MostScriptBytes = 42;

    private const byte OpReturn = 0x6a;
    private const int HeaderBytes = 5;

    /// <summary>The output that names a payout script.</summary>
    /// <param name="index">The output spoken of, in the same transaction.</param>
    /// <param name="payout">1 to 42 bytes, spendable.</param>
    public static TxOut Output(byte index, Script payout)
    {
        if (!IsAllowed(payout.Span))
        {
            throw new ArgumentException("A payout script has 1 to 42 bytes and can be spent.", nameof(payout));
        }

        byte[] script =
            [OpReturn, (byte)(payout.Length + 3), (byte)'p', (byte)'o', index, .. payout.Span];
        return new TxOut(Amount.Zero, new Script(script));
    }

    /// <summary>Reads an annotation; false where the output is none.</summary>
    public static bool TryRead(TxOut output, out int index, out Script payout)
    {
        var bytes = output.ScriptPubKey.Memory;
        (index, payout) = (0, default);
        if (output.Value != Amount.Zero || bytes.Length <= HeaderBytes
            || bytes.Span[0] != OpReturn || bytes.Span[1] != bytes.Length - 2
            || bytes.Span[2] != 'p' || bytes.Span[3] != 'o' || !IsAllowed(bytes.Span[HeaderBytes..]))
        {
            return false;
        }

        (index, payout) = (bytes.Span[4], new Script(bytes[HeaderBytes..]));
        return true;
    }

    /// <summary>The script that is paid for an output.</summary>
    public static Script PayoutOf(Transaction transaction, int index)
    {
        foreach (var output in transaction.Outputs)
        {
            if (TryRead(output, out var named, out var payout) && named == index)
            {
                return payout;
            }
        }

        return transaction.Outputs[index].ScriptPubKey;
    }

    /// <summary>All that a transaction annotates, by the index of the output spoken of.</summary>
    /// <returns>Null where it annotates nothing.</returns>
    public static IReadOnlyDictionary<int, Script>? ReadAll(Transaction transaction)
    {
        Dictionary<int, Script>? found = null;
        foreach (var output in transaction.Outputs)
        {
            if (TryRead(output, out var index, out var payout))
            {
                (found ??= []).TryAdd(index, payout);
            }
        }

        return found;
    }

    private static bool IsAllowed(ReadOnlySpan<byte> script) =>
        script.Length is > 0 and <= MostScriptBytes && script[0] != OpReturn;
}
