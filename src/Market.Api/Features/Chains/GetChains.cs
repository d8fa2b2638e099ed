using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks for both tips of an instrument.</summary>
public sealed record GetChains(string? Instrument) : IRequest<Result<ChainTips>>;

/// <summary>Reads them.</summary>
public sealed class GetChainsHandler(InstrumentSet instruments) : IRequestHandler<GetChains, Result<ChainTips>>
{
    /// <inheritdoc/>
    public Task<Result<ChainTips>> Handle(GetChains request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<ChainTips>>(instruments.Choose(request.Instrument) switch
        {
            { Refusal: { } unknown } => unknown,
            { Value.Tips.Tips: { } tips } => tips,
            _ => new Refusal(ProblemCodes.ChainUnavailable, "A chain's tip is not known yet."),
        });
}

/// <summary>GET /api/v1/chains</summary>
public sealed class GetChainsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Chains, async (IMediator mediator, CancellationToken cancel, string? instrument = null) =>
            (await mediator.Send(new GetChains(instrument), cancel)).HttpWithETag())
        .Describe("getChains", "Chains", "Both tips of an instrument",
            "As the market's own nodes see them, with pace and mempool. Where several instruments are traded one is named.")
        .Returns(Examples.Tips).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.ChainUnavailable);
}
