using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Features.Service;

/// <summary>GET /api/v1/time</summary>
public sealed class GetTimeEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Time, (TimeProvider clock) =>
        {
            var now = clock.GetUtcNow();
            return Result<ServerTime>.FromValue(
                new ServerTime { Time = now, UnixMilliseconds = now.ToUnixTimeMilliseconds() }).Http();
        })
        .Describe("getTime", "Service", "The server's clock", "Signed requests may be at most 30 s away from it.")
        .Returns(Examples.Time);
}
