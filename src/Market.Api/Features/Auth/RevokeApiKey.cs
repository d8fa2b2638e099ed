using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Auth;

/// <summary>An account takes an API key back.</summary>
public sealed record RevokeApiKeyRequest(string Key, string Id) : IRequest<Result<ApiKey>>;

/// <summary>Shape of the request.</summary>
public sealed class RevokeApiKeyValidator : AbstractValidator<RevokeApiKeyRequest>
{
    private const int IdBytes = 16;

    /// <summary>The rules.</summary>
    public RevokeApiKeyValidator() => RuleFor(r => r.Id).Hex(IdBytes);
}

/// <summary>Ends it, and what was opened with it.</summary>
public sealed class RevokeApiKeyHandler(ApiKeys keys, Topics topics) : IRequestHandler<RevokeApiKeyRequest, Result<ApiKey>>
{
    /// <inheritdoc/>
    public async Task<Result<ApiKey>> Handle(RevokeApiKeyRequest request, CancellationToken cancellationToken)
    {
        if (await keys.RevokeAsync(request.Key, request.Id) is not { } revoked)
            return new Refusal(ProblemCodes.NotFound, "The account has no such API key.");
        topics.LookAt(request.Key);
        return revoked;
    }
}

/// <summary>DELETE /api/v1/auth/api-keys/{id}</summary>
public sealed class RevokeApiKeyEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete(Routes.ApiKey, async (string id, Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new RevokeApiKeyRequest(caller.Key, id), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("revokeApiKey", "Auth", "End an API key",
            "At once and for good, with the streams and hub connections that it opened. Answers with the key as it was.")
        .Returns(ApiKeyExamples.Key).RequireAccount()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.NotFound);
}
