using Market.Bitcoin;

namespace Market.Chains.Shares;

/// <summary>
/// Offers found blocks to the mainchain. One that it did not answer for is offered once more at once; where its node is away, again
/// and again in the background until it answers, over a restart too: a block is worth more than anything else that is handed in.
/// </summary>
/// <param name="main">Who is offered them.</param>
/// <param name="clock">The time of pauses.</param>
/// <param name="found">Told of each answer.</param>
/// <param name="failed">Told of each failure: return quickly.</param>
/// <param name="stop">Gives up.</param>
internal sealed class MainBlockOffers(
    IMainchain main, TimeProvider clock, FoundBlocks found, Action<SupervisedFailure> failed, CancellationToken stop)
{
    private const string Name = "The offering of a Bitcoin block";
    private const int Tries = 2;

    /// <summary>Blocks that are offered in the background at the same time.</summary>
    public const int MostWaiting = 64;

    // By then another block of that height is long deep.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<BlockId, Task> _waiting = [];

    /// <summary>Done when nothing is offered any more, after it was told to stop.</summary>
    public Task Ended
    {
        get
        {
            lock (_lock)
            {
                return Task.WhenAll(_waiting.Values);
            }
        }
    }

    /// <summary>Offers a block.</summary>
    /// <returns>What the mainchain said; deferred, with the reason, where it could not be asked or lacks the parent.</returns>
    public async Task<SubmitResult> OfferAsync(Block block, CancellationToken cancellation)
    {
        var result = await TryAsync(block, cancellation).ConfigureAwait(false);
        for (var left = Tries - 1; left > 0 && result.Code == SubmitCode.Deferred; left--)
        {
            result = await TryAsync(block, cancellation).ConfigureAwait(false);
        }

        found.Answer(result);
        if (result.Code == SubmitCode.Deferred)
        {
            Insist(block);
            await found.KeepNowAsync().ConfigureAwait(false);
        }

        return result;
    }

    /// <summary>Offers a block that was not answered for before, in the background until it is.</summary>
    public void Insist(Block block)
    {
        lock (_lock)
        {
            if (_waiting.ContainsKey(block.Id))
            {
                return;
            }

            if (_waiting.Count < MostWaiting)
            {
                _waiting.Add(block.Id, Task.Run(() => InsistAsync(block), CancellationToken.None));
                return;
            }
        }

        found.GiveUp(block.Id, "too many blocks wait for the mainchain's node");
    }

    private async Task<SubmitResult> TryAsync(Block block, CancellationToken cancellation)
    {
        try
        {
            return await main.SubmitBlockAsync(block, cancellation).ConfigureAwait(false);
        }
        catch (ChainUnavailableException error)
        {
            return new SubmitResult(block.Id.Value, SubmitCode.Deferred, error.Message);
        }
    }

    private async Task InsistAsync(Block block)
    {
        try
        {
            await OfferForLongAsync(block).ConfigureAwait(false);
        }
        catch (Exception bug)
        {
            failed(new SupervisedFailure(Name, bug, IsPassing: false, TimeSpan.Zero, IsFirst: true));
        }
        finally
        {
            lock (_lock)
            {
                _waiting.Remove(block.Id);
            }
        }
    }

    private async Task OfferForLongAsync(Block block)
    {
        using var limit = new TimeLimit(clock, Patience, stop);
        var offering = new Supervised(Name, clock, error => error is ChainUnavailableException, failed);
        try
        {
            await offering.UntilDoneAsync(
                async token =>
                {
                    var result = await main.SubmitBlockAsync(block, token).ConfigureAwait(false);
                    if (result.Code == SubmitCode.Deferred)
                    {
                        throw new ChainUnavailableException(result.Detail);
                    }

                    found.Answer(result);
                },
                limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.Token.IsCancellationRequested)
        {
            // By then nobody wants it any more; where the program ends, its next run offers it again.
            if (!stop.IsCancellationRequested)
            {
                found.GiveUp(block.Id, "the mainchain's node did not answer for it within an hour");
            }
        }
    }
}
