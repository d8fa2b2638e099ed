using System.Net;
using Market.Api.Doors.Clients;

namespace Market.Api.Hosting.Connections;

/// <summary>Who may come in: so many connections in all, and so many of one address.</summary>
public sealed partial class ConnectionDoor(CapTable caps, TimeProvider clock, ILogger<ConnectionDoor> log)
{
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    private readonly ClientSlots _slots = new(caps.Connections, client => caps.Of(client).Connections);
    private readonly Lock _gate = new();
    private long _refused;
    private long? _said;

    /// <summary>Connections that are open now.</summary>
    public int Open => _slots.Taken;

    /// <summary>Lets a connection in, or null: then it is to be closed at once. Dispose what is given when it has ended.</summary>
    public IDisposable? TryEnter(IPAddress? from)
    {
        var client = ClientAddress.Of(from);
        var slot = _slots.TryTake(client);
        if (slot is null) NoteRefused(client);
        return slot;
    }

    // A flood is one line a minute, whatever its size.
    private void NoteRefused(ClientAddress client)
    {
        long refused;
        lock (_gate)
        {
            _refused++;
            if (_said is { } said && clock.GetElapsedTime(said) < Between) return;
            (refused, _refused, _said) = (_refused, 0, clock.GetTimestamp());
        }
        Refused(log, refused, client, _slots.Taken, caps.Connections, caps.Of(client).Connections);
    }

    [LoggerMessage(LogLevel.Warning,
        "Connections refused: {Refused} since last said, the last from {Client}; open are {Open} of {InAll}, {Each} of one client")]
    private static partial void Refused(ILogger log, long refused, ClientAddress client, int open, int inAll, int each);
}
