namespace Market.Chains.Engine;

/// <summary>
/// Runs what waits for a store on threads of its own, a few at a time. A thread of the pool that waits for a disk or a database
/// answers nobody meanwhile, and of these there are as few as cores: some tens of readers would stop the whole server.
/// </summary>
internal sealed class StoreThreads
{
    /// <summary>Reads at once; more wait their turn without a thread.</summary>
    public const int Most = 8;

    private readonly SemaphoreSlim _free = new(Most, Most);

    /// <summary>Runs a read. What it throws is thrown.</summary>
    public async ValueTask<T> RunAsync<T>(Func<T> read, CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await StartAsync(read).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Runs something on a thread of its own.</summary>
    public static Task<T> StartAsync<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
        TaskScheduler.Default);
}
