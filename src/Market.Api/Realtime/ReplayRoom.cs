namespace Market.Api.Realtime;

/// <summary>How many messages all channels together keep that are made on demand. Safe from any thread.</summary>
/// <param name="most">So many; one is of some 4 kB at most, an order, a fill or a swap.</param>
public sealed class ReplayRoom(int most)
{
    /// <summary>Messages that are kept in all: 64 MB of swaps.</summary>
    public const int Shipped = 16_384;

    private int _taken;

    /// <summary>How many are kept now.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Takes room for one; false where there is none.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= most) return true;
        Interlocked.Decrement(ref _taken);
        return false;
    }

    /// <summary>Gives room back.</summary>
    public void Give(int messages) => Interlocked.Add(ref _taken, -messages);
}
