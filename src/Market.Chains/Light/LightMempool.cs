using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>
/// Unconfirmed transactions heard of, unjudged: the newest ones up to a number of bytes, and, whatever their age, those that
/// concern a watched script or output, up to a number. Safe for several threads.
/// </summary>
internal sealed class LightMempool(long mostBytes = 32L * 1024 * 1024, int mostKept = 2_000)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TxId, MempoolEntry> _entries = [];
    private readonly Dictionary<OutPoint, TxId> _spends = [];
    private readonly LinkedList<TxId> _order = [];
    private readonly HashSet<TxId> _kept = [];
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
    public bool Add(Transaction transaction, long now, bool keep = false)
    {
        lock (_lock)
        {
            if (transaction.IsCoinbase || !_entries.TryAdd(transaction.Id, new MempoolEntry(transaction, Amount.Zero, now)))
            {
                return false;
            }

            // Of two that spend the same output the one heard of last is shown. One that concerns what is watched stays beside its
            // rival, which nobody has judged: a stranger's invention must not hide it.
            foreach (var input in transaction.Inputs)
            {
                if (_spends.TryGetValue(input.PreviousOutput, out var rival) && !_kept.Contains(rival))
                {
                    Remove(rival);
                }
            }

            foreach (var input in transaction.Inputs)
            {
                _spends[input.PreviousOutput] = transaction.Id;
            }

            _bytes += transaction.VirtualSize;
            _order.AddLast(transaction.Id);
            if ((keep || Concerns(transaction)) && _kept.Count < mostKept)
            {
                _kept.Add(transaction.Id);
            }

            Shrink();
            return true;
        }
    }

    /// <summary>Takes out what a block confirms and what it makes void.</summary>
    public void Confirm(Block block)
    {
        lock (_lock)
        {
            foreach (var transaction in block.Transactions)
            {
                Remove(transaction.Id);
                foreach (var input in transaction.Inputs)
                {
                    if (_spends.TryGetValue(input.PreviousOutput, out var rival))
                    {
                        Remove(rival);
                    }
                }
            }
        }
    }

    public Transaction? Find(TxId id)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(id)?.Transaction;
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
            return [.. _order.Select(id => _entries[id])];
        }
    }

    public ImmutableArray<UnspentOutput> Paying(Script script)
    {
        lock (_lock)
        {
            return
            [
                .. from id in _order
                   let transaction = _entries[id].Transaction
                   from index in Enumerable.Range(0, transaction.Outputs.Length)
                   where transaction.Outputs[index].ScriptPubKey == script
                   select new UnspentOutput(new OutPoint(id, (uint)index), transaction.Outputs[index], -1, false, 0),
            ];
        }
    }

    private bool Concerns(Transaction transaction) =>
        transaction.Outputs.Any(output => _scripts.Contains(output.ScriptPubKey))
        || transaction.Inputs.Any(input => _kept.Contains(input.PreviousOutput.TxId));

    private void Shrink()
    {
        for (var at = _order.First; _bytes > mostBytes && at is not null;)
        {
            var next = at.Next;
            if (!_kept.Contains(at.Value))
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

        _bytes -= entry.Transaction.VirtualSize;
        _order.Remove(id);
        _kept.Remove(id);
        foreach (var input in entry.Transaction.Inputs)
        {
            if (_spends.TryGetValue(input.PreviousOutput, out var spender) && spender == id)
            {
                _spends.Remove(input.PreviousOutput);
            }
        }
    }
}
