using System.Runtime.ExceptionServices;

namespace Market.Client.Agent;

/// <summary>Runs a program beside its agents, and never without one: where an agent ends, the program is stopped and fails loudly,
/// so that nothing quotes on with nobody there to settle what it trades.</summary>
public static class WithAgent
{
    /// <summary>Runs the work beside an agent, until the work is done.</summary>
    /// <param name="agent">The agent: its RunAsync.</param>
    /// <param name="work">What trades. When it is cancelled it takes back what it has in the book.</param>
    /// <param name="cancellation">Stops both.</param>
    /// <returns>What the work returns.</returns>
    /// <exception cref="AgentEndedException">The agent threw or returned before the work did; the work has been stopped, and has
    /// returned, by then.</exception>
    public static async Task<T> RunAsync<T>(
        Func<CancellationToken, Task> agent, Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        // The agent stops last: while the work takes back what it has in the book, it may still be traded with.
        using var stopWork = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var stopAgent = new CancellationTokenSource();
        var driving = Started(agent, stopAgent.Token);
        var working = Started(work, stopWork.Token);
        var first = await Task.WhenAny(driving, working).ConfigureAwait(false);
        await stopWork.CancelAsync().ConfigureAwait(false);
        await Quietly(working).ConfigureAwait(false);
        await stopAgent.CancelAsync().ConfigureAwait(false);
        await Quietly(driving).ConfigureAwait(false);
        if (first == driving || driving.IsFaulted)
        {
            throw new AgentEndedException(driving.Exception?.InnerException);
        }

        cancellation.ThrowIfCancellationRequested();

        return await working.ConfigureAwait(false);
    }

    /// <summary>Runs work that goes on until it is cancelled.</summary>
    /// <inheritdoc cref="RunAsync{T}"/>
    public static Task RunAsync(
        Func<CancellationToken, Task> agent, Func<CancellationToken, Task> work, CancellationToken cancellation) =>
        RunAsync(
            agent,
            async token =>
            {
                await work(token).ConfigureAwait(false);
                return true;
            },
            cancellation);

    /// <summary>Runs several such tasks until the first ends; then stops all, waits for them, and throws what the first died
    /// of.</summary>
    /// <param name="cancellation">Stops them.</param>
    /// <param name="all">The tasks; each is to run until it is cancelled.</param>
    public static async Task AllAsync(CancellationToken cancellation, IEnumerable<Func<CancellationToken, Task>> all)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = all.Select(start => Started(start, stop.Token)).ToList();
        var first = await Task.WhenAny(running).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running.Select(Quietly)).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        ExceptionDispatchInfo.Throw(first.Exception?.InnerException ?? new AgentEndedException(null));
    }

    /// <summary>What a task throws before its first wait is its failure too, and must not keep the others from starting.</summary>
    private static async Task Started(Func<CancellationToken, Task> start, CancellationToken cancellation) =>
        await start(cancellation).ConfigureAwait(false);

    private static async Task<T> Started<T>(Func<CancellationToken, Task<T>> start, CancellationToken cancellation) =>
        await start(cancellation).ConfigureAwait(false);

    /// <summary>Waits for a task's end, however it ends.</summary>
    private static Task Quietly(Task task) =>
        task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
}
