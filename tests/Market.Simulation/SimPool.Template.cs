namespace Market.Simulation;

/// <content>What a miner takes from the mempool: by what a transaction pays together with all that it builds on.</content>
internal sealed partial class SimChain
{
    private void TakeFromPool(long floor, Predicate<SimTransaction>? takes, ref List<SimTransaction>? taken)
    {
        for (var again = true; again;)
        {
            again = false;
            for (var i = 0; i < _pool.Count; i++)
            {
                if (_pool[i].Height == 0 && IsWorthTaking(_pool[i], floor, takes))
                {
                    foreach (var member in _package)
                    {
                        Take(member, ref taken);
                    }

                    again = true;
                }
            }
        }
    }

    // A transaction with all that it builds on, as miners judge it: together they pay the rate.
    private bool IsWorthTaking(SimTransaction candidate, long floor, Predicate<SimTransaction>? takes)
    {
        _package.Clear();
        if (!Gather(candidate))
        {
            return false;
        }

        var (fee, size) = (0L, 0L);
        foreach (var member in _package)
        {
            if (!IsFinal(member) || (takes is not null && !takes(member)))
            {
                return false;
            }

            fee += member.Fee;
            size += member.Size;
        }

        return fee * 1000 >= floor * size;
    }

    private bool Gather(SimTransaction candidate)
    {
        foreach (ref readonly var input in candidate.Transaction.Inputs.AsSpan())
        {
            if (IsThere(input.PreviousOutput))
            {
                continue;
            }

            if (!_known.TryGetValue(input.PreviousOutput.TxId, out var parent) || !parent.Waits || parent.Height > 0
                || (!_package.Contains(parent) && !Gather(parent)))
            {
                return false;
            }
        }

        _package.Add(candidate);
        return true;
    }
}
