using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <summary>A transaction that left other than into a block.</summary>
internal sealed record Dropped(Transaction Transaction, DropReason Reason);

/// <summary>
/// The unconfirmed transactions of one chain: each valid in the next block, given those before it. Spending unconfirmed
/// outputs is allowed, replacing goes by BIP125. Not safe for several threads.
/// </summary>
internal sealed class Mempool(MempoolLimits limits)
{
    private readonly MempoolGraph _graph = new();
    private readonly MempoolPolicy _policy = new(limits);
    private readonly RollingFee _rolling = new(limits.Increment);
    private volatile Cached<ImmutableArray<MempoolEntry>>? _listed;
    private volatile Cached<MempoolCopy>? _copied;
    private long _arrivals;
    private bool _isRebuilding;

    public int Count => _graph.Count;

    public Transaction? Find(TxId id) => _graph.Find(id)?.Transaction;

    public bool IsSpent(OutPoint outPoint) => _graph.SpenderOf(outPoint) is not null;

    /// <summary>An output of an unconfirmed transaction, spent or not.</summary>
    public TxOut? Output(OutPoint outPoint) => _graph.Output(outPoint);

    /// <summary>All, parents before children. Made once for all who ask while nothing changes.</summary>
    public ImmutableArray<MempoolEntry> InOrder()
    {
        if (_listed is { } known && known.Version == _graph.Version)
        {
            return known.Value;
        }

        ImmutableArray<MempoolEntry> listed =
            [.. _graph.All.Select(entry => new MempoolEntry(entry.Transaction, entry.Fee, entry.Time))];
        _listed = new Cached<ImmutableArray<MempoolEntry>>(_graph.Version, listed);
        return listed;
    }

    /// <summary>Unconfirmed outputs under a script, in the order in which they came; what else there is costs nothing.</summary>
    public IEnumerable<(OutPoint OutPoint, TxOut Output)> OutputsOf(Script script) =>
        from entry in _graph.PayersOf(script).OrderBy(entry => entry.Arrival)
        from index in Enumerable.Range(0, entry.Transaction.Outputs.Length)
        let output = entry.Transaction.Outputs[index]
        where output.ScriptPubKey == script
        select (new OutPoint(entry.Id, (uint)index), output);

    /// <summary>Those asked for, parents before children.</summary>
    public ImmutableArray<Transaction> Find(MempoolQuery query)
    {
        var found = new HashSet<PoolEntry>();
        foreach (var id in query.Ids)
        {
            Take(_graph.Find(id));
        }

        foreach (var outPoint in query.OutPoints)
        {
            Take(_graph.SpenderOf(outPoint));
        }

        foreach (var script in query.Scripts)
        {
            found.UnionWith(_graph.PayersOf(script));
        }

        return [.. found.OrderBy(entry => entry.Arrival).Select(entry => entry.Transaction)];

        void Take(PoolEntry? entry)
        {
            if (entry is not null)
            {
                found.Add(entry);
            }
        }
    }

    /// <summary>What is here now, for choosing from it elsewhere. Made once for all who ask while nothing changes.</summary>
    public MempoolCopy Copy()
    {
        if (_copied is { } known && known.Version == _graph.Version)
        {
            return known.Value;
        }

        var places = new Dictionary<PoolEntry, int>(_graph.Count);
        var copies = ImmutableArray.CreateBuilder<MempoolCopy.Entry>(_graph.Count);
        foreach (var entry in _graph.All)
        {
            places.Add(entry, copies.Count);
            copies.Add(new MempoolCopy.Entry(
                entry.Transaction, entry.Fee, entry.VirtualSize, [.. entry.Parents.Select(parent => places[parent])]));
        }

        var copy = new MempoolCopy(copies.MoveToImmutable());
        _copied = new Cached<MempoolCopy>(_graph.Version, copy);
        return copy;
    }

    /// <summary>The feerate that puts a transaction among the first so many virtual bytes.</summary>
    public FeeRate FeeRateFor(long virtualBytes, long now)
    {
        var least = LeastFeeRate(now);
        return _graph.RateAt(virtualBytes) is { } rate
            ? new FeeRate(Math.Max(least.SatsPerKvB, rate.SatsPerKvB + limits.Increment.SatsPerKvB))
            : least;
    }

