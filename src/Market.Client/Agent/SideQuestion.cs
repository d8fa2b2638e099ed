using Market.Chains;

namespace Market.Client.Agent;

/// <summary>
/// What is asked beside a look at a chain, without which the chain is not fresh, and not blind either: what is public is claimed,
/// and what is owed taken back, by what the chain shows; nothing new is begun. What is not answered yet is not waited for again.
/// </summary>
/// <param name="what">What is not known where nothing answers, for people: a sentence without its full stop.</param>
/// <param name="options">How long a look may take: of that a quarter is waited for the answer.</param>
/// <param name="time">The clock.</param>
internal sealed class SideQuestion(string what, AgentOptions options, TimeProvider time)
{
    private const int Share = 4;
    private const string NotInTime = "no answer in time.";

    private Task? _asked;
    private string? _trouble;

    /// <summary>Why the last answer is none, for people; null where it is one. Safe for any thread.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Asks, unless the answer to what was asked before is still to come.</summary>
    /// <param name="ask">Asks, and takes the answer in.</param>
    /// <param name="cancellation">Ends all.</param>
    public async Task AskAsync(Func<CancellationToken, Task> ask, CancellationToken cancellation)
    {
        if (_asked is { IsCompleted: false })
        {
            return;
        }

        _asked = AnswerAsync(ask, cancellation);
        try
        {
            await _asked.WaitAsync(options.ChainPatience / Share, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Say(NotInTime);
        }
    }

    private async Task AnswerAsync(Func<CancellationToken, Task> ask, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = time.CreateTimer(_ => limit.Cancel(), null, options.ChainPatience, Timeout.InfiniteTimeSpan);
        try
        {
            await ask(limit.Token).ConfigureAwait(false);
            Volatile.Write(ref _trouble, null);
        }
        catch (ChainUnavailableException e)
        {
            Say(e.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Say(NotInTime);
        }
    }

    private void Say(string why) => Volatile.Write(ref _trouble, $"{what}: {why}");
}
