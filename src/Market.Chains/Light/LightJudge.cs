using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Light;

/// <summary>What a light client can tell of an unconfirmed transaction.</summary>
internal enum Spending
{
    /// <summary>Nothing, or not of every input.</summary>
    Unknown,

    /// <summary>An input does not fulfil the script that it spends: nobody can confirm this.</summary>
    Refuted,

    /// <summary>Every input fulfils its script.</summary>
    Proven,

    /// <summary>Whatever its witnesses, nobody can confirm this: its amounts do not hold.</summary>
    Impossible,
}

/// <summary>Judges the inputs of an unconfirmed transaction whose coins are known, by the complete script rules.</summary>
/// <param name="outputOf">The output that an input spends; null where it is not known.</param>
internal sealed class LightJudge(Func<OutPoint, TxOut?> outputOf)
{
    /// <summary>
    /// What can be told. Where some coins are unknown taproot's inputs are left out: their signatures are over every coin.
    /// </summary>
    public Spending Judge(Transaction transaction)
    {
        if (TransactionChecks.Check(transaction) != LedgerError.None)
        {
            return Spending.Impossible;
        }

        var spent = new TxOut[transaction.Inputs.Length];
        var known = new List<int>();
        for (var i = 0; i < spent.Length; i++)
        {
            if (outputOf(transaction.Inputs[i].PreviousOutput) is { } output)
            {
                spent[i] = output;
                known.Add(i);
            }
        }

        var all = known.Count == spent.Length;
        if (all && Sum(spent) < Sum(transaction.Outputs))
        {
            return Spending.Impossible;
        }

        var judged = known.Where(input => all || !spent[input].ScriptPubKey.IsP2tr).ToList();
        if (judged.Count == 0)
        {
            return Spending.Unknown;
        }

        // An output that is not known is left empty: no signature that is looked at here is over it.
        var precomputed = new PrecomputedTransaction(transaction, [.. spent]);
        return judged.Exists(input => ScriptVerifier.Verify(precomputed, input, ScriptFlags.Consensus) != ScriptError.OK)
            ? Spending.Refuted
            : all ? Spending.Proven : Spending.Unknown;
    }

    private static Int128 Sum(IEnumerable<TxOut> outputs) =>
        outputs.Aggregate(Int128.Zero, (sum, output) => sum + output.Value.Sats);
}
