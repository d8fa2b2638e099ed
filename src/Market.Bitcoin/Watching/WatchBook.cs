using System.Collections.Immutable;

namespace Market.Bitcoin.Watching;

/// <summary>What became of a wish to watch something.</summary>
public enum WatchAdded
{
    /// <summary>It is watched now from that height on, and was not before.</summary>
    Added,

    /// <summary>It is watched from that height on, or from a lower one, already.</summary>
    Known,

    /// <summary>No room: it is not watched.</summary>
    Full,
}

/// <summary>
/// What is watched on one chain, what was seen of it, and up to which block. Pure: whoever follows the chain shows it
/// blocks in order and what waits unconfirmed. One thread at a time; <see cref="Snapshot"/> is for others to read.
/// </summary>
public sealed class WatchBook : IWatchView
{
    /// <summary>Blocks remembered below the last one looked at: a reorganisation as deep is followed exactly.</summary>
    public const int Remembered = 1_000;

    /// <summary>Scripts watched at most.</summary>
    public const int MaxScripts = 50_000;

    /// <summary>Outputs watched by name at most.</summary>
    public const int MaxOutPoints = 250_000;

    /// <summary>
    /// Payments kept a script, as many confirmed and as many not: the largest, since small ones cost a flooder nothing
    /// and must not push out one that counts.
    /// </summary>
    public const int MaxPayments = 32;

    private readonly Dictionary<OutPoint, int> _outPoints = [];
    private readonly Dictionary<OutPoint, Script> _owners = [];
    private readonly List<BlockRef> _blocks = [];
    private ImmutableDictionary<Script, WatchedScript> _scripts = ImmutableDictionary<Script, WatchedScript>.Empty;
    private ImmutableDictionary<OutPoint, Spending> _spends = ImmutableDictionary<OutPoint, Spending>.Empty;

    /// <summary>The last block looked at; null before the first.</summary>
    public BlockRef? Cursor => _blocks.Count == 0 ? null : _blocks[^1];

    /// <summary>The lowest block remembered; null before the first.</summary>
    public BlockRef? Lowest => _blocks.Count == 0 ? null : _blocks[0];

    /// <summary>Nothing is watched.</summary>
    public bool IsEmpty => _scripts.Count == 0 && _outPoints.Count == 0;

    /// <summary>The lowest height that anything is watched from; null where nothing is.</summary>
    public int? LowestHeight =>
        IsEmpty ? null : _scripts.Values.Select(each => each.From).Concat(_outPoints.Values).Min();

    /// <summary>The watched scripts.</summary>
    public IEnumerable<Script> Scripts => _scripts.Keys;

    /// <summary>The outputs whose spends are looked for: those watched by name, and those of watched scripts.</summary>
    public IEnumerable<OutPoint> OutPoints => _outPoints.Keys.Concat(_owners.Keys.Where(each => !_outPoints.ContainsKey(each)));

    /// <summary>The transactions that were seen and are in no block.</summary>
    public IEnumerable<TxId> Unconfirmed =>
        _owners.Where(each => _scripts[each.Value].Fundings[each.Key].Block is null).Select(each => each.Key.TxId)
            .Concat(_spends.Values.Where(each => each.Block is null).Select(each => each.Spender.Id)).Distinct();

    /// <summary>Watches a script for payments, and these for what spends them.</summary>
    /// <param name="script">The script.</param>
    /// <param name="fromHeight">No block below can hold one. Blocks passed already are not looked at here.</param>
    public WatchAdded Add(Script script, int fromHeight)
    {
        if (_scripts.TryGetValue(script, out var known))
        {
            _scripts = _scripts.SetItem(script, known with { From = Math.Min(known.From, fromHeight) });
            return known.From <= fromHeight ? WatchAdded.Known : WatchAdded.Added;
        }

        if (_scripts.Count >= MaxScripts)
        {
            return WatchAdded.Full;
        }

        _scripts = _scripts.Add(
            script, new WatchedScript(fromHeight, ImmutableDictionary<OutPoint, Funding>.Empty));
        return WatchAdded.Added;
    }

    /// <summary>Watches one output for what spends it.</summary>
    /// <param name="outPoint">The output.</param>
    /// <param name="fromHeight">No block below can hold that. Blocks passed already are not looked at here.</param>
    public WatchAdded Add(OutPoint outPoint, int fromHeight)
    {
        if (_outPoints.TryGetValue(outPoint, out var known))
        {
            _outPoints[outPoint] = Math.Min(known, fromHeight);
            return known <= fromHeight ? WatchAdded.Known : WatchAdded.Added;
        }

        if (_outPoints.Count >= MaxOutPoints)
        {
            return WatchAdded.Full;
        }

        _outPoints.Add(outPoint, fromHeight);
        return WatchAdded.Added;
    }

