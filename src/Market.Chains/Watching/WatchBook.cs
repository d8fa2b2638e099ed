using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Chains.Watching;

/// <summary>What is watched, what was seen of it, and up to which block. No waiting, one thread at a time.</summary>
internal sealed class WatchBook
{
    /// <summary>Blocks remembered below the last one looked at: a reorganisation as deep is followed exactly.</summary>
    public const int Remembered = 1_000;

    private const uint Version = 1;

    private readonly Dictionary<Script, int> _scripts = [];
    private readonly Dictionary<OutPoint, int> _outPoints = [];
    private readonly Dictionary<OutPoint, Funding> _fundings = [];
    private readonly Dictionary<OutPoint, Spend> _spends = [];
    private readonly List<BlockRef> _blocks = [];

    /// <summary>The last block looked at; null before the first.</summary>
    public BlockRef? Cursor => _blocks.Count == 0 ? null : _blocks[^1];

    public bool IsEmpty => _scripts.Count == 0 && _outPoints.Count == 0;

    /// <summary>The lowest height that anything is watched from; null where nothing is.</summary>
    public int? LowestHeight => IsEmpty ? null : _scripts.Values.Concat(_outPoints.Values).Min();

    public bool Add(Script script, int fromHeight) => Lower(_scripts, script, fromHeight);

    public bool Add(OutPoint outPoint, int fromHeight) => Lower(_outPoints, outPoint, fromHeight);

    public void Remove(Script script)
    {
        _scripts.Remove(script);
        foreach (var funding in _fundings.Values.Where(funding => funding.Script == script).ToList())
        {
            _fundings.Remove(funding.OutPoint);
            if (!_outPoints.ContainsKey(funding.OutPoint))
            {
                _spends.Remove(funding.OutPoint);
            }
        }
    }

    public void Remove(OutPoint outPoint)
    {
        _outPoints.Remove(outPoint);
        if (!_fundings.ContainsKey(outPoint))
        {
            _spends.Remove(outPoint);
        }
    }

    /// <summary>True where the block was looked at and stands where it stood.</summary>
    public bool Holds(BlockRef block)
    {
        var at = _blocks.Count == 0 ? -1 : block.Height - _blocks[0].Height;
        return at >= 0 && at < _blocks.Count && _blocks[at].Id == block.Id;
    }

    /// <summary>Forgets blocks above a height: what they held waits for the mempool or another block.</summary>
    public void Rewind(int height)
    {
        var gone = new HashSet<Hash256>();
        while (_blocks.Count > 0 && _blocks[^1].Height > height)
        {
            gone.Add(_blocks[^1].Id);
            _blocks.RemoveAt(_blocks.Count - 1);
        }

        TakeOut(block => gone.Contains(block.Id));
    }

    /// <summary>Forgets all blocks, as where the chain is quite another.</summary>
    public void RewindAll()
    {
        _blocks.Clear();
        TakeOut(_ => true);
    }

    /// <summary>Looks at the block after the last one.</summary>
    public void Advance(ChainBlock block, List<WatchEvent> events)
    {
        Look(block.Transactions, block.Ref, events);
        _blocks.Add(block.Ref);
        if (_blocks.Count > Remembered)
        {
            _blocks.RemoveAt(0);
        }
    }

    /// <summary>Looks at transactions of a block, or of the mempool where it is null.</summary>
    public void Look(IEnumerable<Transaction> transactions, BlockRef? block, List<WatchEvent> events)
    {
        foreach (var transaction in transactions)
        {
            LookAtOutputs(transaction, block, events);
            LookAtInputs(transaction, block, events);
        }
    }

    /// <summary>Drops what is neither in a block nor in the mempool.</summary>
    public void Sweep(IReadOnlySet<TxId> mempool, List<WatchEvent> events)
    {
        foreach (var spend in _spends.Values.Where(Lost).ToList())
        {
            _spends.Remove(spend.OutPoint);
            events.Add(new WatchEvent.SpendGone(spend.OutPoint, spend.Spender.Id));
        }

        foreach (var funding in _fundings.Values
            .Where(each => each.Block is null && !mempool.Contains(each.OutPoint.TxId)).ToList())
        {
            _fundings.Remove(funding.OutPoint);
            events.Add(new WatchEvent.FundingGone(funding.Script, funding.OutPoint));
        }

        bool Lost(Spend spend) => spend.Block is null && !mempool.Contains(spend.Spender.Id);
    }

    public byte[] ToArray()
    {
        var writer = new ByteWriter(1024).UInt32(Version).CompactSize((ulong)_blocks.Count);
        _blocks.ForEach(block => writer.Hash256(block.Id).Int32(block.Height));
        writer.CompactSize((ulong)_scripts.Count);
        foreach (var (script, height) in _scripts)
        {
            writer.VarBytes(script.Span).Int32(height);
        }

        writer.CompactSize((ulong)_outPoints.Count);
        foreach (var (outPoint, height) in _outPoints)
        {
            WriteOutPoint(writer, outPoint).Int32(height);
        }

        writer.CompactSize((ulong)_fundings.Count);
        foreach (var funding in _fundings.Values)
        {
            WriteOutPoint(writer, funding.OutPoint).VarBytes(funding.Script.Span);
            WriteBlock(writer, funding.Block);
        }

        writer.CompactSize((ulong)_spends.Count);
        foreach (var spend in _spends.Values)
        {
            WriteOutPoint(writer, spend.OutPoint).Int32(spend.InputIndex).VarBytes(spend.Spender.ToArray());
            WriteBlock(writer, spend.Block);
        }

        return writer.ToArray();
    }

