using System.Collections.Immutable;

namespace Market.Bitcoin.Ledger;

/// <summary>A block that may be connected: what it does.</summary>
/// <param name="Undo">How to take it back.</param>
/// <param name="Fees">Sum of its transactions' fees.</param>
/// <param name="SigOpCost">Its signature operations at their cost.</param>
public sealed record BlockEffect(BlockUndo Undo, Amount Fees, int SigOpCost);

/// <summary>
/// Connects a block's transactions to a set of coins and takes them back, with all of Bitcoin's contextual checks. A
/// block refused leaves the set as it was; one disconnected leaves exactly what was before it.
/// </summary>
public static class BlockConnector
{
    /// <summary>Checks a block and makes its changes.</summary>
    /// <param name="coins">The state at its parent; changed only where the block is valid.</param>
    /// <param name="transactions">The block's transactions, coinbase first.</param>
    /// <param name="context">Height and median time.</param>
    /// <param name="rules">The chain's rules.</param>
    /// <param name="effect">What it did; null where refused.</param>
    public static LedgerFailure Connect(
        ICoinSet coins,
        ImmutableArray<Transaction> transactions,
        in BlockContext context,
        LedgerRules rules,
        out BlockEffect? effect)
    {
        var overlay = new CoinOverlay(coins);
        var failure = CheckInto(overlay, transactions, context, rules, out effect);
        if (failure.IsOk)
        {
            overlay.Flush(coins);
        }

        return failure;
    }

    /// <summary>Checks a block and changes nothing.</summary>
    /// <inheritdoc cref="Connect"/>
    public static LedgerFailure Check(
        ICoinView coins,
        ImmutableArray<Transaction> transactions,
        in BlockContext context,
        LedgerRules rules,
        out BlockEffect? effect) =>
        CheckInto(new CoinOverlay(coins), transactions, context, rules, out effect);

    /// <summary>Makes the changes of a block that was found valid before, and checks nothing again.</summary>
    /// <param name="coins">The state at its parent.</param>
    /// <param name="transactions">The block's transactions, coinbase first.</param>
    /// <param name="context">Height and median time.</param>
    /// <returns>How to take it back.</returns>
    /// <exception cref="InvalidOperationException">The state is not the one the block was valid on.</exception>
    public static BlockUndo Apply(
        ICoinSet coins, ImmutableArray<Transaction> transactions, in BlockContext context)
    {
        var spent = ImmutableArray.CreateBuilder<Coin>();
        foreach (var transaction in transactions)
        {
            if (!transaction.IsCoinbase)
            {
                foreach (var input in transaction.Inputs)
                {
                    spent.Add(coins.Remove(input.PreviousOutput));
                }
            }

            AddOutputs(coins, transaction, context);
        }

        return new BlockUndo(spent.ToImmutable());
    }

    /// <summary>Takes the newest block back.</summary>
    /// <param name="coins">The state at the block.</param>
    /// <param name="transactions">Its transactions.</param>
    /// <param name="undo">What it spent.</param>
    /// <exception cref="InvalidOperationException">State, block and undo data do not belong together.</exception>
    public static void Disconnect(ICoinSet coins, ImmutableArray<Transaction> transactions, BlockUndo undo)
    {
        var next = undo.Spent.Length;
        for (var i = transactions.Length - 1; i >= 0; i--)
        {
            var transaction = transactions[i];
            for (var index = transaction.Outputs.Length - 1; index >= 0; index--)
            {
                if (IsSpendable(transaction.Outputs[index].ScriptPubKey))
                {
                    coins.Remove(new OutPoint(transaction.Id, (uint)index));
                }
            }

            if (transaction.IsCoinbase)
            {
                continue;
            }

            for (var input = transaction.Inputs.Length - 1; input >= 0; input--)
            {
                if (--next < 0)
                {
                    throw new InvalidOperationException("The undo data are of another block.");
                }

                coins.Add(transaction.Inputs[input].PreviousOutput, undo.Spent[next]);
            }
        }

        if (next != 0)
        {
            throw new InvalidOperationException("The undo data are of another block.");
        }
    }

