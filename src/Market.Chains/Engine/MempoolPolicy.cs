using System.Globalization;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <summary>What is kept out because of room and order, not of validity.</summary>
/// <param name="limits">The bounds.</param>
internal sealed class MempoolPolicy(MempoolLimits limits)
{
    /// <summary>What is against a transaction that is valid; null where nothing is.</summary>
    /// <param name="accepted">The transaction.</param>
    /// <param name="graph">What is in the mempool.</param>
    /// <param name="parents">Those that it spends.</param>
    /// <param name="replaced">Those that it would put out.</param>
    /// <param name="room">The feerate that the mempool asks for room at the moment.</param>
    public BroadcastResult? Check(
        AcceptedTransaction accepted, MempoolGraph graph, List<PoolEntry> parents, HashSet<PoolEntry> replaced, FeeRate room)
    {
        var transaction = accepted.Transaction;
        if (accepted.SigOpCost > limits.MaxSigOpCost
            || SigOps.LegacyInputCount(transaction, accepted.Spent.AsSpan()) > limits.MaxLegacySigOps)
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.NotStandard, "bad-txns-too-many-sigops");
        }

        if (HashedBytes(accepted) > limits.MaxHashedBytes)
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.NotStandard, "too-many-bytes-hashed");
        }

        if (accepted.Fee < limits.MinimumFeeRate.FeeFor(accepted.PolicySize))
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.FeeTooLow, "min relay fee not met");
        }

        var least = room.FeeFor(accepted.PolicySize);
        if (accepted.Fee < least)
        {
            return new BroadcastResult(
                transaction.Id, BroadcastCode.FeeTooLow,
                string.Create(CultureInfo.InvariantCulture, $"mempool min fee not met, {accepted.Fee.Sats} < {least.Sats}"));
        }

        var ancestors = MempoolGraph.WithAncestors(parents);
        if (ancestors.Count + 1 > limits.MaxChain
            || ancestors.Any(entry => MempoolGraph.WithDescendants([entry]).Count + 1 > limits.MaxChain))
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.ChainTooLong, "too-long-mempool-chain");
        }

        return replaced.Count == 0 ? null : CheckReplacement(
            accepted, graph.Rivals(transaction), parents, replaced, ancestors);
    }

    /// <summary>Bytes that the signature operations outside witnesses may hash: each hashes the whole transaction again.</summary>
    public static long HashedBytes(AcceptedTransaction accepted) =>
        SigOps.LegacyInputCount(accepted.Transaction, accepted.Spent.AsSpan()) * accepted.Transaction.StrippedSize;

    // BIP125, its five rules.
    private BroadcastResult? CheckReplacement(
        AcceptedTransaction accepted, HashSet<PoolEntry> direct, List<PoolEntry> parents, HashSet<PoolEntry> replaced,
        HashSet<PoolEntry> ancestors)
    {
        var transaction = accepted.Transaction;
        if (direct.Any(rival => !SignalsReplaceability(rival)))
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.Conflict, "txn-mempool-conflict");
        }

        if (ancestors.Overlaps(replaced))
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.Invalid, "bad-txns-spends-conflicting-tx");
        }

        if (replaced.Count > limits.MaxReplaced)
        {
            return new BroadcastResult(
                transaction.Id, BroadcastCode.Conflict, "rejecting replacement: too many potential replacements");
        }

        var known = direct.SelectMany(rival => rival.Parents).ToHashSet();
        if (parents.Any(parent => !known.Contains(parent)))
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.Conflict, "replacement-adds-unconfirmed");
        }

        var fees = new Amount(replaced.Sum(entry => entry.Fee.Sats));
        return accepted.Fee < fees + limits.Increment.FeeFor(accepted.PolicySize)
            || direct.Any(rival => accepted.FeeRate.CompareTo(rival.FeeRate) <= 0)
            ? new BroadcastResult(transaction.Id, BroadcastCode.ReplacementTooCheap, "insufficient fee")
            : null;
    }

    private static bool SignalsReplaceability(PoolEntry entry) => MempoolGraph.WithAncestors([entry]).Any(each =>
        each.Transaction.Inputs.Any(input => input.Sequence <= TxIn.ReplaceableSequence));
}
