using Market.Swaps.Agent;

namespace Market.Simulation;

/// <content>The mempool: what is relayed, replaced, evicted and mined first.</content>
internal sealed partial class SimChain
{
    private const int MostRelatives = 25;
    private const long RelayRate = 1_000;
    private const long DustSats = 294;

    private readonly List<SimTransaction> _pool = [];
    private readonly Dictionary<TxId, SimTransaction> _known = [];
    private readonly List<List<OutPoint>> _payments = [];
    private readonly List<SimTransaction> _package = [];
    private readonly List<SimTransaction> _conflicts = [];

    /// <summary>What waits, parents before children.</summary>
    public IReadOnlyList<SimTransaction> Pool => _pool;

    /// <summary>The least rate that the mempool takes: it rises when the mempool is full.</summary>
    public long PoolFloor { get; private set; } = RelayRate;

    /// <summary>The least rate that blocks take.</summary>
    public long BlockFloor { get; set; } = RelayRate;

    /// <summary>Nodes replace what conflicts with a transaction that pays more (BIP125).</summary>
    public bool Replaces { get; init; } = true;

    /// <summary>A transaction that was heard of, wherever it stands; null where its inputs are unknown or it is no good.</summary>
    public SimTransaction? Know(Transaction transaction)
    {
        if (_known.TryGetValue(transaction.Id, out var known))
        {
            return known;
        }

        var fee = 0L;
        foreach (ref readonly var input in transaction.Inputs.AsSpan())
        {
            if (OutputOf(input.PreviousOutput) is not { } spent || !_contracts.Opens(spent.ScriptPubKey, transaction, input))
            {
                return null;
            }

            fee += spent.Value.Sats;
        }

        foreach (ref readonly var output in transaction.Outputs.AsSpan())
        {
            if (output.Value.Sats < 0)
            {
                return null;
            }

            fee -= output.Value.Sats;
        }

        if (fee < 0)
        {
            return null;
        }

        foreach (ref readonly var input in transaction.Inputs.AsSpan())
        {
            if (_ends.TryGetValue(input.PreviousOutput.TxId, out var end))
            {
                _ends[transaction.Id] = Math.Min(end, _ends.GetValueOrDefault(transaction.Id, int.MaxValue));
            }

            if (_roots.TryGetValue(input.PreviousOutput.TxId, out var root))
            {
                _roots[transaction.Id] = Math.Min(root, _roots.GetValueOrDefault(transaction.Id, int.MaxValue));
            }
        }

        known = new SimTransaction(transaction, fee, transaction.LockTime);
        _known.Add(transaction.Id, known);
        _outputs.TryAdd(transaction.Id, transaction);
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            if (_contracts.IndexOf(transaction.Outputs[i].ScriptPubKey) is var at && at >= 0)
            {
                while (_payments.Count <= at)
                {
                    _payments.Add([]);
                }

                _payments[at].Add(new OutPoint(transaction.Id, (uint)i));
            }
        }

