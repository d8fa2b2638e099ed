namespace Market.Api.Doors.Clients;

/// <summary>Places for requests that are being answered: what bounds clients behind a proxy, whose connections are the proxy's.
/// </summary>
public sealed class RequestSlots(CapTable caps)
{
    private readonly ClientSlots _slots = new(caps.Connections, client => caps.Of(client).Requests);

    /// <summary>Takes a place; null where the client or all together have as many as they may. Dispose it to give it back.
    /// </summary>
    public IDisposable? TryTake(ClientAddress client) => _slots.TryTake(client);
}
