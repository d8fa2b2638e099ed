using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Engine;

namespace Market.Chains.Light;

/// <summary>
/// Unconfirmed transactions heard of, unjudged: the newest ones up to what they take of memory, and, longer than those, the ones
/// that concern a watched script or output, up to a number and to half of the memory. Own ones are counted apart, so that no
/// stranger's inventions push them out. Safe for several threads.
/// </summary>
/// <param name="mostBytes">Bytes of memory that all may take together.</param>
/// <param name="mostKept">Own ones kept at most, and as many of strangers that concern what is watched.</param>
internal sealed class LightMempool(long mostBytes = 32L * 1024 * 1024, int mostKept = 2_000)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TxId, Entry> _entries = [];
    private readonly Dictionary<OutPoint, List<TxId>> _spends = [];
    private readonly LinkedList<TxId> _order = [];
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

    /// <summary>Takes a transaction in. True where it was not known.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="keep">True for an own one.</param>
    public bool Add(Transaction transaction, long now, bool keep = false)
    {
        lock (_lock)
        {
            if (transaction.IsCoinbase || _entries.ContainsKey(transaction.Id))
            {
                return false;
            }

            // Of two that spend the same output the one heard of last is shown. One that concerns what is watched stays beside its
            // rival, which nobody has judged: a stranger's invention must not hide it.
            foreach (var rival in RivalsOf(transaction).Where(rival => !IsKept(rival)).ToList())
            {
                Remove(rival);
            }

            var entry = new Entry(
                new MempoolEntry(transaction, Amount.Zero, now), _order.AddLast(transaction.Id), BlockMemory.Of([transaction]));
            _entries.Add(transaction.Id, entry);
            _bytes += entry.Bytes;
            foreach (var input in transaction.Inputs)
            {
                if (!_spends.TryGetValue(input.PreviousOutput, out var spenders))
                {
                    _spends.Add(input.PreviousOutput, spenders = new List<TxId>(1));
                }

                spenders.Add(transaction.Id);
            }

            if (keep || Concerns(transaction))
            {
                (keep ? _own : _concerning).Add(transaction.Id, entry.Bytes);
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
                Remove(transaction.Id);
                RivalsOf(transaction).ToList().ForEach(Remove);
            }
        }
    }

    public Transaction? Find(TxId id)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(id)?.Shown.Transaction;
        }
    }

    public bool IsSpent(OutPoint outPoint)
    {
        lock (_lock)
        {
            return _spends.ContainsKey(outPoint);
        }
    }

    public ImmutableArray<MempoolEntry> All()
    {
        lock (_lock)
        {
            return [.. _order.Select(id => _entries[id].Shown)];
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
                   from index in Enumerable.Range(0, transaction.Outputs.Length)
                   where transaction.Outputs[index].ScriptPubKey == script
                   select new UnspentOutput(new OutPoint(id, (uint)index), transaction.Outputs[index], -1, false, 0),
            ];
        }
    }

    private IEnumerable<TxId> RivalsOf(Transaction transaction) => transaction.Inputs
        .SelectMany(input => _spends.GetValueOrDefault(input.PreviousOutput) ?? []).Distinct();

    private bool IsKept(TxId id) => _own.Contains(id) || _concerning.Contains(id);

    private bool Concerns(Transaction transaction) =>
        transaction.Outputs.Any(output => _scripts.Contains(output.ScriptPubKey))
        || transaction.Inputs.Any(input => IsKept(input.PreviousOutput.TxId));

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

    private void Remove(TxId id)
    {
        if (!_entries.Remove(id, out var entry))
        {
            return;
        }

        _bytes -= entry.Bytes;
        _order.Remove(entry.Place);
        _own.Remove(id);
        _concerning.Remove(id);
        foreach (var input in entry.Shown.Transaction.Inputs)
        {
            if (_spends.TryGetValue(input.PreviousOutput, out var spenders) && spenders.Remove(id) && spenders.Count == 0)
            {
                _spends.Remove(input.PreviousOutput);
            }
        }
    }

    private sealed record Entry(MempoolEntry Shown, LinkedListNode<TxId> Place, long Bytes);

    // The newest so many; the others are as any transaction is.
    private sealed class Kept(int most, long mostBytes)
    {
        private readonly Dictionary<TxId, (LinkedListNode<TxId> Place, long Bytes)> _kept = [];
        private readonly LinkedList<TxId> _order = [];
        private long _bytes;

        public bool Contains(TxId id) => _kept.ContainsKey(id);

        public void Add(TxId id, long bytes)
        {
            _kept.Add(id, (_order.AddLast(id), bytes));
            _bytes += bytes;
            while (_kept.Count > most || (_bytes > mostBytes && _order.Count > 0))
            {
                Remove(_order.First!.Value);
            }
        }

        public void Remove(TxId id)
        {
            if (_kept.Remove(id, out var kept))
            {
                _order.Remove(kept.Place);
                _bytes -= kept.Bytes;
            }
        }
    }
}