        return known;
    }

    /// <summary>Every output that ever paid a contract, in a block or not.</summary>
    public IReadOnlyList<OutPoint> PaymentsTo(ILegContract contract) =>
        _contracts.IndexOf(contract.ScriptPubKey) is var at && at >= 0 && at < _payments.Count ? _payments[at] : [];

    /// <summary>The transaction in a block that spends an output; null where none does.</summary>
    public SimTransaction? SpenderOf(OutPoint outPoint)
    {
        foreach (var (_, known) in _known)
        {
            if (known.Height > 0 && known.Spends(outPoint))
            {
                return known;
            }
        }

        return null;
    }

    /// <summary>True for a transaction that was heard of.</summary>
    public bool IsKnown(TxId id) => _known.ContainsKey(id);

    /// <summary>The height of the block that holds a transaction; 0 for none.</summary>
    public int HeightOf(TxId id) => _known.TryGetValue(id, out var known) ? known.Height : 0;

    /// <summary>Offers a transaction to the mempool.</summary>
    public SendOutcome Offer(Transaction transaction)
    {
        if (Know(transaction) is not { } offered)
        {
            return SendOutcome.MissingInputs;
        }

        if (offered.Waits)
        {
            return SendOutcome.Taken;
        }

        if (offered.Height > 0)
        {
            return HasUnspentOutput(offered) ? SendOutcome.Taken : SendOutcome.MissingInputs;
        }

        if (!IsFinal(offered))
        {
            return SendOutcome.NotFinal;
        }

        if (!AreInputsThere(offered))
        {
            return SendOutcome.MissingInputs;
        }

        if (IsOfDust(transaction))
        {
            return SendOutcome.Refused;
        }

        return offered.Rate < PoolFloor ? SendOutcome.TooCheap : Admit(offered);
    }

    /// <summary>The one in the mempool that spends an output; null where none does.</summary>
    public SimTransaction? WaitingSpendOf(OutPoint outPoint)
    {
        foreach (var waiting in _pool)
        {
            if (waiting.Spends(outPoint))
            {
                return waiting;
            }
        }

        return null;
    }

    /// <summary>The mempool is full of others' transactions, or has room again: what pays less than this goes.</summary>
    public void SetPoolFloor(long rate)
    {
        PoolFloor = Math.Max(rate, RelayRate);
        for (var i = _pool.Count - 1; i >= 0; i--)
        {
            if (i < _pool.Count && BestRateOf(_pool[i]) < PoolFloor)
            {
                Remove(_pool[i]);
            }
        }
    }

    /// <summary>Nodes forget a transaction, as after a restart, or when it has waited too long.</summary>
    public void Forget(SimTransaction transaction) => Remove(transaction);

    private SendOutcome Admit(SimTransaction offered)
    {
        _conflicts.Clear();
        foreach (var waiting in _pool)
        {
            if (Conflict(waiting, offered))
            {
                _conflicts.Add(waiting);
            }
        }

        if (_conflicts.Count > 0)
        {
            if (!Replaces)
            {
                return SendOutcome.Conflicts;
            }

            var direct = _conflicts.Count;
            AddDescendants(_conflicts);
            var fees = 0L;
            for (var i = 0; i < _conflicts.Count; i++)
            {
                fees += _conflicts[i].Fee;
                if (i < direct && offered.Rate <= _conflicts[i].Rate)
                {
                    return SendOutcome.TooCheap;
                }
            }

            if (offered.Fee < fees + offered.Size)
            {
                return SendOutcome.TooCheap;
            }

            foreach (var rival in _conflicts)
            {
                if (DependsOn(offered, rival))
                {
                    return SendOutcome.MissingInputs;
                }
            }

            foreach (var rival in _conflicts)
            {
                _pool.Remove(rival);
                rival.Waits = false;
            }
        }
        else if (CountRelatives(offered) > MostRelatives)
        {
            return SendOutcome.Refused;
        }

        offered.Waits = true;
        _pool.Add(offered);
        Revision++;
        return SendOutcome.Taken;
    }

    // What a block, or its undoing, leaves without its inputs goes, and what is in a block waits no more.
    private void Purge()
    {
        for (var i = 0; i < _pool.Count; i++)
        {
            var waiting = _pool[i];
            if (waiting.Height > 0 || !AreInputsThere(waiting))
            {
                _pool.RemoveAt(i--);
                waiting.Waits = false;
            }
        }
    }

    private void Requeue(List<SimTransaction> back)
    {
        var waited = _pool.ToArray();
        _pool.Clear();
        foreach (var each in waited)
        {
            each.Waits = false;
        }

        foreach (var each in back)
        {
            Return(each);
        }

        foreach (var each in waited)
        {
            Return(each);
        }
    }

    private void Return(SimTransaction transaction)
    {
        if (IsFinal(transaction) && AreInputsThere(transaction) && transaction.Rate >= PoolFloor
            && !_pool.Exists(waiting => Conflict(waiting, transaction)))
        {
            transaction.Waits = true;
            _pool.Add(transaction);
        }
    }

    private void Remove(SimTransaction transaction)
    {
        _conflicts.Clear();
        _conflicts.Add(transaction);
        AddDescendants(_conflicts);
        foreach (var gone in _conflicts)
        {
            _pool.Remove(gone);
            gone.Waits = false;
        }

        Revision++;
    }
}
