using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Contracts;

namespace Market.Api.Features.Auth;

/// <summary>DELETE /api/v1/auth/sessions</summary>
public sealed class EndSessionEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete(Routes.Sessions, async (Caller caller, SessionTokens tokens, CancellationToken cancel) =>
            (await tokens.EndAsync(caller, cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("endSession", "Auth", "Sign out",
            "Ends the session whose token the request carries, and the streams that were opened with it.")
        .Returns(Examples.EndedSession).Refuses(ProblemCodes.BadToken).RequireAccount();
}
