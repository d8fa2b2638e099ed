using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Engine;

namespace Market.Chains.Light;

/// <summary>
/// Unconfirmed transactions heard of: the newest ones up to what they take of memory, and, longer than those, the ones
/// that concern a watched script or output, up to a number and to half of the memory. Own ones are counted apart, so that no
/// stranger's inventions push them out. Several versions of one transaction that differ in their witnesses stand side by side:
/// a copy without its witness keeps the true one out of nothing. Safe for several threads.
/// </summary>
/// <param name="mostBytes">Bytes of memory that all may take together.</param>
/// <param name="mostKept">Own ones kept at most, and as many of strangers that concern what is watched.</param>
internal sealed class LightMempool(long mostBytes = 32L * 1024 * 1024, int mostKept = 2_000)
{
    /// <summary>Versions of one transaction at most; a further one takes the place of the oldest that nothing speaks for.</summary>
    public const int MostVersions = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<WTxId, Entry> _entries = [];
    private readonly Dictionary<TxId, List<WTxId>> _versions = [];
    private readonly Dictionary<OutPoint, List<WTxId>> _spends = [];
    private readonly LinkedList<WTxId> _order = [];
    private readonly Kept _own = new(mostKept, mostBytes / 4);
    private readonly Kept _concerning = new(mostKept, mostBytes / 2);
    private readonly HashSet<Script> _scripts = [];
    private long _bytes;

    public void Watch(Script script)
    {
        lock (_lock)
        {
            _scripts.Add(script);
        }
    }

    /// <summary>Takes a transaction in. True where it was not known with this witness.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="keep">True for an own one.</param>
    /// <param name="isProven">True where all its witnesses were verified: then no other version is needed.</param>
    /// <param name="isFinal">
    /// False for one that no block may hold yet: it waits at the edge and takes the place of none that one may.
    /// </param>
    public bool Add(Transaction transaction, long now, bool keep = false, bool isProven = false, bool isFinal = true)
    {
        lock (_lock)
        {
            if (transaction.IsCoinbase || _entries.ContainsKey(transaction.WitnessId) || !MakeRoom(transaction.Id, isProven))
            {
                return false;
            }

            // Of two that spend the same output the one heard of last is shown. One that concerns what is watched stays beside its
            // rival, which nobody has judged: a stranger's invention must not hide it; nor does it one that is proven.
            foreach (var rival in RivalsOf(transaction)
                .Where(rival => isFinal && !IsKept(rival) && (isProven || !_entries[rival].IsProven)).ToList())
            {
                Remove(rival);
            }

            Put(transaction, now, isProven);
            if (keep || (isFinal && Concerns(transaction)))
            {
                (keep ? _own : _concerning).Add(transaction.WitnessId, _entries[transaction.WitnessId].Bytes);
            }

            Shrink();
            return true;
        }
    }

    /// <summary>Takes out what a block confirms and everything that it makes void.</summary>
    public void Confirm(Block block)
    {
        lock (_lock)
        {
            foreach (var transaction in block.Transactions)
            {
                VersionIdsOf(transaction.Id).ForEach(Remove);
                RivalsOf(transaction).ToList().ForEach(Remove);
            }
        }
    }

    /// <summary>Takes one version out, because its witness turned out false.</summary>
    public void Refute(Transaction transaction)
    {
        lock (_lock)
        {
            Remove(transaction.WitnessId);
        }
    }

    /// <summary>Any version of a transaction: inputs and outputs are the same in all.</summary>
    public Transaction? Find(TxId id)
    {
        lock (_lock)
        {
            return VersionIdsOf(id) is [var first, ..] ? _entries[first].Shown.Transaction : null;
        }
    }

    /// <summary>All versions of a transaction: proven and own ones first, then in the order in which they were heard of.</summary>
    public ImmutableArray<Transaction> VersionsOf(TxId id)
    {
        lock (_lock)
        {
            return
            [
                .. VersionIdsOf(id).OrderBy(version => _entries[version].IsProven || _own.Contains(version) ? 0 : 1)
                    .Select(version => _entries[version].Shown.Transaction),
            ];
        }
    }

    /// <summary>Transactions, in all their versions, that spend an output.</summary>
    public ImmutableArray<Transaction> Spending(OutPoint outPoint)
    {
        lock (_lock)
        {
            return [.. (_spends.GetValueOrDefault(outPoint) ?? []).Select(id => _entries[id].Shown.Transaction)];
        }
    }

    /// <summary>Every transaction once, in the order in which it was heard of first.</summary>
    public ImmutableArray<MempoolEntry> All()
    {
        lock (_lock)
        {
            return
            [
                .. from id in _order
                   let entry = _entries[id].Shown
                   where _versions[entry.Transaction.Id][0] == id
                   select entry,
            ];
        }
    }

