using Market.Api.Auth;
using Market.Api.Hosting;
using Market.Api.Hosting.OpenApi;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Features.Service;

/// <summary>GET /api/v1/limits</summary>
public sealed class GetLimitsEndpoint : IEndpoint
{
    /// <summary>The limits of this server.</summary>
    public static Limits Limits(Instrument instrument) => new()
    {
        MaxBodyBytes = ServerLimits.MaxBodyBytes,
        MaxBlockBytes = ServerLimits.MaxBlockBytes,
        MaxJsonDepth = MarketJson.MaxDepth,
        MaxPageSize = ServerLimits.MaxPageSize,
        MaxBookDepth = ServerLimits.MaxBookDepth,
        MaxOpenOrders = instrument.Rules.MaxOpenOrders,
        MaxOutpoints = instrument.Rules.MaxOutpoints,
        RequestsPerWindow = ServerLimits.RequestsPerWindow,
        WindowSeconds = ServerLimits.WindowSeconds,
        MaxChannels = StreamClient.MaxChannels,
        StreamQueue = StreamClient.QueueLimit,
        SessionSeconds = (int)SessionTokens.Lifetime.TotalSeconds,
        MaxClockSkewSeconds = SignedRequest.MaxSkewSeconds,
    };

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Limits, (Instruments.InstrumentCatalog catalog) =>
            Result<Limits>.FromValue(Limits(catalog.Current)).HttpWithETag())
        .Describe("getLimits", "Service", "The bounds a client runs into", "All of them are constants of this version.")
        .Returns(Examples.Limits);
}
