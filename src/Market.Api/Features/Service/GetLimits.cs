using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;

namespace Market.Api.Features.Service;

/// <summary>GET /api/v1/limits</summary>
public sealed class GetLimitsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Limits, (
            HttpContext context, InstrumentCatalog catalog, CapTable caps, EndpointDataSource endpoints) =>
            Result<Limits>.FromValue(ShownLimits.Of(
                catalog.Current, caps.Of(ClientAddress.Of(context)), CallWeight.Table(endpoints))).HttpWithETag())
        .Describe("getLimits", "Service", "The bounds a client runs into",
            "For the client that asks: an IPv4 address, or a /64 of IPv6.")
        .Returns(Examples.Limits);
}
