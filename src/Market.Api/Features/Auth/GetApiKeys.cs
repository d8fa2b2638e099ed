using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Auth;

/// <summary>Asks for the API keys of an account.</summary>
public sealed record GetApiKeys(string Key) : IRequest<Result<IReadOnlyList<ApiKey>>>;

/// <summary>Lists them.</summary>
public sealed class GetApiKeysHandler(ApiKeys keys) : IRequestHandler<GetApiKeys, Result<IReadOnlyList<ApiKey>>>
{
    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<ApiKey>>> Handle(GetApiKeys request, CancellationToken cancellationToken) =>
        Task.FromResult(Result<IReadOnlyList<ApiKey>>.FromValue(keys.Of(request.Key)));
}

/// <summary>GET /api/v1/auth/api-keys</summary>
public sealed class GetApiKeysEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.ApiKeys, async (Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetApiKeys(caller.Key), cancel)).Http())
        .Describe("getApiKeys", "Auth", "The own API keys, newest first",
            "All that have neither ended nor been revoked, without their secrets. When one was last used is known to the minute.")
        .Returns<IReadOnlyList<ApiKey>>([ApiKeyExamples.Key]).RequireAccount();
}
