namespace Market.Chains;

/// <summary>A token that ends when a time is over, or another token does.</summary>
public sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _late;
    private readonly CancellationTokenSource _either;

    /// <summary>The time begins now.</summary>
    /// <param name="clock">The time.</param>
    /// <param name="longest">How long; <see cref="Timeout.InfiniteTimeSpan"/> until <see cref="EndIn"/> is called.</param>
    /// <param name="cancellation">The other token.</param>
    public TimeLimit(TimeProvider clock, TimeSpan longest, CancellationToken cancellation)
    {
        _late = new CancellationTokenSource(longest, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_late.Token, cancellation);
    }

    /// <summary>Ends with the time, or with the other token.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>From now on so long, whatever was said before; no more where it is over.</summary>
    /// <param name="left">How long.</param>
#pragma warning disable RS0030 // The source has the clock.
    public void EndIn(TimeSpan left) => _late.CancelAfter(left);
#pragma warning restore RS0030

    /// <summary>Ends it now.</summary>
    public Task EndAsync() => _late.CancelAsync();

    /// <summary>Nobody waits for it any more.</summary>
    public void Dispose()
    {
        _either.Dispose();
        _late.Dispose();
    }
}
