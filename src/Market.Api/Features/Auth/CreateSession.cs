using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Auth;

/// <summary>Answers a challenge.</summary>
public sealed record CreateSessionRequest(CreateSession Body) : IRequest<Result<Session>>;

/// <summary>Shape of the request.</summary>
public sealed class CreateSessionValidator : AbstractValidator<CreateSessionRequest>
{
    /// <summary>The rules.</summary>
    public CreateSessionValidator()
    {
        RuleFor(r => r.Body.Key).XOnlyKey();
        RuleFor(r => r.Body.Challenge).Hex(32);
        RuleFor(r => r.Body.Signature).Hex(64);
    }
}

/// <summary>Opens a session.</summary>
public sealed class CreateSessionHandler(Challenges challenges, SessionTokens tokens)
    : IRequestHandler<CreateSessionRequest, Result<Session>>
{
    /// <inheritdoc/>
    public Task<Result<Session>> Handle(CreateSessionRequest request, CancellationToken cancellationToken)
    {
        var body = request.Body;
        var answer = challenges.Answer(body.Key, body.Challenge, body.Signature);
        return Task.FromResult<Result<Session>>(answer.Refusal is { } refusal ? refusal : tokens.Issue(body.Key));
    }
}

/// <summary>POST /api/v1/auth/sessions</summary>
public sealed class CreateSessionEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.Sessions, async (CreateSession body, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new CreateSessionRequest(body), cancel)).Http(StatusCodes.Status201Created))
        .Weighs(CallWeight.Middling)
        .Describe("createSession", "Auth", "A session for a signed challenge",
            "The token goes into 'Authorization: Bearer (token)'. A challenge is good for one answer, right or wrong.")
        .Takes(Examples.CreateSession).Returns(Examples.Session, StatusCodes.Status201Created)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.BadChallenge, ProblemCodes.BadSignature);
}
