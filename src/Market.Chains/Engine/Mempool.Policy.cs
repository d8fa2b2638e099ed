using System.Globalization;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

internal sealed partial class Mempool
{
    // What enters only because of room and order, not validity. Null: nothing against it.
    private BroadcastResult? CheckPolicy(
        AcceptedTransaction accepted, HashSet<Entry> replaced, long now, out List<Entry> parents)
    {
        var transaction = accepted.Transaction;
        parents = ParentsOf(transaction);
        if (accepted.SigOpCost > limits.MaxSigOpCost
            || SigOps.LegacyInputCount(transaction, accepted.Spent.AsSpan()) > limits.MaxLegacySigOps)
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.NotStandard, "bad-txns-too-many-sigops");
        }

        if (accepted.Fee < limits.MinimumFeeRate.FeeFor(accepted.PolicySize))
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.FeeTooLow, "min relay fee not met");
        }

        // What was in here before a reorganisation was here before the bound.
        var least = _isRebuilding ? Amount.Zero : LeastFeeRate(now).FeeFor(accepted.PolicySize);
        if (accepted.Fee < least)
        {
            return new BroadcastResult(
                transaction.Id, BroadcastCode.FeeTooLow,
                string.Create(CultureInfo.InvariantCulture, $"mempool min fee not met, {accepted.Fee.Sats} < {least.Sats}"));
        }

        var ancestors = WithAncestors(parents);
        if (ancestors.Count + 1 > limits.MaxChain
            || ancestors.Any(entry => WithDescendants([entry]).Count + 1 > limits.MaxChain))
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.ChainTooLong, "too-long-mempool-chain");
        }

        return replaced.Count == 0 ? null : CheckReplacement(accepted, replaced, ancestors);
    }

    // BIP125, its five rules.
    private BroadcastResult? CheckReplacement(
        AcceptedTransaction accepted, HashSet<Entry> replaced, HashSet<Entry> ancestors)
    {
        var transaction = accepted.Transaction;
        var direct = Rivals(transaction);
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
        if (ParentsOf(transaction).Any(parent => !known.Contains(parent)))
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.Conflict, "replacement-adds-unconfirmed");
        }

        var fees = new Amount(replaced.Sum(entry => entry.Fee.Sats));
        return accepted.Fee < fees + limits.Increment.FeeFor(accepted.PolicySize)
            || direct.Any(rival => accepted.FeeRate.CompareTo(rival.FeeRate) <= 0)
            ? new BroadcastResult(transaction.Id, BroadcastCode.ReplacementTooCheap, "insufficient fee")
            : null;
    }

    private bool SignalsReplaceability(Entry entry) => WithAncestors([entry]).Any(each =>
        each.Transaction.Inputs.Any(input => input.Sequence <= TxIn.ReplaceableSequence));

    // The worst go until the rest fits: by the feerate of a transaction with all that hangs on it.
    private List<Entry> Trim()
    {
        var gone = new List<Entry>();
        while (_virtualBytes > limits.MaxVirtualBytes)
        {
            var package = WithDescendants([_byWorth.Min!]);
            _rolling.Evicted(FeeRate.Of(
                new Amount(package.Sum(each => each.Fee.Sats)), package.Sum(each => each.VirtualSize)));
            foreach (var entry in package)
            {
                Remove(entry);
                gone.Add(entry);
            }
        }

        return gone;
    }
}
