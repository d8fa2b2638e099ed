namespace Market.Chains.Engine;

/// <summary>
/// Places in which scripts are verified, and a bounded queue for them. Who waits has no thread: of these there are as few as
/// cores, and some tens of waiting callers would stop the whole process. First come, first served; safe for several threads.
/// </summary>
/// <param name="places">How many verify at once.</param>
/// <param name="most">How many may wait besides.</param>
internal sealed class VerifyingQueue(int places, int most)
{
    private readonly SemaphoreSlim _free = new(places, places);
    private readonly int _most = places + most;
    private int _inside;

    /// <summary>Those that verify or wait.</summary>
    public int Count => Volatile.Read(ref _inside);

    /// <summary>Waits for a place; whoever has one calls <see cref="Leave"/>.</summary>
    /// <exception cref="ChainBusyException">So many wait already that this one is sent away.</exception>
    public async ValueTask EnterAsync(CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _inside) > _most)
        {
            Interlocked.Decrement(ref _inside);
            throw new ChainBusyException("Too many transactions wait to be checked. Offer it again later.");
        }

        try
        {
            await _free.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            Interlocked.Decrement(ref _inside);
            throw;
        }
    }

    /// <summary>Gives the place to the next.</summary>
    public void Leave()
    {
        Interlocked.Decrement(ref _inside);
        _free.Release();
    }
}
