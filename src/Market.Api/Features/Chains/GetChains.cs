using Market.Api.Chains;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks for both tips.</summary>
public sealed record GetChains : IRequest<Result<ChainTips>>;

/// <summary>Reads them.</summary>
public sealed class GetChainsHandler(TipWatch watch) : IRequestHandler<GetChains, Result<ChainTips>>
{
    /// <inheritdoc/>
    public Task<Result<ChainTips>> Handle(GetChains request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<ChainTips>>(watch.Tips is { } tips
            ? tips
            : new Refusal(ProblemCodes.ChainUnavailable, "A chain's tip is not known yet."));
}

/// <summary>GET /api/v1/chains</summary>
public sealed class GetChainsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Chains, async (IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetChains(), cancel)).HttpWithETag())
        .Describe("getChains", "Chains", "Both tips", "As the market's own nodes see them, with pace and mempool.")
        .Returns(Examples.Tips).Tagged().Refuses(ProblemCodes.ChainUnavailable);
}
