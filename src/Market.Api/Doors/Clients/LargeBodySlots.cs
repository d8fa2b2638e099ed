namespace Market.Api.Doors.Clients;

/// <summary>Places for bodies that are larger than any but a block's: each stands in memory until it is there, and anybody may send
/// one.</summary>
/// <param name="caps">Whether this machine's own address is bounded.</param>
public sealed class LargeBodySlots(CapTable caps)
{
    /// <summary>How many are on their way at once; each is at most <see cref="ServerLimits.MaxBlockBytes"/>.</summary>
    public const int Most = 32;

    /// <summary>How many of one client.</summary>
    public const int MostOfOne = 2;

    private readonly ClientSlots _slots = new(Most, client => client.IsLoopback && !caps.LimitLoopback ? Most : MostOfOne);

    /// <summary>Takes a place; null where the client or all together have as many as they may. Dispose it to give it back.
    /// </summary>
    public IDisposable? TryTake(ClientAddress client) => _slots.TryTake(client);
}
