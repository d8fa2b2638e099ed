namespace Market.Chains;

/// <summary>Pauses between tries: each twice as long as the one before, up to a bound. It may be reset by another thread.</summary>
/// <param name="clock">The time of pauses.</param>
/// <param name="first">The pause after a first failure.</param>
/// <param name="longest">No pause is longer, unless the first is.</param>
public sealed class Backoff(TimeProvider clock, TimeSpan first, TimeSpan longest)
{
    private const int MostDoublings = 16;

    private volatile int _doublings;

    /// <summary>How long the next pause is.</summary>
    public TimeSpan Next
    {
        get
        {
            var doubled = first * (1 << _doublings);
            return doubled < longest ? doubled : longest > first ? longest : first;
        }
    }

    /// <summary>The next pause is the first again.</summary>
    public void Reset() => _doublings = 0;

    /// <summary>Waits; the pause after this one is twice as long.</summary>
    /// <param name="stop">Ends the pause early; nothing is thrown.</param>
    public async Task PauseAsync(CancellationToken stop) =>
        await Task.Delay(Take(), clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>The next pause, for whoever waits for news besides; the one after it is twice as long.</summary>
    public TimeSpan Take()
    {
        var pause = Next;
        _doublings = Math.Min(MostDoublings, _doublings + 1);
        return pause;
    }
}
