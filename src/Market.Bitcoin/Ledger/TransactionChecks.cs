using System.Buffers;
using System.Numerics;

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
    public static LedgerError Check(Transaction transaction, int maxWeight = LedgerRules.BitcoinMaxWeight)
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
                if (inputs[i].PreviousOutput.TxId == inputs[j].PreviousOutput.TxId
                    && inputs[i].PreviousOutput.Index == inputs[j].PreviousOutput.Index)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool AnyTwice(ReadOnlySpan<TxIn> inputs)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)inputs.Length * 2);
        var rented = ArrayPool<int>.Shared.Rent(size);
        var slots = rented.AsSpan(0, size);
        slots.Clear();
        var isTwice = false;
        for (var i = 0; i < inputs.Length && !isTwice; i++)
        {
            isTwice = !TryAdd(slots, inputs, i);
        }

        ArrayPool<int>.Shared.Return(rented);
        return isTwice;
    }

    // A slot holds one more than an input's place. The framework seeds hash codes, so nobody can aim at one slot.
    private static bool TryAdd(Span<int> slots, ReadOnlySpan<TxIn> inputs, int place)
    {
        var point = inputs[place].PreviousOutput;
        var mask = slots.Length - 1;
        var at = point.GetHashCode() & mask;
        for (; slots[at] != 0; at = (at + 1) & mask)
        {
            if (inputs[slots[at] - 1].PreviousOutput == point)
            {
                return false;
            }
        }

        slots[at] = place + 1;
        return true;
    }
}
