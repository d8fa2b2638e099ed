using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>What the node's mempool held at the last look.</summary>
internal sealed class RpcMempool
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TxId, MempoolEntry> _entries = [];
    private readonly Dictionary<OutPoint, TxId> _spends = [];
    private bool _isWhole;

    /// <summary>True where the last look read all that the node had.</summary>
    public bool IsWhole
    {
        get
        {
            lock (_lock)
            {
                return _isWhole;
            }
        }
    }

    public bool IsSpent(OutPoint outPoint)
    {
        lock (_lock)
        {
            return _spends.ContainsKey(outPoint);
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

            _isWhole = present.All(_entries.ContainsKey);
            return gone;
        }
    }

    /// <summary>Those asked for, parents before children.</summary>
    public ImmutableArray<Transaction> Find(MempoolQuery query)
    {
        lock (_lock)
        {
            var found = query.Ids.Concat(query.OutPoints.Where(_spends.ContainsKey).Select(each => _spends[each]))
                .Where(_entries.ContainsKey).ToHashSet();
            var scripts = query.Scripts.ToHashSet();
            if (scripts.Count > 0)
            {
                found.UnionWith(_entries.Values
                    .Where(entry => entry.Transaction.Outputs.Any(output => scripts.Contains(output.ScriptPubKey)))
                    .Select(entry => entry.Transaction.Id));
            }

            return [.. InOrder(found.ToDictionary(id => id, id => _entries[id])).Select(entry => entry.Transaction)];
        }
    }

    /// <summary>All of it, parents before children.</summary>
    public ImmutableArray<MempoolEntry> InOrder()
    {
        lock (_lock)
        {
            return InOrder(_entries);
        }
    }

    private static ImmutableArray<MempoolEntry> InOrder(Dictionary<TxId, MempoolEntry> entries)
    {
        var done = new HashSet<TxId>();
        var result = ImmutableArray.CreateBuilder<MempoolEntry>(entries.Count);
        var waiting = new Stack<MempoolEntry>(entries.Values);
        while (waiting.TryPop(out var entry))
        {
            var parents = entry.Transaction.Inputs
                .Select(input => input.PreviousOutput.TxId)
                .Where(id => !done.Contains(id) && entries.ContainsKey(id))
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
            parents.ForEach(id => waiting.Push(entries[id]));
        }

        return result.ToImmutable();
    }
}
