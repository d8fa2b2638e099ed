namespace Market.Simulation;

/// <content>Which transactions build on which, and which exclude each other.</content>
internal sealed partial class SimChain
{
    private void AddDescendants(List<SimTransaction> found)
    {
        for (var i = 0; i < found.Count; i++)
        {
            foreach (var waiting in _pool)
            {
                if (DependsOn(waiting, found[i]) && !found.Contains(waiting))
                {
                    found.Add(waiting);
                }
            }
        }
    }

    private long BestRateOf(SimTransaction transaction)
    {
        var best = transaction.Rate;
        _conflicts.Clear();
        _conflicts.Add(transaction);
        AddDescendants(_conflicts);
        var (fee, size) = (0L, 0L);
        foreach (var member in _conflicts)
        {
            fee += member.Fee;
            size += member.Size;
            best = Math.Max(best, fee * 1000 / size);
        }

        return best;
    }

    private int CountRelatives(SimTransaction transaction)
    {
        var ancestors = 1;
        var most = 1;
        foreach (var waiting in _pool)
        {
            if (DependsOn(transaction, waiting))
            {
                ancestors++;
                _conflicts.Clear();
                _conflicts.Add(waiting);
                AddDescendants(_conflicts);
                most = Math.Max(most, _conflicts.Count + 1);
            }
        }

        return Math.Max(ancestors, most);
    }

    private bool AreInputsThere(SimTransaction transaction)
    {
        foreach (ref readonly var input in transaction.Transaction.Inputs.AsSpan())
        {
            if (!IsThere(input.PreviousOutput)
                && !(_known.TryGetValue(input.PreviousOutput.TxId, out var parent) && parent.Waits))
            {
                return false;
            }
        }

        return true;
    }

    private bool HasUnspentOutput(SimTransaction transaction)
    {
        for (var i = 0; i < transaction.Transaction.Outputs.Length; i++)
        {
            if (_coins.Contains(new OutPoint(transaction.Id, (uint)i)))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsOfDust(Transaction transaction)
    {
        foreach (ref readonly var output in transaction.Outputs.AsSpan())
        {
            if (output.Value.Sats < DustSats && !output.ScriptPubKey.IsUnspendable)
            {
                return true;
            }
        }

        return false;
    }

    private static bool DependsOn(SimTransaction child, SimTransaction parent)
    {
        foreach (ref readonly var input in child.Transaction.Inputs.AsSpan())
        {
            if (input.PreviousOutput.TxId == parent.Id)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Conflict(SimTransaction left, SimTransaction right)
    {
        foreach (ref readonly var input in left.Transaction.Inputs.AsSpan())
        {
            if (right.Spends(input.PreviousOutput))
            {
                return true;
            }
        }

        return false;
    }
}
