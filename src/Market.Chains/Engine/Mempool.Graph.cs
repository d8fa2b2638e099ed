using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <content>What spends what among the unconfirmed.</content>
internal sealed partial class Mempool
{
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

        Rate(WithAncestors([entry]));
    }

    // What something is worth depends on what hangs on it, and so changes with it; chains are short, and the whole pool is
    // never gone through.
    private void Rate(IEnumerable<Entry> entries)
    {
        foreach (var entry in entries)
        {
            _byWorth.Remove(entry);
            var package = WithDescendants([entry]);
            entry.Worth = (double)package.Sum(each => each.Fee.Sats) / package.Sum(each => each.VirtualSize);
            _byWorth.Add(entry);
        }
    }

    private static int ByWorth(Entry left, Entry right) => left.Worth.CompareTo(right.Worth) is var by and not 0
        ? by
        : left.Arrival.CompareTo(right.Arrival);

    private void Remove(Entry entry)
    {
        if (_entries.ContainsKey(entry.Id))
        {
            Detach(entry);
        }
    }

    private void Detach(Entry entry)
    {
        var ancestors = WithAncestors(entry.Parents);
        _byWorth.Remove(entry);
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

        Rate(ancestors);
    }

    /// <summary>A transaction here, with its neighbours.</summary>
    private sealed class Entry(AcceptedTransaction accepted, long time, long arrival, IEnumerable<Entry> parents)
    {
        public Transaction Transaction { get; } = accepted.Transaction;

        public TxId Id { get; } = accepted.Transaction.Id;

        public Amount Fee { get; } = accepted.Fee;

        public FeeRate FeeRate { get; } = accepted.FeeRate;

        public int VirtualSize { get; } = accepted.PolicySize;

        public long Time { get; } = time;

        public long Arrival { get; } = arrival;

        /// <summary>Feerate of it with all that hangs on it; changed only while it is out of the order by this.</summary>
        public double Worth { get; set; }

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
