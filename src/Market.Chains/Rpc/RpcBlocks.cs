using System.Collections.Concurrent;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>The tip, blocks and headers of a node's best chain; see <see cref="IMainchain"/>.</summary>
internal sealed class RpcBlocks(RpcConnection rpc)
{
    private const int HeaderCacheLimit = 20_000;

    private readonly ConcurrentDictionary<BlockId, (BlockHeader Header, int Height, uint Median)> _headers = new();

    public async ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation)
    {
        // A block may vanish between the two questions where the node reorganises: then ask again.
        for (var tries = 3; ; tries--)
        {
            var best = (await rpc.CallAsync("getbestblockhash", cancellation).ConfigureAwait(false)).Hash();
            if (await FindHeaderAsync(new BlockId(best), cancellation).ConfigureAwait(false) is { } found)
            {
                return new ChainHead(best, found.Height, found.Header.Time, found.Median);
            }

            if (tries == 0)
            {
                throw new ChainUnavailableException("The Bitcoin node does not know the block it calls its best.");
            }
        }
    }

    public async ValueTask<Hash256?> GetBlockIdAsync(int height, CancellationToken cancellation)
    {
        try
        {
            return height < 0
                ? null
                : (await rpc.CallAsync("getblockhash", cancellation, height).ConfigureAwait(false)).Hash();
        }
        catch (RpcException)
        {
            return null;
        }
    }

    public async ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation)
    {
        if (await FindHeaderAsync(new BlockId(id), cancellation).ConfigureAwait(false) is not { } found
            || await GetFullBlockAsync(new BlockId(id), cancellation).ConfigureAwait(false) is not { } block)
        {
            return null;
        }

        return new ChainBlock(
            id, block.Header.Previous.Value, found.Height, block.Header.Time, found.Median, block.Transactions);
    }

    public async ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation)
    {
        if (await FindHeaderAsync(id, cancellation).ConfigureAwait(false) is not { } found)
        {
            return null;
        }

        var active = await GetBlockIdAsync(found.Height, cancellation).ConfigureAwait(false);
        return new MainHeader(found.Header, found.Height, found.Median, active == id.Value);
    }

    public async ValueTask<MainHeader?> GetHeaderAsync(int height, CancellationToken cancellation)
    {
        if (await GetBlockIdAsync(height, cancellation).ConfigureAwait(false) is not { } id
            || await FindHeaderAsync(new BlockId(id), cancellation).ConfigureAwait(false) is not { } found)
        {
            return null;
        }

        return new MainHeader(found.Header, found.Height, found.Median, true);
    }

    public async ValueTask<Block?> GetFullBlockAsync(BlockId id, CancellationToken cancellation)
    {
        try
        {
            // 0 asks for bytes; bcoin takes it for "not verbose".
            var answer = await rpc.CallAsync("getblock", cancellation, id.ToString(), 0).ConfigureAwait(false);
            if (!Block.TryParse(answer.Bytes(), out var block, out _) || block.Id != id)
            {
                throw new ChainUnavailableException($"The Bitcoin node sent something else for block {id}.");
            }

            return block;
        }
        catch (RpcException)
        {
            return null;
        }
    }

    /// <summary>A header, known to the node on whichever branch. Height and median time of a block never change, so they are kept.
    /// </summary>
    public async ValueTask<(BlockHeader Header, int Height, uint Median)?> FindHeaderAsync(
        BlockId id, CancellationToken cancellation)
    {
        if (_headers.TryGetValue(id, out var known))
        {
            return known;
        }

        try
        {
            var answer = await rpc.CallAsync("getblockheader", cancellation, id.ToString(), true)
                .ConfigureAwait(false);
            var bytes = await rpc.CallAsync("getblockheader", cancellation, id.ToString(), false)
                .ConfigureAwait(false);
            if (!BlockHeader.TryParse(bytes.Bytes(), out var header) || header.Id != id)
            {
                throw new ChainUnavailableException($"The Bitcoin node sent something else for header {id}.");
            }

            if (_headers.Count >= HeaderCacheLimit)
            {
                _headers.Clear();
            }

            known = (header, answer.Get("height").Int(), answer.Get("mediantime").UInt());
            _headers[id] = known;
            return known;
        }
        catch (RpcException)
        {
            return null;
        }
    }
}
