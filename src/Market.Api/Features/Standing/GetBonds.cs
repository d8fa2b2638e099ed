using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Standing;

/// <summary>Asks for the bonds of an account.</summary>
public sealed record GetBonds(string Key) : IRequest<Result<IReadOnlyList<Bond>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetBondsValidator : AbstractValidator<GetBonds>
{
    /// <summary>The rules.</summary>
    public GetBondsValidator()
    {
        RuleFor(r => r.Key).XOnlyKey();
    }
}

/// <summary>Reads them.</summary>
public sealed class GetBondsHandler(BondDesk bonds) : IRequestHandler<GetBonds, Result<IReadOnlyList<Bond>>>
{
    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<Bond>>> Handle(GetBonds request, CancellationToken cancellationToken) =>
        Task.FromResult(Result<IReadOnlyList<Bond>>.FromValue(bonds.Of(request.Key)));
}

/// <summary>GET /api/v1/standing/bonds</summary>
public sealed class GetBondsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Bonds, async (IMediator mediator, CancellationToken cancel, string key = "") =>
            (await mediator.Send(new GetBonds(key), cancel)).Http())
        .Describe("getBonds", "Standing", "Coins at stake for an account",
            "Public: each names its coin, so that anybody can look at it on its chain and compute its value.")
        .Returns<IReadOnlyList<Bond>>([StandingExamples.Bond]).Refuses(ProblemCodes.ValidationFailed);
}
