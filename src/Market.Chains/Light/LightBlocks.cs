using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;

namespace Market.Chains.Light;

/// <summary>Fetches blocks from whichever source has them, and checks them against their headers.</summary>
internal sealed class LightBlocks(ILightSources sources, TimeProvider clock, TimeSpan timeout)
{
    private const int Cached = 16;
    private const int MostTries = 8;
    private const int AtOnce = 2;

    private readonly RecentCache<BlockId, Block> _cache = new(Cached);
    private readonly SemaphoreSlim _turn = new(AtOnce, AtOnce);
    private int _next;

    /// <summary>The block of a header.</summary>
    /// <exception cref="ChainUnavailableException">No source gave it.</exception>
    public async ValueTask<Block> FetchAsync(BlockHeader header, CancellationToken cancellation)
    {
        if (_cache.TryGet(header.Id, out var known))
        {
            return known;
        }

        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return _cache.TryGet(header.Id, out known) ? known : await AskAllAsync(header, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What is wrong with a block that was sent for a header; null where nothing is.</summary>
    internal static string? Check(Block block, BlockHeader header)
    {
        if (block.Header != header)
        {
            return "it sent another block than the one asked for";
        }

        if (block.Transactions.IsEmpty || LedgerMerkle.Root(block.Transactions, out var mutated) != header.MerkleRoot || mutated)
        {
            return "it sent a block whose transactions are not those of its header";
        }

        return BlockChecks.CheckWitnessCommitment(block.Transactions) is var error and not LedgerError.None
            ? $"it sent a block whose witnesses are not as committed ({error})"
            : null;
    }

    private async ValueTask<Block> AskAllAsync(BlockHeader header, CancellationToken cancellation)
    {
        var current = sources.Current;
        var words = "";
        for (var i = 0; i < Math.Min(MostTries, current.Length); i++)
        {
            var source = current[(int)((uint)Interlocked.Increment(ref _next) % current.Length)];
            try
            {
                if (await AskAsync(source, header, cancellation).ConfigureAwait(false) is { } block)
                {
                    _cache.Put(header.Id, block);
                    return block;
                }
            }
            catch (ChainUnavailableException error)
            {
                words = $" {error.Message}";
            }
        }

        throw new ChainUnavailableException($"No source of Bitcoin gave block {header.Id}.{words}");
    }

    private async ValueTask<Block?> AskAsync(ILightSource source, BlockHeader header, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(timeout, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            var block = await source.BlockAsync(header.Id, limit.Token).AsTask().WaitAsync(limit.Token).ConfigureAwait(false);
            if (block is not null && Check(block, header) is { } wrong)
            {
                source.Blame(wrong);
                return null;
            }

            return block;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ChainUnavailableException($"{source.Name} took longer than {timeout.TotalSeconds:0} s for a block.");
        }
    }
}