    /// <summary>Null where the bytes are something else.</summary>
    public static WatchBook? Parse(ReadOnlyMemory<byte> bytes)
    {
        const int leastBlock = 36;
        var reader = new ByteReader(bytes);
        var book = new WatchBook();
        if (reader.ReadUInt32() != Version)
        {
            return null;
        }

        for (var left = reader.ReadCount(leastBlock); left > 0; left--)
        {
            book._blocks.Add(new BlockRef(reader.ReadHash256(), reader.ReadInt32()));
        }

        for (var left = reader.ReadCount(5); left > 0; left--)
        {
            book._scripts[new Script(reader.ReadVarBytes().ToArray())] = reader.ReadInt32();
        }

        for (var left = reader.ReadCount(OutPoint.Length + 4); left > 0; left--)
        {
            book._outPoints[ReadOutPoint(ref reader)] = reader.ReadInt32();
        }

        for (var left = reader.ReadCount(OutPoint.Length + 2); left > 0; left--)
        {
            var outPoint = ReadOutPoint(ref reader);
            var script = new Script(reader.ReadVarBytes().ToArray());
            book._fundings[outPoint] = new Funding(outPoint, script, ReadBlock(ref reader));
        }

        for (var left = reader.ReadCount(OutPoint.Length + 6); left > 0 && !reader.Failed; left--)
        {
            var (outPoint, index) = (ReadOutPoint(ref reader), reader.ReadInt32());
            if (!Transaction.TryParse(reader.ReadVarBytes().ToArray(), out var spender, out _)
                || index < 0 || index >= spender.Inputs.Length)
            {
                return null;
            }

            book._spends[outPoint] = new Spend(outPoint, spender, index, ReadBlock(ref reader));
        }

        reader.ExpectEnd();
        return reader.Failed ? null : book;
    }

    // Told anew wherever they are met next, also where they wait in the mempool again.
    private void TakeOut(Func<BlockRef, bool> isGone)
    {
        foreach (var funding in _fundings.Values.Where(each => each.Block is { } block && isGone(block)).ToList())
        {
            _fundings[funding.OutPoint] = funding with { Block = null, Told = false };
        }

        foreach (var spend in _spends.Values.Where(each => each.Block is { } block && isGone(block)).ToList())
        {
            _spends[spend.OutPoint] = spend with { Block = null, Told = false };
        }
    }

    private static bool Lower<TKey>(Dictionary<TKey, int> watched, TKey key, int fromHeight)
        where TKey : notnull
    {
        if (watched.TryGetValue(key, out var known) && known <= fromHeight)
        {
            return false;
        }

        watched[key] = fromHeight;
        return true;
    }

    private void LookAtOutputs(Transaction transaction, BlockRef? block, List<WatchEvent> events)
    {
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            var output = transaction.Outputs[i];
            if (!_scripts.ContainsKey(output.ScriptPubKey))
            {
                continue;
            }

            var outPoint = new OutPoint(transaction.Id, (uint)i);
            if (_fundings.TryGetValue(outPoint, out var known) && (known.Block == block || block is null))
            {
                // In the mempool's view of a block's output nothing is new.
                if (known.Told)
                {
                    continue;
                }
            }

            _fundings[outPoint] = new Funding(outPoint, output.ScriptPubKey, block ?? known?.Block) { Told = true };
            events.Add(new WatchEvent.Funded(
                output.ScriptPubKey, outPoint, output.Value, block ?? known?.Block, transaction));
        }
    }

    private void LookAtInputs(Transaction transaction, BlockRef? block, List<WatchEvent> events)
    {
        for (var i = 0; i < transaction.Inputs.Length && !transaction.IsCoinbase; i++)
        {
            var outPoint = transaction.Inputs[i].PreviousOutput;
            if (!_fundings.ContainsKey(outPoint) && !_outPoints.ContainsKey(outPoint))
            {
                continue;
            }

            if (_spends.TryGetValue(outPoint, out var known))
            {
                var isSame = known.Spender.Id == transaction.Id;
                if (isSame && known.Told && (known.Block == block || block is null))
                {
                    continue;
                }

                // What a block holds stands against a transaction of the mempool, heard of late, that it made void.
                if (!isSame && block is null && known.Block is not null)
                {
                    continue;
                }

                if (!isSame)
                {
                    events.Add(new WatchEvent.SpendGone(outPoint, known.Spender.Id));
                }
            }

            _spends[outPoint] = new Spend(outPoint, transaction, i, block) { Told = true };
            events.Add(new WatchEvent.Spent(outPoint, transaction, i, block));
        }
    }

    private static ByteWriter WriteOutPoint(ByteWriter writer, OutPoint outPoint) =>
        writer.Hash256(outPoint.TxId.Value).UInt32(outPoint.Index);

    private static OutPoint ReadOutPoint(ref ByteReader reader) =>
        new(new TxId(reader.ReadHash256()), reader.ReadUInt32());

    private static void WriteBlock(ByteWriter writer, BlockRef? block)
    {
        writer.Byte(block is null ? (byte)0 : (byte)1);
        if (block is { } known)
        {
            writer.Hash256(known.Id).Int32(known.Height);
        }
    }

    private static BlockRef? ReadBlock(ref ByteReader reader) =>
        reader.ReadByte() == 0 ? null : new BlockRef(reader.ReadHash256(), reader.ReadInt32());

    // Told: in this life. What was read back is told once more when it is met again.
    private sealed record Funding(OutPoint OutPoint, Script Script, BlockRef? Block)
    {
        public bool Told { get; init; }
    }

    private sealed record Spend(OutPoint OutPoint, Transaction Spender, int InputIndex, BlockRef? Block)
    {
        public bool Told { get; init; }
    }
}
