using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Auth;

/// <summary>Asks who is asking.</summary>
public sealed record GetAccount(Caller Caller) : IRequest<Result<Account>>;

/// <summary>Tells it.</summary>
public sealed class GetAccountHandler(Waits waits) : IRequestHandler<GetAccount, Result<Account>>
{
    /// <inheritdoc/>
    public Task<Result<Account>> Handle(GetAccount request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<Account>>(new Account
        {
            Key = request.Caller.Key,
            ExpiresAt = request.Caller.ExpiresAt,
            Scopes = request.Caller.ApiKey?.Scopes,
            WaitsUntil = waits.UntilOf(request.Caller.Key),
        });
}

/// <summary>GET /api/v1/auth/account</summary>
public sealed class GetAccountEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Account, async (Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetAccount(caller), cancel)).Http())
        .Describe("getAccount", "Auth", "Who is asking",
            "Tells the key that a token, a signed request or an API key stands for, what the API key may do, and until when the "
            + "account takes nothing after it let a swap fail.")
        .Returns(Examples.Account).RequireAccount();
}
