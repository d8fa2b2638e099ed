using Market.Api.Auth;
using Market.Api.Clients;
using Market.Api.Hosting;
using Market.Api.Hosting.OpenApi;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Features.Service;

/// <summary>GET /api/v1/limits</summary>
public sealed class GetLimitsEndpoint : IEndpoint
{
    /// <summary>The limits of this server for one client.</summary>
    public static Limits Limits(Instrument instrument, ClientCaps caps, IReadOnlyDictionary<string, int> weights) => new()
    {
        MaxBodyBytes = ServerLimits.MaxBodyBytes,
        MaxBlockBytes = ServerLimits.MaxBlockBytes,
        MaxJsonDepth = MarketJson.MaxDepth,
        MaxPageSize = ServerLimits.MaxPageSize,
        MaxBookDepth = ServerLimits.MaxBookDepth,
        MaxOpenOrders = instrument.Rules.MaxOpenOrders,
        MaxOutpoints = instrument.Rules.MaxOutpoints,
        RequestsPerWindow = caps.Weight,
        WindowSeconds = CapTable.WindowSeconds,
        Weights = weights,
        ConnectionsPerClient = caps.Connections,
        RequestsAtOnce = caps.Requests,
        StreamsPerClient = caps.Streams,
        MaxChannels = StreamClient.MaxChannels,
        StreamQueue = StreamClient.QueueLimit,
        SessionSeconds = (int)SessionTokens.Lifetime.TotalSeconds,
        MaxClockSkewSeconds = SignedRequest.MaxSkewSeconds,
    };

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Limits, (
            HttpContext context, Instruments.InstrumentCatalog catalog, CapTable caps, EndpointDataSource endpoints) =>
            Result<Limits>.FromValue(Limits(
                catalog.Current, caps.Of(ClientAddress.Of(context)), CallWeight.Table(endpoints))).HttpWithETag())
        .Describe("getLimits", "Service", "The bounds a client runs into",
            "For the client that asks: an IPv4 address, or a /64 of IPv6.")
        .Returns(Examples.Limits);
}