    /// <summary>Whether a transaction may come in, its scripts aside; changes nothing.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="coins">Confirmed coins.</param>
    /// <param name="next">The next block.</param>
    /// <param name="rules">The chain's rules.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="accepted">What it spends, so that its scripts can be verified.</param>
    /// <returns>What is against it; null where nothing is.</returns>
    public BroadcastResult? Judge(
        Transaction transaction, ICoinView coins, in BlockContext next, LedgerRules rules, long now,
        out AcceptedTransaction? accepted) =>
        Judge(transaction, _graph.Conflicts(transaction), coins, next, rules, now, out accepted, out _);

    /// <summary>
    /// Takes a transaction in where the next block may hold it. Its scripts are not run: they were found valid under these
    /// rules before, which holds whatever the tip is (<see cref="TransactionAcceptance.CheckScripts(AcceptedTransaction,
    /// LedgerRules)"/>).
    /// </summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="coins">Confirmed coins.</param>
    /// <param name="next">The next block.</param>
    /// <param name="rules">The chain's rules.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="dropped">What it put out.</param>
    public BroadcastResult AddVerified(
        Transaction transaction, ICoinView coins, in BlockContext next, LedgerRules rules, long now,
        out ImmutableArray<Dropped> dropped)
    {
        dropped = [];
        var id = transaction.Id;
        var replaced = _graph.Conflicts(transaction);
        var refusal = Judge(transaction, replaced, coins, next, rules, now, out var accepted, out var parents);
        if (refusal is not null)
        {
            return refusal;
        }

        var gone = replaced.OrderBy(entry => entry.Arrival).ToList();
        gone.ForEach(_graph.Remove);
        _graph.Insert(new PoolEntry(accepted!, now, _arrivals++, parents));
        var evicted = Trim();
        dropped =
        [
            .. gone.Select(entry => new Dropped(entry.Transaction, DropReason.Replaced)),
            .. evicted.Where(entry => entry.Id != id)
                .Select(entry => new Dropped(entry.Transaction, DropReason.Evicted)),
        ];
        return _graph.Find(id) is not null
            ? new BroadcastResult(id, BroadcastCode.Accepted)
            : new BroadcastResult(id, BroadcastCode.MempoolFull, "mempool full");
    }

    /// <summary>What enters now pays at least so much.</summary>
    public FeeRate LeastFeeRate(long now)
    {
        // As full as it is by whichever bound it is nearer to.
        var byCount = (long)_graph.Count * limits.MaxVirtualBytes / limits.MaxTransactions;
        var rolling = _rolling.At(Math.Max(_graph.VirtualBytes, byCount), limits.MaxVirtualBytes, now);
        return rolling.CompareTo(limits.MinimumFeeRate) > 0 ? rolling : limits.MinimumFeeRate;
    }

    /// <summary>Takes out what a block holds, and what it makes impossible.</summary>
    public ImmutableArray<Dropped> Confirm(ImmutableArray<Transaction> transactions, long now)
    {
        _rolling.Connected(now);
        var dropped = ImmutableArray.CreateBuilder<Dropped>();
        foreach (var transaction in transactions)
        {
            if (_graph.Find(transaction.Id) is { } included)
            {
                // Its children stay: their parent is confirmed now.
                _graph.Detach(included);
            }

            if (transaction.IsCoinbase)
            {
                continue;
            }

            foreach (var input in transaction.Inputs)
            {
                if (_graph.SpenderOf(input.PreviousOutput) is { } rival)
                {
                    foreach (var entry in MempoolGraph.WithDescendants([rival]).OrderBy(entry => entry.Arrival))
                    {
                        _graph.Remove(entry);
                        dropped.Add(new Dropped(entry.Transaction, DropReason.Conflict));
                    }
                }
            }
        }

        return dropped.ToImmutable();
    }

    /// <summary>Drops what has waited too long.</summary>
    public ImmutableArray<Dropped> Expire(long now)
    {
        var oldest = now - (long)limits.Expiry.TotalSeconds;
        var dropped = ImmutableArray.CreateBuilder<Dropped>();
        while (_graph.Oldest is { } first && first.Time < oldest)
        {
            Drop([first], DropReason.Expired, dropped);
        }

        return dropped.ToImmutable();
    }

    /// <summary>Drops what spends outputs that are gone without having been spent, and what hangs on it; the others are not looked
    /// at.</summary>
    public ImmutableArray<Dropped> DropSpenders(IEnumerable<OutPoint> gone)
    {
        var dropped = ImmutableArray.CreateBuilder<Dropped>();
        Drop(gone.Select(_graph.SpenderOf).OfType<PoolEntry>(), DropReason.Reorganised, dropped);
        return dropped.ToImmutable();
    }

