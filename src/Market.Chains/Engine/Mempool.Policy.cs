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
        if (accepted.Fee < limits.MinimumFeeRate.FeeFor(transaction.VirtualSize))
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.FeeTooLow, "min relay fee not met");
        }

        // What was in here before a reorganisation was here before the bound.
        var least = _isRebuilding ? Amount.Zero : LeastFeeRate(now).FeeFor(transaction.VirtualSize);
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
        return accepted.Fee < fees + limits.Increment.FeeFor(transaction.VirtualSize)
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
            var worst = _entries.Values.MinBy(entry =>
            {
                var package = WithDescendants([entry]);
                return (double)package.Sum(each => each.Fee.Sats) / package.Sum(each => each.VirtualSize);
            })!;
            var package = WithDescendants([worst]);
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

    private HashSet<Entry> Rivals(Transaction transaction)
    {
        var rivals = new HashSet<Entry>();
        foreach (var input in transaction.Inputs)
        {
            if (_spenders.TryGetValue(input.PreviousOutput, out var rival))
            {
                rivals.Add(rival);
            }
        }

        return rivals;
    }

    private HashSet<Entry> Conflicts(Transaction transaction) => WithDescendants(Rivals(transaction));

    private List<Entry> ParentsOf(Transaction transaction) =>
    [
        .. transaction.Inputs.Select(input => _entries.GetValueOrDefault(input.PreviousOutput.TxId))
            .OfType<Entry>().Distinct(),
    ];

    private static HashSet<Entry> WithAncestors(IEnumerable<Entry> entries) => Reach(entries, entry => entry.Parents);

    private static HashSet<Entry> WithDescendants(IEnumerable<Entry> entries) =>
        Reach(entries, entry => entry.Children);

    private static HashSet<Entry> Reach(IEnumerable<Entry> from, Func<Entry, IEnumerable<Entry>> next)
    {
        var reached = new HashSet<Entry>();
        var waiting = new Stack<Entry>(from);
        while (waiting.TryPop(out var entry))
        {
            if (reached.Add(entry))
            {
                foreach (var other in next(entry))
                {
                    waiting.Push(other);
                }
            }
        }

        return reached;
    }

    private void Insert(Entry entry)
    {
        _entries.Add(entry.Id, entry);
        _virtualBytes += entry.VirtualSize;
        foreach (var input in entry.Transaction.Inputs)
        {
            _spenders.Add(input.PreviousOutput, entry);
        }

        foreach (var output in entry.Transaction.Outputs)
        {
            if (!_payers.TryGetValue(output.ScriptPubKey, out var payers))
            {
                _payers.Add(output.ScriptPubKey, payers = []);
            }

            payers.Add(entry);
        }

        foreach (var parent in entry.Parents)
        {
            parent.Children.Add(entry);
        }
    }

    private void Remove(Entry entry)
    {
        if (_entries.ContainsKey(entry.Id))
        {
            Detach(entry);
        }
    }

    private void Detach(Entry entry)
    {
        _entries.Remove(entry.Id);
        _virtualBytes -= entry.VirtualSize;
        foreach (var input in entry.Transaction.Inputs)
        {
            _spenders.Remove(input.PreviousOutput);
        }

        foreach (var output in entry.Transaction.Outputs)
        {
            // A transaction may pay the same script twice.
            if (_payers.TryGetValue(output.ScriptPubKey, out var payers) && payers.Remove(entry) && payers.Count == 0)
            {
                _payers.Remove(output.ScriptPubKey);
            }
        }

        foreach (var parent in entry.Parents)
        {
            parent.Children.Remove(entry);
        }

        foreach (var child in entry.Children)
        {
            child.Parents.Remove(entry);
        }
    }

    /// <summary>A transaction here, with its neighbours.</summary>
    private sealed class Entry(AcceptedTransaction accepted, long time, long arrival, IEnumerable<Entry> parents)
    {
        public Transaction Transaction { get; } = accepted.Transaction;

        public TxId Id { get; } = accepted.Transaction.Id;

        public Amount Fee { get; } = accepted.Fee;

        public FeeRate FeeRate { get; } = accepted.FeeRate;

        public int VirtualSize { get; } = accepted.Transaction.VirtualSize;

        public long Time { get; } = time;

        public long Arrival { get; } = arrival;

        public HashSet<Entry> Parents { get; } = [.. parents];

        public HashSet<Entry> Children { get; } = [];
    }

    /// <summary>Confirmed coins with the unconfirmed on top, as if some of these were not here.</summary>
    private sealed class View(Mempool pool, ICoinView coins, BlockContext next, HashSet<Entry> without) : ICoinView
    {
        public bool TryGet(OutPoint outPoint, out Coin coin)
        {
            coin = default;
            if (pool._spenders.TryGetValue(outPoint, out var spender) && !without.Contains(spender))
            {
                return false;
            }

            if (!pool._entries.TryGetValue(outPoint.TxId, out var maker))
            {
                return coins.TryGet(outPoint, out coin);
            }

            if (without.Contains(maker) || pool.Output(outPoint) is not { } output
                || !BlockConnector.IsSpendable(output.ScriptPubKey))
            {
                return false;
            }

            coin = new Coin(output, next.Height, false, next.PreviousMedianTime);
            return true;
        }
    }
}
