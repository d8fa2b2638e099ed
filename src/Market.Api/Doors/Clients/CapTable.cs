using System.Net;
using Market.Api.Realtime;

namespace Market.Api.Doors.Clients;

/// <summary>
/// What everybody together and one client may take of the server: the one table that the doors ask, that
/// <c>/api/v1/limits</c> shows and that RateLimit headers name. All of it follows from how many descriptors the process may
/// open, since every connection is one (ADR-090).
/// </summary>
public sealed record CapTable
{
    /// <summary>Descriptors kept for all else: a server at rest has some 360 open, most of them its own assemblies; the database's
    /// pool takes up to a hundred, nodes and files the rest.</summary>
    public const int LeastReserve = 700;

    /// <summary>Fewer than this many connections are no market.</summary>
    public const int LeastConnections = 64;

    /// <summary>More connections than this are not taken, however many descriptors there are.</summary>
    public const int MostConnections = 10_000;

    /// <summary>One client takes at most one of so many parts of anything.</summary>
    public const int Parts = 10;

    /// <summary>Streams of one client: with their 32 channels each they are less than a tenth of all channels.</summary>
    public const int MostStreamsOfOne = Topics.MaxOnDemand / Parts / StreamClient.MaxChannels - 2;

    /// <summary>Seconds of the window in which calls are weighed.</summary>
    public const int WindowSeconds = 10;

    /// <summary>Weight of the calls of one client in a window, unless the table says otherwise.</summary>
    public const int WeightPerWindow = 600;

    /// <summary>The same where a client is not limited: demo miners and bots all share this machine's address.</summary>
    public const int UnlimitedWeightPerWindow = 200_000;

    /// <summary>TCP connections of all clients at once.</summary>
    public required int Connections { get; init; }

    /// <summary>Weight of the calls of one client in a window of <see cref="WindowSeconds"/>.</summary>
    public int Weight { get; init; } = WeightPerWindow;

    /// <summary>The address of the proxy in front of this server; null where there is none.</summary>
    public IPAddress? Proxy { get; init; }

    /// <summary>Whether this machine's own address is one client like any other.</summary>
    public bool LimitLoopback { get; init; }

    /// <summary>Streams, hub connections and node feeds of all clients: a quarter of the connections stays for requests.</summary>
    public int Streams => Connections - Connections / 4;

    /// <summary>The table for a process.</summary>
    /// <param name="descriptors">How many descriptors it may open.</param>
    /// <returns>Null where they are too few.</returns>
    public static CapTable? Of(int descriptors)
    {
        var left = descriptors - Math.Max(LeastReserve, descriptors / 4);
        return left < LeastConnections ? null : new CapTable { Connections = Math.Min(left, MostConnections) };
    }

    /// <summary>What a client may take.</summary>
    public ClientCaps Of(ClientAddress client)
    {
        if (client.IsLoopback && !LimitLoopback)
            return new ClientCaps(Connections, Connections, Streams, UnlimitedWeightPerWindow);
        // A proxy's connections are its clients'; their requests, streams and calls are told apart by what it forwards.
        var tenth = Connections / Parts;
        var connections = Proxy is { } proxy && ClientAddress.Of(proxy) == client ? Connections - tenth : tenth;
        return new ClientCaps(connections, tenth, Math.Min(Streams / Parts, MostStreamsOfOne), Weight);
    }
}
