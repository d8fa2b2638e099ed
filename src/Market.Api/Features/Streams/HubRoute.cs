using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;

namespace Market.Api.Features.Streams;

/// <summary>Where the hub is opened.</summary>
internal static class HubRoute
{
    /// <summary>Maps the hub. It is made when the first connects, since it compiles a caller for each of its methods: no start
    /// waits for that.</summary>
    public static void MapMarketHub(this IEndpointRouteBuilder routes)
    {
        var hub = new Lazy<ConnectionHandler>(() =>
            ActivatorUtilities.GetServiceOrCreateInstance<HubConnectionHandler<MarketHub>>(routes.ServiceProvider));
        routes.MapConnections(
                Market.Contracts.Streams.HubPath, door => door.Run(connection => hub.Value.OnConnectedAsync(connection)))
            .WithMetadata(new HubMetadata(typeof(MarketHub)));
    }
}
