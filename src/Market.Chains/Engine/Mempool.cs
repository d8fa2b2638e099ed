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
internal sealed partial class Mempool(MempoolLimits limits)
{
    private readonly Dictionary<TxId, Entry> _entries = [];
    private readonly Dictionary<OutPoint, Entry> _spenders = [];
    private readonly Dictionary<Script, HashSet<Entry>> _payers = [];
    private readonly SortedSet<Entry> _byWorth = new(Comparer<Entry>.Create(ByWorth));
    private long _arrivals;
    private readonly RollingFee _rolling = new(limits.Increment);
    private long _virtualBytes;
    private bool _isRebuilding;

    public int Count => _entries.Count;

    public Transaction? Find(TxId id) => _entries.GetValueOrDefault(id)?.Transaction;

    public bool IsSpent(OutPoint outPoint) => _spenders.ContainsKey(outPoint);

    /// <summary>An output of an unconfirmed transaction, spent or not.</summary>
    public TxOut? Output(OutPoint outPoint) =>
        _entries.TryGetValue(outPoint.TxId, out var entry) && outPoint.Index < entry.Transaction.Outputs.Length
            ? entry.Transaction.Outputs[(int)outPoint.Index]
            : null;

    /// <summary>All, parents before children.</summary>
    public ImmutableArray<MempoolEntry> InOrder() =>
    [
        .. _entries.Values.OrderBy(entry => entry.Arrival)
            .Select(entry => new MempoolEntry(entry.Transaction, entry.Fee, entry.Time)),
    ];

    /// <summary>Those asked for, parents before children.</summary>
    public ImmutableArray<Transaction> Find(MempoolQuery query)
    {
        var found = new HashSet<Entry>();
        foreach (var id in query.Ids)
        {
            Take(_entries.GetValueOrDefault(id));
        }

        foreach (var outPoint in query.OutPoints)
        {
            Take(_spenders.GetValueOrDefault(outPoint));
        }

        foreach (var script in query.Scripts)
        {
            found.UnionWith(_payers.GetValueOrDefault(script) ?? []);
        }

        return [.. found.OrderBy(entry => entry.Arrival).Select(entry => entry.Transaction)];

        void Take(Entry? entry)
        {
            if (entry is not null)
            {
                found.Add(entry);
            }
        }
    }

    /// <summary>What is here now, for choosing from it elsewhere.</summary>
    public MempoolCopy Copy()
    {
        var sorted = _entries.Values.OrderBy(entry => entry.Arrival).ToArray();
        var places = new Dictionary<Entry, int>(sorted.Length);
        var copies = ImmutableArray.CreateBuilder<MempoolCopy.Entry>(sorted.Length);
        foreach (var entry in sorted)
        {
            places.Add(entry, copies.Count);
            copies.Add(new MempoolCopy.Entry(
                entry.Transaction, entry.Fee, entry.VirtualSize, [.. entry.Parents.Select(parent => places[parent])]));
        }

        return new MempoolCopy(copies.MoveToImmutable());
    }

    /// <summary>The feerate that puts a transaction among the first so many virtual bytes.</summary>
    public FeeRate FeeRateFor(long virtualBytes, long now)
    {
        var least = LeastFeeRate(now);
        long sum = 0;
        foreach (var entry in _entries.Values.OrderByDescending(entry => entry.FeeRate))
        {
            sum += entry.VirtualSize;
            if (sum > virtualBytes)
            {
                return new FeeRate(Math.Max(
                    least.SatsPerKvB, entry.FeeRate.SatsPerKvB + limits.Increment.SatsPerKvB));
            }
        }

        return least;
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
        Judge(transaction, Conflicts(transaction), coins, next, rules, now, out accepted, out _);

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
        var replaced = Conflicts(transaction);
        var refusal = Judge(transaction, replaced, coins, next, rules, now, out var accepted, out var parents);
        if (refusal is not null)
        {
            return refusal;
        }

        var gone = replaced.OrderBy(entry => entry.Arrival).ToList();
        gone.ForEach(Remove);
        Insert(new Entry(accepted!, now, _arrivals++, parents));
        var evicted = Trim();
        dropped =
        [
            .. gone.Select(entry => new Dropped(entry.Transaction, DropReason.Replaced)),
            .. evicted.Where(entry => entry.Id != id)
                .Select(entry => new Dropped(entry.Transaction, DropReason.Evicted)),
        ];
        return _entries.ContainsKey(id)
            ? new BroadcastResult(id, BroadcastCode.Accepted)
            : new BroadcastResult(id, BroadcastCode.MempoolFull, "mempool full");
    }

