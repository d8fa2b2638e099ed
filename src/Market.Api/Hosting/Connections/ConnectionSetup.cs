using System.Net;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Features.Streams;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Market.Api.Hosting.Connections;

/// <summary>Bounds of connections, put together.</summary>
public static class ConnectionSetup
{
    private const int StreamsOfAConnection = 32;

    /// <summary>Adds the table of caps, the door and what is known of a proxy.</summary>
    /// <exception cref="StartupException">The process may open too few files.</exception>
    public static void AddConnections(this IServiceCollection services, ServerOptions options)
    {
        var descriptors = FileDescriptors.Limit();
        var caps = CapTable.Of(descriptors) ?? throw new StartupException(
            $"This process may open {descriptors} files, and {CapTable.LeastReserve + CapTable.LeastConnections} are the least "
            + "that a market runs on. Raise it: ulimit -n 4096.");
        services.AddSingleton(caps with { Proxy = options.Proxy, LimitLoopback = options.LimitsLoopback });
        services.AddSingleton(new ConnectionTimes());
        services.AddSingleton<ConnectionDoor>();
        services.AddSingleton<RequestSlots>();
        services.AddSingleton<LargeBodySlots>();
        services.AddSingleton<StreamSlots>();
        services.AddSingleton<KeyStreams>();
        services.AddSingleton(new SocketTimes());
        services.AddSingleton<StreamReads>();
        services.AddSingleton<StreamDoor>();
        services.AddSingleton<StandingWords>();
        services.AddSingleton<CallWindow>();
        services.AddSingleton<HubWeights>();
        services.AddSingleton<OrderDoor>();
        services.RemoveAll<IConnectionListenerFactory>();
        services.AddSingleton<IConnectionListenerFactory, DoorListeners>();
        services.AddOptions<KestrelServerOptions>().Configure<ConnectionTimes, TimeProvider>(Bound);
        if (options.Proxy is { } proxy) services.Configure<ForwardedHeadersOptions>(forwarded => Trust(forwarded, proxy));
    }

    /// <summary>The slowest that a body of so many bytes may come.</summary>
    public static MinDataRate BodyRate(int bytes, TimeSpan within, ConnectionTimes times) =>
        new(bytes / within.TotalSeconds, times.BodyGrace);

    // How long Kestrel waits for what.
    private static void Bound(KestrelServerOptions kestrel, ConnectionTimes times, TimeProvider clock)
    {
        kestrel.Limits.KeepAliveTimeout = times.Idle;
        kestrel.Limits.RequestHeadersTimeout = times.Headers;
        kestrel.Limits.MinRequestBodyDataRate = BodyRate(ServerLimits.MaxBodyBytes, times.Body, times);
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsOfAConnection;
        kestrel.ConfigureEndpointDefaults(listen => listen.RequireFirstByte(times.FirstByte, clock));
    }

    // Only the last hop is read, and only from the proxy itself: whatever a client writes there stands before it.
    private static void Trust(ForwardedHeadersOptions forwarded, IPAddress proxy)
    {
        forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        forwarded.ForwardLimit = 1;
        forwarded.KnownIPNetworks.Clear();
        forwarded.KnownProxies.Clear();
        forwarded.KnownProxies.Add(proxy);
    }
}
