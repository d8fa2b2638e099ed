namespace Market.Api.Doors.Clients;

/// <summary>What one client may take.</summary>
/// <param name="Connections">TCP connections at once.</param>
/// <param name="Requests">Requests that are being answered at once, streams included.</param>
/// <param name="Streams">Streams, hub connections and node feeds at once.</param>
/// <param name="Weight">Weight of the calls that it may make in a window of <see cref="CapTable.WindowSeconds"/>.</param>
public sealed record ClientCaps(int Connections, int Requests, int Streams, int Weight);