    /// <summary>What enters now pays at least so much.</summary>
    public FeeRate LeastFeeRate(long now)
    {
        var rolling = _rolling.At(_virtualBytes, limits.MaxVirtualBytes, now);
        return rolling.CompareTo(limits.MinimumFeeRate) > 0 ? rolling : limits.MinimumFeeRate;
    }

    /// <summary>Takes out what a block holds, and what it makes impossible.</summary>
    public ImmutableArray<Dropped> Confirm(ImmutableArray<Transaction> transactions, long now)
    {
        _rolling.Connected(now);
        var dropped = ImmutableArray.CreateBuilder<Dropped>();
        foreach (var transaction in transactions)
        {
            if (_entries.TryGetValue(transaction.Id, out var included))
            {
                // Its children stay: their parent is confirmed now.
                Detach(included);
            }

            if (transaction.IsCoinbase)
            {
                continue;
            }

            foreach (var input in transaction.Inputs)
            {
                if (_spenders.TryGetValue(input.PreviousOutput, out var rival))
                {
                    foreach (var entry in WithDescendants([rival]).OrderBy(entry => entry.Arrival))
                    {
                        Remove(entry);
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
        var expired = WithDescendants(_entries.Values.Where(entry => entry.Time < oldest));
        var dropped = ImmutableArray.CreateBuilder<Dropped>(expired.Count);
        foreach (var entry in expired.OrderBy(entry => entry.Arrival))
        {
            Remove(entry);
            dropped.Add(new Dropped(entry.Transaction, DropReason.Expired));
        }

        return dropped.ToImmutable();
    }

    /// <summary>
    /// After a reorganisation: everything is judged anew on the new chain, transactions of disconnected blocks first. Scripts
    /// are not run again: those of blocks that were connected, and of what is in here, are valid.
    /// </summary>
    /// <returns>What is no longer valid, and what came back.</returns>
    public (ImmutableArray<Dropped> Dropped, ImmutableArray<Transaction> Returned) Rebuild(
        IEnumerable<Transaction> returning, ICoinView coins, in BlockContext next, LedgerRules rules, long now)
    {
        var before = _entries.Values.OrderBy(entry => entry.Arrival).ToList();
        _entries.Clear();
        _spenders.Clear();
        _payers.Clear();
        _byWorth.Clear();
        _virtualBytes = 0;
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
        Transaction transaction, HashSet<Entry> replaced, ICoinView coins, in BlockContext next, LedgerRules rules, long now,
        out AcceptedTransaction? accepted, out List<Entry> parents)
    {
        (accepted, parents) = (null, []);
        var id = transaction.Id;
        if (_entries.ContainsKey(id))
        {
            return new BroadcastResult(id, BroadcastCode.AlreadyInMempool);
        }

        if (transaction.Weight > limits.MaxWeight)
        {
            return new BroadcastResult(id, BroadcastCode.NotStandard, "tx-size");
        }

        var view = new View(this, coins, next, replaced);
        var failure = TransactionAcceptance.CheckSpending(transaction, view, next, rules, out accepted);
        return failure.IsOk
            ? CheckPolicy(accepted!, replaced, now, out parents)
            : new BroadcastResult(id, CodeOf(failure.Error), failure.ToString());
    }

    /// <summary>How a failure of the ledger's rules is told.</summary>
    public static BroadcastCode CodeOf(LedgerError error) => error switch
    {
        LedgerError.InputsMissingOrSpent => BroadcastCode.MissingInputs,
        LedgerError.NotFinal or LedgerError.SequenceLock or LedgerError.ImmatureCoinbase => BroadcastCode.NotFinal,
        LedgerError.DuplicateTransaction => BroadcastCode.AlreadyConfirmed,
        _ => BroadcastCode.Invalid,
    };
}