    private void Drop(IEnumerable<PoolEntry> entries, DropReason reason, ImmutableArray<Dropped>.Builder dropped)
    {
        foreach (var entry in MempoolGraph.WithDescendants(entries).OrderBy(entry => entry.Arrival))
        {
            _graph.Remove(entry);
            dropped.Add(new Dropped(entry.Transaction, reason));
        }
    }

    /// <summary>
    /// After a reorganisation: everything is judged anew on the new chain, transactions of disconnected blocks first. Scripts
    /// are not run again: those of blocks that were connected, and of what is in here, are valid.
    /// </summary>
    /// <returns>What is no longer valid, and what came back.</returns>
    public (ImmutableArray<Dropped> Dropped, ImmutableArray<Transaction> Returned) Rebuild(
        IEnumerable<Transaction> returning, ICoinView coins, in BlockContext next, LedgerRules rules, long now)
    {
        var before = _graph.All.ToList();
        _graph.Clear();
        _isRebuilding = true;
        var returned = ImmutableArray.CreateBuilder<Transaction>();
        var dropped = ImmutableArray.CreateBuilder<Dropped>();
        foreach (var transaction in returning.Where(transaction => !transaction.IsCoinbase))
        {
            if (AddVerified(transaction, coins, next, rules, now, out _).Code == BroadcastCode.Accepted)
            {
                returned.Add(transaction);
            }
        }

        foreach (var entry in before)
        {
            if (!AddVerified(entry.Transaction, coins, next, rules, entry.Time, out var others).IsSuccess)
            {
                dropped.Add(new Dropped(entry.Transaction, DropReason.Reorganised));
            }

            dropped.AddRange(others);
        }

        _isRebuilding = false;
        return (dropped.ToImmutable(), returned.ToImmutable());
    }

    private BroadcastResult? Judge(
        Transaction transaction, HashSet<PoolEntry> replaced, ICoinView coins, in BlockContext next, LedgerRules rules, long now,
        out AcceptedTransaction? accepted, out List<PoolEntry> parents)
    {
        (accepted, parents) = (null, []);
        var id = transaction.Id;
        if (_graph.Find(id) is not null)
        {
            return new BroadcastResult(id, BroadcastCode.AlreadyInMempool);
        }

        if (transaction.Weight > limits.MaxWeight)
        {
            return new BroadcastResult(id, BroadcastCode.NotStandard, "tx-size");
        }

        var view = _graph.On(coins, next, replaced);
        var failure = TransactionAcceptance.CheckSpending(transaction, view, next, rules, out accepted);
        if (!failure.IsOk)
        {
            return new BroadcastResult(id, CodeOf(failure.Error), failure.ToString());
        }

        parents = _graph.ParentsOf(transaction);

        // What was in here before a reorganisation was here before the bound.
        var room = _isRebuilding ? default : LeastFeeRate(now);
        return _policy.Check(accepted!, _graph, parents, replaced, room);
    }

    // The worst go until the rest fits: by the feerate of a transaction with all that hangs on it.
    private List<PoolEntry> Trim()
    {
        var gone = new List<PoolEntry>();
        while (_graph.VirtualBytes > limits.MaxVirtualBytes || _graph.Count > limits.MaxTransactions)
        {
            var package = MempoolGraph.WithDescendants([_graph.Worst!]);
            _rolling.Evicted(FeeRate.Of(
                new Amount(package.Sum(each => each.Fee.Sats)), package.Sum(each => each.VirtualSize)));
            foreach (var entry in package)
            {
                _graph.Remove(entry);
                gone.Add(entry);
            }
        }

        return gone;
    }

    /// <summary>What was made of all, and of which version of them.</summary>
    private sealed record Cached<T>(long Version, T Value);

    /// <summary>How a failure of the ledger's rules is told.</summary>
    public static BroadcastCode CodeOf(LedgerError error) => error switch
    {
        LedgerError.InputsMissingOrSpent => BroadcastCode.MissingInputs,
        LedgerError.NotFinal or LedgerError.SequenceLock or LedgerError.ImmatureCoinbase => BroadcastCode.NotFinal,
        LedgerError.DuplicateTransaction => BroadcastCode.AlreadyConfirmed,
        _ => BroadcastCode.Invalid,
    };
}
