namespace Market.Bitcoin;

/// <summary>An input that does not verify.</summary>
/// <param name="Transaction">The transaction's place in the batch.</param>
/// <param name="Input">The input's place in the transaction.</param>
/// <param name="Error">Why.</param>
public readonly record struct FailedInput(int Transaction, int Input, ScriptError Error);

/// <summary>Verifies the inputs of many transactions, spread over the cores.</summary>
public static class ParallelVerifier
{
    // Fewer are done before other threads have begun.
    private const int FewInputs = 8;

    /// <summary>Verifies every input of a batch. The answer does not depend on the threads.</summary>
    /// <param name="transactions">The transactions, each with the outputs it spends.</param>
    /// <param name="flags">Which rules hold.</param>
    /// <param name="maxThreads">Threads at most; 1 uses the caller's only.</param>
    /// <param name="cache">Remembers right signatures; may be null.</param>
    /// <returns>The first input, in order, that does not verify; null where all do.</returns>
    public static FailedInput? Verify(
        IReadOnlyList<PrecomputedTransaction> transactions,
        ScriptFlags flags,
        int maxThreads,
        SignatureCache? cache = null)
    {
        ArgumentNullException.ThrowIfNull(transactions);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxThreads, 1);
        var count = 0;
        foreach (var transaction in transactions)
        {
            count += transaction.SpentOutputs.Length;
        }

        return maxThreads == 1 || count < FewInputs
            ? InOrder(transactions, flags, cache)
            : Spread(transactions, flags, maxThreads, cache, count);
    }

    private static FailedInput? InOrder(
        IReadOnlyList<PrecomputedTransaction> transactions, ScriptFlags flags, SignatureCache? cache)
    {
        for (var i = 0; i < transactions.Count; i++)
        {
            for (var input = 0; input < transactions[i].SpentOutputs.Length; input++)
            {
                var error = ScriptVerifier.Verify(transactions[i], input, flags, cache);
                if (error != ScriptError.OK)
                {
                    return new FailedInput(i, input, error);
                }
            }
        }

        return null;
    }

    // By inputs, not transactions: one that has hundreds keeps all threads busy.
    private static FailedInput? Spread(
        IReadOnlyList<PrecomputedTransaction> transactions,
        ScriptFlags flags,
        int maxThreads,
        SignatureCache? cache,
        int count)
    {
        var inputs = new (int Transaction, int Input)[count];
        for (var (i, at) = (0, 0); i < transactions.Count; i++)
        {
            for (var input = 0; input < transactions[i].SpentOutputs.Length; input++)
            {
                inputs[at++] = (i, input);
            }
        }

        // After a break all inputs below the lowest that failed are still looked at, so that the lowest counts.
        var errors = new ScriptError[count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = maxThreads };
        var result = Parallel.For(0L, count, options, (at, state) =>
        {
            if (state.LowestBreakIteration < at)
            {
                return;
            }

            var (transaction, input) = inputs[at];
            errors[at] = ScriptVerifier.Verify(transactions[transaction], input, flags, cache);
            if (errors[at] != ScriptError.OK)
            {
                state.Break();
            }
        });
        return result.LowestBreakIteration is { } lowest
            ? new FailedInput(inputs[lowest].Transaction, inputs[lowest].Input, errors[lowest])
            : null;
    }
}
