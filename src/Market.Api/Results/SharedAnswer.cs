namespace Market.Api.Results;

/// <summary>An answer that all share who ask while it is made and for some time after. Safe from any thread.</summary>
/// <typeparam name="T">The answer.</typeparam>
/// <param name="freshness">For how long after it was asked for.</param>
/// <param name="clock">The clock.</param>
public sealed class SharedAnswer<T>(TimeSpan freshness, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private Task<T>? _last;
    private long _at;

    /// <summary>The answer of last time, or a new one. One that failed is not kept.</summary>
    public Task<T> AskAsync(Func<Task<T>> ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        lock (_gate)
        {
            if (_last is { } last && (!last.IsCompleted || (last.IsCompletedSuccessfully && clock.GetElapsedTime(_at) < freshness)))
                return last;
            _at = clock.GetTimestamp();
            return _last = ask();
        }
    }
}