    /// <summary>Forgets a script and all that paid it.</summary>
    public void Remove(Script script)
    {
        if (!_scripts.TryGetValue(script, out var watched))
        {
            return;
        }

        foreach (var outPoint in watched.Fundings.Keys)
        {
            Drop(outPoint);
        }

        _scripts = _scripts.Remove(script);
    }

    /// <summary>Forgets an output watched by name.</summary>
    public void Remove(OutPoint outPoint)
    {
        if (_outPoints.Remove(outPoint) && !_owners.ContainsKey(outPoint))
        {
            _spends = _spends.Remove(outPoint);
        }
    }

    /// <summary>True where the block was looked at and stands where it stood.</summary>
    public bool Holds(BlockRef block) => IdAt(block.Height) == block.Id;

    /// <summary>The block looked at, at a height; null where none is remembered.</summary>
    public Hash256? IdAt(int height)
    {
        var at = _blocks.Count == 0 ? -1 : height - _blocks[0].Height;
        return at >= 0 && at < _blocks.Count ? _blocks[at].Id : null;
    }

    /// <summary>Forgets blocks above a height: what they held waits unconfirmed, or for another block.</summary>
    public void Rewind(int height)
    {
        while (_blocks.Count > 0 && _blocks[^1].Height > height)
        {
            _blocks.RemoveAt(_blocks.Count - 1);
        }

        TakeOut(height);
    }

    /// <summary>Looks at the block after the last one.</summary>
    /// <param name="block">Its name.</param>
    /// <param name="transactions">All that it holds.</param>
    /// <param name="events">Takes what happened.</param>
    /// <exception cref="ArgumentException">It is not the next one.</exception>
    public void Advance(BlockRef block, IEnumerable<Transaction> transactions, ICollection<WatchEvent> events)
    {
        if (Cursor is { } cursor && block.Height != cursor.Height + 1)
        {
            throw new ArgumentException($"Block {block.Height} does not follow block {cursor.Height}.", nameof(block));
        }

        Look(transactions, block, events);
        _blocks.Add(block);
        if (_blocks.Count > Remembered)
        {
            _blocks.RemoveAt(0);
        }
    }

    /// <summary>Looks once more at a block passed already, for what is watched since.</summary>
    public void LookBack(BlockRef block, IEnumerable<Transaction> transactions, ICollection<WatchEvent> events) =>
        Look(transactions, block, events);

    /// <summary>Looks at unconfirmed transactions.</summary>
    public void Look(IEnumerable<Transaction> transactions, ICollection<WatchEvent> events) =>
        Look(transactions, null, events);

    /// <summary>Drops what is in no block and not among the unconfirmed.</summary>
    public void Sweep(IReadOnlySet<TxId> unconfirmed, ICollection<WatchEvent> events)
    {
        ArgumentNullException.ThrowIfNull(unconfirmed);
        ArgumentNullException.ThrowIfNull(events);
        foreach (var spend in _spends.Values
            .Where(each => each.Block is null && !unconfirmed.Contains(each.Spender.Id)).ToList())
        {
            _spends = _spends.Remove(spend.OutPoint);
            events.Add(new WatchEvent.SpendGone(spend.OutPoint, spend.Spender.Id));
        }

        foreach (var (outPoint, script) in _owners.ToList())
        {
            if (_scripts[script].Fundings[outPoint].Block is null && !unconfirmed.Contains(outPoint.TxId))
            {
                Drop(outPoint);
                events.Add(new WatchEvent.FundingGone(script, outPoint));
            }
        }
    }

    /// <summary>Takes over what another book watched and saw of the same chain, up to the same block.</summary>
    /// <exception cref="ArgumentException">It stands at another block.</exception>
    public void Merge(WatchBook other, ICollection<WatchEvent> events)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(events);
        if (other.Cursor != Cursor)
        {
            throw new ArgumentException("The books stand at different blocks.", nameof(other));
        }

        foreach (var (script, watched) in other._scripts)
        {
            Add(script, watched.From);
            foreach (var funding in _scripts.ContainsKey(script) ? watched.Fundings.Values : [])
            {
                Fund(script, funding, events);
            }
        }

        foreach (var (outPoint, from) in other._outPoints)
        {
            Add(outPoint, from);
        }

