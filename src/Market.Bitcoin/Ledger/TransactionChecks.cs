namespace Market.Bitcoin.Ledger;

/// <summary>What a transaction must hold to by itself, whatever the chain (Bitcoin Core's CheckTransaction).</summary>
public static class TransactionChecks
{
    private const int WitnessScale = 4;
    private const int LeastCoinbaseScript = 2;
    private const int MostCoinbaseScript = 100;
    private const int FewInputs = 24;

    /// <summary>The first rule broken.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="maxWeight">Weight units a block may have.</param>
    public static LedgerError Check(Transaction transaction, int maxWeight = 4_000_000)
    {
        if (transaction.Inputs.IsEmpty)
        {
            return LedgerError.NoInputs;
        }

        if (transaction.Outputs.IsEmpty)
        {
            return LedgerError.NoOutputs;
        }

        if ((long)transaction.StrippedSize * WitnessScale > maxWeight)
        {
            return LedgerError.TransactionTooLarge;
        }

        var outputs = CheckOutputs(transaction);
        return outputs != LedgerError.None ? outputs : CheckInputs(transaction);
    }

    private static LedgerError CheckOutputs(Transaction transaction)
    {
        long sum = 0;
        foreach (ref readonly var output in transaction.Outputs.AsSpan())
        {
            if (output.Value.Sats < 0)
            {
                return LedgerError.NegativeOutput;
            }

            if (output.Value.Sats > Amount.MaxMoney)
            {
                return LedgerError.OutputTooLarge;
            }

            sum += output.Value.Sats;
            if (sum > Amount.MaxMoney)
            {
                return LedgerError.OutputSumTooLarge;
            }
        }

        return LedgerError.None;
    }

    private static LedgerError CheckInputs(Transaction transaction)
    {
        var inputs = transaction.Inputs.AsSpan();
        if (inputs.Length <= FewInputs ? AnyTwiceOfFew(inputs) : AnyTwice(inputs))
        {
            return LedgerError.DuplicateInputs;
        }

        if (transaction.IsCoinbase)
        {
            return inputs[0].ScriptSig.Length is < LeastCoinbaseScript or > MostCoinbaseScript
                ? LedgerError.CoinbaseScriptLength
                : LedgerError.None;
        }

        foreach (ref readonly var input in inputs)
        {
            if (input.PreviousOutput.IsNull)
            {
                return LedgerError.NullInput;
            }
        }

        return LedgerError.None;
    }

    // Most transactions have few inputs: comparing each with each costs less than a set.
    private static bool AnyTwiceOfFew(ReadOnlySpan<TxIn> inputs)
    {
        for (var i = 1; i < inputs.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (inputs[i].PreviousOutput.Index == inputs[j].PreviousOutput.Index
                    && inputs[i].PreviousOutput.TxId == inputs[j].PreviousOutput.TxId)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool AnyTwice(ReadOnlySpan<TxIn> inputs)
    {
        var seen = new HashSet<OutPoint>(inputs.Length);
        foreach (ref readonly var input in inputs)
        {
            if (!seen.Add(input.PreviousOutput))
            {
                return true;
            }
        }

        return false;
    }
}
