using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Service;

/// <summary>Asks for the bounds that a client runs into.</summary>
public sealed record GetLimits(ClientAddress Client) : IRequest<Result<Limits>>;

/// <summary>Reads them.</summary>
public sealed class GetLimitsHandler(CapTable caps, EndpointDataSource endpoints)
    : IRequestHandler<GetLimits, Result<Limits>>
{
    /// <inheritdoc/>
    public Task<Result<Limits>> Handle(GetLimits request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<Limits>>(
            ShownLimits.Of(InstrumentListing.Rules, caps.Of(request.Client), CallWeight.Table(endpoints),
            CallWeight.ListTable(endpoints)));
}

/// <summary>GET /api/v1/limits</summary>
public sealed class GetLimitsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Limits, async (HttpContext context, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetLimits(ClientAddress.Of(context)), cancel)).HttpWithETag())
        .Describe("getLimits", "Service", "The bounds a client runs into",
            "For the client that asks: an IPv4 address, or a /64 of IPv6.")
        .Returns(Examples.Limits).Tagged();
}
