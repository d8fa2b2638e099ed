using System.Collections.Immutable;

namespace Market.Bitcoin.Ledger;

/// <summary>What a block's transactions must hold to before their inputs are looked at.</summary>
public static class BlockChecks
{
    private const int WitnessScale = 4;

    /// <summary>Checks that need nothing but the block (Bitcoin Core's CheckBlock, without proof of work).</summary>
    public static LedgerFailure Check(Block block, LedgerRules rules)
    {
        var transactions = block.Transactions;
        if (transactions.IsEmpty)
        {
            return new LedgerFailure(LedgerError.CoinbaseMissing);
        }

        if (LedgerMerkle.Root(transactions, out var mutated) != block.Header.MerkleRoot)
        {
            return new LedgerFailure(LedgerError.MerkleRoot);
        }

        if (mutated)
        {
            return new LedgerFailure(LedgerError.MerkleMutated);
        }

        var failure = CheckTransactions(transactions, rules, BlockHeader.Length + 1);
        return failure.IsOk && LegacySigOpCost(transactions) > rules.MaxSigOpCost
            ? new LedgerFailure(LedgerError.SigOps)
            : failure;
    }

    /// <summary>One coinbase in front, every transaction well formed, weight within its limit.</summary>
    /// <param name="transactions">The block's transactions.</param>
    /// <param name="rules">The chain's rules.</param>
    /// <param name="baseSize">Bytes of the block that are no transactions.</param>
    public static LedgerFailure CheckTransactions(
        ImmutableArray<Transaction> transactions, LedgerRules rules, int baseSize)
    {
        if (transactions.IsEmpty || !transactions[0].IsCoinbase)
        {
            return new LedgerFailure(LedgerError.CoinbaseMissing);
        }

        var weight = (long)baseSize * WitnessScale;
        for (var i = 0; i < transactions.Length; i++)
        {
            if (i > 0 && transactions[i].IsCoinbase)
            {
                return new LedgerFailure(LedgerError.CoinbaseMultiple, i);
            }

            var error = TransactionChecks.Check(transactions[i], rules.MaxWeight);
            if (error != LedgerError.None)
            {
                return new LedgerFailure(error, i);
            }

            if (!rules.AllowsAmounts(transactions[i]))
            {
                return new LedgerFailure(LedgerError.OutputAmount, i);
            }

            weight += transactions[i].Weight;
            if (weight > rules.MaxWeight)
            {
                return new LedgerFailure(LedgerError.BlockWeight, i);
            }
        }

        return LedgerFailure.Ok;
    }

    /// <summary>Checks that need the chain below but no coins: heights, lock times, witness commitment.</summary>
    public static LedgerFailure CheckInContext(
        ImmutableArray<Transaction> transactions, in BlockContext context, LedgerRules rules)
    {
        for (var i = 0; i < transactions.Length; i++)
        {
            if (!Locks.IsFinal(transactions[i], context.Height, context.PreviousMedianTime))
            {
                return new LedgerFailure(LedgerError.NotFinal, i);
            }
        }

        if (!transactions[0].Inputs[0].ScriptSig.Span.StartsWith(CoinbaseHeight.Push(context.Height)))
        {
            return new LedgerFailure(LedgerError.CoinbaseHeight);
        }

        return rules.WitnessCommitment == WitnessCommitmentRule.InCoinbase
            ? new LedgerFailure(CheckWitnessCommitment(transactions))
            : LedgerFailure.Ok;
    }

    /// <summary>SHA256d of witness root and reserved value (BIP141).</summary>
    /// <param name="transactions">The block's transactions; the coinbase's own witness does not matter.</param>
    /// <param name="reserved">The coinbase's witness item; zeros by custom.</param>
    public static Hash256 WitnessCommitment(ImmutableArray<Transaction> transactions, Hash256 reserved) =>
        Market.Bitcoin.WitnessCommitment.Compute(
            Market.Bitcoin.WitnessCommitment.WitnessRoot(transactions.AsSpan()), reserved);

    /// <summary>The script of the coinbase output that holds the commitment (BIP141).</summary>
    public static Script WitnessCommitmentScript(Hash256 commitment) =>
        Market.Bitcoin.WitnessCommitment.ToScript(commitment);

    /// <summary>BIP141's commitment: right where it is there, and there where a transaction has a witness.</summary>
    public static LedgerError CheckWitnessCommitment(ImmutableArray<Transaction> transactions)
    {
        if (Market.Bitcoin.WitnessCommitment.IsValid(transactions.AsSpan()))
        {
            return LedgerError.None;
        }

        if (!Market.Bitcoin.WitnessCommitment.TryFind(transactions[0], out _))
        {
            return LedgerError.UnexpectedWitness;
        }

        var witness = transactions[0].Inputs[0].Witness;
        return witness.Count == 1 && witness.Items[0].Length == Market.Bitcoin.WitnessCommitment.ReservedValueLength
            ? LedgerError.WitnessCommitment
            : LedgerError.WitnessNonceSize;
    }

    /// <summary>
    /// The cost of the signature operations that can be counted without knowing what is spent; connecting counts the
    /// rest.
    /// </summary>
    public static long LegacySigOpCost(ImmutableArray<Transaction> transactions)
    {
        var cost = 0L;
        foreach (var transaction in transactions)
        {
            cost += (long)SigOps.LegacyCount(transaction) * SigOps.WitnessScale;
        }

        return cost;
    }
}

/// <summary>How a coinbase names its block's height (BIP34).</summary>
public static class CoinbaseHeight
{
    /// <summary>The bytes that the coinbase's scriptSig begins with.</summary>
    /// <param name="height">Not negative.</param>
    public static byte[] Push(int height) => new ScriptBuilder().Number(height).Build().ToArray();

    /// <summary>The height that a scriptSig begins with; null where it begins with none in its one right form. Coinbases from
    /// before BIP34 may begin with any number.</summary>
    public static int? Read(Script scriptSig)
    {
        var bytes = scriptSig.Span;
        var length = bytes.IsEmpty ? 0 : bytes[0];
        var height = 0L;
        if (length is >= (byte)Opcode.OP_1 and <= (byte)Opcode.OP_16)
        {
            height = length - (byte)Opcode.OP_1 + 1;
        }
        else
        {
            for (var i = Math.Min(length, bytes.Length - 1); i > 0 && length <= sizeof(int); i--)
            {
                height = (height << 8) | bytes[i];
            }
        }

        return height <= int.MaxValue && bytes.StartsWith(Push((int)height)) ? (int)height : null;
    }
}
