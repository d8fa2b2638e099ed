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

    private readonly List<BlockRef> _blocks = [];
    private readonly WatchRecords _records = new();

    /// <summary>The last block looked at; null before the first.</summary>
    public BlockRef? Cursor => _blocks.Count == 0 ? null : _blocks[^1];

    /// <summary>Nothing is watched.</summary>
    public bool IsEmpty => _records.Scripts.Count == 0 && _records.OutPoints.Count == 0;

    /// <summary>The lowest height that anything is watched from; null where nothing is.</summary>
    public int? LowestHeight =>
        IsEmpty ? null : _records.Scripts.Values.Select(each => each.From).Concat(_records.OutPoints.Values).Min();

    /// <summary>The watched scripts.</summary>
    public IEnumerable<Script> Scripts => _records.Scripts.Keys;

    /// <summary>The outputs whose spends are looked for: those watched by name, and those of watched scripts.</summary>
    public IEnumerable<OutPoint> OutPoints =>
        _records.OutPoints.Keys.Concat(_records.Owners.Keys.Where(each => !_records.OutPoints.ContainsKey(each)));

    /// <summary>The transactions that were seen and are in no block.</summary>
    public IEnumerable<TxId> Unconfirmed =>
        _records.Owners.Where(each => _records.Scripts[each.Value].Fundings[each.Key].Block is null)
            .Select(each => each.Key.TxId)
            .Concat(_records.Spends.Values.Where(each => each.Block is null).Select(each => each.Spender.Id)).Distinct();

    /// <summary>Watches a script for payments, and these for what spends them.</summary>
    /// <param name="script">The script.</param>
    /// <param name="fromHeight">No block below can hold one. Blocks passed already are not looked at here.</param>
    public WatchAdded Add(Script script, int fromHeight) => _records.Add(script, fromHeight);

    /// <summary>Watches one output for what spends it.</summary>
    /// <param name="outPoint">The output.</param>
    /// <param name="fromHeight">No block below can hold that. Blocks passed already are not looked at here.</param>
    public WatchAdded Add(OutPoint outPoint, int fromHeight) => _records.Add(outPoint, fromHeight);

    /// <summary>Forgets a script and all that paid it.</summary>
    public void Remove(Script script) => _records.Remove(script);

    /// <summary>Forgets an output watched by name.</summary>
    public void Remove(OutPoint outPoint) => _records.Remove(outPoint);

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

        _records.TakeOut(height);
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

    /// <summary>
    /// Looks at unconfirmed transactions. Where nobody has judged them (a light client's) and several spend one output, the
    /// last of them counts.
    /// </summary>
    public void Look(IReadOnlyCollection<Transaction> transactions, ICollection<WatchEvent> events)
    {
        ArgumentNullException.ThrowIfNull(transactions);
        var last = new Dictionary<OutPoint, TxId>();
        foreach (var transaction in transactions)
        {
            foreach (var input in transaction.Inputs)
            {
                last[input.PreviousOutput] = transaction.Id;
            }
        }

        Look(transactions, null, events, last);
    }

    /// <summary>Drops what is in no block and not among the unconfirmed.</summary>
    public void Sweep(IReadOnlySet<TxId> unconfirmed, ICollection<WatchEvent> events)
    {
        ArgumentNullException.ThrowIfNull(unconfirmed);
        ArgumentNullException.ThrowIfNull(events);
        _records.Sweep(unconfirmed, events);
    }

    /// <summary>
    /// Takes over what another book watched, and what it saw in the blocks of the same chain up to the same one.
    /// </summary>
    /// <exception cref="ArgumentException">It stands at another block.</exception>
    public void Merge(WatchBook other, ICollection<WatchEvent> events)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(events);
        if (other.Cursor != Cursor)
        {
            throw new ArgumentException("The books stand at different blocks.", nameof(other));
        }

        foreach (var (script, watched) in other._records.Scripts)
        {
            Add(script, watched.From);
            foreach (var funding in watched.Fundings.Values
                .Where(each => each.Block is not null && _records.Scripts.ContainsKey(script)))
            {
                _records.Fund(script, funding, events);
            }
        }

        foreach (var (outPoint, from) in other._records.OutPoints)
        {
            Add(outPoint, from);
        }

        foreach (var spend in other._records.Spends.Values
            .Where(each => each.Block is not null && _records.IsWatched(each.OutPoint)))
        {
            _records.Spend(spend, events);
        }
    }

    /// <summary>What it holds now, for good.</summary>
    public WatchView Snapshot() => new(Cursor, _records.Scripts, _records.OutPoints, _records.Owners, _records.Spends);

    /// <inheritdoc/>
    public IReadOnlyList<WatchedPayment> PaymentsTo(Script script) => Snapshot().PaymentsTo(script);

    /// <inheritdoc/>
    public WatchedSpend? SpendOf(OutPoint outPoint) => Snapshot().SpendOf(outPoint);

    private void Look(
        IEnumerable<Transaction> transactions, BlockRef? block, ICollection<WatchEvent> events,
        Dictionary<OutPoint, TxId>? last = null)
    {
        ArgumentNullException.ThrowIfNull(transactions);
        ArgumentNullException.ThrowIfNull(events);
        foreach (var transaction in transactions)
        {
            for (var i = 0; i < transaction.Outputs.Length; i++)
            {
                if (_records.Scripts.ContainsKey(transaction.Outputs[i].ScriptPubKey))
                {
                    var outPoint = new OutPoint(transaction.Id, (uint)i);
                    _records.Fund(transaction.Outputs[i].ScriptPubKey, new Funding(outPoint, transaction, block), events);
                }
            }

            for (var i = 0; i < transaction.Inputs.Length && !transaction.IsCoinbase; i++)
            {
                var outPoint = transaction.Inputs[i].PreviousOutput;
                if (_records.IsWatched(outPoint) && (last is null || last[outPoint] == transaction.Id))
                {
                    _records.Spend(new Spending(outPoint, transaction, i, block), events);
                }
            }
        }
    }
}
