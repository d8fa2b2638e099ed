using System.Collections.Concurrent;
using Market.Bitcoin;

namespace Market.Chains.Shares;

/// <summary>
/// Offers found blocks to the mainchain. One that it did not answer for is offered once more at once; where its node is away, again
/// and again in the background until it answers: a block is worth more than anything else that is handed in.
/// </summary>
/// <param name="main">Who is offered them.</param>
/// <param name="clock">The time of pauses.</param>
/// <param name="failed">Told of each failure: return quickly.</param>
/// <param name="stop">Gives up.</param>
internal sealed class MainBlockOffers(
    IMainchain main, TimeProvider clock, Action<SupervisedFailure> failed, CancellationToken stop)
{
    private const string Name = "The offering of a Bitcoin block";
    private const int Tries = 2;

    // By then another block of that height is long deep.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<BlockId, Task> _waiting = new();

    /// <summary>Done when nothing is offered any more, after it was told to stop.</summary>
    public Task Ended => Task.WhenAll(_waiting.Values);

    /// <summary>Offers a block.</summary>
    /// <returns>What the mainchain said; deferred, with the reason, where it could not be asked or lacks the parent.</returns>
    public async Task<SubmitResult> OfferAsync(Block block, CancellationToken cancellation)
    {
        var result = await TryAsync(block, cancellation).ConfigureAwait(false);
        for (var left = Tries - 1; left > 0 && result.Code == SubmitCode.Deferred; left--)
        {
            result = await TryAsync(block, cancellation).ConfigureAwait(false);
        }

        if (result.Code == SubmitCode.Deferred)
        {
            _ = _waiting.GetOrAdd(block.Id, _ => Task.Run(() => InsistAsync(block), CancellationToken.None));
        }

        return result;
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
                },
                limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.Token.IsCancellationRequested)
        {
            // Nobody wants it any more.
        }
        catch (Exception bug)
        {
            failed(new SupervisedFailure(Name, bug, IsPassing: false, TimeSpan.Zero, IsFirst: true));
        }
        finally
        {
            _waiting.TryRemove(block.Id, out _);
        }
    }
}
