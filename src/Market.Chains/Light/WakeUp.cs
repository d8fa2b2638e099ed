namespace Market.Chains.Light;

/// <summary>Ends somebody's pause early; however often it is called meanwhile, once. Safe for several threads.</summary>
internal sealed class WakeUp : IDisposable
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
    public Task PauseAsync(TimeSpan longest, CancellationToken cancellation) => _signal.WaitAsync(longest, cancellation);

    public void Dispose() => _signal.Dispose();
}
