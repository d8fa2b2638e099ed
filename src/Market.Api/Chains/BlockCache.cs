using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Engine;

namespace Market.Api.Chains;

/// <summary>
/// Blocks that readers asked for lately, by chain and id: what an id stands for does not change. Bounded by what they take of
/// memory; the one asked for longest ago goes first. Safe from any thread; nothing waits for a chain under its lock.
/// </summary>
/// <param name="most">Bytes kept.</param>
public sealed class BlockCache(long most = BlockCache.MostBytes)
{
    /// <summary>Bytes of memory kept, unless told otherwise: some eight full blocks of Bitcoin's, or the newest hundred thousand of
    /// a sharechain.</summary>
    public const long MostBytes = 64L * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Chain, Hash256 Id), LinkedListNode<Kept>> _blocks = [];
    private readonly LinkedList<Kept> _byUse = new();
    private long _bytes;

    /// <summary>What those that are kept take of memory.</summary>
    public long Bytes
    {
        get { lock (_gate) return _bytes; }
    }

    /// <summary>The block of an id, from the chain where it is not kept; null where the chain has none.</summary>
    public async ValueTask<ChainBlock?> GetAsync(IChain chain, Hash256 id, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(chain);
        if (Find((chain.Name, id)) is { } kept) return kept;
        if (await chain.GetBlockAsync(id, cancel) is not { } block) return null;
        Put((chain.Name, id), block);
        return block;
    }

    private ChainBlock? Find((string Chain, Hash256 Id) name)
    {
        lock (_gate)
        {
            if (!_blocks.TryGetValue(name, out var node)) return null;
            _byUse.Remove(node);
            _byUse.AddLast(node);
            return node.Value.Block;
        }
    }

    private void Put((string Chain, Hash256 Id) name, ChainBlock block)
    {
        var kept = new Kept(name, block, BlockMemory.Of(block.Transactions));
        if (kept.Bytes > most) return;
        lock (_gate)
        {
            if (_blocks.ContainsKey(name)) return;
            _blocks.Add(name, _byUse.AddLast(kept));
            _bytes += kept.Bytes;
            while (_bytes > most && _byUse.First is { } oldest)
            {
                _byUse.Remove(oldest);
                _blocks.Remove(oldest.Value.Name);
                _bytes -= oldest.Value.Bytes;
            }
        }
    }

    private sealed record Kept((string Chain, Hash256 Id) Name, ChainBlock Block, long Bytes);
}
