using System.Collections.Immutable;

namespace Market.Bitcoin;

/// <summary>Tells whether inputs may spend what they spend: the complete script rules up to taproot.</summary>
public static class ScriptVerifier
{
    [ThreadStatic]
    private static InputVerifier? _verifier;

    /// <summary>Verifies one input's script and witness.</summary>
    /// <param name="transaction">The transaction and the outputs it spends.</param>
    /// <param name="inputIndex">The input.</param>
    /// <param name="flags">Which rules hold.</param>
    /// <param name="cache">Remembers right signatures; may be null.</param>
    public static ScriptError Verify(
        PrecomputedTransaction transaction,
        int inputIndex,
        ScriptFlags flags = ScriptFlags.Consensus,
        SignatureCache? cache = null)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(
            (uint)inputIndex, (uint)transaction.SpentOutputs.Length);
        return (_verifier ??= new InputVerifier()).Verify(transaction, inputIndex, flags, cache);
    }

    /// <summary>Verifies one input's script and witness.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="inputIndex">The input.</param>
    /// <param name="spentOutputs">The outputs that all inputs spend, in order.</param>
    /// <param name="flags">Which rules hold.</param>
    public static ScriptError Verify(
        Transaction transaction,
        int inputIndex,
        ImmutableArray<TxOut> spentOutputs,
        ScriptFlags flags = ScriptFlags.Consensus) =>
        Verify(new PrecomputedTransaction(transaction, spentOutputs), inputIndex, flags);

    /// <summary>Verifies every input.</summary>
    /// <param name="transaction">The transaction and the outputs it spends.</param>
    /// <param name="flags">Which rules hold.</param>
    /// <param name="failedInput">The first input that does not verify; -1 where all do.</param>
    public static ScriptError VerifyAll(PrecomputedTransaction transaction, ScriptFlags flags, out int failedInput)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        for (failedInput = 0; failedInput < transaction.SpentOutputs.Length; failedInput++)
        {
            var error = Verify(transaction, failedInput, flags);
            if (error != ScriptError.OK)
            {
                return error;
            }
        }

        failedInput = -1;
        return ScriptError.OK;
    }
}
