using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Auth;

/// <summary>Signs a key out.</summary>
public sealed record EndSessionRequest(Caller Caller) : IRequest<Result<EndedSession>>;

/// <summary>Takes the token back.</summary>
public sealed class EndSessionHandler(SessionTokens tokens, Topics topics)
    : IRequestHandler<EndSessionRequest, Result<EndedSession>>
{
    /// <inheritdoc/>
    public async Task<Result<EndedSession>> Handle(EndSessionRequest request, CancellationToken cancellationToken)
    {
        var ended = await tokens.EndAsync(request.Caller, cancellationToken);
        if (ended.IsOk) topics.LookAt(request.Caller.Key);
        return ended;
    }
}

/// <summary>DELETE /api/v1/auth/sessions</summary>
public sealed class EndSessionEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete(Routes.Sessions, async (Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new EndSessionRequest(caller), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("endSession", "Auth", "Sign out",
            "Ends the session whose token the request carries, and the streams that were opened with it.")
        .Returns(Examples.EndedSession).Refuses(ProblemCodes.BadToken).RequireAccount()
        .WithMetadata(new EndsSession());
}