        foreach (var spend in other._spends.Values.Where(each => IsWatched(each.OutPoint)))
        {
            Spend(spend, events);
        }
    }

    /// <summary>What it holds now, for good.</summary>
    public WatchView Snapshot() => new(Cursor, _scripts, _spends);

    /// <inheritdoc/>
    public IReadOnlyList<WatchedPayment> PaymentsTo(Script script) => Snapshot().PaymentsTo(script);

    /// <inheritdoc/>
    public WatchedSpend? SpendOf(OutPoint outPoint) => Snapshot().SpendOf(outPoint);

    private bool IsWatched(OutPoint outPoint) => _owners.ContainsKey(outPoint) || _outPoints.ContainsKey(outPoint);

    private void Look(IEnumerable<Transaction> transactions, BlockRef? block, ICollection<WatchEvent> events)
    {
        ArgumentNullException.ThrowIfNull(transactions);
        ArgumentNullException.ThrowIfNull(events);
        foreach (var transaction in transactions)
        {
            for (var i = 0; i < transaction.Outputs.Length; i++)
            {
                if (_scripts.ContainsKey(transaction.Outputs[i].ScriptPubKey))
                {
                    var outPoint = new OutPoint(transaction.Id, (uint)i);
                    Fund(transaction.Outputs[i].ScriptPubKey, new Funding(outPoint, transaction, block), events);
                }
            }

            for (var i = 0; i < transaction.Inputs.Length && !transaction.IsCoinbase; i++)
            {
                if (IsWatched(transaction.Inputs[i].PreviousOutput))
                {
                    Spend(new Spending(transaction.Inputs[i].PreviousOutput, transaction, i, block), events);
                }
            }
        }
    }

    private void Fund(Script script, Funding seen, ICollection<WatchEvent> events)
    {
        var watched = _scripts[script];
        if (watched.Fundings.TryGetValue(seen.OutPoint, out var known))
        {
            // In the mempool's view of a block's output nothing is new.
            if (known.IsTold && (known.Block == seen.Block || seen.Block is null))
            {
                return;
            }

            seen = seen with { Block = seen.Block ?? known.Block };
        }

        if (!MakeRoom(watched, seen, events))
        {
            return;
        }

        Keep(script, seen);
        events.Add(new WatchEvent.Funded(script, seen.OutPoint, seen.Output.Value, seen.Block, seen.Transaction));
    }

    // True where there is room among those that are confirmed, or not, as this one is; the smallest gives way to it.
    private bool MakeRoom(WatchedScript watched, Funding seen, ICollection<WatchEvent> events)
    {
        if (watched.Fundings.Count < MaxPayments)
        {
            return true;
        }

        var rivals = watched.Fundings.Values
            .Where(each => (each.Block is null) == (seen.Block is null) && each.OutPoint != seen.OutPoint).ToList();
        if (rivals.Count < MaxPayments)
        {
            return true;
        }

        var least = rivals.MinBy(each => (each.Output.Value.Sats, each.OutPoint))!;
        var gone = least.Output.Value < seen.Output.Value ? least : seen;
        if (_owners.TryGetValue(gone.OutPoint, out var script))
        {
            Drop(gone.OutPoint);
            events.Add(new WatchEvent.FundingGone(script, gone.OutPoint));
        }

        return gone != seen;
    }

    private void Spend(Spending seen, ICollection<WatchEvent> events)
    {
        if (_spends.TryGetValue(seen.OutPoint, out var known))
        {
            var isSame = known.Spender.Id == seen.Spender.Id;
            if (isSame && known.IsTold && (known.Block == seen.Block || seen.Block is null))
            {
                return;
            }

            // What a block holds stands against a transaction of the mempool, heard of late, that it made void.
            if (!isSame && seen.Block is null && known.Block is not null)
            {
                return;
            }

            if (!isSame)
            {
                events.Add(new WatchEvent.SpendGone(seen.OutPoint, known.Spender.Id));
            }
        }

        _spends = _spends.SetItem(seen.OutPoint, seen);
        events.Add(new WatchEvent.Spent(seen.OutPoint, seen.Spender, seen.InputIndex, seen.Block));
    }

    private void Keep(Script script, Funding funding)
    {
        var watched = _scripts[script];
        _owners[funding.OutPoint] = script;
        _scripts = _scripts.SetItem(
            script, watched with { Fundings = watched.Fundings.SetItem(funding.OutPoint, funding) });
    }

    private void Drop(OutPoint outPoint)
    {
        if (_owners.Remove(outPoint, out var script))
        {
            var watched = _scripts[script];
            _scripts = _scripts.SetItem(script, watched with { Fundings = watched.Fundings.Remove(outPoint) });
        }

        if (!_outPoints.ContainsKey(outPoint))
        {
            _spends = _spends.Remove(outPoint);
        }
    }

    // Told anew wherever they are met next, also where they wait unconfirmed again.
    private void TakeOut(int height)
    {
        foreach (var (outPoint, script) in _owners.ToList())
        {
            var funding = _scripts[script].Fundings[outPoint];
            if (funding.Block is { } block && block.Height > height)
            {
                Keep(script, funding with { Block = null, IsTold = false });
            }
        }

        foreach (var spend in _spends.Values.Where(each => each.Block is { } block && block.Height > height).ToList())
        {
            _spends = _spends.SetItem(spend.OutPoint, spend with { Block = null, IsTold = false });
        }
    }
}
