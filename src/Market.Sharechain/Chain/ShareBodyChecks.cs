using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>What a share's transactions must hold to by themselves.</summary>
internal static class ShareBodyChecks
{
    /// <summary>Rule 7: the transactions are those that the header commits to, byte for byte.</summary>
    public static ShareRefusal CheckRoots(ShareBlock block)
    {
        var transactions = block.Transactions;
        if (transactions.IsEmpty)
        {
            return ShareRefusal.Sharebase;
        }

        if (LedgerMerkle.Root(transactions, out var mutated) != block.Header.TxRoot)
        {
            return ShareRefusal.TxRoot;
        }

        if (mutated)
        {
            return ShareRefusal.DuplicateTransaction;
        }

        if (transactions[0].HasWitness)
        {
            return ShareRefusal.SharebaseWitness;
        }

        return WitnessCommitment.WitnessRoot(transactions.AsSpan()) == block.Header.WitnessRoot
            ? ShareRefusal.None
            : ShareRefusal.WitnessRoot;
    }

    /// <summary>Rules 7 and 8 as far as the transactions alone tell; that they are the header's is checked.</summary>
    public static ShareVerdict Check(ShareBlock block, SharechainProfile profile)
    {
        var transactions = block.Transactions;
        if (transactions.Length > profile.MaxTransactions)
        {
            return ShareRefusal.TooManyTransactions;
        }

        if (block.Weight > profile.MaxWeight)
        {
            return ShareRefusal.Weight;
        }

        var failure = BlockChecks.CheckTransactions(
            transactions, profile.Rules(NoScripts.Instance), block.BaseSize);
        if (failure.IsOk && BlockChecks.LegacySigOpCost(transactions) > profile.MaxSigOpCost)
        {
            return ShareRefusal.SigOps;
        }

        if (!failure.IsOk)
        {
            return ShareRefusals.From(failure);
        }

        var spends = CheckSpends(block);
        spends = spends.IsValid ? CheckSharebase(block, profile) : spends;
        return spends.IsValid ? CheckNamed(block, profile) : spends;
    }

    // The first takes what is left of issuance and fees, and the next are due to the makers of named shares: at a low target, or
    // after many halvings, less than the least. Those behind are the miner's own choice.
    private static ShareVerdict CheckSharebase(ShareBlock block, SharechainProfile profile)
    {
        var outputs = block.Transactions[0].Outputs.AsSpan();
        return LedgerRules.IsNowhereBelow(outputs[Math.Min(1 + block.Named.Length, outputs.Length)..], profile.LeastOutput)
            ? ShareVerdict.Valid
            : new ShareVerdict(ShareRefusal.OutputAmount, 0);
    }

    private static ShareVerdict CheckNamed(ShareBlock block, SharechainProfile profile)
    {
        var fault = NamedChecks.CheckAmount(block, profile);
        return fault != ShareRefusal.None ? fault : Minting.Check(block, profile);
    }

    // The ledger would find an output spent twice to be missing; rule 8 has its own name for it.
    private static ShareVerdict CheckSpends(ShareBlock block)
    {
        var spent = new HashSet<OutPoint>();
        var ids = new HashSet<TxId>();
        for (var i = 0; i < block.Transactions.Length; i++)
        {
            if (!ids.Add(block.Transactions[i].Id))
            {
                return new ShareVerdict(ShareRefusal.DuplicateTransaction, i);
            }

            foreach (var input in block.Transactions[i].Inputs)
            {
                if (!spent.Add(input.PreviousOutput))
                {
                    return new ShareVerdict(ShareRefusal.DoubleSpend, i);
                }
            }
        }

        return ShareVerdict.Valid;
    }
}
