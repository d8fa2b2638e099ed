using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Market.Bitcoin.Ledger;

/// <summary>A transaction that the next block may hold, and what it pays.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Fee">Inputs less outputs.</param>
/// <param name="SigOpCost">Signature operations at their cost (BIP141).</param>
/// <param name="Spent">The coins that its inputs spend, in order.</param>
public sealed record AcceptedTransaction(
    Transaction Transaction, Amount Fee, int SigOpCost, ImmutableArray<Coin> Spent)
{
    /// <summary>Virtual bytes that a mempool reckons with: signature operations count as bytes
    /// (<see cref="SigOps.VirtualSize(int, int)"/>), or few bytes would fill a block's signature operations.</summary>
    public int PolicySize => SigOps.VirtualSize(Transaction.Weight, SigOpCost);

    /// <summary>Fee for <see cref="PolicySize"/>.</summary>
    public FeeRate FeeRate => FeeRate.Of(Fee, PolicySize);
}

/// <summary>Whether a single transaction may stand in a block: the same code for blocks and for mempools.</summary>
public static class TransactionAcceptance
{
    /// <summary>Checks an unconfirmed transaction against coins and the next block's rules.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="coins">Confirmed coins, with the unconfirmed ones on top (<see cref="CoinOverlay"/>).</param>
    /// <param name="next">The block that would hold it.</param>
    /// <param name="rules">The chain's rules.</param>
    /// <param name="accepted">What it spends and pays; null where refused.</param>
    public static LedgerFailure Check(
        Transaction transaction,
        ICoinView coins,
        in BlockContext next,
        LedgerRules rules,
        out AcceptedTransaction? accepted)
    {
        var failure = CheckSpending(transaction, coins, next, rules, out accepted);
        failure = failure.IsOk ? CheckScripts(accepted!, rules) : failure;
        accepted = failure.IsOk ? accepted : null;
        return failure;
    }

    /// <summary>As <see cref="Check"/>, all but the scripts: what another tip may change.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="coins">Confirmed coins, with the unconfirmed ones on top (<see cref="CoinOverlay"/>).</param>
    /// <param name="next">The block that would hold it.</param>
    /// <param name="rules">The chain's rules.</param>
    /// <param name="accepted">What it spends and pays; null where refused.</param>
    public static LedgerFailure CheckSpending(
        Transaction transaction,
        ICoinView coins,
        in BlockContext next,
        LedgerRules rules,
        out AcceptedTransaction? accepted)
    {
        accepted = null;
        var error = TransactionChecks.Check(transaction, rules.MaxWeight);
        if (error != LedgerError.None)
        {
            return new LedgerFailure(error);
        }

        if (transaction.IsCoinbase)
        {
            return new LedgerFailure(LedgerError.CoinbaseMultiple);
        }

        if (!rules.AllowsAmounts(transaction))
        {
            return new LedgerFailure(LedgerError.OutputAmount);
        }

        if ((long)transaction.Weight + 4L * next.BaseSize > rules.MaxWeight)
        {
            return new LedgerFailure(LedgerError.BlockWeight);
        }

        if (!Locks.IsFinal(transaction, next.Height, next.PreviousMedianTime))
        {
            return new LedgerFailure(LedgerError.NotFinal);
        }

        if (BlockConnector.HasUnspentOutputs(coins, transaction))
        {
            return new LedgerFailure(LedgerError.DuplicateTransaction);
        }

        return CheckSpends(transaction, 0, coins, next, rules, 0, out accepted, out _);
    }

    /// <summary>
    /// Verifies the scripts of a transaction that holds to all else. The answer is good on every tip: a txid commits to the
    /// outputs that are spent, and a witness id to all that spends them.
    /// </summary>
    /// <param name="accepted">The transaction with the coins it spends.</param>
    /// <param name="rules">The chain's rules.</param>
    public static LedgerFailure CheckScripts(AcceptedTransaction accepted, LedgerRules rules) => CheckScripts(
        [new PrecomputedTransaction(accepted.Transaction, [.. accepted.Spent.Select(coin => coin.Output)])], rules,
        firstPlace: 0);

