using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <summary>What spends what among the unconfirmed, and what each is worth.</summary>
internal sealed class MempoolGraph
{
    private readonly Dictionary<TxId, PoolEntry> _entries = [];
    private readonly Dictionary<OutPoint, PoolEntry> _spenders = [];
    private readonly Dictionary<Script, HashSet<PoolEntry>> _payers = [];
    private readonly SortedSet<PoolEntry> _byWorth = new(Comparer<PoolEntry>.Create(ByWorth));
    private readonly SortedSet<PoolEntry> _byTime = new(Comparer<PoolEntry>.Create(ByTime));
    private readonly LinkedList<PoolEntry> _inOrder = new();
    private readonly FeeHistogram _rates = new();

    /// <summary>Another after every change.</summary>
    public long Version { get; private set; }

    public int Count => _entries.Count;

    /// <summary>Virtual bytes of all together, as policy reckons them.</summary>
    public long VirtualBytes { get; private set; }

    /// <summary>All in order of arrival: parents before children.</summary>
    public IReadOnlyCollection<PoolEntry> All => _inOrder;

    /// <summary>The one that has waited for the longest; null where there is none.</summary>
    public PoolEntry? Oldest => _byTime.Min;

    /// <inheritdoc cref="FeeHistogram.At"/>
    public FeeRate? RateAt(long virtualBytes) => _rates.At(virtualBytes);

    /// <summary>The one that is worth least with all that hangs on it; null where there is none.</summary>
    public PoolEntry? Worst => _byWorth.Min;

    public PoolEntry? Find(TxId id) => _entries.GetValueOrDefault(id);

    public PoolEntry? SpenderOf(OutPoint outPoint) => _spenders.GetValueOrDefault(outPoint);

    public IEnumerable<PoolEntry> PayersOf(Script script) => _payers.GetValueOrDefault(script) ?? [];

    /// <summary>An output of an unconfirmed transaction, spent or not.</summary>
    public TxOut? Output(OutPoint outPoint) =>
        _entries.TryGetValue(outPoint.TxId, out var entry) && outPoint.Index < entry.Transaction.Outputs.Length
            ? entry.Transaction.Outputs[(int)outPoint.Index]
            : null;

    /// <summary>Confirmed coins with the unconfirmed on top, as if some of these were not here.</summary>
    /// <param name="coins">Confirmed coins.</param>
    /// <param name="next">The next block.</param>
    /// <param name="without">Those that count as gone.</param>
    public ICoinView On(ICoinView coins, in BlockContext next, HashSet<PoolEntry> without) => new View(this, coins, next, without);

    public void Clear()
    {
        _entries.Clear();
        _spenders.Clear();
        _payers.Clear();
        _byWorth.Clear();
        _byTime.Clear();
        _inOrder.Clear();
        _rates.Clear();
        VirtualBytes = 0;
        Version++;
    }

    /// <summary>Those that spend what a transaction spends.</summary>
    public HashSet<PoolEntry> Rivals(Transaction transaction)
    {
        var rivals = new HashSet<PoolEntry>();
        foreach (var input in transaction.Inputs)
        {
            if (_spenders.TryGetValue(input.PreviousOutput, out var rival))
            {
                rivals.Add(rival);
            }
        }

        return rivals;
    }

    /// <summary>Those that cannot stay beside a transaction: its rivals and all that hangs on them.</summary>
    public HashSet<PoolEntry> Conflicts(Transaction transaction) => WithDescendants(Rivals(transaction));

    /// <summary>Those whose outputs a transaction spends.</summary>
    public List<PoolEntry> ParentsOf(Transaction transaction) =>
    [
        .. transaction.Inputs.Select(input => _entries.GetValueOrDefault(input.PreviousOutput.TxId))
            .OfType<PoolEntry>().Distinct(),
    ];

    /// <summary>These and all that they hang on.</summary>
    public static HashSet<PoolEntry> WithAncestors(IEnumerable<PoolEntry> entries) => Reach(entries, entry => entry.Parents);

    /// <summary>These and all that hangs on them.</summary>
    public static HashSet<PoolEntry> WithDescendants(IEnumerable<PoolEntry> entries) =>
        Reach(entries, entry => entry.Children);

    private static HashSet<PoolEntry> Reach(IEnumerable<PoolEntry> from, Func<PoolEntry, IEnumerable<PoolEntry>> next)
    {
        var reached = new HashSet<PoolEntry>();
        var waiting = new Stack<PoolEntry>(from);
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

    /// <summary>Takes one in; nothing here may spend what it spends.</summary>
    public void Insert(PoolEntry entry)
    {
        _entries.Add(entry.Id, entry);
        VirtualBytes += entry.VirtualSize;
        entry.Place = _inOrder.AddLast(entry);
        _byTime.Add(entry);
        _rates.Add(entry.FeeRate, entry.VirtualSize);
        Version++;
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
    private void Rate(IEnumerable<PoolEntry> entries)
    {
        foreach (var entry in entries)
        {
            _byWorth.Remove(entry);
            var package = WithDescendants([entry]);
            entry.Worth = (double)package.Sum(each => each.Fee.Sats) / package.Sum(each => each.VirtualSize);
            _byWorth.Add(entry);
        }
    }

    private static int ByWorth(PoolEntry left, PoolEntry right) => left.Worth.CompareTo(right.Worth) is var by and not 0
        ? by
        : left.Arrival.CompareTo(right.Arrival);

    private static int ByTime(PoolEntry left, PoolEntry right) => left.Time.CompareTo(right.Time) is var by and not 0
        ? by
        : left.Arrival.CompareTo(right.Arrival);

    /// <summary>Takes one out where it is here.</summary>
    public void Remove(PoolEntry entry)
    {
        if (_entries.ContainsKey(entry.Id))
        {
            Detach(entry);
        }
    }

    /// <summary>Takes one out that is here, and leaves what hangs on it.</summary>
    public void Detach(PoolEntry entry)
    {
        var ancestors = WithAncestors(entry.Parents);
        _byWorth.Remove(entry);
        _entries.Remove(entry.Id);
        VirtualBytes -= entry.VirtualSize;
        _inOrder.Remove(entry.Place!);
        entry.Place = null;
        _byTime.Remove(entry);
        _rates.Remove(entry.FeeRate, entry.VirtualSize);
        Version++;
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

    private sealed class View(MempoolGraph pool, ICoinView coins, BlockContext next, HashSet<PoolEntry> without) : ICoinView
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
