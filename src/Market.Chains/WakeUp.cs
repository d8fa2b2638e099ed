namespace Market.Chains;

/// <summary>Ends somebody's pause early; however often it is called meanwhile, once. Safe for several threads.</summary>
/// <param name="clock">The time of pauses.</param>
public sealed class WakeUp(TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0, 1);

    /// <summary>Ends the pause that is running, or the next one.</summary>
    public void Call()
    {
        try
        {
            _signal.Release();
        }
        catch (Exception error) when (error is SemaphoreFullException or ObjectDisposedException)
        {
            // It is awake already, or over.
        }
    }

    /// <summary>Waits until it is called, or so long.</summary>
    /// <param name="longest">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> until it is called.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public async Task PauseAsync(TimeSpan longest, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(clock, longest, cancellation);
        await _signal.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Nobody waits any more.</summary>
    public void Dispose() => _signal.Dispose();
}
