using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>
/// Who is paid for an output: its own script, unless a zero-value output OP_RETURN push("po", index u8, script) of the
/// same transaction names another. The first that names an index counts; one that is not exactly of this form, or names
/// no output, means nothing. Mainchain coinbases pay these scripts, and what is long or costs signature operations there
/// would cost Bitcoin blocks: such an output has no payout script, unless one is annotated, and takes no part.
/// </summary>
public static class PayoutAnnotation
{
    /// <summary>A longer script is not paid: the longest witness program.</summary>
    public const int MostScriptBytes = 42;

    /// <summary>A script with more signature operations, counted as outputs count, is not paid.</summary>
    public const int MostSigOps = 1;

    private const byte OpReturn = (byte)Opcode.OP_RETURN;
    private const int HeaderBytes = 5;

    /// <summary>The output that names a payout script.</summary>
    /// <param name="index">The output spoken of, in the same transaction.</param>
    /// <param name="payout">1 to 42 bytes, at most one signature operation, spendable.</param>
    public static TxOut Output(byte index, Script payout)
    {
        if (!IsAllowed(payout))
        {
            throw new ArgumentException(
                "A payout script has 1 to 42 bytes, at most one signature operation, and can be spent.", nameof(payout));
        }

        return new TxOut(Amount.Zero, Script.OpReturn([(byte)'p', (byte)'o', index, .. payout.Span]));
    }

    /// <summary>Reads an annotation; false where the output is none.</summary>
    public static bool TryRead(TxOut output, out int index, out Script payout)
    {
        var bytes = output.ScriptPubKey.Memory;
        (index, payout) = (0, default);
        if (output.Value != Amount.Zero || bytes.Length <= HeaderBytes
            || bytes.Span[0] != OpReturn || bytes.Span[1] != bytes.Length - 2
            || bytes.Span[2] != 'p' || bytes.Span[3] != 'o' || !IsAllowed(new Script(bytes[HeaderBytes..])))
        {
            return false;
        }

        (index, payout) = (bytes.Span[4], new Script(bytes[HeaderBytes..]));
        return true;
    }

    /// <summary>True where a script may be paid by a mainchain coinbase.</summary>
    public static bool IsPayable(Script script) =>
        script.Length <= MostScriptBytes && SigOps.Count(script, accurate: false) <= MostSigOps;

    /// <summary>The script that is paid for an output without annotation; null for none.</summary>
    public static Script? OwnPayout(Script script) => IsPayable(script) ? script : null;

    /// <summary>The script that is paid for an output; null for none.</summary>
    public static Script? PayoutOf(Transaction transaction, int index)
    {
        foreach (var output in transaction.Outputs)
        {
            if (TryRead(output, out var named, out var payout) && named == index)
            {
                return payout;
            }
        }

        return OwnPayout(transaction.Outputs[index].ScriptPubKey);
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

    private static bool IsAllowed(Script script) =>
        script.Length > 0 && script.Span[0] != OpReturn && IsPayable(script);
}