    public ImmutableArray<UnspentOutput> Paying(Script script)
    {
        lock (_lock)
        {
            return
            [
                .. from id in _order
                   let transaction = _entries[id].Shown.Transaction
                   where _versions[transaction.Id][0] == id
                   from index in Enumerable.Range(0, transaction.Outputs.Length)
                   where transaction.Outputs[index].ScriptPubKey == script
                   select new UnspentOutput(
                       new OutPoint(transaction.Id, (uint)index), transaction.Outputs[index], -1, false, 0),
            ];
        }
    }

    /// <summary>True for one that was handed in here.</summary>
    public bool IsOwn(Transaction transaction)
    {
        lock (_lock)
        {
            return _own.Contains(transaction.WitnessId);
        }
    }

    /// <summary>True where a transaction pays or spends what is watched: its witness is worth being sure of.</summary>
    public bool IsWanted(Transaction transaction)
    {
        lock (_lock)
        {
            return Concerns(transaction);
        }
    }

    private List<WTxId> VersionIdsOf(TxId id) => _versions.TryGetValue(id, out var versions) ? [.. versions] : [];

    // False where a version that was verified is here: nothing else that is called so says more.
    private bool MakeRoom(TxId id, bool isProven)
    {
        var versions = VersionIdsOf(id);
        if (versions.Exists(version => _entries[version].IsProven))
        {
            return false;
        }

        var idle = versions.Where(version => !_own.Contains(version)).ToList();
        if (isProven)
        {
            idle.ForEach(Remove);
        }
        else if (versions.Count >= MostVersions && idle.Count > 0)
        {
            Remove(idle[0]);
        }

        return true;
    }

    private void Put(Transaction transaction, long now, bool isProven)
    {
        var id = transaction.WitnessId;
        var entry = new Entry(
            new MempoolEntry(transaction, Amount.Zero, now), _order.AddLast(id), BlockMemory.Of([transaction]), isProven);
        _entries.Add(id, entry);
        _bytes += entry.Bytes;
        ListOf(_versions, transaction.Id).Add(id);
        foreach (var input in transaction.Inputs)
        {
            ListOf(_spends, input.PreviousOutput).Add(id);
        }
    }

    private static List<WTxId> ListOf<TKey>(Dictionary<TKey, List<WTxId>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists.Add(key, list = new List<WTxId>(1));
        }

        return list;
    }

    // Other transactions, not other versions of this one.
    private IEnumerable<WTxId> RivalsOf(Transaction transaction) => transaction.Inputs
        .SelectMany(input => _spends.GetValueOrDefault(input.PreviousOutput) ?? []).Distinct()
        .Where(rival => _entries[rival].Shown.Transaction.Id != transaction.Id);

    private bool IsKept(WTxId id) => _own.Contains(id) || _concerning.Contains(id);

    private bool Concerns(Transaction transaction) =>
        transaction.Outputs.Any(output => _scripts.Contains(output.ScriptPubKey))
        || transaction.Inputs.Any(input => _versions.TryGetValue(input.PreviousOutput.TxId, out var parents)
            && parents.Exists(IsKept));

    private void Shrink()
    {
        for (var at = _order.First; _bytes > mostBytes && at is not null;)
        {
            var next = at.Next;
            if (!IsKept(at.Value))
            {
                Remove(at.Value);
            }

            at = next;
        }
    }

    private void Remove(WTxId id)
    {
        if (!_entries.Remove(id, out var entry))
        {
            return;
        }

        _bytes -= entry.Bytes;
        _order.Remove(entry.Place);
        _own.Remove(id);
        _concerning.Remove(id);
        TakeFrom(_versions, entry.Shown.Transaction.Id, id);
        foreach (var input in entry.Shown.Transaction.Inputs)
        {
            TakeFrom(_spends, input.PreviousOutput, id);
        }
    }

    private static void TakeFrom<TKey>(Dictionary<TKey, List<WTxId>> lists, TKey key, WTxId id)
        where TKey : notnull
    {
        if (lists.TryGetValue(key, out var list) && list.Remove(id) && list.Count == 0)
        {
            lists.Remove(key);
        }
    }

    private sealed record Entry(MempoolEntry Shown, LinkedListNode<WTxId> Place, long Bytes, bool IsProven);

    // The newest so many; the others are as any transaction is.
    private sealed class Kept(int most, long mostBytes)
    {
        private readonly Dictionary<WTxId, (LinkedListNode<WTxId> Place, long Bytes)> _kept = [];
        private readonly LinkedList<WTxId> _order = [];
        private long _bytes;

        public bool Contains(WTxId id) => _kept.ContainsKey(id);

        public void Add(WTxId id, long bytes)
        {
            _kept.Add(id, (_order.AddLast(id), bytes));
            _bytes += bytes;
            while (_kept.Count > most || (_bytes > mostBytes && _order.Count > 0))
            {
                Remove(_order.First!.Value);
            }
        }

        public void Remove(WTxId id)
        {
            if (_kept.Remove(id, out var kept))
            {
                _order.Remove(kept.Place);
                _bytes -= kept.Bytes;
            }
        }
    }
}
