using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>What the node's mempool held at the last look.</summary>
internal sealed class RpcMempool
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TxId, MempoolEntry> _entries = [];
    private readonly Dictionary<OutPoint, TxId> _spends = [];

    public bool IsSpent(OutPoint outPoint)
    {
        lock (_lock)
        {
            return _spends.ContainsKey(outPoint);
        }
    }

    public TxId? SpenderOf(OutPoint outPoint)
    {
        lock (_lock)
        {
            return _spends.TryGetValue(outPoint, out var id) ? id : null;
        }
    }

    /// <summary>Those of the ids that are not here yet, at most so many.</summary>
    public List<TxId> Unknown(IEnumerable<TxId> ids, int limit)
    {
        lock (_lock)
        {
            return [.. ids.Where(id => !_entries.ContainsKey(id)).Take(Math.Max(0, limit - _entries.Count))];
        }
    }

    /// <summary>Brings it up to date.</summary>
    /// <returns>What left.</returns>
    public List<MempoolEntry> Update(IReadOnlySet<TxId> present, IEnumerable<MempoolEntry> added)
    {
        lock (_lock)
        {
            var gone = _entries.Values.Where(entry => !present.Contains(entry.Transaction.Id)).ToList();
            foreach (var entry in gone)
            {
                _entries.Remove(entry.Transaction.Id);
                foreach (var input in entry.Transaction.Inputs)
                {
                    _spends.Remove(input.PreviousOutput);
                }
            }

            foreach (var entry in added)
            {
                _entries[entry.Transaction.Id] = entry;
                foreach (var input in entry.Transaction.Inputs)
                {
                    _spends[input.PreviousOutput] = entry.Transaction.Id;
                }
            }

            return gone;
        }
    }

    /// <summary>All of it, parents before children.</summary>
    public ImmutableArray<MempoolEntry> InOrder()
    {
        lock (_lock)
        {
            var done = new HashSet<TxId>();
            var result = ImmutableArray.CreateBuilder<MempoolEntry>(_entries.Count);
            var waiting = new Stack<MempoolEntry>(_entries.Values);
            while (waiting.TryPop(out var entry))
            {
                var parents = entry.Transaction.Inputs
                    .Select(input => input.PreviousOutput.TxId)
                    .Where(id => !done.Contains(id) && _entries.ContainsKey(id))
                    .ToList();
                if (parents.Count == 0)
                {
                    if (done.Add(entry.Transaction.Id))
                    {
                        result.Add(entry);
                    }

                    continue;
                }

                waiting.Push(entry);
                parents.ForEach(id => waiting.Push(_entries[id]));
            }

            return result.ToImmutable();
        }
    }
}
