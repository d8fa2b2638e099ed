using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Auth;

/// <summary>Asks for a challenge.</summary>
public sealed record CreateChallengeRequest(CreateChallenge Body, string Host) : IRequest<Result<Challenge>>;

/// <summary>Shape of the request.</summary>
public sealed class CreateChallengeValidator : AbstractValidator<CreateChallengeRequest>
{
    /// <summary>The rules.</summary>
    public CreateChallengeValidator() => RuleFor(r => r.Body.Key).XOnlyKey();
}

/// <summary>Issues a challenge.</summary>
public sealed class CreateChallengeHandler(Challenges challenges)
    : IRequestHandler<CreateChallengeRequest, Result<Challenge>>
{
    /// <inheritdoc/>
    public Task<Result<Challenge>> Handle(CreateChallengeRequest request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<Challenge>>(challenges.Issue(request.Body.Key, request.Host));
}

/// <summary>POST /api/v1/auth/challenges</summary>
public sealed class CreateChallengeEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.Challenges, async (
            CreateChallenge body, HttpContext context, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new CreateChallengeRequest(body, context.Request.Host.Value ?? ""), cancel)).Http())
        .Describe("createChallenge", "Auth", "A challenge to sign in with",
            "Sign the tagged hash 'market/sign-in' of the text with BIP340 and send it to /auth/sessions within a minute.")
        .Takes(Examples.CreateChallenge).Returns(Examples.Challenge).Refuses(ProblemCodes.ValidationFailed);
}
