using System.Collections.Immutable;
using Market.Bitcoin.Ledger;

namespace Market.Bitcoin;

/// <summary>The script rules of a ledger: this library's interpreter under fixed flags.</summary>
/// <param name="flags">Which rules hold.</param>
public sealed class InterpreterRules(ScriptFlags flags = ScriptFlags.Consensus) : IScriptRules
{
    /// <summary>What blocks are held to since taproot.</summary>
    public static InterpreterRules Consensus { get; } = new();

    /// <summary>What relayed transactions are held to.</summary>
    public static InterpreterRules Standard { get; } = new(ScriptFlags.Standard);

    /// <inheritdoc/>
    public bool Verify(Transaction transaction, ReadOnlySpan<TxOut> spent, out int failedInput, out string? error)
    {
        var precomputed = new PrecomputedTransaction(transaction, [.. spent]);
        var result = ScriptVerifier.VerifyAll(precomputed, flags, out failedInput);
        error = result == ScriptError.OK ? null : result.ToString();
        return result == ScriptError.OK;
    }

    /// <inheritdoc/>
    public int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent) => SigOps.Cost(transaction, spent, flags);
}