    /// <summary>False for outputs that nobody can ever spend: they never enter a set of coins.</summary>
    public static bool IsSpendable(Script script) => !script.IsUnspendable;

    /// <summary>True where an output of a transaction with the same id is there, unspent (BIP30).</summary>
    public static bool HasUnspentOutputs(ICoinView coins, Transaction transaction)
    {
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            if (coins.TryGet(new OutPoint(transaction.Id, (uint)i), out _))
            {
                return true;
            }
        }

        return false;
    }

    internal static void AddOutputs(ICoinSet coins, Transaction transaction, in BlockContext context)
    {
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            var output = transaction.Outputs[i];
            if (IsSpendable(output.ScriptPubKey))
            {
                // The script is copied so that a coin does not keep its whole block alive.
                var own = output with { ScriptPubKey = new Script(output.ScriptPubKey.ToArray()) };
                coins.Add(
                    new OutPoint(transaction.Id, (uint)i),
                    new Coin(own, context.Height, transaction.IsCoinbase, context.PreviousMedianTime));
            }
        }
    }

    private static LedgerFailure CheckInto(
        CoinOverlay coins,
        ImmutableArray<Transaction> transactions,
        in BlockContext context,
        LedgerRules rules,
        out BlockEffect? effect)
    {
        effect = null;
        var failure = BlockChecks.CheckTransactions(transactions, rules, context.BaseSize);
        failure = failure.IsOk ? BlockChecks.CheckInContext(transactions, context, rules) : failure;
        return failure.IsOk ? Spend(coins, transactions, context, rules, out effect) : failure;
    }

    private static LedgerFailure Spend(
        CoinOverlay coins,
        ImmutableArray<Transaction> transactions,
        in BlockContext context,
        LedgerRules rules,
        out BlockEffect? effect)
    {
        effect = null;
        long fees = 0;
        var sigOps = rules.Scripts.SigOpCost(transactions[0], []);
        if (sigOps > rules.MaxSigOpCost)
        {
            return new LedgerFailure(LedgerError.SigOps);
        }

        var spent = ImmutableArray.CreateBuilder<Coin>();
        var spending = new List<PrecomputedTransaction>(transactions.Length);
        for (var i = 0; i < transactions.Length; i++)
        {
            var transaction = transactions[i];
            if (HasUnspentOutputs(coins, transaction))
            {
                return new LedgerFailure(LedgerError.DuplicateTransaction, i);
            }

            if (i > 0)
            {
                var failure = TransactionAcceptance.CheckSpends(
                    transaction, i, coins, context, rules, sigOps, out var accepted, out var withOutputs);
                if (!failure.IsOk)
                {
                    return failure;
                }

                fees += accepted!.Fee.Sats;
                if (fees > Amount.MaxMoney)
                {
                    return new LedgerFailure(LedgerError.FeeOutOfRange, i);
                }

                sigOps += accepted.SigOpCost;
                spent.AddRange(accepted.Spent);
                spending.Add(withOutputs!);
            }

            coins.Apply(transaction, context);
        }

        // All scripts at once, after what costs less: the cores share them.
        var scripts = TransactionAcceptance.CheckScripts(spending, rules, firstPlace: 1);
        var result = scripts.IsOk ? CheckIssuance(transactions[0], context, rules, fees) : scripts;
        effect = result.IsOk
            ? new BlockEffect(new BlockUndo(spent.ToImmutable()), new Amount(fees), sigOps)
            : null;
        return result;
    }

    private static LedgerFailure CheckIssuance(
        Transaction coinbase, in BlockContext context, LedgerRules rules, long fees)
    {
        var due = rules.Issuance.At(context.Height).Sats + fees;
        long paid = 0;
        foreach (ref readonly var output in coinbase.Outputs.AsSpan())
        {
            paid += output.Value.Sats;
        }

        if (paid > due)
        {
            return new LedgerFailure(LedgerError.CoinbaseAmount);
        }

        return rules.ExactIssuance && paid < due
            ? new LedgerFailure(LedgerError.CoinbaseAmountBelow)
            : LedgerFailure.Ok;
    }
}