    /// <summary>Inputs, maturity, amounts, relative locks and signature operations: all but the scripts.</summary>
    /// <param name="transaction">The transaction; no coinbase; context-free checks are done.</param>
    /// <param name="place">Its place in the block, for the failure.</param>
    /// <param name="coins">What it may spend.</param>
    /// <param name="context">The block that holds it.</param>
    /// <param name="rules">The chain's rules.</param>
    /// <param name="sigOpsBefore">Signature operations of the block so far.</param>
    /// <param name="accepted">What it spends and pays.</param>
    /// <param name="spending">The transaction with the outputs it spends, for verifying its scripts.</param>
    internal static LedgerFailure CheckSpends(
        Transaction transaction,
        int place,
        ICoinView coins,
        in BlockContext context,
        LedgerRules rules,
        int sigOpsBefore,
        out AcceptedTransaction? accepted,
        out PrecomputedTransaction? spending)
    {
        (accepted, spending) = (null, null);
        var spent = ImmutableArray.CreateBuilder<Coin>(transaction.Inputs.Length);
        var failure = CheckCoins(transaction, place, coins, context, rules, spent, out var fee);
        if (!failure.IsOk)
        {
            return failure;
        }

        var outputs = new TxOut[spent.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = spent[i].Output;
        }

        var sigOps = rules.Scripts.SigOpCost(transaction, outputs);
        if ((long)sigOps + sigOpsBefore > rules.MaxSigOpCost)
        {
            return new LedgerFailure(LedgerError.SigOps, place);
        }

        accepted = new AcceptedTransaction(transaction, fee, sigOps, spent.MoveToImmutable());
        spending = new PrecomputedTransaction(transaction, ImmutableCollectionsMarshal.AsImmutableArray(outputs));
        return LedgerFailure.Ok;
    }

    /// <summary>Verifies the scripts of transactions that hold to all else.</summary>
    /// <param name="transactions">The transactions, side by side in the block.</param>
    /// <param name="rules">The chain's rules.</param>
    /// <param name="firstPlace">The first one's place in the block, for the failure.</param>
    internal static LedgerFailure CheckScripts(
        IReadOnlyList<PrecomputedTransaction> transactions, LedgerRules rules, int firstPlace) =>
        rules.Scripts.Verify(transactions) is { } failed
            ? new LedgerFailure(
                LedgerError.Script, firstPlace + failed.Transaction, failed.Input, failed.Error.ToString())
            : LedgerFailure.Ok;

    private static LedgerFailure CheckCoins(
        Transaction transaction,
        int place,
        ICoinView coins,
        in BlockContext context,
        LedgerRules rules,
        ImmutableArray<Coin>.Builder spent,
        out Amount fee)
    {
        fee = default;
        long sum = 0;
        var inputs = transaction.Inputs.AsSpan();
        for (var i = 0; i < inputs.Length; i++)
        {
            if (!coins.TryGet(inputs[i].PreviousOutput, out var coin))
            {
                return new LedgerFailure(LedgerError.InputsMissingOrSpent, place, i);
            }

            if (coin.IsCoinbase && context.Height - coin.Height < rules.CoinbaseMaturity)
            {
                return new LedgerFailure(LedgerError.ImmatureCoinbase, place, i);
            }

            sum += coin.Output.Value.Sats;
            if (!coin.Output.Value.IsMoney || sum > Amount.MaxMoney)
            {
                return new LedgerFailure(LedgerError.InputSumOutOfRange, place, i);
            }

            spent.Add(coin);
        }

        foreach (ref readonly var output in transaction.Outputs.AsSpan())
        {
            sum -= output.Value.Sats;
        }

        if (sum < 0)
        {
            return new LedgerFailure(LedgerError.InputsBelowOutputs, place);
        }

        for (var i = 0; i < inputs.Length; i++)
        {
            if (!Locks.IsPast(transaction.Version, inputs[i].Sequence, spent[i], context))
            {
                return new LedgerFailure(LedgerError.SequenceLock, place, i);
            }
        }

        fee = new Amount(sum);
        return LedgerFailure.Ok;
    }
}
