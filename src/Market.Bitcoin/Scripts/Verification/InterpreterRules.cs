using Market.Bitcoin.Ledger;

namespace Market.Bitcoin;

/// <summary>The script rules of a ledger: this library's interpreter under fixed flags.</summary>
/// <param name="flags">Which rules hold.</param>
/// <param name="cache">Remembers right signatures, so that a block costs little whose transactions came before.</param>
/// <param name="maxThreads">Threads that a block's inputs are spread over, at most.</param>
public sealed class InterpreterRules(
    ScriptFlags flags = ScriptFlags.Consensus, SignatureCache? cache = null, int maxThreads = 1) : IScriptRules
{
    /// <summary>What blocks are held to since taproot.</summary>
    public static InterpreterRules Consensus { get; } = new();

    /// <summary>What relayed transactions are held to.</summary>
    public static InterpreterRules Standard { get; } = new(ScriptFlags.Standard);

    /// <inheritdoc/>
    public FailedInput? Verify(IReadOnlyList<PrecomputedTransaction> transactions) =>
        ParallelVerifier.Verify(transactions, flags, maxThreads, cache);

    /// <inheritdoc/>
    public int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent) => SigOps.Cost(transaction, spent, flags);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A flag is none of a proposal.</exception>
    public IScriptRules With(ScriptFlags proposals) => (proposals & ~ScriptFlags.Proposed) == 0
        ? new InterpreterRules(flags | proposals, cache, maxThreads)
        : throw new ArgumentException("Only proposals are added to a chain's rules.", nameof(proposals));
}
