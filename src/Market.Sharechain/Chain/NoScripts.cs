using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>Stands for the scripts in checks that run none: it is never asked.</summary>
internal sealed class NoScripts : IScriptRules
{
    public static NoScripts Instance { get; } = new();

    public FailedInput? Verify(IReadOnlyList<PrecomputedTransaction> transactions) =>
        throw new InvalidOperationException("Context-free checks run no scripts.");

    public int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent) =>
        throw new InvalidOperationException("Context-free checks count no signature operations.");

    public IScriptRules With(ScriptFlags proposals) => this;
}
