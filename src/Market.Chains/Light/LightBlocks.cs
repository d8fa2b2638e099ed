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
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly RecentCache<BlockId, Block> _cache = new(Cached);
    private readonly SemaphoreSlim _turn = new(AtOnce, AtOnce);

    // How long one source is waited for before the next is asked, too.
    private readonly TimeSpan _patience = timeout / 6 < Longest ? timeout / 6 : Longest;
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

    // The next source is asked as soon as one has nothing, and beside one that takes its time: a source that hangs costs little.
    private async ValueTask<Block> AskAllAsync(BlockHeader header, CancellationToken cancellation)
    {
        var current = sources.Current;
        var left = Math.Min(MostTries, current.Length);
        var first = (uint)Interlocked.Increment(ref _next);
        var asked = new List<Task<Block?>>();
        var words = "";
        try
        {
            while (left > 0 || asked.Count > 0)
            {
                if (left > 0)
                {
                    left--;
                    asked.Add(AskAsync(current[(int)((first + (uint)left) % current.Length)], header, cancellation).AsTask());
                }

                var answer = Task.WhenAny(asked);
                if (left > 0 && await Task.WhenAny(answer, Task.Delay(_patience, clock,
                    cancellation)).ConfigureAwait(false) != answer)
                {
                    cancellation.ThrowIfCancellationRequested();
                    continue;
                }

                var answered = await answer.ConfigureAwait(false);
                asked.Remove(answered);
                try
                {
                    if (await answered.ConfigureAwait(false) is { } block)
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
        }
        finally
        {
            // Those that are slower end by their own time; what they say changes nothing any more.
            asked.ForEach(slow => _ = slow.ContinueWith(
                done => _ = done.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default));
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
