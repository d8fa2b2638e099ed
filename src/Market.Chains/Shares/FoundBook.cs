using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains.Engine;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>The mainchain blocks found, oldest first and bounded, as they are kept over a restart: those that nobody answered for
/// whole, so that the next run offers them again. Safe for several threads.</summary>
/// <remarks>Kept as: version u8, then of each block id 32, height i32, share 32, share's height i32, weak u8, found i64, fate u8,
/// since i64, words (compact size, UTF-8), and from version 2 on the block whole (compact size, its bytes; none where it is not
/// kept).</remarks>
internal sealed class FoundBook
{
    /// <summary>Blocks kept whole: in an hour the mainchain has six.</summary>
    public const int MostWhole = 16;

    /// <summary>Bytes of memory that they may take together (<see cref="BlockMemory"/>).</summary>
    public const long MostWholeBytes = 64 * 1024 * 1024;

    private const byte WithoutBlocks = 1;
    private const byte Version = 2;
    private const int LeastBytes = 32 + 4 + 32 + 4 + 1 + 8 + 1 + 8 + 1;

    private const string Ended = "the program ended before the mainchain's node answered for it";

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<BlockId, FoundBlock> _blocks = [];
    private readonly OrderedDictionary<BlockId, Block> _whole = [];
    private long _wholeBytes;

    /// <summary>All of them, the newest first.</summary>
    public ImmutableArray<FoundBlock> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _blocks.Values.Reverse()];
            }
        }
    }

    /// <summary>Those that are kept whole, the oldest first: nobody answered for them yet.</summary>
    public ImmutableArray<Block> Whole
    {
        get
        {
            lock (_lock)
            {
                return [.. _whole.Values];
            }
        }
    }

    /// <summary>Puts one in unless it is there; the oldest goes where there are too many.</summary>
    /// <param name="block">Which.</param>
    /// <param name="whole">The block itself, kept until its fate is known; null where it is not offered from here.</param>
    /// <returns>True where it was not there.</returns>
    public bool Add(FoundBlock block, Block? whole = null)
    {
        lock (_lock)
        {
            var isNew = _blocks.TryAdd(block.Id, block);
            while (_blocks.Count > FoundBlock.Most)
            {
                Drop(_blocks.GetAt(0).Key);
                _blocks.RemoveAt(0);
            }

            if (whole is not null && IsOpen(_blocks[block.Id].Fate))
            {
                Keep(whole);
            }

            return isNew;
        }
    }

    /// <summary>One is not kept whole any longer: nobody offers it.</summary>
    public void Forget(BlockId id)
    {
        lock (_lock)
        {
            Drop(id);
        }
    }

    /// <summary>Changes one.</summary>
    /// <param name="id">Which.</param>
    /// <param name="change">What it is from now on; null leaves it.</param>
    /// <returns>What it is now; null where it is unknown, or was left.</returns>
    public FoundBlock? Change(BlockId id, Func<FoundBlock, FoundBlock?> change)
    {
        lock (_lock)
        {
            if (!_blocks.TryGetValue(id, out var block) || change(block) is not { } changed)
            {
                return null;
            }

            _blocks[id] = changed;
            if (!IsOpen(changed.Fate))
            {
                Drop(id);
            }

            return changed;
        }
    }

    /// <summary>What is kept of it.</summary>
    public byte[] ToArray()
    {
        Dictionary<BlockId, Block> whole;
        FoundBlock[] blocks;
        lock (_lock)
        {
            (blocks, whole) = ([.. _blocks.Values], new Dictionary<BlockId, Block>(_whole));
        }

        var writer = new ByteWriter(256).Byte(Version);
        foreach (var block in blocks)
        {
            writer.Hash256(block.Id.Value).Int32(block.Height).Hash256(block.Share.Value).Int32(block.ShareHeight)
                .Byte(block.IsWeak ? (byte)1 : (byte)0).Int64(block.Found).Byte((byte)block.Fate)
                .Int64(block.Since).VarBytes(System.Text.Encoding.UTF8.GetBytes(block.Words))
                .VarBytes(whole.TryGetValue(block.Id, out var kept) ? kept.ToArray() : []);
        }

        return writer.ToArray();
    }

    /// <summary>Takes in what <see cref="ToArray"/> wrote; of other bytes nothing: the mainchain tells most of it again.</summary>
    public void Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var version = reader.Remaining == 0 ? (byte)0 : reader.ReadByte();
        if (version is not (WithoutBlocks or Version))
        {
            return;
        }

        while (reader.Remaining >= LeastBytes && !reader.Failed)
        {
            var (id, height) = (new BlockId(reader.ReadHash256()), reader.ReadInt32());
            var (share, shareHeight) = (new ShareId(reader.ReadHash256()), reader.ReadInt32());
            var (isWeak, found) = (reader.ReadByte() != 0, reader.ReadInt64());
            var (fate, since) = ((FoundFate)reader.ReadByte(), reader.ReadInt64());
            var words = System.Text.Encoding.UTF8.GetString(reader.ReadVarBytes().Span);
            var block = version == Version ? reader.ReadVarBytes() : default;
            if (!reader.Failed && Enum.IsDefined(fate))
            {
                // Where it was not kept whole nobody offers it any more.
                var whole = IsOpen(fate) && Block.TryParse(block, out var parsed, out _) && parsed.Id == id ? parsed : null;
                (fate, words) = whole is not null ? (FoundFate.Waiting, words)
                    : fate == FoundFate.Waiting ? (FoundFate.Unknown, Ended) : (fate, words);
                Add(new FoundBlock(id, height, share, shareHeight, isWeak, found, fate, since, words), whole);
            }
        }
    }

    private static bool IsOpen(FoundFate fate) => fate is FoundFate.Waiting or FoundFate.Unknown;

    // The oldest goes where there are too many: it has been offered for the longest.
    private void Keep(Block block)
    {
        if (_whole.TryAdd(block.Id, block))
        {
            _wholeBytes += BlockMemory.Of(block.Transactions);
        }

        while (_whole.Count > MostWhole || _wholeBytes > MostWholeBytes)
        {
            Drop(_whole.GetAt(0).Key);
        }
    }

    private void Drop(BlockId id)
    {
        if (_whole.Remove(id, out var block))
        {
            _wholeBytes -= BlockMemory.Of(block.Transactions);
        }
    }
}
