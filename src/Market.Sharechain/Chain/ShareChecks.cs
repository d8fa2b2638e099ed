using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>The rules that need no coins: what the bytes say by themselves, and what their parent asks.</summary>
public static class ShareChecks
{
    private const uint OnlyVersion = 1;

    /// <summary>Rules 1 to 4 and 7 as far as the block alone tells.</summary>
    /// <param name="block">The block.</param>
    /// <param name="profile">The chain's profile.</param>
    public static ShareVerdict CheckAlone(ShareBlock block, SharechainProfile profile)
    {
        var fault = CheckWork(block.Header, block.Proof, profile);
        return fault != ShareRefusal.None ? fault : CheckBody(block, profile);
    }

    /// <summary>Rules 1 to 4 as far as a header and its proof tell without the parent.</summary>
    public static ShareRefusal CheckWork(ShareHeader header, WorkProof proof, SharechainProfile profile)
    {
        var fault = CheckHeaderForm(header, profile);
        return fault != ShareRefusal.None ? fault : CheckProof(header, proof);
    }

    /// <summary>Rules 1 and 2 as far as the header alone tells.</summary>
    public static ShareRefusal CheckHeaderForm(ShareHeader header, SharechainProfile profile)
    {
        if (header.Version != OnlyVersion)
        {
            return ShareRefusal.Version;
        }

        // Rule 2 as far as it goes without the parent: an easier target would let shares without work wait for one.
        if (header.Bits.TryExpand(out var target) && profile.EasiestBits.TryExpand(out var easiest) && target > easiest)
        {
            return ShareRefusal.Bits;
        }

        if (header.Uncles.Length > profile.MaxUncles)
        {
            return ShareRefusal.TooManyUncles;
        }

        for (var i = 1; i < header.Uncles.Length; i++)
        {
            if (header.Uncles[i].CompareTo(header.Uncles[i - 1]) <= 0)
            {
                return ShareRefusal.UncleOrder;
            }
        }

        return ShareRefusal.None;
    }

    /// <summary>Rules 3 and 4: the work is enough, and it is for this header.</summary>
    public static ShareRefusal CheckProof(ShareHeader header, WorkProof proof)
    {
        if (!header.Bits.IsMetBy(proof.MainHeader.Id.Value))
        {
            return ShareRefusal.WorkTooLow;
        }

        if (!proof.MainCoinbase.IsCoinbase || TransactionChecks.Check(proof.MainCoinbase) != LedgerError.None)
        {
            return ShareRefusal.MainCoinbase;
        }

        return proof.IsInMerkleRoot
            ? ShareCommitment.Check(proof.MainCoinbase, header.Id)
            : ShareRefusal.MainMerkleRoot;
    }

    /// <summary>Rules 1, 2 and 5: what the parent, the mainchain and the clock ask of a header.</summary>
    /// <param name="block">The block; only its header and proof are looked at.</param>
    /// <param name="parent">The parent.</param>
    /// <param name="parentMedianTime">Median time past of the parent, Unix seconds.</param>
    /// <param name="profile">The chain's profile.</param>
    /// <param name="mainchain">The mainchain as this node sees it.</param>
    /// <param name="now">The local clock, Unix seconds.</param>
    /// <param name="info">What to keep of the block; null where refused.</param>
    public static ShareVerdict CheckInContext(
        ShareBlock block,
        ShareInfo parent,
        uint parentMedianTime,
        SharechainProfile profile,
        IMainchainView mainchain,
        long now,
        out ShareInfo? info)
    {
        info = null;
        var header = block.Header;
        if (header.Height != parent.Header.Height + 1)
        {
            return ShareRefusal.Height;
        }

        if (header.Time <= parentMedianTime)
        {
            return ShareRefusal.TimeTooOld;
        }

        if (header.Bits != parent.NextBits(profile))
        {
            return ShareRefusal.Bits;
        }

        if (mainchain.Find(block.Proof.MainHeader.Previous) is not { } main)
        {
            return ShareRefusal.MainPreviousUnknown;
        }

        var refusal = CheckMain(block.Proof, parent, profile, main);
        if (refusal != ShareRefusal.None)
        {
            return refusal;
        }

        if (header.Time > now + profile.MaxFutureSeconds)
        {
            return ShareRefusal.TimeTooFarAhead;
        }

        info = parent.Child(header, main.Height, profile);
        return ShareVerdict.Valid;
    }

    private static ShareRefusal CheckMain(
        WorkProof proof, ShareInfo parent, SharechainProfile profile, MainchainPoint main)
    {
        if (main.Height < parent.MainHeight - profile.MainLag)
        {
            return ShareRefusal.MainPreviousTooOld;
        }

        if (proof.MainHeader.Bits != main.NextBits)
        {
            return ShareRefusal.MainBits;
        }

        return proof.MainCoinbase.Inputs[0].ScriptSig.Span.StartsWith(CoinbaseHeight.Push(main.Height + 1))
            ? ShareRefusal.None
            : ShareRefusal.MainCoinbase;
    }

    private static ShareVerdict CheckBody(ShareBlock block, SharechainProfile profile)
    {
        var transactions = block.Transactions;
        if (transactions.IsEmpty)
        {
            return ShareRefusal.Sharebase;
        }

        if (transactions.Length > profile.MaxTransactions)
        {
            return ShareRefusal.TooManyTransactions;
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

        if (WitnessCommitment.WitnessRoot(transactions.AsSpan()) != block.Header.WitnessRoot)
        {
            return ShareRefusal.WitnessRoot;
        }

        if (block.Weight > profile.MaxWeight)
        {
            return ShareRefusal.Weight;
        }

        var failure = BlockChecks.CheckTransactions(
            transactions, profile.Rules(NoScripts.Instance), block.BaseSize);
        return failure.IsOk ? CheckSpends(block) : ShareRefusals.From(failure);
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

    // The context-free checks run no script; this one is never asked.
    private sealed class NoScripts : IScriptRules
    {
        public static NoScripts Instance { get; } = new();

        public FailedInput? Verify(IReadOnlyList<PrecomputedTransaction> transactions) =>
            throw new InvalidOperationException("Context-free checks run no scripts.");

        public int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent) =>
            throw new InvalidOperationException("Context-free checks count no signature operations.");
    }
}
