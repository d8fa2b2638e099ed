using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Contracts;

namespace Market.Api.Features.Auth;

/// <summary>GET /api/v1/auth/account</summary>
public sealed class GetAccountEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Account, (Caller caller, Waits waits) => Result<Account>.FromValue(new Account
        {
            Key = caller.Key,
            ExpiresAt = caller.ExpiresAt,
            WaitsUntil = waits.UntilOf(caller.Key),
        }).Http())
        .Describe("getAccount", "Auth", "Who is asking",
            "Tells the key that a token or a signed request stands for, and until when it takes nothing after it let a swap fail.")
        .Returns(Examples.Account).RequireAccount();
}
