using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Service;

/// <summary>Asks for the server's clock.</summary>
public sealed record GetTime : IRequest<Result<ServerTime>>;

/// <summary>Reads it.</summary>
public sealed class GetTimeHandler(TimeProvider clock) : IRequestHandler<GetTime, Result<ServerTime>>
{
    /// <inheritdoc/>
    public Task<Result<ServerTime>> Handle(GetTime request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return Task.FromResult<Result<ServerTime>>(
            new ServerTime { Time = now, UnixMilliseconds = now.ToUnixTimeMilliseconds() });
    }
}

/// <summary>GET /api/v1/time</summary>
public sealed class GetTimeEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Time, async (IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetTime(), cancel)).Http())
        .Describe("getTime", "Service", "The server's clock", "Signed requests may be at most 30 s away from it.")
        .Returns(Examples.Time);
}
