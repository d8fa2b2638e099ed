using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Standing;

/// <summary>Asks for the public side of a key's standing.</summary>
public sealed record GetKeyStanding(string Key) : IRequest<Result<KeyStanding>>;

/// <summary>Shape of the request.</summary>
public sealed class GetKeyStandingValidator : AbstractValidator<GetKeyStanding>
{
    /// <summary>The rules.</summary>
    public GetKeyStandingValidator() => RuleFor(r => r.Key).RealKey();
}

/// <summary>Tells it.</summary>
public sealed class GetKeyStandingHandler(StandingView view) : IRequestHandler<GetKeyStanding, Result<KeyStanding>>
{
    /// <inheritdoc/>
    public async Task<Result<KeyStanding>> Handle(GetKeyStanding request, CancellationToken cancellationToken) =>
        await view.OfAsync(request.Key, cancellationToken);
}

/// <summary>GET /api/v1/standing/{key}</summary>
public sealed class GetKeyStandingEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.StandingOf, async (string key, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetKeyStanding(key), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("getKeyStanding", "Standing", "A key's tier and what it follows from",
            "Of any key, one that is not known included: where every key begins. Everything that the tier follows from is named, "
            + "and each swap's proof shows on which ground it counts, so that anybody can recompute it.")
        .Returns(KeyStandingExamples.Of).Refuses(ProblemCodes.ValidationFailed);
}
