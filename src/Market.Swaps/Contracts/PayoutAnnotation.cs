using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin;

namespace Market.Swaps;

/// <summary>
/// The zero-value output OP_RETURN "po" u8(index) script: names the script that keeps receiving the rewards of the
/// output at that index of the same transaction. A share locked in an HTLC names its seller's plain script.
/// </summary>
public static class PayoutAnnotation
{
    // What the sharechain pays by an annotation: the longest witness program.
    private const int LongestScript = 42;

    /// <summary>The output that annotates another of its transaction.</summary>
    /// <param name="index">The output annotated.</param>
    /// <param name="payoutScript">Who is paid; at most 42 bytes: the sharechain heeds no longer one.</param>
    public static TxOut For(byte index, Script payoutScript)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payoutScript.Length, LongestScript);
        return new TxOut(Amount.Zero, Script.OpReturn([(byte)'p', (byte)'o', index, .. payoutScript.Span]));
    }

    /// <summary>Reads an annotation.</summary>
    public static bool TryRead(TxOut output, out byte index, [NotNullWhen(true)] out Script? payoutScript)
    {
        (index, payoutScript) = (0, null);
        var reader = new ScriptReader(output.ScriptPubKey.Span);
        if (output.Value != Amount.Zero || !reader.TryRead(out var opcode, out _) || opcode != Opcode.OP_RETURN
            || !reader.TryRead(out _, out var data) || !reader.AtEnd || data is not [(byte)'p', (byte)'o', var at, ..])
        {
            return false;
        }

        (index, payoutScript) = (at, new Script(data[3..].ToArray()));
        return true;
    }
}
