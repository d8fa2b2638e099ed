using Market.Bitcoin;

namespace Market.Chains;

/// <summary>Offers a transaction to many sources at once and makes one answer of theirs.</summary>
public static class Broadcasts
{
    /// <summary>Sources asked at most.</summary>
    public const int MostSources = 64;

    /// <summary>The longest that any source is waited for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>How long the others are waited for once one has answered: one that hangs must not keep back a refusal on which a
    /// fee is raised.</summary>
    public static readonly TimeSpan AfterFirst = TimeSpan.FromSeconds(3);

    /// <summary>Offers a transaction to all; success where at least one took it.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="sources">By name, how each is offered it.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="ChainUnavailableException">None answered: whether one has it is not known.</exception>
    public static async ValueTask<BroadcastResult> ToAllAsync(
        Transaction transaction,
        IReadOnlyList<(string Name, Func<CancellationToken, ValueTask<BroadcastResult>> Offer)> sources,
        TimeProvider clock,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sources.Count, MostSources);
        using var limit = new TimeLimit(clock, Longest, cancellation);
        var asked = sources.Select(source => AskAsync(source.Name, source.Offer, limit.Token)).ToList();
        var waiting = new List<Task<SourceAnswer>>(asked);
        while (waiting.Count > 0)
        {
            var answered = await Task.WhenAny(waiting).ConfigureAwait(false);
            waiting.Remove(answered);
            if ((await answered.ConfigureAwait(false)).Code is not null)
            {
                limit.EndIn(AfterFirst);
            }
        }

        cancellation.ThrowIfCancellationRequested();
        return Sum(transaction.Id, await Task.WhenAll(asked).ConfigureAwait(false));
    }

    /// <summary>One answer of many.</summary>
    /// <exception cref="ChainUnavailableException">None answered.</exception>
    public static BroadcastResult Sum(TxId id, IReadOnlyList<SourceAnswer> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var best = answers.Where(answer => answer.Code is not null).OrderBy(Rank).FirstOrDefault();
        return best is { Code: { } code }
            ? new BroadcastResult(id, code, best.Detail) { Answers = [.. answers] }
            : throw new ChainUnavailableException(
                $"No source answered whether it took {id}: {string.Join("; ", answers.Select(answer => answer.Detail))}");
    }

    // Of refusals, a fee that was found too low comes first: there is something to be done about it.
    private static int Rank(SourceAnswer answer) => answer switch
    {
        { IsSuccess: true } => 0,
        { Code: BroadcastCode.FeeTooLow or BroadcastCode.ReplacementTooCheap or BroadcastCode.MempoolFull } => 1,
        _ => 2,
    };

    private static async Task<SourceAnswer> AskAsync(
        string name, Func<CancellationToken, ValueTask<BroadcastResult>> offer, CancellationToken cancellation)
    {
        try
        {
            var result = await offer(cancellation).AsTask().WaitAsync(cancellation).ConfigureAwait(false);
            return new SourceAnswer(name, result.Code, result.Detail);
        }
        catch (ChainUnavailableException error)
        {
            return new SourceAnswer(name, null, error.Message);
        }
        catch (OperationCanceledException)
        {
            return new SourceAnswer(name, null, $"{name} did not answer in time.");
        }
    }
}
